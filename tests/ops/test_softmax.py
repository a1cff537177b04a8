import numpy as np
import pytest

import glassgrad as gg

INF, NAN = np.inf, np.nan
BOTH = pytest.mark.parametrize("dtype", [np.float32, np.float64])


@BOTH
@pytest.mark.parametrize(
    ("logits", "probabilities"),
    [
        ([INF, 0.0], [NAN, NAN]),
        ([-INF, -INF], [NAN, NAN]),
        ([NAN, 0.0], [NAN, NAN]),
        ([-INF, 0.0], [0.0, 1.0]),
        ([1e4, 1e4], [0.5, 0.5]),
        ([-1e30, 1e30], [0.0, 1.0]),
    ],
)
def test_special_values(dtype, logits, probabilities):
    x = np.array(logits, dtype)
    assert np.array_equal(gg.softmax(x), probabilities, equal_nan=True)
    with np.errstate(divide="ignore"):
        assert np.exp(gg.log_softmax(x)) == pytest.approx(np.array(probabilities), nan_ok=True)


@BOTH
def test_a_sure_winner_has_a_logarithm_below_0(dtype):
    y = gg.log_softmax(np.array([30.0, 0.0], dtype))
    assert y[0] == pytest.approx(-np.exp(-30.0), rel=1e-6)


def test_adding_a_number_to_all_logits_changes_nothing():
    x = np.random.default_rng(0).integers(-9, 9, size=(5, 4)).astype(float)
    assert np.array_equal(gg.softmax(x), gg.softmax(x + 1024))
    assert np.array_equal(gg.log_softmax(x), gg.log_softmax(x + 1024))


def test_rows_do_not_depend_on_each_other():
    x = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    assert np.array_equal(gg.softmax(x)[2:3], gg.softmax(x[2:3]))
    assert np.array_equal(gg.softmax(x.T, axis=0), gg.softmax(x).T)
