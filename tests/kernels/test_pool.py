"""Pooling and its gradients, against the NumPy lines of the ops: the same bits where nothing is summed."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.numbers import channels_last, normal

from glassgrad.kernels import pool
from glassgrad.ops.average_pool import AvgPool2d, AvgPool2dInput
from glassgrad.ops.max_pool import MaxPool2d, MaxPool2dScatter

settings.load_profile("kernels")
small = st.integers(1, 3)


@st.composite
def cases(draw, dilated):
    """(x with ties and NaN, settings); every second one is 2 x 2."""
    n, c = draw(st.sampled_from([0, 1, 2])), draw(st.sampled_from([1, 3, 16, 20, 33]))
    if draw(st.booleans()):
        h, w = 2 * draw(small), 2 * draw(small)
        how = {"kernel": (2, 2), "stride": (2, 2)}
    else:
        kernel = draw(st.tuples(small, small))
        how = {"kernel": kernel, "stride": draw(st.tuples(small, small))}
        how["padding"] = tuple(draw(st.integers(0, k // 2)) for k in kernel)
        h, w = 5 + draw(st.integers(0, 6)), 5 + draw(st.integers(0, 6))
        if dilated:
            how["dilation"] = draw(st.tuples(*[st.integers(1, 2)] * 2))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.integers(-3, 4, (n, c, h, w)).astype(np.float32)
    x[rng.random(x.shape) < 0.02] = np.nan
    return draw(st.sampled_from([np.ascontiguousarray, channels_last]))(x), how


@given(cases(True))
def test_max_pool(case):
    x, how = case
    op = MaxPool2d(**how)
    y = op.forward(x)
    np.testing.assert_array_equal(pool.max_pool(x, y.shape[2:], **how), y)
    g = normal(np.random.default_rng(0), *y.shape)
    exact = MaxPool2dScatter(**how).forward(g, x)
    np.testing.assert_allclose(pool.max_pool_input(g, x, **how), exact, atol=1e-6)


@given(cases(True))
def test_the_gradient_of_max_pool_after_relu(case):
    x, how = case
    x = np.maximum(x, 0)
    g = np.ones(MaxPool2d(**how).forward(x).shape, np.float32)
    exact = MaxPool2dScatter(**how).forward(g, x) * (x > 0)
    np.testing.assert_array_equal(pool.max_pool_input(g, x, **how, gated=True), exact)


@given(cases(False), st.booleans())
def test_average_pool(case, count_include_pad):
    x, how = case
    op = AvgPool2d(**how, count_include_pad=count_include_pad)
    y = op.forward(x)
    how["count_include_pad"] = count_include_pad
    np.testing.assert_array_equal(pool.average_pool(x, y.shape[2:], **how), y)
    g = normal(np.random.default_rng(0), *y.shape)
    exact = AvgPool2dInput(x.shape[2:], **vars(op)).forward(g)
    np.testing.assert_allclose(pool.average_pool_input(g, x.shape[2:], **how), exact, atol=1e-6)
