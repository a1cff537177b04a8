"""Vector functions stay within 4 units in the last place, at the ends of the range too."""

import numpy as np
import pytest
from tests.kernels.numbers import ulps

from glassgrad import ops
from glassgrad.kernels.elementwise import apply


def exact_sigmoid(x):
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)


def exact_sigmoid_derivative(x):
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2


def exact_tanh_derivative(x):
    return 4 * exact_sigmoid_derivative(2 * x)


EXACT = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "sigmoid": exact_sigmoid,
    "sigmoid_derivative": exact_sigmoid_derivative,
    "tanh_derivative": exact_tanh_derivative,
    "sqrt": np.sqrt,
    "softplus": ops.softplus.forward,
    "silu": ops.silu.forward,
    "silu_derivative": ops.silu_derivative.forward,
    "gelu": ops.gelu.forward,
    "gelu_derivative": ops.gelu_derivative.forward,
    "elu": ops.ELU(0.5).forward,
    "elu_derivative": ops.ELUDerivative(0.5).forward,
}
ZERO = {"gelu_derivative": -0.7517916, "silu_derivative": -1.2784645}
"""Near it, units of the result say nothing; there it is units of 1/4."""


def every_magnitude():
    """One float32 in 8,191 of all there are, infinities and NaN, denormals and both zeros."""
    bits = np.arange(0, 2**32, 8191, dtype=np.uint64).astype(np.uint32)
    special = np.array([0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, 88.7228, 88.73, -103.97])
    near_one = np.linspace(-12, 12, 30001)
    return np.concatenate([bits.view(np.float32), special, near_one]).astype(np.float32)


@pytest.mark.parametrize("name", EXACT)
@np.errstate(all="ignore")
def test_every_function_is_within_4_units(name):
    x = every_magnitude()
    y, exact = apply(name, None, x, 0.5), EXACT[name](x.astype(np.float64))
    near_zero = np.abs(x - ZERO.get(name, np.inf)) < 0.35
    assert np.abs(y - exact)[near_zero].max(initial=0) <= 4 * 2.0**-26
    worst = np.nanmax(np.where(np.isfinite(exact) & ~near_zero, ulps(y, exact), 0))
    assert worst <= 4
    with np.errstate(all="ignore"):
        rounded = exact.astype(np.float32)
    assert np.array_equal(np.isnan(y), np.isnan(rounded))
    assert np.array_equal(y[np.isinf(y)], rounded[np.isinf(y)])


@pytest.mark.parametrize("n", [1, 15, 16, 17, 1023, 1024, 1025])
def test_a_tail_is_computed_like_the_rest(n):
    x = np.linspace(-3, 3, n + 7, dtype=np.float32)
    np.testing.assert_array_equal(apply("tanh", None, x[:n].copy()), apply("tanh", None, x)[:n])
