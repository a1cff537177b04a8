"""What rules and tests share about numbers: rounding once, and refusing what is not a real number."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from glassgrad.errors import DtypeError
from glassgrad.ops.base import Array, Op


def rounded_once(forward: Callable[..., Array]) -> Callable[..., Array]:
    """float32 inputs are computed in float64 and rounded once: at most half a unit in the last place.

    Exponentials lose digits when they are chained; the wider type costs a cast and buys all of them.
    """

    @wraps(forward)
    def precise(self: Op, *arrays: Any) -> Array:
        wide = [a.astype(np.float64) if is_float32(a) else a for a in arrays]
        with np.errstate(all="ignore"):
            y = forward(self, *wide)
        return y.astype(np.float32) if any(map(is_float32, arrays)) else y

    return precise


def is_float32(a: Any) -> bool:
    """Whether `a` is an array (or NumPy scalar) of float32."""
    return getattr(a, "dtype", None) == np.float32


def require_float(op: Op, *arrays: Any) -> None:
    """Raise unless every array holds real numbers: float16, integers and objects are refused by name."""
    for a in arrays:
        if np.asarray(a).dtype not in (np.float32, np.float64):
            raise DtypeError(
                f"{type(op).__name__} expects float32 or float64, got {np.asarray(a).dtype}: "
                "write x.astype(np.float32)."
            )
