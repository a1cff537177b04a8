"""Axes as they may be given, and as the ops want them."""

from __future__ import annotations

import operator
from typing import Any

from glassgrad.errors import SettingError, ShapeError

Axes = int | tuple[int, ...] | None


def _index(value: Any) -> int:
    """A whole number; True, which Python takes for 1, is none."""
    if isinstance(value, bool):
        raise TypeError
    return operator.index(value)


def whole_number(value: Any, what: str) -> int:
    """A whole number, also one of NumPy's."""
    try:
        return _index(value)
    except TypeError as error:
        raise SettingError(
            f"{what} is a whole number, got {value!r}: write int({what})."
        ) from error


def axis_of(axis: int, ndim: int) -> int:
    """One axis, counted from the start: -1 is the last one."""
    try:
        place = _index(axis)
    except TypeError as error:
        raise ShapeError(
            f"an axis is a whole number, got {axis!r}: write axis=0, or axis=-1 for the last one."
        ) from error
    if not -ndim <= place < ndim:
        raise ShapeError(
            f"axis {axis} does not exist in an array of {ndim} axes: use {-ndim} … {ndim - 1}."
            if ndim
            else f"axis {axis} does not exist in an array without axes, a single number: leave it out."
        )
    return place % ndim


def axes_of(axis: Axes, ndim: int) -> tuple[int, ...]:
    """The axes counted from the start, in the order in which they were given; None means all."""
    given = range(ndim) if axis is None else axis if isinstance(axis, tuple | list) else (axis,)
    axes = tuple(axis_of(a, ndim) for a in given)
    if len(set(axes)) < len(axes):
        raise ShapeError(
            f"axis {axis} names an axis twice in an array of {ndim} axes: name it once."
        )
    return axes


def positive_axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """The axes as numbers from 0, in order; None means all of them."""
    return tuple(sorted(axes_of(axis, ndim)))


def kept_shape(shape: tuple[int, ...], axis: Axes) -> tuple[int, ...]:
    """The shape after a reduction that keeps the reduced axes with length 1."""
    axes = positive_axes(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))
