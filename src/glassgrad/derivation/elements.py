"""What one element of a term is.

An elementwise op is applied to the elements of its arguments; a fused op is replaced by its definition;
for the others there is a table of index forms (`arrangements.py`, `index_forms.py`).
Read next: `arrangements.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import Context
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.derivation.index import MAX, SUM, Element, Inside, Over, Place
from glassgrad.ops.base import Elementwise
from glassgrad.tensor import Tensor
from glassgrad.terms.simplify import tidy
from glassgrad.terms.terms import Apply, Number, Symbol, Term, evaluate, term_of

Places = tuple[Place, ...]
Form = Callable[[Any, tuple[Term, ...], Places, "Indexer"], Term]
"""`form(op, args, at, indexer)`: the element of `op(*args)` at these places."""


LETTERS = "ijklmpqrstuvabdefghoxyzcnw"
"""What indices are called, the usual ones first."""


class NoIndexForm(Exception):
    """No index form is known for some op of the term."""


class Indexer:
    """Goes down a term with places, and hands out letters for sums.

    Args:
        forms: the index form of each op that needs one.
        taken: letters that something else is called by.
    """

    def __init__(self, forms: Mapping[type, Form], taken: Iterable[str]) -> None:
        self.forms = forms
        self._free = [c for c in LETTERS if c not in set(taken)]
        self._count = 0

    def fresh(self) -> str:
        """A letter that nobody uses yet."""
        self._count += 1
        return self._free.pop(0) if self._free else f"k{self._count}"

    def element(self, term: Term, at: Places) -> Term:
        """The expression for the element of `term` at these places."""
        if isinstance(term, Number):
            return Number(term.value)
        if isinstance(term, Symbol):
            return Element(term, at) if term.shape else term
        assert isinstance(term, Apply)
        form = self.forms.get(type(term.op))
        if form is not None:
            return form(term.op, term.args, at, self)
        if isinstance(term.op, Elementwise):
            args = tuple(self.element(a, aligned(at, a.shape)) for a in term.args)
            return Apply(term.op, args=args)
        if term.op.definition is None:
            raise NoIndexForm
        return self.element(defined(term), at)


def aligned(at: Places, shape: tuple[int, ...]) -> Places:
    """The places in something that is broadcast: the last axes, always the first where it has one."""
    last = at[len(at) - len(shape) :]
    return tuple(Place() if n == 1 else p for p, n in zip(last, shape, strict=True))


def defined(term: Apply) -> Term:
    """A fused op replaced by its definition."""
    leaves = [Tensor._constant(np.asarray(evaluate(a))) for a in term.args]
    assert term.op.definition is not None
    with np.errstate(all="ignore"):
        result = Context().run(term.op.definition, *leaves)
    return tidy(term_of(result, {id(t): a for t, a in zip(leaves, term.args, strict=True)}))


def one(letter: str) -> Place:
    """The place that a letter stands for."""
    return Place(((letter, 1),))


def total(ranges: Iterable[tuple[str, int]], body: Term) -> Term:
    """The sum over letters; sums within are joined, a range of one value is no sum."""
    return _over(SUM, ranges, body)


def largest(ranges: Iterable[tuple[str, int]], body: Term) -> Term:
    """The maximum over letters."""
    return _over(MAX, ranges, body)


def _over(sign: Any, ranges: Iterable[tuple[str, int]], body: Term) -> Term:
    rest = tuple(ranges)
    if not rest:
        return body
    if isinstance(body, Over) and body.sign == sign:
        rest, body = rest + body.letters, body.args[0]
    return Over(sign, rest, args=(body,))


def product(*factors: Term) -> Term:
    """Factors side by side."""
    result = factors[0]
    for f in factors[1:]:
        result = Apply(ops.multiply, args=(result, f))
    return result


def perhaps_outside(
    term: Term, at: Places, ix: Indexer, doubtful: Mapping[int, int] | None = None
) -> Term:
    """The element at places that may lie outside of the array, where it is 0."""
    if isinstance(term, Symbol):
        return Element(term, at)
    doubtful = doubtful if doubtful is not None else dict(enumerate(term.shape))
    inside = Inside(tuple((at[i], n) for i, n in doubtful.items()))
    return product(inside, ix.element(term, at))
