"""Infinities, NaNs, ties, kinks and masked singularities: what is decided about them, and that it holds."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import ops

INF, NAN = np.inf, np.nan
SMOOTH = [gg.sigmoid, gg.tanh, gg.softplus, gg.silu, gg.gelu, gg.elu]
RECTIFIERS = [gg.relu, gg.leaky_relu]


def slope(f, x, dtype=np.float64):
    """The derivative of an elementwise function at each number of x."""
    t = gg.tensor(np.asarray(x, dtype))
    return gg.grad(f(t).sum(), t)


def curvature(f, x):
    t = gg.tensor(np.asarray(x, float))
    return gg.grad(gg.grad(f(t).sum(), t, create_graph=True).sum(), t)


def name(f):
    return getattr(f, "__name__", type(f).__name__)


@pytest.mark.parametrize("f", SMOOTH + RECTIFIERS + [gg.abs, gg.clip, gg.sign], ids=name)
def test_nan_goes_in_and_nan_comes_out(f):
    assert np.isnan(f(np.array([NAN]))).all()
    if f is not gg.sign:
        assert np.isnan(slope(f, [NAN])).all()


@pytest.mark.parametrize(
    ("f", "left", "right"),
    [
        (gg.sigmoid, 0.0, 1.0),
        (gg.tanh, -1.0, 1.0),
        (gg.softplus, 0.0, INF),
        (gg.silu, -0.0, INF),
        (gg.gelu, -0.0, INF),
        (gg.elu, -1.0, INF),
        (gg.relu, 0.0, INF),
        (gg.exp, 0.0, INF),
        (gg.erf, -1.0, 1.0),
    ],
    ids=name,
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_limits_at_infinity(f, left, right, dtype):
    y = f(np.array([-INF, INF], dtype))
    assert y.tobytes() == np.array([left, right], dtype).tobytes()  # the sign of zero included


@pytest.mark.parametrize(
    "f", [gg.sigmoid, gg.tanh, gg.softplus, gg.silu, gg.gelu, gg.elu], ids=name
)
def test_derivatives_at_infinity(f):
    at_left, at_right = slope(f, [-INF, INF])
    assert at_left == 0
    assert at_right == (0 if f in (gg.sigmoid, gg.tanh) else 1)
    assert np.array_equal(curvature(f, [-INF, INF]), [0, 0])


@pytest.mark.parametrize(
    ("f", "bad", "good"),
    [
        (gg.sqrt, -1.0, 4.0),
        (gg.sqrt, 0.0, 4.0),
        (gg.log, 0.0, 2.0),
        (gg.log, -1.0, 2.0),
        (gg.exp, 1000.0, 1.0),
        (gg.cos, INF, 1.0),
        (gg.sin, INF, 1.0),
        (lambda x: 1 / x, 0.0, 2.0),
        (lambda x: x**-0.5, 0.0, 2.0),
        (lambda x: x**0.5, -1.0, 2.0),
    ],
)
def test_what_is_masked_out_sends_nothing_back(f, bad, good):
    x = gg.tensor([bad, good])
    keep = np.array([False, True])

    def masked(x):
        return gg.where(keep, f(x), 0.0).sum()

    dy = gg.grad(masked(x), x, create_graph=True)
    ddy = gg.grad(dy.sum(), x)
    assert dy.numpy()[0] == 0
    assert ddy[0] == 0
    assert dy.numpy()[1] == slope(f, [good])[0]
    assert ddy[1] == pytest.approx(curvature(f, [good])[0], rel=1e-15)


def test_a_zero_cotangent_still_has_a_derivative():
    """∂x̄/∂ȳ = f'(x), at ȳ = 0 too: products with the Hessian are made that way."""
    x, seed = gg.tensor([0.25, 4.0]), gg.tensor([0.0, 0.0])
    bar = gg.grad(gg.sqrt(x), x, seed=seed, create_graph=True)
    assert np.array_equal(gg.grad(bar.sum(), seed), [1.0, 0.25])


