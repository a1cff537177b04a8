"""What nodes are called: in formulas, and in programs."""

import pytest

import glassgrad as gg
from glassgrad.graph import topological
from glassgrad.notation.latex import latex
from glassgrad.notation.latex_parser import parse
from glassgrad.notation.names import Names, identifier, symbol
from glassgrad.notation.numbers import number, number_text
from glassgrad.notation.plain import plain


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("w1", "w₁"), ("w_12", "w₁₂"), ("yhat", "ŷ"), ("yhat1", "ŷ₁"), ("y_hat_2", "ŷ₂"), ("ŷ1", "ŷ₁"),
        ("theta", "θ"), ("λ", "λ"), ("loss", "loss"), ("loss_2", "loss₂"), (r"\bar{x}", "x̄"),
        ("0.weight", "0.weight"), ("w₃", "w₃"), ("a b", "a b"), ("%", "%"),
    ],
)  # fmt: skip
def test_a_name_as_a_symbol(name, text):
    assert plain(symbol(name)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(2.0, "2"), (-0.5, "−0.5"), (1 / 3, "1/3"), (-2 / 7, "−2/7"), (1e-5, "10⁻⁵"), (0.1234567, "0.123457"),
     (-1.25e-7, "−1.25·10⁻⁷"), (float("inf"), "∞"), (float("nan"), "NaN")],
)  # fmt: skip
def test_numbers(value, text):
    assert plain(number(value)) == text


def test_numbers_as_text():
    assert [number_text(v) for v in (0.1 + 0.2, -1e-7, 2.5e10, 1234567.0, 3)] == [
        "0.3", "-1e-7", "2.5e10", "1.23457e6", "3",
    ]  # fmt: skip
    assert number_text(-1.5e-7, 2, "−", padded=True) == "−1.5e−07"
    assert number_text(float("nan")) == "nan"


@pytest.mark.parametrize("value", [-1e-5, 1e20, -3.25e12, 5 / 9, -11 / 12, 1e-300, -float("inf")])
def test_the_formula_of_a_number_is_what_latex_reads(value):
    formula = number(value)
    assert parse(latex(formula)) == formula


def test_every_node_gets_a_name_of_its_own():
    w, v = gg.tensor([1.0, 2.0], "w"), gg.tensor([3.0, 4.0], "w")
    y = gg.tanh(w * v) * gg.tanh(v) + 1.0
    order = topological(y)
    names = Names(order, "y")
    texts = [plain(names[n]) for n in order if n.op is not None or n.ndim]
    assert len(set(texts)) == len(texts)
    assert {"w₁", "w₂", "y"} <= set(texts)


def test_a_letter_in_use_is_not_taken_for_results():
    z = gg.tensor(1.0, "z")
    order = topological(gg.tanh(z * z))
    names = Names(order, "y")
    assert plain(names[order[1]]) == "u₁"


def test_python_names():
    taken = set()
    names = ["w1", "yhat1", "lambda", "0.weight", "theta", "w_1"]
    assert [identifier(symbol(n), taken) for n in names] == [
        "w1", "y_hat1", "λ", "_0_weight", "θ", "w1_",
    ]  # fmt: skip
