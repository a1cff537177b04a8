"""Every method against what it does, on paper, when the gradient is always the same.

Then the means and the variances have closed forms: an exponential average of g from 0 is (1 - βᵗ) g.
"""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import optim

G = np.array([0.5, -2.0])
SIGN = np.sign(G)

ON_PAPER = [  # (method, settings, the t-th step for lr = 1, from w = 0 where nothing decays)
    (optim.SGD, {}, lambda t: G),
    (optim.SGD, {"momentum": 0.8}, lambda t: G * (1 - 0.8**t) / 0.2),
    (
        optim.SGD,
        {"momentum": 0.8, "dampening": 0.5},
        lambda t: G * (0.8 ** (t - 1) + 0.5 * (1 - 0.8 ** (t - 1)) / 0.2),
    ),
    (
        optim.SGD,
        {"momentum": 0.8, "dampening": 0.8, "damp_first": True},
        lambda t: G * (1 - 0.8**t),
    ),
    (optim.SGD, {"momentum": 0.8, "nesterov": True}, lambda t: G * (1 - 0.8 ** (t + 1)) / 0.2),
    (optim.Adagrad, {"eps": 0.0}, lambda t: SIGN / np.sqrt(t)),
    (optim.Adagrad, {"lr_decay": 0.5, "eps": 0.0}, lambda t: SIGN / np.sqrt(t) * 2 / (t + 1)),
    (
        optim.Adagrad,
        {"initial_accumulator_value": 4.0, "eps": 0.25},
        lambda t: G / (np.sqrt(4 + t * G**2) + 0.25),
    ),
    (optim.RMSprop, {"eps": 0.0}, lambda t: SIGN / np.sqrt(1 - 0.99**t)),
    (
        optim.RMSprop,
        {"alpha": 0.5, "centered": True, "eps": 0.1},
        lambda t: G / (np.abs(G) * np.sqrt(0.5**t * (1 - 0.5**t)) + 0.1),
    ),
    (
        optim.RMSprop,
        {"momentum": 0.5, "alpha": 0.0, "eps": 0.0},
        lambda t: SIGN * (2 - 0.5 ** (t - 1)),
    ),
    (optim.Adam, {"eps": 0.5}, lambda t: G / (np.abs(G) + 0.5)),
    (optim.Adam, {"betas": (0.5, 0.25), "eps": 0.0}, lambda t: SIGN),
    (optim.Adam, {"amsgrad": True, "eps": 0.5}, lambda t: G / (np.abs(G) + 0.5)),
    (optim.AdamW, {"weight_decay": 0.0, "eps": 0.5}, lambda t: G / (np.abs(G) + 0.5)),
]


@pytest.mark.parametrize(("method", "settings", "step"), ON_PAPER)
def test_the_steps_are_those_on_paper(method, settings, step):
    w = gg.tensor(np.zeros(2))
    optimizer = method([w], lr=0.1, **settings)
    for t in range(1, 12):
        before, w.grad = w.numpy(), G
        optimizer.step()
        np.testing.assert_allclose(before - w.value, 0.1 * step(t), rtol=1e-12)


def test_amsgrad_divides_by_the_largest():
    w = gg.tensor(np.zeros(1))
    optimizer = optim.Adam([w], lr=1.0, betas=(0.0, 0.5), eps=0.0, amsgrad=True)
    for g, v in ((4.0, 8.0), (0.0, 8.0), (1.0, 8.0)):
        before, w.grad, t = w.numpy(), np.array([g]), optimizer.steps[0] + 1
        optimizer.step()
        np.testing.assert_allclose(before - w.value, g / np.sqrt(v / (1 - 0.5**t)))


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        (optim.SGD, {}),
        (optim.Adagrad, {}),
        (optim.RMSprop, {"momentum": 0.9}),
        (optim.Adam, {}),
    ],
)
def test_weight_decay_is_a_gradient_of_its_own(method, settings):
    """λw added to g is the gradient of λw²/2: as if the penalty stood in the loss."""
    a, b = gg.tensor(np.array([3.0, -1.0])), gg.tensor(np.array([3.0, -1.0]))
    decaying = method([a], lr=0.1, weight_decay=0.3, **settings)
    plain = method([b], lr=0.1, **settings)
    for _ in range(5):
        a.grad, b.grad = G, G + 0.3 * b.numpy()
        decaying.step()
        plain.step()
        np.testing.assert_allclose(a.value, b.value, rtol=1e-12)


@pytest.mark.parametrize(
    ("method", "settings"), [(optim.AdamW, {}), (optim.SGD, {"decoupled": True})]
)
def test_a_decoupled_decay_takes_the_same_fraction_of_every_weight(method, settings):
    w = gg.tensor(np.array([3.0, -1.0]))
    optimizer = method([w], lr=0.1, weight_decay=0.3, **settings)
    w.grad = np.zeros(2)
    optimizer.step()
    np.testing.assert_allclose(w.value, np.array([3.0, -1.0]) * 0.97)
