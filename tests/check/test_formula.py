"""`check.formula` and its parser: right in any spelling, wrong with a reason, hostile refused."""

from __future__ import annotations

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import check
from glassgrad.errors import SettingError, ShapeError
from glassgrad.terms.parser import parse
from glassgrad.terms.reader import Limits
from glassgrad.terms.terms import evaluate
from glassgrad.terms.tokens import FormulaError

NAMES = ["w1", "x1", "u", "z_1", "yhat1", "theta", "dz1"]
VALUES = {name: 0.3 + 0.1 * i for i, name in enumerate(NAMES)}
w1, x1, u, z1, yhat1, theta, dz1 = VALUES.values()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2x1", 2 * x1),
        ("w1x1", w1 * x1),
        ("w_1 x_1", w1 * x1),
        ("w_{1}(1-w₁)", w1 * (1 - w1)),
        ("-u^2", -(u**2)),
        ("2^-u", 2**-u),
        ("2e^-u", 2 * np.exp(-u)),
        ("2e-3 u", 2e-3 * u),
        ("u**2**3", u**8),
        ("1 - 2 - 3", -4.0),
        ("8/2/2*3", 6.0),
        ("|u - 1||w1|", abs(u - 1) * w1),
        ("u²", u * u),
        ("tanh^2(u)", np.tanh(u) ** 2),
        (r"\frac{e^{-u}}{\left(1+e^{-u}\right)^2}", np.exp(-u) / (1 + np.exp(-u)) ** 2),
        (r"\sigma(u) \cdot \theta", theta / (1 + np.exp(-u))),
        (r"\hat{y}_1 − z_1", yhat1 - z1),
        (r"\frac{\partial J}{\partial z_1} \times 2", 2 * dz1),
        (r"\sin u + \ln(x1)", np.sin(u) + np.log(x1)),
        ("(1/2)u", u / 2),
        ("ReLU(-u) + step(u)", 1.0),
    ],
)
def test_formulas_are_read_as_mathematics(text, value):
    assert float(evaluate(parse(text, NAMES).term, VALUES)) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "position", "expected"),
    [
        ("", 1, "a number, a name or '('"),
        ("u +", 4, "a number, a name or '('"),
        ("(u", 3, "')'"),
        ("(u]", 3, "')'"),
        ("u)", 2, "an operator or the end"),
        ("u 2", 3, "an operator before this number"),
        ("1/2u", 4, "parentheses around all that is below"),
        ("sin 2u", 6, "parentheses around all that sin takes"),
        ("sin^-1(u)", 5, "positive number as the power of sin"),
        ("exp", 4, "'(' after exp"),
        ("foo + u", 1, "one of the names"),
        ("u__", 4, "a subscript after"),
        ("u^11", 3, "an exponent of at most 10"),
        ("9^9^9", 3, "an exponent of at most 10"),
        ("1e999", 1, "below 1e308"),
        ("u = 1", 3, "a number, a name or one of"),
        ("__import__('os')", 12, "a number, a name or one of"),
        ("u.__class__", 2, "a number, a name or one of"),
        (r"\frac{u}", 9, "'{'"),
        (r"\foo u", 1, "\\frac"),
        ("|u", 3, "'|'"),
        ("-" * 200 + "u", 49, "levels of nesting"),
        ("(" * 200, 49, "levels of nesting"),
        ("+".join("u" * 80), 1, "at most 64 parts"),
        ("u" * 300, 257, "at most 256 characters"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_place(text, position, expected):
    with pytest.raises(FormulaError) as caught:
        parse(text, NAMES)
    assert expected in str(caught.value)
    assert caught.value.position == position - 1
    assert str(caught.value).splitlines()[-1].strip() == "^"


def test_limits_can_be_set():
    long = "+".join("u" * 80)
    assert evaluate(parse(long, NAMES, Limits(nodes=100)).term, {"u": 1.0}) == 80


@pytest.fixture
def f():
    """Document 001, problem 1, at its point."""
    a, b = gg.tensor(0.3, name="w1"), gg.tensor(-0.5, name="w2")
    x, y = gg.tensor(0.2, name="x1"), gg.tensor(0.4, name="x2")
    return 1 / (1 + gg.exp(-(a * x + b * y))) + 0.5 * (a * a + b * b)


INNER = {"u": "w1 x1 + w2 x2", "s": "1/(1+exp(-u))"}


def test_the_documents_sign_is_found(f):
    verdict = check.formula("-exp(-u)*x1/(1+exp(-u))**2 + w1", f, wrt="w1", **INNER)
    assert not verdict
    assert verdict.kind == "sign"
    assert verdict.theirs == pytest.approx(0.250244, abs=1e-6)
    assert verdict.ours == pytest.approx(0.349756, abs=1e-6)
    assert verdict.point["w2"] == -0.5


def test_the_documents_relu_gradient_is_refuted():
    loss = "(relu(2a+4b) - 15)^2/2 + (relu(a-2b) - 3)^2/2 + (relu(-a) - 1)^2/2"
    at = {"a": 3.0, "b": 2.0}
    assert not check.formula("-5", loss, wrt="a", at=at)  # 000, 2.1 c iii, prints -5
    assert check.formula("-2", loss, wrt="a", at=at)
    assert check.formula("-4", loss, wrt="b", at=at)


@pytest.mark.parametrize(
    "text",
    [
        "exp(-u)*x1/(1+exp(-u))^2 + w1",
        "w_1 + x_1 s(1-s)",
        "x1/(2 + e^u + e^-u) + w1",
        r"\frac{e^{-u} x_1}{(1 + e^{-u})^2} + w_1",
        "x1 (1 - tanh^2(u/2))/4 + w1",
        "(s - s^2) x1 + 2w1 - w1",
    ],
)
def test_right_in_other_words(f, text):
    assert check.formula(text, f, wrt="w1", **INNER)


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("-s(1-s)x1 - w1", "sign", "up to its sign"),
        ("2s(1-s)x1 + 2w1", "factor", "2 times the gradient"),
        ("s(1-s)x2 + w2", "other leaf", "with respect to w2"),
        ("s(1+s)x1 + w1", "sign", "sign of 's'"),
        ("s(1-s)x1", "missing term", r"missing: \+ w1"),
        ("s(1-s) + w1", "missing factor", "lacks the factor x1"),
        ("s x1 + w1", "missing factor", r"\(1 - s\)"),
        ("s(1-s)x1 + 2w1", "number", "in place of '2'"),
        ("exp(-u)*x1/(1+exp(-u)) + w1", "power", "squared"),
        ("s(1-s)x1 + w2", "name", "In place of 'w2' it should be w1"),
        ("s(1-s)x1 + w1 + x1", "extra term", "too much"),
        ("sin(u)", "different", "different"),
    ],
)
def test_mistakes_in_formulas_are_named(f, text, kind, said):
    verdict = check.formula(text, f, wrt="w1", **INNER)
    assert verdict.kind == kind
    import re

    assert re.search(said, verdict.text, re.IGNORECASE)


