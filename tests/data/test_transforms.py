import numpy as np
import pytest

from glassgrad.data import Compose, Crop, Dataset, Flip, Normalize, Shift
from glassgrad.errors import SettingError, ShapeError


def images(n=50, c=2, h=5, w=6):
    return np.random.default_rng(1).random((n, c, h, w), np.float32)


def dataset(x):
    return Dataset(x, np.zeros(len(x), np.int64), ("only",), "test")


@pytest.mark.parametrize("x", [images(9000), images(9000)[:, :, 0, 0]], ids=["NCHW", "ND"])
def test_normalize(x):
    x = x * np.float32(3) + np.float32(1000)  # the mean is large against the deviation
    normalize = Normalize.fit(dataset(x))
    axes = (0, *range(2, x.ndim))
    np.testing.assert_allclose(normalize.mean, x.mean(axes, np.float64), rtol=1e-12)
    np.testing.assert_allclose(normalize.std, x.std(axes, np.float64), rtol=1e-9)
    y = normalize(x)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.std(axes), 1, rtol=1e-3)
    assert Normalize.fit(dataset(x), scale=False).std == (1.0, 1.0)


def test_normalize_leaves_a_constant_feature_finite():
    x = images()
    x[:, 1] = 7
    y = Normalize.fit(dataset(x))(x)
    np.testing.assert_array_equal(y[:, 1], 0)


@pytest.mark.parametrize(
    "transform", [Shift(2), Flip(), Crop(5, padding=3), Compose((Flip(), Shift(1)))]
)
def test_chance_comes_from_the_generator_and_the_batch_is_left_alone(transform):
    x = images()
    before = x.copy()
    y = transform(x, np.random.default_rng(0))
    np.testing.assert_array_equal(y, transform(x, np.random.default_rng(0)))
    assert not np.array_equal(y, transform(x, np.random.default_rng(1)))
    np.testing.assert_array_equal(x, before)
    assert y.dtype == np.float32
    assert len(transform(x[:0], np.random.default_rng(0))) == 0


def test_shift_is_a_shift_of_each_image():
    x = images()
    y = Shift(1)(x, np.random.default_rng(0))
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    shifts = [
        [
            np.array_equal(y[i], padded[i, :, a : a + 5, b : b + 6])
            for a in range(3)
            for b in range(3)
        ]
        for i in range(len(x))
    ]
    assert (np.sum(shifts, axis=1) == 1).all()
    assert (np.sum(shifts, axis=0) > 0).all()  # each of the nine comes up


def test_crop_without_padding_cuts_from_inside():
    x = images(n=1, h=4, w=4)
    assert Crop(3)(x, np.random.default_rng(0)).shape == (1, 2, 3, 3)
    np.testing.assert_array_equal(Crop(4)(x, np.random.default_rng(0)), x)


def test_flip():
    x = images()
    np.testing.assert_array_equal(Flip(1.0)(x, np.random.default_rng(0)), x[..., ::-1])
    np.testing.assert_array_equal(Flip(0.0)(x, np.random.default_rng(0)), x)
    flipped = (Flip(0.5)(x, np.random.default_rng(0)) != x).any(axis=(1, 2, 3))
    assert 10 < flipped.sum() < 40


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: Shift(-1), SettingError, "Shift expects a number of pixels ≥ 0, got -1"),
        (lambda: Crop(0), SettingError, "Crop expects a size ≥ 1, got 0"),
        (lambda: Crop(3, padding=-1), SettingError, "Crop expects a number of pixels ≥ 0"),
        (lambda: Flip(1.5), SettingError, "between 0 and 1, got 1.5"),
        (lambda: Normalize((0.0,), (0.0,)), SettingError, "as many std > 0 as means"),
        (
            lambda: Normalize((0.0,), (1.0,))(images()),
            ShapeError,
            "fitted on 1 channels or features",
        ),
        (
            lambda: Flip()(images()[0], None),
            ShapeError,
            r"expects images \(N, C, H, W\), got x \(2, 5, 6\)",
        ),
        (lambda: Crop(9, padding=1)(images(), None), ShapeError, r"larger than images of \(5, 6\)"),
    ],
)
def test_errors(call, error, text):
    with pytest.raises(error, match=text):
        call()
