"""Settings of convolution and pooling layers."""

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import SettingError


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"kernel_size": 0}, "kernel_size must be a whole number from 1 up, got 0"),
        ({"kernel_size": (3, 0)}, "kernel_size must be"),
        ({"kernel_size": 3, "stride": 0}, "stride must be"),
        ({"kernel_size": 3, "groups": 3}, "groups must divide in_channels and out_channels"),
        ({"kernel_size": 3, "padding": -1}, "padding must be 0 or more, or 'same', got -1"),
        ({"kernel_size": 3, "padding": "valid"}, "padding must be a number, a pair or 'same'"),
        ({"kernel_size": 3, "padding": "same", "stride": 2}, "stride must be 1, got 2"),
        ({"kernel_size": 4, "padding": "same"}, "an odd kernel_size, got 4"),
    ],
)
def test_settings_out_of_range_are_refused_when_the_layer_is_made(settings, text):
    with pytest.raises(SettingError, match=text):
        nn.Conv2d(2, 4, **settings)


def test_same_keeps_height_and_width():
    x = np.zeros((1, 2, 7, 6), np.float32)
    for kernel, dilation in ((5, 1), ((3, 1), 1), (2, 2), ((4, 3), (2, 3))):
        layer = nn.Conv2d(2, 3, kernel, padding="same", dilation=dilation)
        assert layer(x).shape == (1, 3, 7, 6)


def test_a_pool_with_stride_zero_is_refused():
    for pool in (nn.MaxPool2d, nn.AvgPool2d):
        with pytest.raises(SettingError, match="stride must be"):
            pool(2, stride=0)


def test_the_settings_of_pools_reach_their_ops():
    x = np.arange(9.0).reshape(1, 1, 3, 3)
    assert nn.MaxPool2d(2)(x).tolist() == [[[[4]]]]
    assert nn.MaxPool2d(2, ceil_mode=True)(x).tolist() == [[[[4, 5], [7, 8]]]]
    assert nn.MaxPool2d(2, stride=1, dilation=2)(x).tolist() == [[[[8]]]]
    assert nn.MaxPool2d(2, stride=3, padding=1)(x).tolist() == [[[[0, 2], [6, 8]]]]
    assert nn.AvgPool2d(2, ceil_mode=True)(x).tolist() == [[[[2, 3.5], [6.5, 8]]]]
    assert nn.AvgPool2d(2, 3, padding=1)(x).tolist() == [[[[0, 0.5], [1.5, 2]]]]
    uncounted = nn.AvgPool2d(2, 3, padding=1, count_include_pad=False)
    assert uncounted(x).tolist() == [[[[0, 2], [6, 8]]]]