def test_known_gradients_of_inner_nodes_may_be_used():
    m, z = gg.tensor(0.7, name="m"), gg.tensor(-0.4, name="z")
    y = gg.sigmoid(m * z)
    y.name = "yhat"
    loss = gg.log((2.0 - y) * (2.0 - y))
    assert check.formula(r"\frac{\partial J}{\partial \hat{y}} \hat{y}(1-\hat{y}) z", loss, wrt="m")
    assert not check.formula(r"\frac{\partial J}{\partial \hat{y}} \hat{y} z", loss, wrt="m")


def test_arrays_are_compared_element_by_element():
    x = gg.tensor([0.5, -1.0, 2.0], name="x")
    y = gg.tanh(x).sum()
    assert check.formula("1 - tanh(x)^2", y)
    assert not check.formula("1 - tanh(x)", y)
    with pytest.raises(ShapeError, match="a sum over an axis is missing"):
        check.formula("x", (x.sum() * gg.tensor(1.0, name="w")), wrt="w")


def test_functions_and_formulas_can_be_asked_about():
    at = {"w": 0.3, "x": 2.0}
    assert check.formula("2 w x", lambda w, x: w * w * x, wrt="w", at=at)
    assert check.formula("log(x)/w - 0", "log(x) log(w)", wrt="w", at=at)
    assert not check.formula("1/(w x)", "log(x) log(w)", wrt="w", at=at)


def test_cancellation_in_a_right_formula_is_not_a_mistake():
    assert check.formula("s - s^2", gg.sigmoid(gg.tensor(18.0, name="u")), s="1/(1+exp(-u))")


def test_misuse_is_said(f):
    with pytest.raises(SettingError, match="wrt must be one of w1, x1, w2, x2"):
        check.formula("w1", f, wrt="w3")
    with pytest.raises(SettingError, match="values are needed for x"):
        check.formula("w", lambda w, x: w * x, at={"w": 1.0})
