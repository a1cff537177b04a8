"""The summary: shapes and costs counted by hand, and nothing changed by looking."""

import json

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import SettingError, ShapeError
from glassgrad.nn import models, summary


def test_the_network_of_fman45_by_hand():
    found = summary(models.build("fman45", (1, 28, 28), 10), (1, 28, 28))
    assert [row.path for row in found.rows] == list("01234567")
    assert [row.output_shape for row in found.rows][:3] == [
        (16, 28, 28),
        (16, 28, 28),
        (16, 14, 14),
    ]
    assert [row.parameters for row in found.rows if row.parameters] == [416, 6416, 7850]
    products = [row.multiply_adds for row in found.rows if row.multiply_adds]
    assert products == [28 * 28 * 400, 14 * 14 * 6400, 7840]
    assert found.rows[0].memory == 4 * (16 * 28 * 28 + 416)
    assert found.parameters == 416 + 6416 + 7850
    assert json.loads(json.dumps(found.to_dict()))["rows"][7]["parameters"] == 7850


def test_a_layer_called_twice_has_two_lines_but_its_parameters_once():
    layer = nn.Linear(3, 3, rng=0)
    found = summary(nn.Sequential(layer, nn.Tanh(), layer), (3,))
    assert [row.path for row in found.rows] == ["0", "1", "0"]
    assert (found.parameters, found.multiply_adds) == (12, 18)
    assert found.memory == 4 * (12 + 9)


def test_a_layer_that_forward_forgets_has_a_line():
    class Forgetful(nn.Module):
        def __init__(self):
            self.used = nn.Linear(8, 8, rng=0)
            self.never = nn.Sequential(nn.Linear(8, 80, rng=1), nn.ReLU())

        def forward(self, x):
            return self.used(x)

    found = summary(Forgetful(), (8,))
    assert [(row.path, row.output_shape) for row in found.rows] == [
        ("used", (8,)),
        ("never.0", None),
    ]
    assert found.parameters == sum(row.parameters for row in found.rows) == 792
    assert found.memory == sum(row.memory for row in found.rows)
    assert found.multiply_adds == 64
    line = next(line for line in str(found).splitlines() if line.startswith("never.0"))
    assert line.split() == ["never.0", "Linear(8,", "80)", "not", "used", "720", "0", "2,880", "B"]


def test_looking_changes_nothing():
    model = nn.Sequential(nn.BatchNorm(3), nn.Dropout(rng=0), nn.Linear(3, 2, rng=0))
    model[1].eval()
    before, draws = model.state_dict(), model[1].rng.bit_generator.state
    summary(model, (3,))
    assert [m.training for m in model] == [True, False, True]
    assert model[1].rng.bit_generator.state == draws
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


def test_the_table_is_aligned():
    lines = str(summary(models.build("fman45", (1, 28, 28), 10), (1, 28, 28))).splitlines()
    assert len(lines) == 1 + 1 + 8 + 1 + 1
    assert len({len(line) for line in lines}) == 1


def test_wrong_shapes_are_refused():
    with pytest.raises(SettingError, match="input_shape is the shape of one sample"):
        summary(nn.Linear(3, 2), (0,))
    with pytest.raises(ShapeError):
        summary(nn.Linear(3, 2), (4,))
