"""What rules share about numbers: rounding once, and refusing what is no label."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from glassgrad.errors import LabelError
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


def require_labels(op: Op, labels: Any, classes: int) -> None:
    """Raise unless every label is a whole number from 0 to K - 1; the message names the first row."""
    name, labels = type(op).__name__, np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise LabelError(
            f"{name} expects integers as labels, got {labels.dtype}{_first(labels, labels % 1 != 0)}: "
            "write labels.astype(np.int64)."
        )
    wrong = (labels < 0) | (labels >= classes)
    if wrong.any():
        raise LabelError(
            f"{name} expects labels from 0 to {classes - 1}, got{_first(labels, wrong)}: count classes "
            "from 0, or ask for more of them."
        )


def _first(labels: Array, wrong: Array) -> str:
    """The first wrong label and its row, if there is one."""
    places = np.argwhere(wrong).tolist()
    if not places:
        return ""
    row = places[0][0] if labels.ndim else 0
    return f" {labels[tuple(places[0])]} in row {row}"
