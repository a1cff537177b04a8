"""What a dense layer refuses, and layers in a row."""

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import SettingError, ShapeError


@pytest.mark.parametrize("sizes", [(0, 3), (3, -1), (2.5, 1)])
def test_sizes_are_whole_numbers(sizes):
    with pytest.raises(SettingError, match="must be a whole number from 1 up"):
        nn.Linear(*sizes)


def test_another_number_of_features_is_refused_with_both_shapes():
    with pytest.raises(ShapeError, match=r"\(5, 7\)"):
        nn.Linear(4, 3)(np.zeros((5, 7), np.float32))


def test_a_row_of_layers_can_be_indexed_and_iterated():
    layers = nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2)
    model = nn.Sequential(*layers)
    assert (len(model), model[0], model[-1]) == (3, layers[0], layers[2])
    assert list(model) == list(layers)
    with pytest.raises(IndexError):
        model[3]
    with pytest.raises(SettingError, match="got function in place 1: write Sequential"):
        nn.Sequential(nn.ReLU(), test_sizes_are_whole_numbers)
