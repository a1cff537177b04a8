"""exp, log, tanh and the logistic function on vectors: a polynomial each, and care at the ends.

e^x is 2^n e^r with a whole number n and |r| <= ln(2)/2, where a short polynomial is exact to the last bit
or so.  All of them stay within 2 units in the last place, infinities and denormal numbers included, and
NaN stays NaN (`tests/kernels/test_functions.py` measures it).  Read next: `smooth.py`, then `tile.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from llvmlite import ir
from numba.core.typing import signature
from numba.extending import intrinsic

from glassgrad.kernels.pointers import helper
from glassgrad.kernels.vector import LANES, absolute, fma, select, splat, whole, wide, with_sign

LOG2E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 0.693145751953125, 1.42860682030941723212e-6
LN2_HIGH_WIDE, LN2_LOW_WIDE = 6.93147180369123816490e-01, 1.90821492927058770002e-10
BITS = {  # how the bits of a number are divided: integer type, digits after the point, exponent of 1
    "f32": (ir.VectorType(ir.IntType(32), LANES), 23, 127),
    "f64": (ir.VectorType(ir.IntType(64), LANES), 52, 1023),
}


def _constant(kind, value):
    return ir.Constant(kind, [value] * kind.count)


@intrinsic
def scale(_typing, v, n):
    """v 2^n for whole numbers n, in two steps: the first alone could overflow before the second helps."""
    integers, digits, bias = BITS[v.kind]

    def power(b, n):
        exponent = b.shl(b.add(n, _constant(integers, bias)), _constant(integers, digits))
        return b.bitcast(exponent, v.ir)

    def emit(_context, b, _signature, values):
        n = b.fptosi(values[1], integers)
        half = b.ashr(n, _constant(integers, 1))
        return b.fmul(b.fmul(values[0], power(b, half)), power(b, b.sub(n, half)))

    return signature(v, v, v), emit


@intrinsic
def mantissa(_typing, v):
    """The m in v = m 2^n with 1/√2 <= m < √2, for normal v > 0; `exponent` gives the n."""
    return signature(v, v), lambda _c, b, _s, values: _split(b, values[0], v)[0]


@intrinsic
def exponent(_typing, v):
    """The n in v = m 2^n with 1/√2 <= m < √2, for normal v > 0."""
    return signature(v, v), lambda _c, b, _s, values: _split(b, values[0], v)[1]


def _split(b, value, v):
    """Both: subtracting the bits of 1/√2 makes the exponent count from there."""
    integers, digits, _ = BITS[v.kind]
    start = {23: 0x3F3504F3, 52: 0x3FE6A09E667F3BCD}[digits]
    bits = b.bitcast(value, integers)
    n = b.ashr(b.sub(bits, _constant(integers, start)), _constant(integers, digits))
    m = b.sub(bits, b.shl(n, _constant(integers, digits)))
    return b.bitcast(m, v.ir), b.sitofp(n, v.ir)


@helper
def exp(x):
    """e^x."""
    x = within(x, -105.0, 89.0)
    n = binary_exponent(x)
    return scale(1.0 + expm1_less(x, n), n)


@helper
def within(x, least, most):
    """x, brought into least … most."""
    return select(x > most, most, select(x < least, least, x))


@helper
def binary_exponent(x):
    """The whole n for which e^x is 2^n times about 1."""
    n = whole(x * LOG2E)
    return select(n == n, n, 0.0)


@helper
def expm1_less(x, n):
    """e^r - 1 for the r = x - n ln(2) that `binary_exponent` leaves."""
    r = fma(n, -LN2_LOW, fma(n, -LN2_HIGH, x))
    return small_expm1(r)


@helper
def small_expm1(r):
    """e^r - 1 for |r| <= ln(2)/2."""
    p = fma(r, splat(1.9875691500e-4), 1.3981999507e-3)
    p = fma(p, r, 8.3334519073e-3)
    p = fma(p, r, 4.1665795894e-2)
    p = fma(p, r, 1.6666665459e-1)
    p = fma(p, r, 5.0000001201e-1)
    return fma(p, r * r, r)


@helper
def exp_wide(x):
    """e^x in float64, good for float32 results: the last of its own digits are not."""
    x = select(x > 709.0, 709.0, select(x < -745.0, -745.0, x))
    n = whole(x * LOG2E)
    n = select(n == n, n, 0.0)
    r = fma(n, -LN2_LOW_WIDE, fma(n, -LN2_HIGH_WIDE, x))
    p = fma(r, 1 / 39916800.0, 1 / 3628800.0)
    p = fma(p, r, 1 / 362880.0)
    p = fma(p, r, 1 / 40320.0)
    p = fma(p, r, 1 / 5040.0)
    p = fma(p, r, 1 / 720.0)
    p = fma(p, r, 1 / 120.0)
    p = fma(p, r, 1 / 24.0)
    p = fma(p, r, 1 / 6.0)
    p = fma(p, r, 0.5)
    return scale(fma(p, r * r, r) + 1.0, n)


@helper
def log(x):
    """Natural logarithm: -∞ at 0, NaN below."""
    tiny = x < 1.1754943508222875e-38
    y = select(tiny, x * 8388608.0, x)
    m, n = mantissa(y) - 1.0, exponent(y) - select(tiny, splat(23.0), 0.0)
    p = fma(m, splat(7.0376836292e-2), -1.1514610310e-1)
    p = fma(p, m, 1.1676998740e-1)
    p = fma(p, m, -1.2420140846e-1)
    p = fma(p, m, 1.4249322787e-1)
    p = fma(p, m, -1.6668057665e-1)
    p = fma(p, m, 2.0000714765e-1)
    p = fma(p, m, -2.4999993993e-1)
    p = fma(p, m, 3.3333331174e-1)
    z = m * m
    low = fma(p * m, z, fma(n, 1.42860682030941723212e-6, z * -0.5))
    y = fma(n, LN2_HIGH, m + low)
    y = select(x < 0.0, float("nan"), select(x == 0.0, -float("inf"), y))
    return select(x < float("inf"), y, x)


@helper
def log1p_wide(x):
    """log(1 + x) in float64 for x >= 0: what rounding took from 1 + x is given back."""
    u = x + 1.0
    m, n = mantissa(u) - 1.0, exponent(u)
    s = m / (m + 2.0)
    z = s * s
    p = fma(z, wide(1 / 17.0), 1 / 15.0)
    p = fma(p, z, 1 / 13.0)
    p = fma(p, z, 1 / 11.0)
    p = fma(p, z, 1 / 9.0)
    p = fma(p, z, 1 / 7.0)
    p = fma(p, z, 1 / 5.0)
    p = fma(p, z, 1 / 3.0)
    y = fma(n, 0.6931471805599453, fma(p * z, 2.0 * s, 2.0 * s))
    return y + (x - (u - 1.0)) / u


@helper
def sigmoid(x):
    """1 / (1 + e^-x), without overflow on either side."""
    e = exp(splat(0.0) - absolute(x))
    return select(x < 0.0, e, 1.0) / (e + 1.0)


@helper
def sigmoid_derivative(x):
    """e / (1 + e)² with e = e^-|x|: it fades like e^-|x|, where y (1 - y) would be 0."""
    e = exp(splat(0.0) - absolute(x))
    one_plus = e + 1.0
    return e / (one_plus * one_plus)


@helper
def tanh(x):
    """(1 - e) / (1 + e) with e = e^-2|x|; near 0, where that cancels, an odd polynomial."""
    a = absolute(x)
    e = exp(a * -2.0)
    far = with_sign((1.0 - e) / (e + 1.0), x)
    z = x * x
    p = fma(z, splat(-5.70498872745e-3), 2.06390887954e-2)
    p = fma(p, z, -5.37397155531e-2)
    p = fma(p, z, 1.33314422036e-1)
    p = fma(p, z, -3.33332819422e-1)
    return select(a < 0.625, fma(p * z, x, x), far)


@helper
def tanh_derivative(x):
    """4 e / (1 + e)² with e = e^-2|x|: it fades like e^-2|x|, where 1 - y² would be 0."""
    return 4.0 * sigmoid_derivative(2.0 * x)
