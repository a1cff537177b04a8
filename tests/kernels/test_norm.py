"""Batch normalisation and its gradients are rounded once; sums are, too."""

import numpy as np
import pytest
from tests.kernels.numbers import normal

from glassgrad.kernels import norm, sums
from glassgrad.kernels.arrays import channels_last, empty
from glassgrad.ops.norm import BatchNorm

SHAPES = [(5, 3), (1000, 17), (3, 16, 5, 7), (2, 33, 16, 16)]


def batch(shape, shift):
    x = empty(shape) if len(shape) == 2 else channels_last(shape)
    x[...] = 3 * normal(np.random.default_rng(shift), *shape) + shift
    return x


@pytest.mark.parametrize("shape", SHAPES)
def test_batch_norm(shape, on_one_and_two_threads):
    x, g = batch(shape, 100), batch(shape, 0)
    w, b = normal(np.random.default_rng(1), 2, shape[1])
    assert norm.takes(x)
    np.testing.assert_array_equal(
        norm.normalise(x, norm.moments(x), w, b, 1e-5), BatchNorm(1e-5).forward(x, w, b)
    )
    wide = [a.astype(np.float64) for a in (g, x, w, b)]
    exact = [thunk() for thunk in BatchNorm(1e-5).vjp(wide[0], None, *wide[1:])]

    def gradients():
        m = norm.moments(x)
        s = norm.sums(g, x, m, 1e-5)
        return norm.input_gradient(g, x, m, w, s, 1e-5), s[1], s[0]

    for got, value in zip(gradients(), exact, strict=True):
        np.testing.assert_allclose(got, value, rtol=0, atol=1e-7 * np.abs(value).max())
    on_one_and_two_threads(gradients)


@pytest.mark.parametrize("shape", [(0, 3), (1, 1), (700, 33), (20000, 2)])
def test_sums(shape):
    x = normal(np.random.default_rng(0), *shape)
    exact = x.astype(np.float64).sum(0)
    np.testing.assert_allclose(sums.columns(x), exact, rtol=1e-6, atol=1e-9)
    if x.size:
        mean = sums.everything(x, count=x.size)
        np.testing.assert_allclose(mean, x.astype(np.float64).mean(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("n", [1, 15, 16, 17, 16384, 16385, 50000])
def test_the_length_of_an_array_as_it_is_by_then(n, on_one_and_two_threads):
    x = np.ones(n, np.float32)
    length = sums.length_of([x])
    x[...] = normal(np.random.default_rng(n), n)
    np.testing.assert_allclose(length(), np.linalg.norm(x.astype(np.float64)), rtol=1e-14)
    on_one_and_two_threads(lambda: [length()])
    x[n // 2] = 3e38
    assert length() == pytest.approx(3e38, rel=1e-6)
    for bad in (np.nan, np.inf):
        x[n // 2] = bad
        assert not np.isfinite(length())
