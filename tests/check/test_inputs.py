"""What the checks refuse, and what they say to it."""

from __future__ import annotations

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import check
from glassgrad.errors import DataError, DtypeError, GlassgradError, SettingError, ShapeError

W, X = gg.tensor([0.5, 1.0], "w"), gg.tensor([1.0, 2.0], "x")
Y = (W * X).sum()
SCORES = {"precision": [0.5], "recall": [0.5]}
HALF = [[1, 2], [3, 4]]


def same(g, x):
    return g


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: check.gradient(3, [1.0]), SettingError, "f must be a function of tensors"),
        (lambda: check.gradient(gg.tanh), SettingError, "at least one input must be"),
        (lambda: check.gradient(gg.tanh, [1, 2]), SettingError, "write 1.0 for 1"),
        (lambda: check.gradient(gg.tanh, "a"), DtypeError, "input 0 must be numbers, got str"),
        (lambda: check.gradient(gg.tanh, [[1.0], [2.0, 3.0]]), ShapeError, "different lengths"),
        (lambda: check.gradient(gg.tanh, [np.nan]), DataError, "input 0 is not finite"),
        (lambda: check.backward(same, "tanh", [1.0]), SettingError, "reference must be a function"),
        (lambda: check.backward(same, gg.tanh), SettingError, "at least one input"),
        (lambda: check.backward(same, gg.tanh, [np.inf]), DataError, "input 0 is not finite"),
        (lambda: check.backward(same, gg.tanh, [1.0], g="a"), DtypeError, "g must be numbers"),
        (lambda: check.backward("a", gg.tanh, [1.0]), ShapeError, "dx must be an array of numbers"),
        (lambda: check.formula(3, Y, "w"), SettingError, "the formula and wrt must be text"),
        (lambda: check.formula("x", Y, 3), SettingError, "the formula and wrt must be text"),
        (lambda: check.formula("x", 3, "w"), SettingError, "f must be a function of tensors"),
        (lambda: check.formula("x", "w x", "w", 3), SettingError, "at must be a dict of values"),
        (lambda: check.formula("x", "w x", "w", {"w": "a"}), DtypeError, "at['w'] must be numbers"),
        (lambda: check.formula("x", Y, "w", u=object()), DtypeError, "u must be numbers"),
        (lambda: check.formula("x", "foo(w)", "w"), SettingError, "or a function (exp"),
        (lambda: check.table(3), SettingError, "expected a table as text, columns or rows"),
        (lambda: check.table(SCORES, counts=3), SettingError, "numbers of images per class"),
        (lambda: check.table(SCORES, counts=["a"]), SettingError, "numbers of images per class"),
        (lambda: check.table(SCORES, counts=[0]), SettingError, "numbers of images per class"),
        (lambda: check.table(SCORES, accuracy="a"), SettingError, "accuracy must be a number"),
        (lambda: check.table(SCORES, accuracy=58), SettingError, "0.58 for 58 %"),
        (lambda: check.table({"precision": ["a"], "recall": ["b"]}), SettingError, "no numbers"),
        (lambda: check.separable([["a", 2], [3, 4]], [1, 2]), DtypeError, "x must be numbers"),
        (lambda: check.separable([[1, 2], [3]], [1, 2]), ShapeError, "different lengths"),
        (lambda: check.separable(HALF, [1, 2, 3]), ShapeError, "got (2, 2) and (3,)"),
        (lambda: check.separable(HALF, [1, 1]), DataError, "two classes"),
    ],
)
def test_what_cannot_be_checked_is_said(ask, error, said):
    with pytest.raises(error) as caught:
        ask()
    assert isinstance(caught.value, GlassgradError)
    assert said in str(caught.value)


def test_both_layers_of_a_module_are_checked():
    """Parameters of one last name keep their full ones."""
    from glassgrad import nn

    model = nn.Sequential(nn.Linear(3, 4, rng=0), nn.Tanh(), nn.Linear(4, 2, rng=1))
    x = np.random.default_rng(0).normal(size=(5, 3))
    verdict = check.backward({"x": np.zeros((5, 3))}, model, x)
    assert [a.name for a in verdict.arguments] == ["x", "0.weight", "0.bias", "2.weight", "2.bias"]
