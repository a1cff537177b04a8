import numpy as np
import pytest

import glassgrad as gg
from glassgrad.errors import SettingError, ShapeError


def test_every_channel_has_mean_0_and_variance_1():
    x = np.random.default_rng(0).normal(5, 3, size=(8, 4, 6, 6))
    y = gg.batch_norm(x, np.ones(4), np.zeros(4), eps=0.0)
    assert y.mean((0, 2, 3)) == pytest.approx(np.zeros(4), abs=1e-12)
    assert y.var((0, 2, 3)) == pytest.approx(np.ones(4))


def test_every_sample_has_mean_0_and_variance_1():
    x = np.random.default_rng(0).normal(5, 3, size=(8, 4, 6))
    y = gg.layer_norm(x, np.ones((4, 6)), np.zeros((4, 6)), eps=0.0)
    assert y.mean((1, 2)) == pytest.approx(np.zeros(8), abs=1e-12)
    assert y.var((1, 2)) == pytest.approx(np.ones(8))


def test_a_large_mean_costs_no_digits():
    x = np.random.default_rng(0).normal(size=(100, 2)).astype(np.float32) + np.float32(4096)
    w, b = np.ones(2), np.zeros(2)
    exact = gg.batch_norm(x.astype(float), w, b)
    single = gg.batch_norm(x, w.astype(np.float32), b.astype(np.float32))
    assert single.dtype == np.float32
    assert single == pytest.approx(exact, rel=1e-6)


def test_a_constant_channel_is_the_bias():
    y = gg.batch_norm(np.full((4, 1), 7.0), np.ones(1), np.array([0.5]))
    assert np.array_equal(y, np.full((4, 1), 0.5))


@pytest.mark.parametrize("shape", [(1, 3), (0, 3), (3,), (4, 2)])
def test_batches_that_have_no_statistics(shape):
    with pytest.raises(ShapeError, match="BatchNorm expects"):
        gg.batch_norm(np.ones(shape), np.ones(3), np.zeros(3))


def test_dropout_keeps_the_mean_and_multiplies_the_gradient():
    x = gg.tensor(np.ones((300, 100), np.float32))
    y = gg.dropout(x, 0.2, rng=1)
    y.sum().backward()
    assert y.dtype == np.float32
    assert np.array_equal(x.grad, y.value)
    assert set(np.unique(y.value).tolist()) == {0.0, 1.25}
    assert y.value.mean() == pytest.approx(1, abs=0.01)


def test_dropout_draws_from_the_generator_that_it_is_given():
    x = np.ones(64)
    rng = np.random.default_rng(5)
    first, second = gg.dropout(x, 0.5, rng), gg.dropout(x, 0.5, rng)
    assert np.array_equal(first, gg.dropout(x, 0.5, rng=5))
    assert not np.array_equal(first, second)


def test_dropout_at_the_ends():
    x = np.ones(9)
    assert np.array_equal(gg.dropout(x, 0.0), x)
    assert not gg.dropout(x, 1.0).any()
    with pytest.raises(SettingError, match="from 0 to 1, got 2"):
        gg.dropout(x, 2)


def test_two_rows_nearly_cancel_and_the_rest_is_exact_to_the_size_of_the_terms():
    """z is ± nearly 1, so x̄ = (h₁ - h₂)/2σ · ε/(σ² + ε), a difference of terms 1e5 times as large."""
    rng, eps = np.random.default_rng(0), 1e-5
    for _ in range(50):
        x, g = rng.normal(size=(2, 2, 3)).astype(np.float32)
        variance = ((x[0].astype(float) - x[1]) / 2) ** 2
        terms = (g[0].astype(float) - g[1]) / 2 / np.sqrt(variance + eps)
        exact = terms * eps / (variance + eps)
        for dtype, unit in ((np.float32, 2.0**-24), (np.float64, 2.0**-53)):
            t = gg.tensor(x.astype(dtype))
            y = gg.batch_norm(t, np.ones(3, dtype), np.zeros(3, dtype))
            found = gg.grad(y, t, g.astype(dtype))
            size = np.abs(g).max(axis=0) / np.sqrt(variance + eps)
            assert (np.abs(found - [exact, -exact]) <= 16 * unit * size).all()
