"""Formulas: read from LaTeX, put together with the parentheses they need, written in three ways."""

import xml.etree.ElementTree as ET

import pytest

from glassgrad.errors import SettingError
from glassgrad.notation.fill import fill
from glassgrad.notation.latex import latex
from glassgrad.notation.latex_parser import parse, template
from glassgrad.notation.mathml import math
from glassgrad.notation.plain import plain

X, Y, TWO = parse("x_1"), parse("y"), parse("2")


def build(form, *args):
    return fill(template(form, {}), args)


def plus(a, b):
    return build("{0} + {1}", a, b)


def minus(a, b):
    return build("{0} - {1}", a, b)


def times(a, b):
    return build(r"{0}\,{1}", a, b)


def over(a, b):
    return build(r"\frac{{{0}}}{{{1}}}", a, b)


def power(a, b):
    return build("{{{0}}}^{{{1}}}", a, b)


def negative(a):
    return build("-{0}", a)


CASES = r"\begin{{cases}}{1} & {0} \\ {2}\end{{cases}}"
TANH = r"\tanh\left({0}\right)"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (times(plus(X, Y), Y), "(x₁ + y)·y"),
        (times(X, TWO), "x₁·2"),
        (minus(X, minus(Y, X)), "x₁ − (y − x₁)"),
        (plus(minus(X, Y), X), "x₁ − y + x₁"),
        (minus(X, negative(Y)), "x₁ − (−y)"),
        (negative(plus(X, Y)), "−(x₁ + y)"),
        (negative(times(X, Y)), "−x₁·y"),
        (over(plus(X, Y), times(X, Y)), "(x₁ + y)/(x₁·y)"),
        (over(X, over(X, Y)), "x₁/(x₁/y)"),
        (power(plus(X, Y), TWO), "(x₁ + y)²"),
        (power(negative(X), TWO), "(−x₁)²"),
        (power(build(TANH, X), TWO), "(tanh(x₁))²"),
        (build("e^{{{0}}}", negative(X)), "e^(−x₁)"),
        (times(build(r"\sum {0}", X), Y), "(∑ x₁)·y"),
        (times(Y, build(r"\sum {0}", plus(X, Y))), "y·∑(x₁ + y)"),
        (build(TANH, plus(X, Y)), "tanh(x₁ + y)"),
        (build(r"{0}\left(1 - {0}\right)", Y), "y·(1 − y)"),
        (build(r"{0}^\top", times(X, Y)), "(x₁·y)ᵀ"),
        (times(build(r"{0} \odot {1}", X, Y), Y), "(x₁ ⊙ y)·y"),
        (build(r"{0} \odot {1}", times(X, Y), Y), "x₁·y ⊙ y"),
        (build(CASES, parse("x > 0"), X, Y), "(x₁ if x > 0 else y)"),
        (parse(r"\frac{\partial L}{\partial \hat{y}_1}"), "∂L/∂ŷ₁"),
        (parse(r"\frac12 \sum_{n=1}^N x_n"), "1/2·∑_{n = 1}^N xₙ"),
        (parse("x_{i,j}"), "x_{i, j}"),
        (parse(r"\left\|x\right\|"), "‖x‖"),
    ],
)  # fmt: skip
def test_parentheses_and_text(formula, text):
    assert plain(formula) == text
    ET.fromstring(math(formula, alt=text))
    assert plain(parse(latex(formula))) == text


def test_mathml_has_the_elements_of_core():
    found = math(parse(r"\sum_n \left(\frac{a}{b}\right)^2 \le \sqrt{\bar{x}}"), display=True)
    assert found.startswith('<math display="block">')
    for tag in ("munder", "mfrac", "msup", "msqrt", "mover", "mo"):
        assert f"<{tag}" in found
    ET.fromstring(found)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (r"\foo x", r"unknown command \foo"),
        (r"\frac{a", "lacks a }"),
        ("a}", "} too many"),
        (r"\left(a", r"lacks a \right"),
    ],
)
def test_what_cannot_be_read_is_refused(wrong, said):
    with pytest.raises(SettingError) as error:
        parse(wrong)
    assert said in str(error.value)


def test_a_power_of_a_number_after_a_number_has_a_dot():
    assert latex(times(TWO, power(parse("0.5"), TWO))) == r"2 \cdot 0.5^{2}"


def test_mathml_leaves_room_after_a_function_and_none_in_small_brackets():
    assert '</mi><mo>&#x2061;</mo><mspace width="0.17em"></mspace><mi>y' in math(parse(r"\log y"))
    assert "mspace" not in math(parse(r"\log(y)"))
    assert 'stretchy="false"' in math(parse("f(x)"))
    assert 'stretchy="true"' in math(parse(r"f(\frac{x}{y})"))


def test_bars_close_what_they_opened():
    assert plain(parse(r"-|x - y| - |-y|")) == "−|x − y| − |−y|"
    assert plain(parse(r"\|x\|^2 - 2 t^\top x")) == "‖x‖² − 2·tᵀ·x"
    assert plain(parse(r"H' = \lfloor H / s \rfloor + 1")) == "H′ = ⌊H/s⌋ + 1"
    assert '<mo form="prefix">−</mo><mi>y</mi>' in math(parse("|-y| - x"))
    assert "<mo>|</mo><mo>−</mo><mi>x</mi>" in math(parse("|-y| - x"))
