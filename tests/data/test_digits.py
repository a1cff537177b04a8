import numpy as np
import pytest

from glassgrad import data


def test_the_digits_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    x, y = datasets.load_digits(return_X_y=True)
    original = {(*image, label) for image, label in zip(x.astype(int), y, strict=True)}
    train, test = data.load("digits")
    ours = [
        (*image, label)
        for part in (train, test)
        for image, label in zip((part.x.reshape(-1, 64) * 16).astype(int), part.y, strict=True)
    ]
    assert len(ours) == 1797
    assert set(ours) == original


def test_every_class_is_split_alike():
    train, test = data.load("digits")
    part = np.bincount(test.y) / (np.bincount(train.y) + np.bincount(test.y))
    assert np.abs(part - 0.2).max() < 0.01
