"""A typed formula: its term, and beside it where each part stands in the text.

Terms are shared by what they contain, so a place cannot be part of one.  The parser makes an object for
each part that was typed; two equal parts at two places are two objects, and told apart by that.
Read next: `parser.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from glassgrad.terms.functions import Function
from glassgrad.terms.terms import Symbol, Term, symbols
from glassgrad.terms.tokens import canonical


@dataclass(frozen=True)
class Place:
    """Where a part was typed: characters `start` to `end`.

    `parts` are the parts directly under it as they were typed: a sum has all its terms, whatever the ops
    behind it.  `function` is what was called, if this is a call.
    """

    term: Term
    start: int
    end: int
    parts: tuple[Term, ...] = ()
    function: Function | None = None
    depth: int = 1
    count: int = 1


class Places:
    """The places of the parts of one formula, by the object."""

    def __init__(self) -> None:
        self._by_id: dict[int, Place] = {}

    def __getitem__(self, term: Term) -> Place:
        return self._by_id[id(term)]

    def put(
        self,
        term: Term,
        start: int,
        end: int,
        parts: tuple[Term, ...] = (),
        function: Function | None = None,
    ) -> Term:
        """Say where a part stands; the part itself."""
        below = [self[part] for part in parts]
        depth = 1 + max((p.depth for p in below), default=0)
        count = 1 + sum(p.count for p in below)
        self._by_id[id(term)] = Place(term, start, end, parts, function, depth, count)
        return term

    def move(self, term: Term, start: int, end: int) -> Term:
        """A part with its parentheses."""
        self._by_id[id(term)] = replace(self[term], start=start, end=end)
        return term


@dataclass(frozen=True)
class Typed:
    """What somebody typed, read: `term` is the formula, `name` what it was called, as y in `y = 3x`."""

    text: str
    term: Term
    places: Places
    name: str = ""

    @property
    def names(self) -> list[str]:
        """The names in it, in the order of reading."""
        return [s.key for s in symbols(self.term)]

    def walk(self) -> Iterator[tuple[Place, int]]:
        """Every part as it was typed, with its level, what contains it first."""
        stack = [(self.places[self.term], 0)]
        while stack:
            place, level = stack.pop()
            yield place, level
            stack.extend((self.places[part], level + 1) for part in reversed(place.parts))

    def quote(self, term: Term) -> str:
        """A part as it stands in the text."""
        place = self.places[term]
        text = self.text[place.start : place.end].strip()
        if isinstance(term, Symbol) and canonical(term.key) in canonical(text):
            text = text if canonical(text) == canonical(term.key) else term.key  # x of wx
        return f"'{text}'"

    def exchanged(self, old: Term, new: Term) -> Term:
        """The formula with another part in one place."""
        return _exchanged(self.term, old, new)


def _exchanged(term: Term, old: Term, new: Term) -> Term:
    if term is old:
        return new
    args = tuple(_exchanged(a, old, new) for a in term.args)
    same = all(a is b for a, b in zip(args, term.args, strict=True))
    return term if same else replace(term, args=args)
