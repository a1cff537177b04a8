"""Rewrites of formulas and explanations of wrong ones: each row has a sample that fails without it."""

import pytest
from catalogues import falls_without, holds

import glassgrad as gg
from glassgrad import check
from glassgrad.check.formula import explain
from glassgrad.notation.plain import plain
from glassgrad.terms import simplify as rewriting
from glassgrad.terms.parser import parse
from glassgrad.terms.terms import formula

SIMPLER = """
1·x | x
x/3/1 | x/3
x + 0 | x
0 + x² | x²
x − 0 | x
0 − 1/x | −1/x
0·e^x | 0
0/x | 0
(−x)¹ | −x
x⁰ | 1
−(−1/x) | 1/x
−1·x/3 | −x/3
x/(−1) | −x
x − (−y) | x + y
x + (−y) | x − y
−x + y² | y² − x
−(x − y) | y − x
(−x)·y | −x·y
x·(−y²) | −x·y²
(−x²)/y | −x²/y
x/(−y) | −x/y
−5·(−x) | 5·x
(−2)/x | −2/x
x + (−2) | x − 2
−2 + x² | x² − 2
x − (−2) | x + 2
x + (−2·y) | x − 2·y
−2·y + x | x − 2·y
x − (−2·y) | x + 2·y
(−x)² | x²
u·3 | 3·u
3·(−3·x) | −9·x
3·u·x/3 | u·x
u·(−3·x) | −3·u·x
2·x/2 | x
6·(x/2) | 3·x
2·(3/x) | 6/x
1/u·1/u | 1/u²
u²·(u²)² | (u²)³
u³·u | u⁴
2·x·u·u | 2·x·u²
u + u | 2·u
3·u + 5·u | 8·u
3·u + u | 4·u
u + 3·u | 4·u
u·(1/y) | u/y
(1/y)·u | u/y
u·(1/(2·y)) | u/(2·y)
1/u·e^x/(y/3) | 3·e^x/(u·y)
x/y·(−u) | −x·u/y
x/e^u/v | x/(e^u·v)
x/(y/z) | x·z/y
u/u | 1
u·x²/u | x²
x·u/u | x
u/u² | 1/u
u²/u | u
2·x·u/u² | 2·x/u
u·x²/u² | x²/u
u·x/(u·y) | x/y
x·u/(u·y) | x/y
u·x/(y·u) | x/y
x·u/(y·u) | x/y
−3·x/(−u) | 3·x/u
u/(x²·u) | 1/x²
u/(u·x) | 1/x
u·(1 − 1/u) | u − 1
u − u² | u·(1 − u)
"""
PAIRS = [tuple(line.split(" | ")) for line in SIMPLER.strip().splitlines()]


def simpler(text):
    """The typed expression after all rewrites, as it is printed."""
    return plain(formula(rewriting.simplify(parse(text, "uvxyz").term)))


@pytest.mark.parametrize(("text", "result"), PAIRS)
def test_each_expression_becomes_what_a_person_would_write(text, result):
    assert simpler(text) == result


OWN = len(rewriting.PLAIN) - len(rewriting._of_ops("always"))


@pytest.mark.parametrize("row", range(OWN))
def test_each_rewrite_is_needed_by_one_of_them(monkeypatch, row):
    less = rewriting.PLAIN[:row] + rewriting.PLAIN[row + 1 :]
    monkeypatch.setattr(rewriting, "PLAIN", less)
    assert any(not holds(lambda t=t, r=r: simpler(t) == r) for t, r in PAIRS)


# ---- explanations

WRONG = {
    "_sign": (lambda x, y: gg.sin(x) * y, "-y cos(x)", "right up to its sign"),
    "_factor": (lambda x, y: x**2 * y, "x y", "It is 1/2 times the gradient"),
    "_other_leaf": (lambda x, y: x**3 * y**2, "2x^3 y", "the gradient with respect to y"),
    "_one_edit": (lambda x, y: gg.sin(x) + y, "sin(x)", "cos"),
    "_one_term": (
        lambda x, y: x**5 + gg.exp(x * y),
        "x^4 + y exp(x y)",
        "The term 'x^4' lacks the factor 5",
    ),
    "_missing_factor": (lambda x, y: gg.sin(x * y**2), "cos(x y^2)", "The factor y² is missing"),
    "_missing_term": (lambda x, y: x**2 * y + x * y**2, "2x y", "A term is missing: + y²"),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_explanation_is_needed_by_a_wrong_formula(monkeypatch, name):
    function, typed, sentence = WRONG[name]

    def explained():
        x, y = gg.tensor(0.7, name="x"), gg.tensor(1.3, name="y")
        return sentence in str(check.formula(typed, function(x, y), wrt="x"))

    row = getattr(explain, name)
    falls_without(monkeypatch, explain, "EXPLANATIONS", row, explained)


def test_no_explanation_is_without_a_sample():
    assert [e.__name__ for e in explain.EXPLANATIONS] == list(WRONG)
