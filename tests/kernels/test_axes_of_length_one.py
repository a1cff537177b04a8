"""An axis of length 1 may have any stride; the bits may not depend on it."""

import numpy as np
import pytest

import glassgrad as gg


def with_stride(x, axis, stride):
    """The same numbers, with another stride along an axis of length 1."""
    strides = list(x.strides)
    strides[axis] = stride
    return np.lib.stride_tricks.as_strided(x, x.shape, strides)


@pytest.mark.parametrize("stride", [4, 64, 12, 4096])
def test_the_sum_of_one_channel_is_the_same_with_any_stride(stride):
    x = np.random.default_rng(0).normal(size=(4, 1, 4, 4)).astype(np.float32)
    found = gg.sum(with_stride(x, 1, stride), axis=(0, 2, 3))
    assert found.tobytes() == gg.sum(x, axis=(0, 2, 3)).tobytes()
    row = x.reshape(64, 1)
    found = gg.sum(with_stride(row, 1, stride), axis=0)
    assert found.tobytes() == gg.sum(row, axis=0).tobytes()


@pytest.mark.parametrize("stride", [4, 64, 4096])
def test_the_loss_of_one_class_is_the_same_with_any_stride(stride):
    x = np.random.default_rng(0).normal(size=(9, 1)).astype(np.float32)
    labels = np.zeros(9, np.int64)
    found = gg.cross_entropy(with_stride(x, 1, stride), labels)
    assert found.tobytes() == gg.cross_entropy(x, labels).tobytes()
