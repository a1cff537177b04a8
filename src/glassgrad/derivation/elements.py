"""What one element of a term is.

An elementwise op is applied to the elements of its arguments; a fused op is replaced by its definition;
the others say it themselves (`Op.index_form`), in the words that an `Indexer` has.  A law works each of
them out by loops and compares with the array that the op computes.  Read next: `index_notation.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from glassgrad import ops
from glassgrad.derivation.index import (
    MAX,
    SUM,
    ArgMax,
    Delta,
    Element,
    Inside,
    LookUp,
    Place,
    Quotient,
    Reduction,
)
from glassgrad.engine.modes import recorded
from glassgrad.ops.base import Elementwise, Op
from glassgrad.ops.shared.axes import Axes, positive_axes
from glassgrad.tensor import Tensor
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import Apply, Number, Symbol, Term, evaluate, term_of

Places = tuple[Place, ...]
Ranges = list[tuple[str, int]]
"""Letters, each with its number of values."""

LETTERS = "ijklmpqrstuvabdefghoxyzcnw"
"""What indices are called, the usual ones first."""


class NoIndexForm(Exception):
    """No index form is known for some op of the term."""


class Indexer:
    """Goes down a term with places, hands out letters, and has the words for an op's index form.

    Args:
        taken: letters that something else is called by.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._free = [c for c in LETTERS if c not in set(taken)]
        self._count = 0

    def fresh(self) -> str:
        """A letter that nobody uses yet."""
        self._count += 1
        return self._free.pop(0) if self._free else f"k{self._count}"

    def letters(self, *sizes: int) -> tuple[Ranges, list[Place]]:
        """A letter for each size above 1, and the places they stand for."""
        ranges: Ranges = []
        places = []
        for n in sizes:
            if n == 1:
                places.append(Place())
            else:
                ranges.append((self.fresh(), n))
                places.append(one(ranges[-1][0]))
        return ranges, places

    def reduced(
        self, x: Term, at: Sequence[Place], axis: Axes, keepdims: bool
    ) -> tuple[Ranges, Term]:
        """Letters for the axes that are reduced, and the element of x over which they run."""
        axes = positive_axes(axis, len(x.shape))
        ranges, inner = self.letters(*(n if i in axes else 1 for i, n in enumerate(x.shape)))
        rest = iter(at)
        for i in range(len(x.shape)):
            if i not in axes:
                inner[i] = next(rest)
            elif keepdims:
                next(rest)
        return ranges, self.element(x, inner)

    def element(self, x: Term, at: Sequence[Place]) -> Term:
        """The expression for the element of `x` at these places."""
        if isinstance(x, Number):
            return Number(x.value)
        if isinstance(x, Symbol):
            return Element(x, tuple(at)) if x.shape else x
        assert isinstance(x, Apply)
        if x.op.index_form is not None:
            return x.op.index_form(self, tuple(at), *x.args)
        if isinstance(x.op, Elementwise):
            return Apply(x.op, args=tuple(self.element(a, aligned(at, a.shape)) for a in x.args))
        return self.element(defined(x) if x.op.definition else self.refuse(), at)

    def element_or_zero(
        self,
        x: Term,
        at: Sequence[Place],
        axes: Iterable[int] | None = None,
        outside: float = 0.0,
    ) -> Term:
        """The element of `x` at places that may lie outside of it along some axes (all by default)."""
        if isinstance(x, Symbol):
            return Element(x, tuple(at), outside)
        if outside:
            self.refuse()
        axes = range(len(x.shape)) if axes is None else axes
        inside = Inside(tuple((at[i], x.shape[i]) for i in axes))
        return self.product(inside, self.element(x, at)) if inside.places else self.element(x, at)

    def sum(self, ranges: Ranges, body: Term) -> Term:
        """The sum over letters; sums within are joined, a range of one value is no sum."""
        return _over(SUM, ranges, body)

    def max(self, ranges: Ranges, body: Term) -> Term:
        """The maximum over letters."""
        return _over(MAX, ranges, body)

    def apply(self, op: Op, *args: Term | float) -> Term:
        """An elementwise op of elements and numbers."""
        return Apply(op, args=tuple(a if isinstance(a, Term) else Number(a) for a in args))

    def product(self, *factors: Term | float) -> Term:
        """Factors side by side."""
        result, *others = (f if isinstance(f, Term) else Number(f) for f in factors)
        for f in others:
            result = Apply(ops.multiply, args=(result, f))
        return result

    def place(self, n: int = 0) -> Place:
        """A place that is known, counted from 0."""
        return Place(offset=n)

    def aligned(self, at: Sequence[Place], shape: tuple[int, ...]) -> Places:
        """The places in something that is broadcast."""
        return aligned(at, shape)

    def regrouped(
        self, at: Sequence[Place], shape: tuple[int, ...], into: tuple[int, ...]
    ) -> Places:
        """Places in an array of `shape` as places in the same elements reshaped `into` another one."""
        return regrouped(at, shape, into)

    def quotient(self, place: Place, by: int) -> Place:
        """How often `by` goes into a place."""
        return Place(((Quotient(place, by), 1),))

    def look_up(self, table: Term, at: Sequence[Place]) -> Place:
        """The place that stands in an array of whole numbers."""
        value = np.asarray(self.named(table).value)
        if np.any(value < 0):
            self.refuse()
        if not value.ndim:
            return Place(offset=int(value))
        return Place(((LookUp(self.named(table), tuple(at)), 1),))

    def equal(self, *pairs: tuple[Place, Place]) -> Term:
        """Kronecker's δ: 1 where the places of each pair agree, else 0."""
        return Delta(pairs)

    def inside(self, places: Sequence[Place], sizes: Sequence[int]) -> Term:
        """1 where every place lies within its size, else 0."""
        return Inside(tuple(zip(places, sizes, strict=True)))

    def is_argmax(
        self, x: Term, window: Sequence[Place], place: Sequence[Place], table: Mapping[Any, Any]
    ) -> Term:
        """1 where a place holds the maximum of a window of x, else 0; `table` says where each one is."""
        return ArgMax(self.named(x), tuple(window), tuple(place), table)

    def named(self, x: Term) -> Symbol:
        """A named array, where the form depends on its `value`."""
        return x if isinstance(x, Symbol) else self.refuse()

    def refuse(self) -> NoReturn:
        """Say that there is no index form here."""
        raise NoIndexForm


