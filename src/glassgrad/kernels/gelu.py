"""GELU and its derivative on vectors: the normal distribution from its tail inwards.

Φ(-u) / e^(-u²/2) (Mills' ratio, but for a constant) varies slowly, so one polynomial gives it everywhere
and Φ keeps every digit where it is tiny.  The polynomial in t = (u - 4) / (u + 4) was found at the zeros of
a Chebyshev polynomial, with 40 digits: relative error 7e-9 for 0 <= u <= 16, where Φ(-u) is below float32
long since; at 0 it is 1/2 exactly.  As in `smooth.py`, e^(-u²/2) is kept as p 2^n, and 2^n comes last.
Read next: `tile.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.functions import (
    LN2_HIGH,
    LN2_LOW,
    binary_exponent,
    scale,
    small_expm1,
    within,
)
from glassgrad.kernels.pointers import helper
from glassgrad.kernels.vector import absolute, fma, select, splat

FAR = 16.0
DENSITY = 0.39894228040143268
"""1 / √(2π)."""


@helper
def gelu(x):
    """x Φ(x)."""
    u = within(absolute(x), 0.0, FAR)
    n = binary_exponent(u * u * -0.5)
    q = gaussian(u, n) * mills(u)
    return select(x < 0.0, scale(q * (splat(0.0) - u), n), x * (1.0 - scale(q, n)))


@helper
def gelu_derivative(x):
    """Φ(x) + x φ(x): d = Φ(-u) - u φ(u) with u = |x| on the left, and 1 - d on the right."""
    u = within(absolute(x), 0.0, FAR)
    n = binary_exponent(u * u * -0.5)
    d = scale(gaussian(u, n) * fma(u, -DENSITY, mills(u)), n)
    return select(x < 0.0, d, 1.0 - d)


@helper
def gaussian(u, n):
    """e^(-u²/2) / 2^n; what rounding took from u² is given back, for at u = 10 it would cost 50 units."""
    square = u * u
    lost = fma(u, u, splat(0.0) - square)
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, square * -0.5))
    return 1.0 + small_expm1(fma(lost, splat(-0.5), r))


@helper
def mills(u):
    """Φ(-u) / e^(-u²/2) for 0 <= u <= 16."""
    s = (u + u) / (u + 4.0)
    t = s - 1.0
    p = fma(t, splat(-6.33127113205e-5), 2.00961009007e-5)
    p = fma(p, t, 6.75170140317e-4)
    p = fma(p, t, -9.93306603707e-4)
    p = fma(p, t, -4.0169082651e-3)
    p = fma(p, t, 2.19610981094e-2)
    p = fma(p, t, -5.41565403907e-2)
    p = fma(p, t, 8.27560936771e-2)
    p = fma(p, t, -6.87566620458e-2)
    p = fma(p, t, -2.79467909244e-2)
    return fma(p, s, 0.5) / (u + 1.0)
