"""Settings that change while training: right, or refused when they are set."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import data, nn, optim
from glassgrad.errors import SettingError
from glassgrad.train import fit

G = [np.array([1.0, -2.0]), np.array([0.5, 3.0]), np.array([-1.0, 1.0]), np.array([2.0, 0.25])]


def run(method, changes, **settings):
    """Four steps on given gradients; `changes` are settings by the step before which they are set."""
    w = gg.tensor([1.0, 2.0])
    optimizer = method([w], lr=0.1, **settings)
    for t, g in enumerate(G):
        for name, value in changes.get(t, {}).items():
            setattr(optimizer, name, value)
        w.grad = g
        optimizer.step()
    return w.numpy(), optimizer


def test_momentum_from_zero_begins_with_the_gradient_of_that_step():
    w, _ = run(optim.SGD, {2: {"momentum": 0.9}})
    expected = np.array([1.0, 2.0]) - 0.1 * (G[0] + G[1] + G[2] + (0.9 * G[2] + G[3]))
    np.testing.assert_allclose(w, expected, rtol=1e-12)


def test_momentum_that_ends_is_forgotten():
    w, optimizer = run(optim.SGD, {1: {"momentum": 0.0}, 3: {"momentum": 0.5}}, momentum=0.9)
    np.testing.assert_allclose(w, np.array([1.0, 2.0]) - 0.1 * sum(G), rtol=1e-12)
    assert len(optimizer.state[0]) == 1


def test_the_centre_of_rmsprop_begins_at_zero():
    w, _ = run(optim.RMSprop, {2: {"centered": True}}, alpha=0.9)
    p, s, m = np.array([1.0, 2.0]), 0.0, 0.0
    for t, g in enumerate(G):
        s = 0.9 * s + 0.1 * g * g
        if t >= 2:
            m = 0.9 * m + 0.1 * g
        p = p - 0.1 * g / (np.sqrt(s - m * m) + 1e-8)
    np.testing.assert_allclose(w, p, rtol=1e-12)


def test_amsgrad_on_and_off_again():
    plain, _ = run(optim.Adam, {})
    both, optimizer = run(optim.Adam, {1: {"amsgrad": True}, 2: {"amsgrad": False}})
    assert len(optimizer.state[0]) == 2
    np.testing.assert_allclose(plain, both, rtol=0.05)
    w, _ = run(optim.Adam, {2: {"amsgrad": True}})
    p, m, v, largest = np.array([1.0, 2.0]), 0.0, 0.0, 0.0
    for t, g in enumerate(G, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        largest = np.maximum(largest, v) if t > 2 else 0.0
        size = (largest if t > 2 else v) / (1 - 0.999**t)
        p = p - 0.1 * m / (1 - 0.9**t) / (np.sqrt(size) + 1e-8)
    np.testing.assert_allclose(w, p, rtol=1e-10)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("momentum", -1, "momentum of at least 0"),
        ("momentum", 1.5, "less than 1"),
        ("nesterov", True, "needs momentum above 0"),
        ("weight_decay", float("nan"), "weight_decay"),
    ],
)
def test_a_bad_setting_is_refused_when_it_is_set(name, value, words):
    optimizer = optim.SGD([gg.tensor([1.0])], lr=0.1)
    before = getattr(optimizer, name)
    with pytest.raises(SettingError, match=words):
        setattr(optimizer, name, value)
    assert getattr(optimizer, name) == before


def test_momentum_that_begins_late_cannot_be_damped():
    with pytest.raises(SettingError, match="set dampening=0 or damp_first=True before"):
        run(optim.SGD, {2: {"momentum": 0.9}}, dampening=0.5)
    run(optim.SGD, {2: {"damp_first": True, "momentum": 0.9}}, dampening=0.5)


# ---- whose parameters they are


def net():
    return nn.Sequential(nn.Flatten(), nn.Linear(64, 8, rng=0), nn.ReLU(), nn.Linear(8, 10, rng=1))


def test_an_optimizer_of_another_model_is_refused():
    other = optim.SGD(net().parameters(), lr=0.1)
    with pytest.raises(SettingError, match=r"optim\.SGD\(model\.parameters\(\)\)"):
        fit(net(), data.load("digits").train, optimizer=other, steps=1, rng=0)


def test_what_no_optimizer_has_is_named_once_unless_it_is_frozen():
    model = net()
    optimizer = optim.SGD(model.parameters()[:2], lr=0.1)
    with pytest.warns(UserWarning, match=r"3\.weight, 3\.bias will not be trained") as caught:
        fit(model, data.load("digits").train, optimizer=optimizer, steps=3, rng=0)
    assert len(caught) == 1
    for p in model.parameters()[2:]:
        p.requires_grad = False
    fit(model, data.load("digits").train, optimizer=optimizer, steps=1, rng=0)
