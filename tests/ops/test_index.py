"""Places: whatever NumPy's brackets can do, with a gradient; labels; and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import glassgrad as gg
from glassgrad.errors import DtypeError, LabelError, RangeError
from glassgrad.ops.index import Index, Key

shapes = hnp.array_shapes(min_dims=1, max_dims=3, max_side=4)


@given(shapes.flatmap(lambda shape: st.tuples(st.just(shape), keys(shape))))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_any_index_picks_what_numpy_picks_and_sends_it_back(case):
    shape, key = case
    x = np.random.default_rng(0).normal(size=shape)
    t = gg.tensor(x)
    y = t[key]
    assert np.array_equal(y.value, x[key])
    g = np.random.default_rng(1).normal(size=y.shape)
    expected = np.zeros(shape)
    np.add.at(expected, key, g)
    assert np.allclose(gg.grad(y, t, seed=g), expected, rtol=1e-15, atol=1e-15)
    assert Index(Key.of(key)) == Index(Key.of(key))
    assert hash(Index(Key.of(key))) == hash(Index(Key.of(key)))


def keys(shape):
    """Basic indices, arrays of places, and masks."""
    return st.one_of(
        hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True),
        hnp.integer_array_indices(shape),
        hnp.arrays(bool, shape),
    )


def test_an_index_keeps_its_numbers_when_yours_change():
    places = np.array([0, 1])
    t = gg.tensor([1.0, 2.0, 3.0])
    y = t[places]
    places[:] = 2
    assert np.array_equal(gg.grad(y.sum(), t), [1, 1, 0])


def test_different_indices_are_different_ops():
    kinds = [0, [0], slice(0, 1), None, ..., [True], slice(0, 1, 2), True, [0, 1]]
    assert len({Index(Key.of(k)) for k in kinds}) == len(kinds)


def test_an_index_prints():
    key = Key.of((0, slice(1, None, 2), ..., None, np.arange(20)))
    assert str(key) == "0, 1::2, ..., None, [0, 1, ..., 18, 19]"


def test_rows_can_be_looped_over():
    rows = gg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert [row.value.tolist() for row in rows] == [[1, 2], [3, 4]]


def test_what_lies_outside_is_refused_and_the_range_named():
    x = gg.tensor(np.ones((2, 3)))
    for key in (2, -3, (0, 3), [0, 5], (0, 0, 0), [True, False, True]):
        with pytest.raises(
            RangeError, match=r"does not exist in an array of shape \(2, 3\): along"
        ):
            x[key]
    for key in (1.0, "a", [0.5], slice(0.5, 1)):
        with pytest.raises(DtypeError, match="whole numbers, slices, None"):
            x[key]


def test_take_looks_rows_up_and_adds_their_gradients():
    table = gg.tensor(np.arange(6.0).reshape(3, 2))
    rows = gg.tensor([2, 0, 2])
    y = gg.take(table, rows)
    assert y.value.tolist() == [[4, 5], [0, 1], [4, 5]]
    assert gg.grad(y.sum(), table).tolist() == [[1, 1], [0, 0], [2, 2]]
    with pytest.raises(RangeError, match=r"rows from -3 to 2 along axis 0 .* got 7"):
        gg.take(table, np.array([0, 7]))
    with pytest.raises(DtypeError, match="expects whole numbers"):
        gg.take(table, np.array([0.0]))


def test_one_hot():
    assert gg.one_hot(np.array([1, 0]), 3).tolist() == [[0, 1, 0], [1, 0, 0]]
    assert gg.one_hot(np.array([1]), 3).dtype == np.float32
    assert gg.one_hot(np.array([1]), 3, np.float64).dtype == np.float64
    for labels, words in [
        ([0, 3], "labels from 0 to 2, got 3 in row 1"),
        ([[0, 1], [2, -1]], "got -1 in row 1"),
        ([0.0, 1.0], "integers as labels, got float64: write"),
        ([0.0, 1.5], "got float64 1.5 in row 1: write"),
    ]:
        with pytest.raises(LabelError, match=words):
            gg.one_hot(np.array(labels), 3)


def test_shapes():
    x = gg.tensor(np.arange(24.0).reshape(2, 3, 4))
    assert gg.flatten(x).shape == (2, 12)
    assert gg.flatten(x, 0).shape == (24,)
    assert gg.flatten(np.zeros((0, 3, 4))).shape == (0, 12)
    assert gg.pad(x, 1).shape == (4, 5, 6)
    assert gg.pad(x, (0, 2)).shape == (4, 5, 6)
    assert gg.pad(x, ((0, 0), (0, 0), (1, 2))).shape == (2, 3, 7)
    assert gg.concatenate([x, np.zeros((2, 1, 4))], axis=1).shape == (2, 4, 4)
    assert gg.logsumexp(x, axis=(0, 2), keepdims=True).shape == (1, 3, 1)
    assert gg.logsumexp(x).shape == ()
    assert np.allclose(gg.logsumexp(x, (0, 2)).value, np.logaddexp.reduce(x.value, (0, 2)))
