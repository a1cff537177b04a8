"""Axes as they may be given, and as the ops want them."""

from __future__ import annotations

from glassgrad.errors import ShapeError

Axes = int | tuple[int, ...] | None


def positive_axes(axis: Axes, ndim: int) -> tuple[int, ...]:
    """The axes as numbers from 0, in order; None means all of them."""
    axes = range(ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    for a in axes:
        if not -ndim <= a < ndim:
            raise ShapeError(
                f"axis {a} does not exist in an array of {ndim} axes: use {-ndim} … {ndim - 1}."
            )
    return tuple(sorted(a % ndim for a in axes))


def kept_shape(shape: tuple[int, ...], axis: Axes) -> tuple[int, ...]:
    """The shape after a reduction that keeps the reduced axes with length 1."""
    axes = positive_axes(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))
