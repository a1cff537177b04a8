"""Values in formulas: numbers, small matrices, and a summary of what is too large to print.

Read next: `index_notation.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.notation.formula import Atom, Formula, Table
from glassgrad.notation.numbers import number, number_text, rounded
from glassgrad.terms.terms import Number, Symbol, Term, formula, rebuild, symbols

SMALL = 12
"""Elements up to which an array is printed."""


def value_formula(value: NDArray[Any]) -> Formula:
    """A number, a row, a matrix; of more than 12 elements the shape and the range."""
    value = np.asarray(value)
    if value.ndim == 0:
        return number(rounded(value))
    if value.size <= SMALL and value.size and value.ndim <= 2:
        rows = tuple(tuple(number(rounded(v)) for v in r) for r in np.atleast_2d(value))
        return Table("pmatrix", rows)
    return summary(value)


def summary(value: NDArray[Any]) -> Formula:
    """What is said of an array instead of its numbers."""
    shape = " × ".join(map(str, value.shape))
    if not value.size:
        return _words(f"{shape} (empty)")
    low, high = (number_text(v, 4, "−", padded=True) for v in (np.min(value), np.max(value)))
    return _words(f"{shape}, from {low} to {high}")


def with_numbers(term: Term, value: NDArray[Any]) -> Formula:
    """The formula with every symbol replaced by its value; the symbols stay if one is too large."""
    if any(np.size(s.value) > SMALL or np.ndim(s.value) > 2 for s in symbols(term)):
        return formula(term)
    return formula(rebuild(term, _numbered))


def _numbered(term: Term) -> Term:
    if not isinstance(term, Symbol):
        return term
    value = np.asarray(term.value)
    if value.ndim == 0:
        return Number(rounded(value))
    return Symbol(term.key, value_formula(value), term.value, shape=term.shape)


def _words(text: str) -> Formula:
    latex = text.replace("×", r"$\times$").replace("−", "$-$")
    return Atom("text", text, rf"\text{{{latex}}}")
