"""Initialisers: their distributions, their names, and the same bits from the same seed."""

import math

import numpy as np
import pytest

from glassgrad import nn
from glassgrad.errors import SettingError
from glassgrad.nn import init

DEVIATIONS = {  # of a weight with 400 inputs and 100 outputs
    "pytorch": 1 / math.sqrt(3 * 400),
    "xavier_uniform": math.sqrt(2 / 500),
    "xavier_normal": math.sqrt(2 / 500),
    "he_uniform": math.sqrt(2 / 400),
    "he_normal": math.sqrt(2 / 400),
    "lecun_normal": math.sqrt(1 / 400),
    "normal": 1.0,
    "uniform": 1 / math.sqrt(3 * 400),
    "zeros": 0.0,
    "edf": math.sqrt(1 / 400),
    "fman45": math.sqrt(2 / 400),
}


def test_every_scheme_is_in_the_table():
    assert DEVIATIONS.keys() == init.SCHEMES.keys()
    assert all(scheme.source for scheme in init.SCHEMES.values())


@pytest.mark.parametrize("name", init.SCHEMES)
def test_weights_have_the_deviation_of_their_scheme(name):
    layer = nn.Linear(400, 100, init=name, rng=0)
    w = layer.weight.value
    assert w.dtype == np.float32
    assert w.std() == pytest.approx(DEVIATIONS[name], rel=0.01)
    assert abs(w.mean()) <= DEVIATIONS[name] * 0.02
    if init.SCHEMES[name].distribution == "uniform":
        assert np.abs(w).max() <= math.sqrt(3) * DEVIATIONS[name] * (1 + 1e-6)
    assert (layer.bias.value != 0).any() == (name == "pytorch")


@pytest.mark.oracle
def test_the_default_is_pytorchs():
    torch = pytest.importorskip("torch")
    for ours, theirs in (
        (nn.Linear(50, 2000, rng=0), torch.nn.Linear(50, 2000)),
        (nn.Conv2d(8, 3000, (3, 5), groups=2, rng=0), torch.nn.Conv2d(8, 3000, (3, 5), groups=2)),
    ):
        for name, p in theirs.named_parameters():
            a, b = ours.state_dict()[name], p.detach().numpy()
            assert a.shape == b.shape
            assert np.abs(a).max() == pytest.approx(np.abs(b).max(), rel=0.01)
            assert a.std() == pytest.approx(b.std(), rel=0.05)


@pytest.mark.oracle
def test_fans_are_pytorchs():
    torch = pytest.importorskip("torch")
    for shape in ((10, 784), (16, 3, 5, 5), (4, 1, 3, 2)):
        expected = torch.nn.init._calculate_fan_in_and_fan_out(torch.zeros(shape))
        assert init.fans(shape) == tuple(expected)


def test_drawing_anew_gives_the_bits_of_a_fresh_model():
    def model(rng):
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, rng=rng), nn.Flatten(), nn.Linear(16, 3, bias=False, rng=rng)
        )

    fresh, old = model(np.random.default_rng(5)), model(9)
    init.initialize(old, "pytorch", rng=5)
    for name, value in old.state_dict().items():
        np.testing.assert_array_equal(value, fresh.state_dict()[name])


def test_parameters_of_any_name_are_drawn():
    class Net(nn.Module):
        def __init__(self):
            self.W1, self.b1 = nn.Parameter(np.ones((3, 2))), nn.Parameter(np.ones(3))
            self.W2, self.b2 = nn.Parameter(np.ones((1, 3))), nn.Parameter(np.ones(1))

    state = init.initialize(Net(), "he_normal", rng=0).state_dict()
    assert not state["b1"].any()
    assert not state["b2"].any()
    assert not (state["W1"] == 1).any()
    assert not (state["W2"] == 1).any()


def test_a_scheme_of_ones_own():
    small = init.Scheme("normal", lambda fan_in, fan_out: 0.01)
    assert nn.Linear(50, 50, init=small, rng=0).weight.value.std() == pytest.approx(0.01, rel=0.05)


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(
        SettingError, match="unknown initialiser 'he_norml': did you mean 'he_normal'"
    ):
        nn.Linear(2, 2, init="he_norml")
