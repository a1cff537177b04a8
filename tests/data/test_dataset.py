import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassgrad.data import Dataset, Normalize, Splits, split
from glassgrad.errors import DataError, DtypeError, LabelError, SettingError, ShapeError

CLASSES = ("a", "b", "c")


def make(n=6, classes=CLASSES):
    x = np.arange(2 * n, dtype=np.float32).reshape(n, 2)
    return Dataset(x, np.arange(n) % len(classes), classes, "test")


def test_picking():
    ds = make()
    assert len(ds) == 6
    assert ds.shape == (2,)
    np.testing.assert_array_equal(ds[4].x, [[8, 9]])
    np.testing.assert_array_equal(ds[-2:].y, [1, 2])
    np.testing.assert_array_equal(ds[np.array([3, 0])].x, [[6, 7], [0, 1]])
    np.testing.assert_array_equal(ds[ds.y == 1].y, [1, 1])
    assert ds[:2].classes == CLASSES
    with pytest.raises(IndexError):
        ds[6]


X, Y = np.zeros((3, 2), np.float32), np.array([0, 1, 2])
SPOILED = X.copy()
SPOILED[1, 1] = np.nan


@pytest.mark.parametrize(
    ("x", "y", "error", "text"),
    [
        (X.astype(np.float64), Y, DtypeError, "expects x as a float32 array, got float64"),
        ([[1.0]], Y, DtypeError, "expects x as a float32 array, got list"),
        (X, Y.astype(np.int32), DtypeError, r"np.asarray\(y, np.int64\)"),
        (X, Y[:2], ShapeError, r"got x \(3, 2\) and y \(2,\)"),
        (X[0], Y[:1], ShapeError, r"expects x : \(N, C, H, W\) or \(N, D\)"),
        (X[:0], Y[:0], DataError, "has no examples"),
        (X[:, :0], Y, DataError, "has no examples"),
        (SPOILED, Y, DataError, r"has nan in row 1 \(x\[1, 1\]\)"),
        (np.where(SPOILED != SPOILED, np.inf, X), Y, DataError, "has inf in row 1"),
        (X, np.array([0, 3, 1]), LabelError, "label 3 in row 1; expected 0 … 2"),
        (X, np.array([0, 1, -1]), LabelError, "label -1 in row 2"),
    ],
)
def test_what_is_wrong_is_named(x, y, error, text):
    with pytest.raises(error, match=text):
        Dataset(x, y, CLASSES, "test")


@given(
    n=st.integers(2, 60),
    fraction=st.floats(0.05, 0.95),
    stratified=st.booleans(),
    seed=st.integers(0, 9),
)
def test_split_takes_every_example_once(n, fraction, stratified, seed):
    ds = make(n)
    if not 0 < round(fraction * n) < n:
        with pytest.raises(SettingError, match="leaves both parts at least one"):
            split(ds, fraction, seed, stratified)
        return
    rest, out = split(ds, fraction, seed, stratified)
    assert len(out) == round(fraction * n)
    together = np.concatenate([rest.x, out.x])
    np.testing.assert_array_equal(np.sort(together[:, 0]), ds.x[:, 0])
    assert (np.diff(out.x[:, 0]) > 0).all()
    np.testing.assert_array_equal(out.x, split(ds, fraction, seed, stratified)[1].x)
    if stratified:
        expected = np.bincount(ds.y, minlength=3) * len(out) / n
        assert (np.abs(np.bincount(out.y, minlength=3) - expected) <= 1).all()


@pytest.mark.parametrize("fraction", [0, 1, -0.2, 1.5, 0.001])
def test_split_refuses_an_empty_part(fraction):
    with pytest.raises(SettingError, match="expects a fraction between 0 and 1"):
        split(make(), fraction)


def test_splits_unpack_and_apply():
    train, test = Splits(make(6), make(4))
    assert (len(train), len(test)) == (6, 4)
    normalize = Normalize.fit(train)
    np.testing.assert_array_equal(test.apply(normalize).x, normalize(test.x))
