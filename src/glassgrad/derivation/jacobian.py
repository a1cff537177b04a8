"""The derivative of an array by an array, ∂yⱼ/∂xₖ: with δ, in cases, and as a matrix.

It is the backward pass with a seed that is 1 at one place: the seed becomes a δ, and every sum over it
is worked out.  Read next: `page.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from html import escape

import numpy as np
from numpy.typing import NDArray

from glassgrad.derivation.deltas import contracted, decided, deltas, monomials, product
from glassgrad.derivation.elements import Places, one
from glassgrad.derivation.expand import expanded
from glassgrad.derivation.gradient_notation import Notation
from glassgrad.derivation.index import Delta, Element, Place, Reduction, letters_in
from glassgrad.derivation.index_notation import indexed_term, indexer, with_fresh_letters
from glassgrad.derivation.symbolic_pass import SymbolicPass, symbolic_pass
from glassgrad.derivation.verify import TOLERANCE, Check, as_function
from glassgrad.errors import GraphError
from glassgrad.graph import grad, topological
from glassgrad.notation.fill import fill
from glassgrad.notation.formula import Formula, operator, row
from glassgrad.notation.latex_parser import parse, template
from glassgrad.notation.mathml import math
from glassgrad.notation.names import Names, symbol
from glassgrad.notation.plain import plain
from glassgrad.read.equations import Equation
from glassgrad.tensor import Tensor
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import Number, Symbol, Term, formula, postorder, rebuild
from glassgrad.validate import validated

MOST = 10_000


@validated
@dataclass(frozen=True)
class Jacobian:
    """∂y/∂x: `equation` with δ, `cases` where its places are equal or not, `matrix` for vectors.

    Args:
        value: its numbers, of the shape of y and then of x.
        check: how it compares with differences.
    """

    equation: Equation
    cases: tuple[tuple[str, Equation], ...]
    matrix: Equation | None
    value: NDArray[np.float64]
    check: Check

    def __repr__(self) -> str:
        lines = [str(self.equation), *(f"{e}   if {when}" for when, e in self.cases)]
        lines += [str(self.matrix)] if self.matrix is not None else []
        return "\n".join([*lines, f"checked: {self.check}"])

    def _repr_html_(self) -> str:
        lines = [("", self.equation), *((f"if {when}", e) for when, e in self.cases)]
        lines += [("", self.matrix)] if self.matrix is not None else []
        shown = "".join(
            f'<div style="margin: .5em 0">{math(e.formula, alt=str(e))}&emsp;{escape(when)}</div>'
            for when, e in lines
        )
        return f'{shown}<div style="opacity: .7">checked: {escape(str(self.check))}</div>'


@validated(
    but=(
        "y",
        "wrt",
    )
)
def jacobian(y: Tensor, wrt: Tensor) -> Jacobian:
    r"""The derivative of every element of `y` by every element of `wrt`.

    Args:
        y: a recorded tensor of any shape.
        wrt: a tensor that it depends on.

    Raises:
        GraphError: more than 10,000 derivatives, or an op whose index form is not known.

    >>> import glassgrad as gg
    >>> x = gg.tensor([1.0, 2.0, 3.0], name="x")
    >>> s = gg.softmax(x)
    >>> s.name = "s"
    >>> jacobian(s, x)
    ∂sᵢ/∂xⱼ = sⱼ·(δᵢⱼ − sᵢ)
    ∂sᵢ/∂xᵢ = sᵢ·(1 − sᵢ)   if j = i
    ∂sᵢ/∂xⱼ = −sⱼ·sᵢ   if j ≠ i
    ∂s/∂x = diag(s) − s·sᵀ
    checked: 9 derivatives by differences, agrees to ...
    """
    order = topological(y)
    if not isinstance(wrt, Tensor):
        raise GraphError(f"wrt expects a Tensor, got {type(wrt).__name__}.")
    if y.size * wrt.size > MOST:
        raise GraphError(
            f"the Jacobian of {y.label} by {wrt.label} has {y.size * wrt.size} derivatives: derive "
            "one number instead, or give derive a seed."
        )
    if all(node is not wrt for node in order):
        raise GraphError(f"{y.label} does not depend on {wrt.label}: its derivatives are 0.")
    names = Names(order, "y")
    found = symbolic_pass(y, [wrt], np.ones(y.shape), Notation(symbol("L")), names)
    kept = [id(n) for n in order if n.name or n is y]
    term = expanded(found, wrt, (), values=kept)
    seed = found.gradients[id(y)]
    assert isinstance(seed, Symbol)
    left, right, body = _by_index(found, y, wrt, seed, term)
    equation = Equation(_ratio(found, y, left, wrt, right), formula(body))
    value = _value(y, wrt)
    return Jacobian(
        equation, _cases(found, y, left, wrt, right, body),
        _matrix(found, y, wrt, left, right, body), value, _checked(order, wrt, value),
    )  # fmt: skip


def _by_index(
    found: SymbolicPass, y: Tensor, x: Tensor, seed: Symbol, term: Term
) -> tuple[Places, Places, Term]:
    ix = indexer(found.symbols[id(y)], found.symbols[id(x)], term)
    left = tuple(Place() if n == 1 else one(ix.fresh()) for n in y.shape)
    indexed = indexed_term(term, x.shape, ix)
    if indexed is None:
        raise GraphError(f"no index form is known for some op between {y.label} and {x.label}.")
    right, body = indexed

    def to_delta(t: Term) -> Term:
        if t == seed:
            return Number(1.0)
        if isinstance(t, Element) and t.symbol == seed:
            pairs = zip(left, t.places, strict=True)
            return Delta(tuple(pair for pair in pairs if pair[0] != pair[1]))
        return t

    return left, right, with_fresh_letters(contracted(rebuild(body, to_delta)), *left, *right)


def _element(found: SymbolicPass, node: Tensor, places: Places) -> Formula:
    return formula(Element(found.symbols[id(node)], places)) if node.shape else found.name(node)


def _ratio(found: SymbolicPass, y: Tensor, left: Places, x: Tensor, right: Places) -> Formula:
    return found.notation.local(_element(found, y, left), _element(found, x, right))


def _cases(
    found: SymbolicPass, y: Tensor, left: Places, x: Tensor, right: Places, body: Term
) -> tuple[tuple[str, Equation], ...]:
    """Equal places and different places, if that is the one question that is left."""
    open_deltas = deltas(body)
    if len(open_deltas) != 1 or len(open_deltas[0].pairs) != 1:
        return ()
    (delta,) = open_deltas
    ((a, b),) = delta.pairs
    letter, other = (a, b) if _is_letter(a) and a in right else (b, a)
    if not _is_letter(letter) or letter not in right:
        return ()
    same = tuple(other if p == letter else p for p in right)
    names = [plain(p.written()) for p in (letter, other)]
    return (
        (f"{names[0]} = {names[1]}",
         Equation(_ratio(found, y, left, x, same), formula(decided(body, delta, True)))),
        (f"{names[0]} ≠ {names[1]}",
         Equation(_ratio(found, y, left, x, right), formula(decided(body, delta, False)))),
    )  # fmt: skip


def _is_letter(place: Place) -> bool:
    return place.offset == 0 and len(place.parts) == 1 and place.parts[0][1] == 1


def _matrix(
    found: SymbolicPass, y: Tensor, x: Tensor, left: Places, right: Places, body: Term
) -> Equation | None:
    """diag(v) for δⱼᵢ vᵢ and u vᵀ for uⱼ vᵢ, if that is all there is."""
    parts = monomials(body)
    if (
        parts is None
        or len(left) != 1
        or len(right) != 1
        or not left[0].parts
        or not right[0].parts
    ):
        return None
    terms: list[tuple[float, Formula]] = []
    for coefficient, factors in parts:
        shown = _outer(factors, left[0], right[0])
        if shown is None or abs(coefficient) != 1:
            return None
        terms.append((coefficient, shown))
    signs: list[Formula] = []
    for c, shown in sorted(terms, key=lambda t: -t[0]):
        signs += [operator("−", "-") if c < 0 else operator("+"), shown]
    right_side = row(*signs[1:]) if terms and max(terms)[0] > 0 else row(*signs)
    return Equation(found.notation.local(found.name(y), found.name(x)), right_side)


def _outer(factors: list[Term], j: Place, i: Place) -> Formula | None:
    """The matrix of one product of what depends on j, what depends on i, and perhaps a δ."""
    delta = [f for f in factors if isinstance(f, Delta)]
    rest = [f for f in factors if not isinstance(f, Delta)]
    u, v = ([f for f in rest if letters_in(f) == p.letters()] for p in (j, i))
    if len(u) + len(v) != len(rest) or any(
        isinstance(t, Reduction) for f in rest for t in postorder(f)
    ):
        return None
    if delta:
        return fill(_DIAG, [_vector([*u, *v])])
    if not u or not v:
        return None
    return fill(_OUTER, [_vector(u), _vector(v)])


_DIAG = template(r"\mathrm{{diag}}\left({0}\right)", {})
_OUTER = template(r"{0}\,{1}^\top", {})


def _vector(factors: list[Term]) -> Formula:
    """The vector whose element is this product."""
    if not factors:
        return parse(r"\mathbf{1}")
    body = product(factors)
    shape = next(t.symbol.shape for t in postorder(body) if isinstance(t, Element))

    def whole(t: Term) -> Term:
        return t.symbol if isinstance(t, Element) else replace(t, shape=shape)

    return formula(simplify(rebuild(body, whole)))


def _value(y: Tensor, x: Tensor) -> NDArray[np.float64]:
    rows = []
    for k in range(y.size):
        seed = np.zeros(y.shape)
        seed.flat[k] = 1.0
        rows.append(np.asarray(grad(y, x, seed), dtype=np.float64))
    return np.array(rows).reshape(*y.shape, *x.shape)


def _checked(order: list[Tensor], x: Tensor, value: NDArray[np.float64]) -> Check:
    """The whole matrix by differences of fourth order, a column at a time."""
    f, start = as_function(order, x), np.asarray(x._array, dtype=np.float64)
    error = 0.0
    flat = value.reshape(-1, x.size)
    scale = float(np.max(np.abs(value), initial=1e-12))
    for k in range(x.size):
        step = np.eye(1, x.size, k).reshape(x.shape) * (h := 1e-3 * max(1.0, abs(start.flat[k])))
        central = 8 * (f(start + step) - f(start - step)) - (
            f(start + 2 * step) - f(start - 2 * step)
        )
        error = max(
            error, float(np.max(np.abs(central.ravel() / (12 * h) - flat[:, k]), initial=0))
        )
    return Check(error / scale, value.size, "derivatives", ok=error <= TOLERANCE * scale)
