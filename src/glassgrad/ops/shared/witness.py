"""Independent ways to the values of an op, for the tests: number by number, or with 50 digits.

A forward and its rule can be wrong together (2·eˣ is its own derivative too); a witness cannot join in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from glassgrad.ops.base import Array


def by_number(f: Callable[..., float], *arrays: Any) -> Array:
    """Apply a function of Python numbers to each element, after broadcasting: slow and plain."""
    full = np.broadcast_arrays(*arrays)
    flat = [f(*(e.item() for e in es)) for es in zip(*(a.flat for a in full), strict=True)]
    return np.array(flat, dtype=float).reshape(full[0].shape)


def by_mpmath(f: Callable[..., Any], *arrays: Any) -> Array:
    """Apply `f(mpmath, *numbers)` with 50 digits to each element; needs the test group's mpmath."""
    import mpmath

    with mpmath.workdps(50):
        return by_number(lambda *v: float(f(mpmath, *map(mpmath.mpf, v))), *arrays)


def off_zero(rng: np.random.Generator, shape: tuple[int, ...], gap: float = 0.1) -> Array:
    """Random numbers at least `gap` away from 0: samples for ops that have a kink or a pole there."""
    x = rng.normal(size=shape)
    return x + np.copysign(gap, x)
