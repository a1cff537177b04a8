"""What a function is given, as arrays of numbers; anything else is refused, with what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import DataError, DtypeError, SettingError, ShapeError

Array = NDArray[Any]


def numbers(value: Any, what: str) -> Array:
    """A copy of an array of numbers, of whatever kind they are.

    Raises:
        DtypeError: text, or other objects.
        ShapeError: rows of different lengths.
    """
    try:
        array = np.array(getattr(value, "_array", value))
    except ValueError as error:
        raise ShapeError(
            f"{what} must be an array, got rows of different lengths: make them equally long."
        ) from error
    if array.dtype.kind not in "fiub":
        raise DtypeError(f"{what} must be numbers, got {type(value).__name__} {str(value)[:40]!r}.")
    return array


def reals(value: Any, what: str) -> Array:
    """Numbers in float64."""
    return numbers(value, what).astype(np.float64)


def input_arrays(values: Iterable[Any]) -> list[Array]:
    """The inputs of a function, of which one at least is real.

    Raises:
        SettingError: none, or none that is real.
        DataError: a number that is not finite.
    """
    found = [numbers(x, f"input {i}") for i, x in enumerate(values)]
    if not any(a.dtype.kind == "f" for a in found):
        raise SettingError(
            "at least one input must be an array of real numbers: write 1.0 for 1, or x.astype(float)."
        )
    for i, a in enumerate(found):
        if not np.isfinite(a).all():
            raise DataError(f"input {i} is not finite: give numbers at which there is a gradient.")
    return found


def function(f: Any, what: str) -> Any:
    """Something that can be called.

    Raises:
        SettingError: it cannot.
    """
    if not callable(f):
        raise SettingError(f"{what} must be a function of tensors, such as gg.tanh, got {f!r}.")
    return f
