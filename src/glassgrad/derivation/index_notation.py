"""The same step read by index and by element.

By index: one element with letters for its place, sums written out.  By element: the same with numbers
for letters, the sums unrolled, every product visible.  Read next: `cases.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.derivation.elements import LETTERS, Indexer, NoIndexForm, Places, one
from glassgrad.derivation.index import (
    SUM,
    Delta,
    Element,
    Inside,
    Place,
    Reduction,
    at,
    letters_in,
    with_places,
)
from glassgrad.derivation.numbers import SMALL
from glassgrad.notation.formula import Formula, row
from glassgrad.notation.numbers import number, rounded
from glassgrad.notation.plain import plain
from glassgrad.read.equations import EQUALS, Equation
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import (
    Apply,
    Number,
    Symbol,
    Term,
    formula,
    postorder,
    rebuild,
    size,
    symbols,
)

READABLE = 60
"""Signs up to which one element is written out with its numbers."""
UNROLLED = 6
"""Summands up to which a sum is written out."""


def indexer(*terms: Term) -> Indexer:
    """An indexer whose letters differ from every name in these terms."""
    return Indexer(_taken(terms))


def _taken(terms: Sequence[Term]) -> set[str]:
    """The letters in the names of arrays."""
    found = {s for t in terms for s in symbols(t)}
    found |= {e.symbol for t in terms for e in postorder(t) if isinstance(e, Element)}
    return {c for s in found for c in plain(s.name) if c.isalpha()}


def indexed_term(term: Term, shape: tuple[int, ...], ix: Indexer) -> tuple[Places, Term] | None:
    """Places for one element, and its expression; None where no index form is known."""
    try:
        places = tuple(Place() if n == 1 else one(ix.fresh()) for n in shape)
        return places, simplify(ix.element(term, places))
    except NoIndexForm:
        return None


def with_fresh_letters(term: Term, *reserved: Place) -> Term:
    """Letters of sums chosen anew, so that sums side by side use the same one."""

    def choose(t: Term) -> Term:
        if not isinstance(t, Reduction):
            return t
        body = t.args[0]
        inner = {n for s in postorder(body) if isinstance(s, Reduction) for n, _ in s.letters}
        own = [name for name, _ in t.letters]
        used = inner | (letters_in(body) - set(own)) | outside
        free = [c for c in LETTERS if c not in used and c not in names]
        free += [f"k{i}" for i in range(len(own)) if f"k{i}" not in used]
        by = {old: one(new) for old, new in zip(own, free, strict=False)}
        letters = tuple((by[n].parts[0][0], k) for n, k in t.letters)
        return Reduction(t.sign, letters, args=(with_places(body, by),))

    outside = letters_in(term).union(*(p.letters() for p in reserved))
    names = _taken([term])
    return rebuild(term, choose)


def by_index(left: Symbol, term: Term) -> Equation | None:
    """The equation for one element of `left`; None for a number, or where no index form is known."""
    if not left.shape or 0 in left.shape:
        return None
    found = indexed_term(term, left.shape, indexer(left, term))
    if found is None:
        return None
    places, body = found
    return Equation(formula(Element(left, places)), formula(with_fresh_letters(body, *places)))


def by_element(left: Symbol, term: Term, value: NDArray[np.float64]) -> tuple[Equation, ...]:
    """An equation for each element of `left`: the formula = its numbers = the value."""
    if not left.shape or not 0 < np.size(value) <= SMALL:
        return ()
    ix = indexer(left, term)
    found = indexed_term(term, left.shape, ix)
    if found is None:
        return ()
    places, body = found[0], with_fresh_letters(found[1], *found[0])
    lines = []
    for index in np.ndindex(left.shape):
        here = {
            name: Place(offset=i)
            for p, i in zip(places, index, strict=True)
            for name in p.letters()
        }
        fixed = simplify(unrolled(with_places(body, here)))
        if size(fixed) > READABLE:
            return ()
        name = formula(Element(left, tuple(Place(offset=i) for i in index)))
        lines.append(Equation(name, _chain(fixed, float(np.asarray(value)[index]))))
    return tuple(lines)


def _chain(term: Term, value: float) -> Formula:
    """formula = numbers = value, without repeating what is the same."""
    parts = [formula(term), formula(rebuild(term, _numbered)), number(rounded(value))]
    kept = [p for i, p in enumerate(parts) if i == 0 or plain(p) != plain(parts[i - 1])]
    return row(*[q for p in kept for q in (EQUALS, p)][1:]) if len(kept) > 1 else kept[0]


def _numbered(term: Term) -> Term:
    """A name replaced by its number."""
    if isinstance(term, Element | Symbol):
        return Number(rounded(at(term, {}))) if not letters_in(term) else term
    return term


def unrolled(term: Term) -> Term:
    """Sums of a few summands written out; what is known to be 0 or 1 is worked out."""
    if isinstance(term, Reduction) and term.sign == SUM:
        names = [name for name, _ in term.letters]
        values = list(itertools.product(*(range(n) for _, n in term.letters)))
        if len(values) > 20 * UNROLLED:
            return term
        summands = [
            unrolled(
                with_places(
                    term.args[0], {k: Place(offset=i) for k, i in zip(names, v, strict=True)}
                )
            )
            for v in values
        ]
        kept = [s for s in summands if not _is_zero(s)]
        return term if len(kept) > UNROLLED else _sum(kept)
    if isinstance(term, Delta | Inside) and not letters_in(term):
        return Number(at(term, {}))
    if isinstance(term, Element) and not letters_in(term) and _is_outside(term):
        return Number(term.outside)
    if isinstance(term, Apply):
        return Apply(term.op, args=tuple(unrolled(a) for a in term.args))
    return term


def _is_zero(term: Term) -> bool:
    return simplify(term) == Number(0.0)


def _is_outside(term: Element) -> bool:
    index = [p.at({}) for p in term.places]
    return not all(0 <= i < n for i, n in zip(index, term.symbol.shape, strict=True))


def _sum(terms: Sequence[Term]) -> Term:
    if not terms:
        return Number(0.0)
    total = terms[0]
    for term in terms[1:]:
        total = Apply(ops.add, args=(total, term))
    return total
