"""Expressions for one element: xᵢⱼ, sums over indices, and the Kronecker δ.

A place is a whole number computed from index letters, such as 2i + u − 1; an element outside of its
array is 0, which is what padding means.  Places count from 0 in here and from 1 in print.  Every
expression can be worked out by loops: that is how the tests compare it with the array it stands for.
Read next: `elements.py`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from glassgrad.derivation.gradient_notation import Gradient, indexed, listed
from glassgrad.notation.fill import fill
from glassgrad.notation.formula import (
    Atom,
    Fence,
    Formula,
    Frac,
    Row,
    Script,
    Slot,
    letter,
    operator,
    row,
    upright,
)
from glassgrad.terms.terms import Apply, Number, Symbol, Term

Env = Mapping[str, int]


@dataclass(frozen=True)
class Place:
    """Σ coefficient · part + offset; a part is an index letter, or a place that is looked up."""

    parts: tuple[tuple[Any, int], ...] = ()
    offset: int = 0

    def __add__(self, other: Place | int) -> Place:
        if isinstance(other, int):
            return replace(self, offset=self.offset + other)
        total = dict(self.parts)
        for part, n in other.parts:
            total[part] = total.get(part, 0) + n
        return Place(tuple((p, n) for p, n in total.items() if n), self.offset + other.offset)

    def __mul__(self, n: int) -> Place:
        return Place(tuple((p, k * n) for p, k in self.parts if k * n), self.offset * n)

    def __sub__(self, other: Place | int) -> Place:
        return self + (other * -1)

    def at(self, env: Env) -> int:
        """The number, given those of the letters."""
        return self.offset + sum(
            n * (env[p] if isinstance(p, str) else p.at(env)) for p, n in self.parts
        )

    def replaced(self, by: Mapping[str, Place]) -> Place:
        """With letters replaced by places."""
        total = Place(offset=self.offset)
        for p, n in self.parts:
            new = by.get(p, Place(((p, 1),))) if isinstance(p, str) else p.replaced(by)
            total = total + new * n
        return total

    def letters(self) -> set[str]:
        """The letters it depends on."""
        nested = [{p} if isinstance(p, str) else p.letters() for p, _ in self.parts]
        return set().union(*nested)

    def written(self) -> Formula:
        """As it is printed, counted from 1."""
        begin = 1 + self.offset - sum(n for p, n in self.parts if isinstance(p, str))
        begin -= sum(n for p, n in self.parts if not isinstance(p, str))
        signs: list[Formula] = []
        for p, n in self.parts:
            name = letter(p) if isinstance(p, str) else p.written()
            count = [] if abs(n) == 1 else [_digits(abs(n)), Atom("space", " ", r"\,")]
            signs += [operator("−", "-") if n < 0 else operator("+"), *count, name]
        if begin or not signs:
            signs += [operator("−", "-") if begin < 0 else operator("+"), _digits(abs(begin))]
        return row(*(signs[1:] if isinstance(signs[0], Atom) and signs[0].text == "+" else signs))


@dataclass(frozen=True)
class LookUp:
    """A place that stands in an array of whole numbers: the label of sample n."""

    table: Symbol
    places: tuple[Place, ...]

    def at(self, env: Env) -> int:
        return int(np.asarray(self.table.value)[tuple(p.at(env) for p in self.places)])

    def replaced(self, by: Mapping[str, Place]) -> Place:
        return Place(((LookUp(self.table, tuple(p.replaced(by) for p in self.places)), 1),))

    def letters(self) -> set[str]:
        return set().union(*(p.letters() for p in self.places))

    def written(self) -> Formula:
        return _element_name(self.table, self.places)


@dataclass(frozen=True)
class Quotient:
    """How often `by` goes into a place, or with `rest` what is left: flattened axes need both."""

    place: Place
    by: int
    rest: bool = False

    def at(self, env: Env) -> int:
        n = self.place.at(env)
        return n % self.by if self.rest else n // self.by

    def replaced(self, by: Mapping[str, Place]) -> Place:
        return Place(((Quotient(self.place.replaced(by), self.by, self.rest), 1),))

    def letters(self) -> set[str]:
        return self.place.letters()

    def written(self) -> Formula:
        from_one = (self.place - 1).written()
        if self.rest:
            inside = row(from_one, upright("mod"), _digits(self.by), operator("+"), _digits(1))
            return Fence("(", inside, ")")
        return row(Fence("⌊", Frac(from_one, _digits(self.by)), "⌋"), operator("+"), _digits(1))


@dataclass(frozen=True, eq=False)
class Element(Term):
    """One element of a named array; `outside` is its value beyond the edges."""

    symbol: Symbol
    places: tuple[Place, ...]
    outside: float = 0.0

    def written(self, parts: list[Formula]) -> Formula:
        return _element_name(self.symbol, self.places)


@dataclass(frozen=True, eq=False)
class Reduction(Term):
    """A sum or a maximum over letters, each with its number of values."""

    sign: Atom
    letters: tuple[tuple[str, int], ...]

    def written(self, parts: list[Formula]) -> Formula:
        below = listed([letter(name) for name, _ in self.letters])
        return fill(Row((Script(self.sign, below, None), Slot(0))), parts)


@dataclass(frozen=True, eq=False)
class Delta(Term):
    """1 where all pairs of places agree, else 0."""

    pairs: tuple[tuple[Place, Place], ...]

    def written(self, parts: list[Formula]) -> Formula:
        deltas = [Script(_DELTA, listed([a.written(), b.written()]), None) for a, b in self.pairs]
        return row(*deltas)


@dataclass(frozen=True, eq=False)
class Inside(Term):
    """1 where every place lies in its range, else 0."""

    places: tuple[tuple[Place, int], ...]

    def written(self, parts: list[Formula]) -> Formula:
        le = operator("≤", r"\leq")
        return row(
            *(
                Fence("[", row(_digits(1), le, place.written(), le, _digits(n)), "]")
                for place, n in self.places
            )
        )


@dataclass(frozen=True, eq=False)
class ArgMax(Term):
    """1 where a place holds the maximum of a window, else 0; `table` says where each maximum is."""

    symbol: Symbol
    window: tuple[Place, ...]
    place: tuple[Place, ...]
    table: Any = field(compare=False)

    def written(self, parts: list[Formula]) -> Formula:
        left = Fence("(", row(*_with_commas([p.written() for p in self.place[-2:]])), ")")
        window = listed([p.written() for p in self.window[-2:]])
        best = Script(Atom("function", "arg max", r"\arg\max"), window, None)
        return Fence("[", row(left, operator("="), best, self.symbol.name), "]")


SUM, MAX = Atom("big", "∑", r"\sum"), Atom("big", "max", r"\max")
_DELTA = Atom("letter", "δ", r"\delta")


def at(term: Term, env: Env) -> float:
    """The value of an expression for one element, worked out by loops."""
    match term:
        case Number(value):
            return float(value)
        case Element(symbol, places, outside):
            array, index = np.asarray(symbol.value), [p.at(env) for p in places]
            inside = all(0 <= i < n for i, n in zip(index, array.shape, strict=True))
            return float(array[tuple(index)]) if inside else outside
        case Symbol(_, _, value):
            return float(value)
        case Reduction(sign, letters):
            values = [at(term.args[0], {**env, **more}) for more in _ranges(letters)]
            return float(np.sum(values) if sign == SUM else np.max(values))
        case Delta(pairs):
            return float(all(a.at(env) == b.at(env) for a, b in pairs))
        case Inside(places):
            return float(all(0 <= p.at(env) < n for p, n in places))
        case ArgMax(_, window, place, table):
            return float(table[tuple(p.at(env) for p in window)] == tuple(p.at(env) for p in place))
        case Apply(op):
            with np.errstate(all="ignore"):
                return float(op.compute(*(np.float64(at(a, env)) for a in term.args)))
    raise TypeError(f"{type(term).__name__} is no expression for one element")


def _ranges(letters: tuple[tuple[str, int], ...]) -> Iterator[dict[str, int]]:
    names = [name for name, _ in letters]
    for values in itertools.product(*(range(n) for _, n in letters)):
        yield dict(zip(names, values, strict=True))


def with_places(term: Term, by: Mapping[str, Place]) -> Term:
    """The term with index letters replaced by places; letters bound by a sum stay."""
    if isinstance(term, Reduction):
        by = {k: v for k, v in by.items() if k not in dict(term.letters)}
    args = tuple(with_places(a, by) for a in term.args)
    match term:
        case Element(_, places, _):
            return replace(term, places=tuple(p.replaced(by) for p in places))
        case Delta(pairs):
            return Delta(tuple((a.replaced(by), b.replaced(by)) for a, b in pairs))
        case Inside(places):
            return Inside(tuple((p.replaced(by), n) for p, n in places))
        case ArgMax(_, window, place, _):
            moved_window, moved_place = (
                tuple(p.replaced(by) for p in ps) for ps in (window, place)
            )
            return replace(term, window=moved_window, place=moved_place)
    return replace(term, args=args)


def letters_in(term: Term) -> set[str]:
    """The index letters that a term depends on; those of its sums are not counted."""
    found: set[str] = set().union(*(letters_in(a) for a in term.args))
    match term:
        case Element(_, places, _):
            return set().union(*(p.letters() for p in places))
        case Delta(pairs):
            return set().union(*(p.letters() for pair in pairs for p in pair))
        case Inside(places):
            return set().union(*(p.letters() for p, _ in places))
        case ArgMax(_, window, place, _):
            return set().union(*(p.letters() for p in (*window, *place)))
        case Reduction(_, letters):
            return found - {name for name, _ in letters}
    return found


def _element_name(symbol: Symbol, places: tuple[Place, ...]) -> Formula:
    where = listed([p.written() for p in places])
    if isinstance(symbol, Gradient):
        return symbol.notation.gradient(symbol.of, where)
    return indexed(symbol.name, where)


def _digits(n: int) -> Formula:
    return Atom("number", str(n), str(n))


def _with_commas(parts: list[Formula]) -> list[Formula]:
    return [q for p in parts for q in (operator(","), p)][1:]
