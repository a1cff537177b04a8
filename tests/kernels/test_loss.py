"""Cross-entropy and its gradient are rounded once, for sure winners and for rows that are not finite."""

import numpy as np
import pytest
from tests.kernels.numbers import normal, ulps

from glassgrad.kernels.arrays import empty
from glassgrad.kernels.loss import cross_entropy
from glassgrad.ops.cross_entropy import SoftmaxCrossEntropy, SoftmaxMinusTarget


@pytest.mark.parametrize("scale", [1, 10, 100, 1000])
@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 3), (100, 10), (33, 20), (17, 100)])
def test_within_one_unit(n, k, scale):
    rng = np.random.default_rng(n)
    x, labels = scale * normal(rng, n, k), rng.integers(0, k, n)
    labels[::2] = x[::2].argmax(1)
    losses, gradient = empty((n,)), empty((n, k))
    cross_entropy(x, labels, losses, gradient)
    wide = x.astype(np.float64)
    assert ulps(losses, SoftmaxCrossEntropy().forward(wide, labels)).max() <= 1
    assert ulps(gradient, SoftmaxMinusTarget().forward(wide, labels)).max() <= 1
    alone = empty((n,))
    cross_entropy(x[n // 2 : n // 2 + 1], labels[n // 2 : n // 2 + 1], alone[:1])
    assert alone[0] == losses[n // 2]


def test_rows_that_are_not_finite():
    inf = np.inf
    rows = [[inf, 0, 1], [np.nan, 1, 2], [-inf, 0, 1], [-inf] * 3, [1, 1, 1]]
    x, labels = np.array(rows, np.float32), np.array([0, 1, 0, 1, 2])
    losses, gradient = empty((5,)), empty((5, 3))
    cross_entropy(x, labels, losses, gradient, np.ones(5, np.float32))
    np.testing.assert_allclose(losses, SoftmaxCrossEntropy().forward(x, labels), rtol=1e-6)
    np.testing.assert_allclose(gradient, SoftmaxMinusTarget().forward(x, labels), rtol=1e-6)


def test_the_cotangent_of_each_row_is_a_factor():
    x, g = normal(np.random.default_rng(0), 6, 4), np.arange(6, dtype=np.float32)
    one, weighted = empty((6, 4)), empty((6, 4))
    cross_entropy(x, np.zeros(6, int), gradient=one)
    cross_entropy(x, np.zeros(6, int), gradient=weighted, g=g)
    np.testing.assert_allclose(weighted, g[:, None] * one, rtol=1e-6)
