"""Convolution and both its gradients, against the NumPy lines of the ops in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.numbers import channels_last, near, normal

from glassgrad.kernels.conv import conv2d, conv2d_input, conv2d_weight
from glassgrad.ops.conv import Conv2d, Conv2dInput, Conv2dWeight

settings.load_profile("kernels")
LAYERS = [  # channels in, out (per group), kernel, dilation, groups: one for each way through the tiles
    (1, 16, (5, 5), (1, 1), 1),
    (3, 20, (3, 3), (1, 1), 1),
    (16, 5, (3, 2), (1, 1), 1),
    (2, 33, (2, 3), (2, 1), 1),
    (17, 16, (3, 3), (1, 2), 1),
    (2, 3, (2, 2), (1, 1), 3),
    (1, 1, (3, 3), (1, 1), 4),
]


@st.composite
def cases(draw):
    """(x, w, settings) of a layer, with any stride and padding, on images that are just large enough."""
    c, k, kernel, dilation, groups = draw(st.sampled_from(LAYERS))
    stride, padding = (draw(st.tuples(*[st.integers(n, n + 2)] * 2)) for n in (1, 0))
    size = [
        max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, 9))
        for k, d, p in zip(kernel, dilation, padding, strict=True)
    ]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    n = draw(st.sampled_from([0, 1, 2, 5]))
    x, w = normal(rng, n, c * groups, *size), normal(rng, k * groups, c, *kernel)
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    return draw(st.sampled_from([np.ascontiguousarray, channels_last]))(x), w, how


@given(cases(), st.booleans())
def test_forward(case, relu):
    x, w, how = case
    bias = np.linspace(-1, 1, len(w), dtype=np.float32)
    exact = Conv2d(**how).forward(x.astype(np.float64), w) + bias.reshape(-1, 1, 1)
    y = conv2d(x, w, bias, **how, relu=relu)
    near(y, np.maximum(exact, 0) if relu else exact, w[0].size)
    np.testing.assert_array_equal(conv2d(x[:1], w, bias, **how, relu=relu), y[:1])


@given(cases())
def test_input_gradient(case):
    x, w, how = case
    g = conv2d(x, w, **how) + np.float32(0.25)
    exact = Conv2dInput(x.shape[2:], **how).forward(g.astype(np.float64), w.astype(np.float64))
    near(conv2d_input(g, w, x.shape[2:], **how), exact, w[:, 0].size)


@given(cases())
def test_weight_gradient(case):
    x, w, how = case
    g = conv2d(x, w, **how) + np.float32(0.25)
    exact = Conv2dWeight(w.shape[2:], **how).forward(x.astype(np.float64), g.astype(np.float64))
    near(conv2d_weight(x, g, w.shape[2:], **how), exact, g[:, 0].size)


@pytest.mark.parametrize(("c", "k"), [(1, 16), (3, 24), (16, 32)])
def test_one_and_two_threads_give_the_same_bits(c, k, on_one_and_two_threads):
    rng = np.random.default_rng(0)
    x, w = channels_last(normal(rng, 5, c, 28, 28)), normal(rng, k, c, 5, 5)
    g = channels_last(normal(rng, 5, k, 28, 28))

    def all_three():
        yield conv2d(x, w, padding=(2, 2))
        yield conv2d_input(g, w, (28, 28), padding=(2, 2))
        yield conv2d_weight(x, g, (5, 5), padding=(2, 2))

    on_one_and_two_threads(all_three)


def test_nan_reaches_its_window_and_no_further():
    x, w = np.zeros((1, 3, 9, 9), np.float32), np.ones((16, 3, 3, 3), np.float32)
    x[0, 1, 4, 4] = np.nan
    y = conv2d(x, w, padding=(1, 1), relu=True)
    assert np.isnan(y[0, :, 3:6, 3:6]).all()
    assert np.isnan(y).sum() == 16 * 9


def test_large_images_are_done_in_blocks_of_rows():
    rng = np.random.default_rng(0)
    x, w = normal(rng, 1, 8, 150, 150), normal(rng, 8, 8, 3, 3)
    near(conv2d(x, w), Conv2d().forward(x.astype(np.float64), w), 72)
    g = normal(rng, 1, 8, 148, 148)
    exact = Conv2dWeight((3, 3)).forward(x.astype(np.float64), g.astype(np.float64))
    near(conv2d_weight(x, g, (3, 3)), exact, 148 * 148)