def aligned(at: Sequence[Place], shape: tuple[int, ...]) -> Places:
    """The places in something that is broadcast: the last axes, always the first where it has one."""
    last = at[len(at) - len(shape) :]
    return tuple(Place() if n == 1 else p for p, n in zip(last, shape, strict=True))


def defined(term: Apply) -> Term:
    """A fused op replaced by its definition."""
    leaves = [Tensor._constant(np.asarray(evaluate(a))) for a in term.args]
    assert term.op.definition is not None
    with np.errstate(all="ignore"):
        result = recorded(term.op.definition, *leaves)
    return simplify(term_of(result, {id(t): a for t, a in zip(leaves, term.args, strict=True)}))


def one(letter: str) -> Place:
    """The place that a letter stands for."""
    return Place(((letter, 1),))


def _over(sign: Any, ranges: Ranges, body: Term) -> Term:
    rest = tuple(ranges)
    if not rest:
        return body
    if isinstance(body, Reduction) and body.sign == sign:
        rest, body = rest + body.letters, body.args[0]
    return Reduction(sign, rest, args=(body,))


def regrouped(at: Sequence[Place], shape: tuple[int, ...], into: tuple[int, ...]) -> Places:
    """Row-major places: axes that are joined give one number, axes that are split share it."""
    found: list[Place] = []
    i = j = 0
    while j < len(into):
        if into[j] == 1:
            found.append(Place())
            j += 1
            continue
        flat, size, start = Place(), 1, j
        inner = into[j]
        j += 1
        while size != inner or size == 1:
            if size < inner or size == 1:
                flat, size = flat * shape[i] + at[i], size * shape[i]
                i += 1
            else:
                inner, j = inner * into[j], j + 1
        found.extend(_split(flat, into[start:j]))
    return tuple(found)


def _split(flat: Place, shape: tuple[int, ...]) -> list[Place]:
    """One number as places along several axes."""
    if len(shape) == 1:
        return [flat]
    rest = int(np.prod(shape[1:]))
    first = Place(((Quotient(flat, rest), 1),))
    return [first, *_split(Place(((Quotient(flat, rest, rest=True), 1),)), shape[1:])]
