"""No function of NumPy takes a tensor and loses its gradient without a word."""

import numpy as np
import numpy_calls
import pytest

import glassgrad as gg
from glassgrad.errors import GlassgradError

FUNCTIONS = dict(numpy_calls.functions())
FOUND = {}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_it_is_recorded_answered_or_refused(name):
    FOUND[name] = numpy_calls.outcomes(FUNCTIONS[name])
    assert FOUND[name].keys() <= {"recorded", "plain", "refused"}


def test_the_common_ones_are_recorded():
    """Value and gradient were compared with NumPy and with differences above; here it is held which."""
    wanted = """sum mean max min amax amin abs absolute clip where concatenate stack reshape ravel transpose
    squeeze expand_dims swapaxes moveaxis split array_split vstack hstack column_stack flip roll tile repeat
    diagonal tril triu trace dot inner outer vdot tensordot matmul einsum kron var std prod cumsum diff ptp
    average broadcast_to add subtract multiply divide power negative exp log sqrt sin cos tan tanh sinh cosh
    arctan log1p expm1 log2 log10 exp2 square reciprocal maximum minimum sign logaddexp"""
    for name in wanted.split():
        found = FOUND.get(f"np.{name}") or numpy_calls.outcomes(FUNCTIONS[f"np.{name}"])
        assert found["recorded"] or name == "sign", name
    for name in ("norm", "matmul", "outer", "tensordot", "vector_norm"):
        assert numpy_calls.outcomes(FUNCTIONS[f"np.linalg.{name}"])["recorded"], name


@pytest.mark.parametrize(
    "lose",
    [
        lambda x: np.asarray(x),
        lambda x: np.array([x, x]),
        lambda x: np.mean([x[0], x[1]]),
        lambda x: np.median(x),
        lambda x: np.floor(x),
        lambda x: np.add.reduce(x),
        lambda x: np.add(x, 1, out=np.zeros(2)),
        lambda x: np.add.at(x, [0], 1.0),
        lambda x: np.exp(x, where=np.array([True, False])),
        lambda x: np.sum(x, dtype=np.float32),
        lambda x: np.fill_diagonal(x.reshape(1, 2), 0.0),
        lambda x: np.zeros(2).__setitem__(slice(None), x),
        lambda x: np.zeros(2).__iadd__(x),
        lambda x: np.full_like(np.zeros(2), x),
        lambda x: np.save("never", x),
    ],
)
def test_what_would_lose_the_gradient_says_what_to_write(lose):
    with pytest.raises(GlassgradError, match=r"[Ww]rite |: "):
        lose(gg.tensor([1.0, 2.0]))


def test_constants_are_arrays_to_numpy():
    c = gg.tensor([3.0, 1.0], requires_grad=False)
    assert np.asarray(c).tolist() == [3, 1]
    assert np.median(c) == 2
    assert np.sort(c).tolist() == [1, 3]


def test_places_and_truth_values_are_plain():
    x = gg.tensor([3.0, 1.0])
    assert np.argmax(x) == x.argmax() == 0
    assert np.argsort(x).tolist() == x.argsort().tolist() == [1, 0]
    assert np.isfinite(x).all()
    assert np.allclose(x, [3, 1])
    assert np.array_equal(x, [3, 1])
    assert (np.shape(x), np.ndim(x), np.size(x)) == ((2,), 1, 2)
