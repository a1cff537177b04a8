"""One value written in several ways, each equal to the one before: a small proof.

The definition is written by index, exponents are split, factors are pulled out of sums, and what stands
above and below a fraction line is cancelled.  Read next: `cases.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from glassgrad import ops
from glassgrad.derivation.deltas import product
from glassgrad.derivation.index import SUM, Element, Place, Reduction, letters_in
from glassgrad.derivation.index_notation import indexed_term, indexer, with_fresh_letters
from glassgrad.errors import GraphError
from glassgrad.graph import topological
from glassgrad.notation.names import Names
from glassgrad.read.equations import Equation, Equations
from glassgrad.tensor import Tensor
from glassgrad.terms.simplify import EXPONENTS, simplify
from glassgrad.terms.terms import Apply, Number, Symbol, Term, formula, rebuild, term_of


def rewritten(y: Tensor) -> Equations:
    """One element of `y` in the leaves, and then in simpler and simpler ways.

    Raises:
        GraphError: an op has no index form.

    >>> import glassgrad as gg
    >>> x, c = gg.tensor([1.0, 2.0], name="x"), gg.tensor(3.0, name="c")
    >>> print(rewritten(gg.softmax(x + c)))
    yᵢ = e^(xᵢ + c)/(∑ⱼ e^(xⱼ + c))
    yᵢ = e^(xᵢ)·e^c/(∑ⱼ e^(xⱼ)·e^c)
    yᵢ = e^(xᵢ)·e^c/((∑ⱼ e^(xⱼ))·e^c)
    yᵢ = e^(xᵢ)/(∑ⱼ e^(xⱼ))
    """
    name, places, term = _element_of(y)
    forms = [term]
    changes: tuple[Callable[[Term], Term], ...] = (
        lambda t: simplify(t, EXPONENTS),
        lambda t: rebuild(t, _pulled_out),
        simplify,
    )
    for change in changes:
        forms.append(change(forms[-1]))
    kept = [t for i, t in enumerate(forms) if i == 0 or t != forms[i - 1]]
    return Equations(
        [Equation(formula(name), formula(with_fresh_letters(t, *places))) for t in kept]
    )


def _element_of(y: Tensor) -> tuple[Term, tuple[Place, ...], Term]:
    """The name of one element of `y`, its places, and its expression in the leaves."""
    order = topological(y)
    names = Names(order, "y")
    whole = Symbol("y", names[y], y._array, shape=y.shape)
    known: dict[int, Term] = {
        id(n): Symbol(f"n{k}", names[n], n._array, shape=n.shape)
        for k, n in enumerate(order)
        if n.op is None and (n.requires_grad or n.name or n.ndim)
    }
    term = term_of(y, known)
    found = indexed_term(term, y.shape, indexer(whole, term))
    if found is None:
        raise GraphError(f"{y.label} cannot be written by index: one of its ops has no index form.")
    places, body = found
    return (Element(whole, places) if y.shape else whole), places, body


def _pulled_out(term: Term) -> Term:
    """Σⱼ xⱼ c is (Σⱼ xⱼ) c: what does not depend on the letters leaves the sum."""
    if not (isinstance(term, Reduction) and term.sign == SUM):
        return term
    bound = {name for name, _ in term.letters}
    parts = _factors(term.args[0])
    inside = [f for f in parts if letters_in(f) & bound]
    outside = [f for f in parts if not letters_in(f) & bound]
    if not outside or not inside:
        return term
    total = Reduction(SUM, term.letters, args=(product(inside),))
    return product([total, *outside])


def _factors(term: Term) -> list[Term]:
    """The factors of a product; a divisor is the factor 1/divisor."""
    if isinstance(term, Apply) and term.op == ops.multiply:
        return [f for a in term.args for f in _factors(a)]
    if isinstance(term, Apply) and term.op == ops.divide:
        top, bottom = term.args
        return [*_factors(top), Apply(ops.divide, args=(Number(1.0), bottom))]
    return [term]
