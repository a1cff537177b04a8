"""Piecewise rules as cases: what θ(x) means above zero, below, and at zero.

A rule that is written with steps, signs, maxima and minima of one expression is worked out for each
sign of it, as the ops say (`Op.by_sign`).  Read next: `deltas.py`.
"""

from __future__ import annotations

from glassgrad import ops
from glassgrad.derivation.elements import defined
from glassgrad.notation.formula import Formula, Table, operator, row
from glassgrad.notation.numbers import number
from glassgrad.notation.symbols import command
from glassgrad.ops.base import Elementwise
from glassgrad.read.equations import Equation
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import Apply, Number, Symbol, Term, formula, postorder, rebuild


def by_cases(left: Symbol, term: Term) -> Equation | None:
    """The equation in cases; None if the term has no step, or steps of different expressions."""
    opened = rebuild(term, _opened)
    inner = [t.args[0] for t in postorder(opened) if _jumps(t)]
    if not inner or any(a != inner[0] for a in inner):
        return None
    above, below, zero = (_where(opened, inner[0], sign) for sign in (1, -1, 0))
    parts = [(above, ">"), (below, "<"), (zero, "=")]
    if zero == above:
        parts = [(above, "≥"), (below, "<")]
    elif zero == below:
        parts = [(above, ">"), (below, "≤")]
    rows = tuple((formula(value), _condition(inner[0], sign)) for value, sign in parts)
    return Equation(left.name, Table("cases", rows))


def _jumps(term: Term) -> bool:
    """Whether a term is decided by the sign of its argument alone: a step, a sign."""
    return isinstance(term, Apply) and term.op.by_sign is not None and len(term.args) == 1


def _opened(term: Term) -> Term:
    """A derivative that is an op of its own, written out: ELU′ is made of steps."""
    if not isinstance(term, Apply) or not isinstance(term.op, Elementwise):
        return term
    if _jumps(term) or term.op.definition is None:
        return term
    opened = defined(term)
    return opened if any(map(_jumps, postorder(opened))) else term


def _where(term: Term, inner: Term, sign: int) -> Term:
    """The term where `inner` is positive (1), negative (-1) or zero."""

    def decide(t: Term) -> Term:
        if not isinstance(t, Apply) or t.args[0] != inner or t.op.by_sign is None:
            return t
        found = t.op.by_sign(sign, *(a.value if isinstance(a, Number) else a for a in t.args))
        if found is None or isinstance(found, Term):
            return t if found is None else found
        return Number(float(found), shape=t.shape)

    return simplify(rebuild(term, decide))


def _condition(inner: Term, sign: str) -> Formula:
    """inner > 0, or x > c for an inner x − c."""
    mark = operator(sign, command(sign))
    if isinstance(inner, Apply) and inner.op == ops.subtract:
        return row(formula(inner.args[0]), mark, formula(inner.args[1]))
    return row(formula(inner), mark, number(0.0))
