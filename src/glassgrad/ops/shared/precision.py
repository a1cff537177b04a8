"""What rules share about numbers: rounding once, and exponentials of large numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

import numpy as np

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


class Shifted(NamedTuple):
    """Logits less their maximum, and what softmax and cross-entropy need of them."""

    d: Array
    """x - m, at most 0."""
    e: Array
    """exp(x - m), at most 1."""
    winner: Array
    """Where the first maximum is; there d = 0 and e = 1."""
    others: Array
    """The sum of all e but the winner's, so the whole sum is 1 + others."""


def shifted(x: Array, axis: int) -> Shifted:
    """Take the maximum out along an axis; rows with +∞ or without anything above -∞ become NaN."""
    x = np.asarray(x)
    winner = np.expand_dims(np.argmax(x, axis), axis)
    m = np.take_along_axis(x, winner, axis)
    d = x - m
    # What rounding lost in x - m (Knuth's two-sum) would be magnified by the exponential.
    back = d - x
    lost = (x - (d - back)) - (m + back)
    e = np.exp(d)
    e += e * np.where(np.isfinite(lost), lost, 0)
    rest = e.copy()
    np.put_along_axis(rest, winner, 0, axis)
    others = rest.sum(axis, keepdims=True) + (m - m)  # m - m is NaN for an infinite m
    return Shifted(d, e, winner, others)
