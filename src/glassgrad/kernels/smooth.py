"""Softplus, SiLU and ELU with their derivatives, on vectors: as exact as their tails ask for.

In a tail such as x e^x the exponential may be denormal, and has lost its digits, where the product is not.
So e^x is kept as p and n with e^x = p 2^n, everything else is multiplied onto p, and 2^n comes last.
Infinities are cut off where nothing changes any more, so that none meets a zero.  Read next: `gelu.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.functions import binary_exponent, exp, expm1_less, scale, within
from glassgrad.kernels.pointers import helper
from glassgrad.kernels.vector import absolute, fma, select, splat

FAR = 130.0
"""Beyond, x e^-x is 0."""


@helper
def softplus(x):
    """max(x, 0) + log(1 + e) with e = e^-|x|; log(1 + e) = 2 artanh(e / (2 + e))."""
    e = exp(splat(0.0) - absolute(x))
    s = e / (e + 2.0)
    z = s * s
    p = fma(z, splat(0.23224329224), 0.217065758009)
    p = fma(p, z, 0.285923579943)
    p = fma(p, z, 0.399997063319)
    p = fma(p, z, 0.666666673205)
    return select(x > 0.0, x, select(x < 0.0, 0.0, x)) + fma(p * z, s, s + s)


@helper
def silu(x):
    """x / (1 + e^-x); on the left x e^x / (1 + e^x)."""
    low = within(splat(0.0) - absolute(x), -FAR, 0.0)
    n = binary_exponent(low)
    p = 1.0 + expm1_less(low, n)
    q = scale(p, n) + 1.0
    return select(x < 0.0, scale(low * p / q, n), x / q)


@helper
def silu_derivative(x):
    """σ (1 + x (1 - σ)); with e = e^-|x| it is e (1 + e + x) / (1 + e)² or (1 + e + e x) / (1 + e)²."""
    low = within(splat(0.0) - absolute(x), -FAR, 0.0)
    n = binary_exponent(low)
    p = 1.0 + expm1_less(low, n)
    e = scale(p, n)
    q = e + 1.0
    left = scale(p / q * (((low + 1.0) + e) / q), n)
    return select(x < 0.0, left, fma(e, 1.0 - low, 1.0) / (q * q))


@helper
def elu(x, alpha):
    """x above zero, α (e^x - 1) below; near 0 the 1 is never added."""
    low = within(x, -FAR, 0.0)
    n = binary_exponent(low)
    m = expm1_less(low, n)
    below = select(n == 0.0, m, scale(m + 1.0, n) - 1.0)
    return select(x > 0.0, x, alpha * below)


@helper
def elu_derivative(x, alpha):
    """1 above zero, α e^x below."""
    return select(x > 0.0, splat(1.0), alpha * exp(select(x > 0.0, 0.0, x)))