def test_derivatives_at_kinks():
    assert slope(gg.abs, 0.0) == 0
    assert slope(gg.relu, 0.0) == 0
    assert slope(lambda x: gg.relu(x, at_zero=1.0), 0.0) == 1
    assert slope(lambda x: gg.relu(x, c=2.0, at_zero=0.5), 2.0) == 0.5
    assert slope(gg.leaky_relu, 0.0) == 0.01
    assert slope(lambda x: gg.elu(x, alpha=0.5), 0.0) == 0.5
    assert np.array_equal(slope(lambda x: gg.clip(x, -1, 1), [-2, -1, 0, 1, 2]), [0, 1, 1, 1, 0])


def test_the_norm_has_the_derivative_zero_at_the_origin():
    assert np.array_equal(slope(gg.norm, [0.0, 0.0]), [0, 0])
    rows = gg.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert np.array_equal(gg.grad(gg.norm(rows, axis=1).sum(), rows), [[0, 0], [0.6, 0.8]])


@pytest.mark.parametrize("f", [gg.maximum, gg.minimum], ids=name)
@pytest.mark.parametrize("v", [1.0, 0.0, INF, -INF])
def test_two_that_tie_get_half_each(f, v):
    a, b = gg.tensor(v), gg.tensor(v)
    assert gg.grad(f(a, b), [a, b]) == [0.5, 0.5]


@pytest.mark.parametrize("f", [gg.max, gg.min], ids=name)
def test_several_that_tie_share_equally(f):
    sign = 1 if f is gg.max else -1
    assert np.array_equal(slope(f, [sign * 7.0] * 4), [0.25] * 4)
    assert np.array_equal(slope(f, [sign * INF, 0.0, sign * INF]), [0.5, 0, 0.5])
    assert np.isnan(slope(f, [NAN, 1.0])).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_logsumexp_of_equal_logits_is_shared_exactly(dtype):
    assert np.array_equal(slope(gg.logsumexp, [1e4, 1e4], dtype), [0.5, 0.5])


def test_logsumexp_at_infinity():
    x = np.array([[-INF, -INF], [-INF, 0.0], [INF, 0.0], [INF, -INF], [NAN, 0.0], [NAN, INF]])
    expected = [-INF, 0.0, INF, INF, NAN, NAN]
    assert np.array_equal(gg.logsumexp(x, axis=1), expected, equal_nan=True)
    assert np.array_equal(slope(gg.logsumexp, [-INF, 0.0]), [0, 1])


def test_powers_have_derivatives_at_zero():
    for exponent, first, second in [(0.0, 0, 0), (1.0, 1, 0), (2.0, 0, 2), (3.0, 0, 0)]:
        assert slope(lambda x, p=exponent: x**p, 0.0) == first
        assert curvature(lambda x, p=exponent: x**p, 0.0) == second
    base, exponent = gg.tensor(0.0), gg.tensor(2.0)
    assert gg.grad(base**exponent, exponent) == 0


def test_denormal_numbers_are_kept():
    x = np.array([1e-40, -1e-40], np.float32)
    assert np.array_equal(gg.relu(x), [x[0], 0])
    assert np.array_equal(slope(gg.relu, x, np.float32), [1, 0])
    assert np.array_equal(gg.tanh(x), x)
    assert np.array_equal(gg.elu(x), x)


def test_the_rules_are_silent_about_infinities():
    """Warnings are errors here: none of these may warn, forward or backward."""
    x = np.array([-INF, -1e30, -1.0, 0.0, 1.0, 1e30, INF, NAN])
    for f in [*SMOOTH, *RECTIFIERS, gg.exp, gg.log, gg.sqrt, gg.sin, gg.cos, gg.erf, gg.abs]:
        curvature(f, x)
    for f in (gg.maximum, gg.minimum, gg.divide, gg.power, gg.multiply, gg.subtract):
        for partner in x:
            slope(lambda t, f=f, v=partner: f(t, v), x)
    for f in (gg.max, gg.norm, gg.logsumexp):
        slope(f, x)


def test_comparisons_are_conditions_without_gradient():
    x = gg.tensor([1.0, 2.0])
    assert not ops.equal(x, 1.0).requires_grad
    assert np.array_equal(gg.where(ops.equal(x, 1.0), x, 0.0).value, [1, 0])
