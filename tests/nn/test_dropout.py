"""Dropout draws from a generator of its own."""

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import SettingError


def test_half_is_dropped_and_the_rest_doubled():
    y = nn.Dropout(0.5, rng=0)(np.ones((100, 100), np.float32))
    assert set(np.unique(y)) == {0.0, 2.0}
    assert abs(y.mean() - 1) < 0.05


def test_what_others_draw_does_not_change_the_masks():
    x, rng = np.ones((4, 4), np.float32), np.random.default_rng(0)
    layer = nn.Dropout(rng=rng)
    rng.random(1000)
    np.testing.assert_array_equal(layer(x), nn.Dropout(rng=np.random.default_rng(0))(x))


def test_generators_are_found_by_path_and_restored():
    model = nn.Sequential(nn.Dropout(rng=0), nn.Sequential(nn.Dropout(rng=0)))
    generators = model.generators()
    assert list(generators) == ["0.rng", "1.0.rng"]
    states = {path: g.bit_generator.state for path, g in generators.items()}
    x = np.ones((5, 5), np.float32)
    first = model(x)
    for path, g in generators.items():
        g.bit_generator.state = states[path]
    np.testing.assert_array_equal(model(x), first)


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_a_probability_lies_between_0_and_1(p):
    with pytest.raises(SettingError, match="p must lie between 0 and 1"):
        nn.Dropout(p)
