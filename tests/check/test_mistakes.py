"""`check.backward` names mistakes, one of each kind; the counts are in `benchmarks/truth_check.py`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import check
from glassgrad.check.backward.mistakes import INSIDE, MISTAKES

RNG = np.random.default_rng(5)
X, W, B = RNG.normal(size=(6, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)
LABELS = RNG.integers(0, 4, 6)


def named(theirs, reference, *inputs, **options):
    verdict = check.backward(theirs, reference, *inputs, **options)
    assert not verdict
    return {m.mistake: m for m in verdict.mistakes}


def network(x, w, b, v):
    k = x @ w + b
    k.name = "k"
    h = gg.sigmoid(k)
    h.name = "h"
    return gg.cross_entropy(h @ v, LABELS)


NETWORK = X, RNG.normal(size=(4, 5)), RNG.normal(size=5), RNG.normal(size=(5, 4))


def test_dh_for_db_is_found_on_generic_numbers():
    """Document 004, question 3, prints dh as the gradient of b; both were 0 there, so nobody saw."""
    x, w, b, v = NETWORK
    h = 1 / (1 + np.exp(-(x @ w + b)))
    s = np.exp(h @ v)
    ds = (s / s.sum(1, keepdims=True) - np.eye(4)[LABELS]) / len(x)
    dh = ds @ v.T
    dk = dh * h * (1 - h)
    found = named({"w": x.T @ dk, "b": dh.sum(0), "v": h.T @ ds}, network, *NETWORK)
    assert found["wrong node"].arguments == ("b",)
    assert "gradient of h" in found["wrong node"].sentence


def test_one_mistake_that_explains_everything_is_said_once():
    x, w, b, v = NETWORK
    h = 1 / (1 + np.exp(-(x @ w + b)))
    s = np.exp(h @ v)
    ds = (s / s.sum(1, keepdims=True) - np.eye(4)[LABELS]) / len(x)
    dk = ds @ v.T  # the sigmoid's derivative is missing
    found = named((dk @ w.T, x.T @ dk, dk.sum(0), h.T @ ds), network, *NETWORK)
    assert set(found) == {"derivative forgotten"}
    assert found["derivative forgotten"].arguments == ("x", "w", "b")


def test_two_mistakes_are_both_named():
    found = named(lambda g, x, w, b: (g @ w, -g.T @ x, g), gg.linear, X, W, B)
    assert {k: m.arguments for k, m in found.items()} == {"sign": ("w",), "not summed": ("b",)}


def softmax_rows(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@pytest.mark.parametrize(
    ("mistake", "theirs", "reference", "inputs"),
    [
        ("factor", lambda g, x: 2 * g * (x > 0), gg.relu, (X,)),
        ("sign", lambda g, x: -g * (x > 0), gg.relu, (X,)),
        ("zero", lambda g, x: 0 * x, gg.relu, (X,)),
        ("not finite", lambda g, x: g * np.nan, gg.relu, (X,)),
        ("mask", lambda g, x: g * (g > 0), gg.relu, (X,)),
        ("derivative forgotten", lambda g, x: g, gg.relu, (X,)),
        ("upstream forgotten", lambda g, x: 1.0 * (x > 0), gg.relu, (X,)),
        ("wrong place", lambda g, x: g * (1 - x**2), gg.tanh, (X,)),
        ("wrong place", lambda g, x: g * (1 - np.tanh(np.tanh(x)) ** 2), gg.tanh, (X,)),
        ("derivative twice", lambda g, x: g * np.cosh(x) ** -4, gg.tanh, (X,)),
        ("missing factor", lambda g, x: g * (1 - np.tanh(x)), gg.tanh, (X,)),
        (
            "diagonal",
            lambda g, x: g * softmax_rows(x) * (1 - softmax_rows(x)),
            gg.softmax,
            (X,),
        ),
        (
            "mean for sum",
            lambda g, x, w, b: (g @ w, g.T @ x / len(x), g.mean(0)),
            gg.linear,
            (X, W, B),
        ),
        ("transpose", lambda g, x, w, b: (g @ w, x.T @ g, g.sum(0)), gg.linear, (X, W, B)),
        ("swapped", lambda g, x, w, b: (g @ w, g.sum(0), g.T @ x), gg.linear, (X, W, B)),
        ("axis", lambda g, x, w, b: (g @ w, g.T @ x, g.sum(1)), gg.linear, (X, W, B)),
        ("summed too far", lambda g, x, w, b: (g @ w, g.T @ x, g.sum()), gg.linear, (X, W, B)),
        (
            "one sample only",
            lambda g, x, w, b: (g @ w, np.outer(g[-1], x[-1]), g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        (
            "off by one",
            lambda g, x, w, b: (g @ w, g[1:].T @ x[1:], g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        (
            "overwritten",
            lambda g, x, w, b: (g @ (w - 0.3 * g.T @ x), g.T @ x, g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        (
            "extra term",
            lambda g, x, w, b: (g @ w, g.T @ x + 0.01 * w, g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        ("wrong value", lambda g, a, b: (g * a, g * a), gg.multiply, (X, X[::-1])),
        (
            "sum for mean",
            lambda x, t: softmax_rows(x) - np.eye(4)[t],
            gg.cross_entropy,
            (X, LABELS),
        ),
        ("target", lambda x, t: softmax_rows(x) / len(x), gg.cross_entropy, (X, LABELS)),
    ],
)
def test_the_mistake_is_named(mistake, theirs, reference, inputs):
    assert set(named(theirs, reference, *inputs)) == {mistake}


def test_convolution_padding_and_flips():
    x, w = RNG.normal(size=(2, 2, 5, 5)), RNG.normal(size=(3, 2, 3, 3))

    def conv(x, w):
        return gg.conv2d(x, w, padding=1)

    g = RNG.normal(size=(2, 3, 5, 5))
    tx, tw = gg.tensor(x), gg.tensor(w)
    dx, dw = gg.grad(conv(tx, tw), [tx, tw], g)
    assert check.backward((dx, dw), conv, x, w, g=g)
    found = named((np.roll(dx, 1, 2), dw[:, :, ::-1, ::-1]), conv, x, w, g=g)
    assert found["flipped"].arguments == ("w",)
    assert found["shifted"].arguments == ("x",)
    wide = np.pad(dx, ((0, 0), (0, 0), (1, 1), (1, 1)))
    assert set(named((wide, dw), conv, x, w, g=g)) == {"shifted"}


def test_an_unknown_mistake_is_located():
    def theirs(g, x):
        out = g * (1 - np.tanh(x) ** 2)
        out[2] += 0.5 * np.arange(4) ** 2
        return out

    verdict = check.backward(theirs, gg.tanh, X)
    assert not verdict
    assert not verdict.mistakes
    assert "no known mistake" in verdict.text
    assert "only at 2 of axis 0" in verdict.text


def test_a_search_that_takes_too_long_is_ended_and_says_so():
    verdict = check.backward(lambda g, x: g * np.arange(4), gg.tanh, X, seconds=0.0)
    assert not verdict
    assert "the search was ended after 0 s" in verdict.text


def test_the_catalogue_is_written_down():
    page = (Path(__file__).parents[2] / "docs" / "mistakes.md").read_text()
    for mistake in (*MISTAKES, *INSIDE):
        assert f"**{mistake.name}**" in page or mistake.name == "part"
        assert mistake.sign.endswith(".")
