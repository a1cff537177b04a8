"""Kronecker's δ in formulas: a sum over δ picks one term, and cases are what remains.

Read next: `jacobian.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from glassgrad import ops
from glassgrad.derivation.index import SUM, Delta, Place, Reduction, with_places
from glassgrad.ops.base import Op
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import Apply, Number, Term, postorder, rebuild


def contracted(term: Term) -> Term:
    """Every sum over a δ worked out: Σₖ δⱼₖ xₖ is xⱼ."""
    return simplify(rebuild(simplify(term), _contract))


def _contract(term: Term) -> Term:
    if not (isinstance(term, Reduction) and term.sign == SUM):
        return term
    return _sum_of(term.letters, term.args[0])


def _sum_of(letters: tuple[tuple[str, int], ...], body: Term) -> Term:
    """The sum over letters of a body, split into its summands."""
    if isinstance(body, Apply) and body.op in (ops.add, ops.subtract, ops.negative):
        return Apply(body.op, args=tuple(_sum_of(letters, a) for a in body.args))
    taken = _take_delta(body)
    if taken is not None:
        delta, rest = taken
        for pair in delta.pairs:
            found = _picked(pair, dict(letters))
            if found is not None:
                return _pick(letters, delta, rest, pair, *found)
    return Reduction(SUM, letters, args=(body,)) if letters else body


def _take_delta(term: Term) -> tuple[Delta, Term] | None:
    """A δ among the factors of a product or of a numerator, and what is left without it."""
    if isinstance(term, Delta):
        return term, Number(1.0)
    if not isinstance(term, Apply) or term.op not in (ops.multiply, ops.divide, ops.negative):
        return None
    for i, a in enumerate(term.args[:1] if term.op == ops.divide else term.args):
        taken = _take_delta(a)
        if taken is not None:
            args = (*term.args[:i], taken[1], *term.args[i + 1 :])
            return taken[0], Apply(term.op, args=args)
    return None


def _picked(pair: tuple[Place, Place], letters: dict[str, int]) -> tuple[str, Place] | None:
    """The letter of the sum that a pair fixes, and its value."""
    for here, there in (pair, pair[::-1]):
        if len(here.parts) == 1 and here.offset == 0:
            name, n = here.parts[0]
            if n == 1 and name in letters and name not in there.letters():
                return name, there
    return None


def _pick(
    letters: tuple[tuple[str, int], ...],
    delta: Delta,
    rest: Term,
    pair: tuple[Place, Place],
    name: str,
    place: Place,
) -> Term:
    """The one summand that is left: `name` replaced by `place`."""
    others = tuple(p for p in delta.pairs if p is not pair)
    body = Apply(ops.multiply, args=(Delta(others), rest)) if others else rest
    left = tuple(x for x in letters if x[0] != name)
    return _sum_of(left, with_places(body, {name: place}))


def product(parts: Sequence[Term]) -> Term:
    """Factors as one product; without any it is 1."""
    if not parts:
        return Number(1.0)
    total = parts[0]
    for p in parts[1:]:
        total = Apply(ops.multiply, args=(total, p), shape=p.shape)
    return total


def deltas(term: Term) -> list[Delta]:
    """The δs in a term, each once."""
    return list(dict.fromkeys(t for t in postorder(term) if isinstance(t, Delta)))


def decided(term: Term, delta: Delta, holds: bool) -> Term:
    """The term where a δ is 1, its places taken as equal, or 0."""
    value = Number(1.0 if holds else 0.0)
    new = rebuild(term, lambda t: value if t == delta else t)
    if holds:
        for pair in delta.pairs:
            letters = {name: 1 for place in pair for name in place.letters()}
            found = _picked(pair[::-1], letters)
            if found is not None:
                new = with_places(new, {found[0]: found[1]})
    return simplify(new)


def monomials(term: Term, sign: float = 1.0) -> list[tuple[float, list[Term]]] | None:
    """The term as a sum of products, `(coefficient, factors)`; None if it is no such sum."""
    if isinstance(term, Number):
        return [(sign * term.value, [])]
    if not isinstance(term, Apply):
        return [(sign, [term])]
    if term.op == ops.multiply:
        left, right = (monomials(a) for a in term.args)
        if left is None or right is None:
            return None
        return [(sign * a * b, [*p, *q]) for a, p in left for b, q in right]
    signs: dict[Op, tuple[float, ...]] = {
        ops.add: (sign, sign),
        ops.subtract: (sign, -sign),
        ops.negative: (-sign,),
    }
    if term.op not in signs:
        return [(sign, [term])]
    parts = [monomials(a, s) for a, s in zip(term.args, signs[term.op], strict=True)]
    return None if any(p is None for p in parts) else [m for p in parts if p for m in p]
