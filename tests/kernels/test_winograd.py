"""Convolution at six points: the algebra, and the kernels against the NumPy lines in float64."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.numbers import channels_last, near, normal

from glassgrad.kernels import winograd
from glassgrad.kernels import winograd_transforms as transforms
from glassgrad.kernels.conv import conv2d, conv2d_input, conv2d_weight
from glassgrad.ops.conv import Conv2d, Conv2dInput, Conv2dWeight

settings.load_profile("kernels")


@pytest.mark.parametrize("r", [3, 5])
def test_values_multiplied_are_the_correlation(r):
    d, w = np.random.default_rng(r).normal(size=6), np.random.default_rng(0).normal(size=r)
    looks = zip(
        transforms.input_transform(d),
        transforms.SCALES,
        transforms.filter_transform(w),
        strict=True,
    )
    found = transforms.output_transform([a * count * b for a, count, b in looks], 7 - r)
    np.testing.assert_allclose(found, np.correlate(d, w), rtol=1e-13, atol=1e-13)


@given(
    channels=st.tuples(*[st.sampled_from([16, 17, 32])] * 2),
    r=st.sampled_from([3, 5]),
    size=st.tuples(*[st.integers(5, 15)] * 2),
    padding=st.tuples(*[st.integers(0, 5)] * 2),
    n=st.sampled_from([1, 2, 3, 9]),
    order=st.sampled_from([np.ascontiguousarray, channels_last]),
)
def test_all_three_products(channels, r, size, padding, n, order):
    (c, k), rng, how = channels, np.random.default_rng(0), {"padding": padding}
    assert winograd.suits((r, r), channels, (1, 1), 1)
    x, w, bias = order(normal(rng, n, c, *size)), normal(rng, k, c, r, r), normal(rng, k)
    exact = Conv2d(**how).forward(x.astype(np.float64), w) + bias.reshape(-1, 1, 1)
    y = conv2d(x, w, bias, **how, relu=True)
    near(y, np.maximum(exact, 0), w[0].size)
    np.testing.assert_array_equal(conv2d(x[-1:], w, bias, **how, relu=True), y[-1:])
    g = order(normal(rng, *y.shape))
    exact = Conv2dInput(size, **how).forward(g.astype(np.float64), w.astype(np.float64))
    near(conv2d_input(g, w, size, **how), exact, w[:, 0].size)
    exact = Conv2dWeight((r, r), **how).forward(x.astype(np.float64), g.astype(np.float64))
    fourth_powers = 4 * max(g[:, 0].size, 100)  # of the points make its rounding errors larger
    near(conv2d_weight(x, g, (r, r), **how), exact, fourth_powers)


@pytest.mark.parametrize("r", [3, 5])
def test_one_and_two_threads_give_the_same_bits(r, on_one_and_two_threads):
    rng, padding = np.random.default_rng(0), (r // 2, r // 2)
    x, w = channels_last(normal(rng, 5, 24, 28, 28)), normal(rng, 16, 24, r, r)
    g = channels_last(normal(rng, 5, 16, 28, 28))

    def all_three():
        yield conv2d(x, w, padding=padding)
        yield conv2d_input(g, w, (28, 28), padding=padding)
        yield conv2d_weight(x, g, (r, r), padding=padding)

    on_one_and_two_threads(all_three)


def test_nan_reaches_its_window_and_the_pieces_that_hold_it():
    x, w = np.zeros((1, 16, 20, 20), np.float32), np.ones((16, 16, 5, 5), np.float32)
    x[0, 3, 10, 10] = np.nan
    found = np.isnan(conv2d(x, w, padding=(2, 2), relu=True)[0]).all(0)
    assert found[8:13, 8:13].all()
    assert not found[:6].any()
    assert not found[14:].any()


def test_large_images_are_done_in_bands():
    rng = np.random.default_rng(0)
    x, w, g = normal(rng, 1, 16, 150, 150), normal(rng, 16, 16, 3, 3), normal(rng, 1, 16, 148, 148)
    near(conv2d(x, w), Conv2d().forward(x.astype(np.float64), w), 144)
    exact = Conv2dWeight((3, 3)).forward(x.astype(np.float64), g.astype(np.float64))
    near(conv2d_weight(x, g, (3, 3)), exact, 148 * 148)


def test_rounding_errors_are_about_those_of_the_sum_term_by_term(monkeypatch):
    rng = np.random.default_rng(0)
    x, w = np.maximum(normal(rng, 4, 16, 14, 14), 0), normal(rng, 16, 16, 5, 5)
    exact = Conv2d().forward(x.astype(np.float64), w.astype(np.float64))
    errors = []
    for suits in (winograd.suits, lambda *_: False):
        monkeypatch.setattr(winograd, "suits", suits)
        errors.append(np.sqrt(np.mean((conv2d(x, w) - exact) ** 2)))
    assert errors[0] < 3 * errors[1]
