"""A formula as a small tree, read from the LaTeX of an op and written as LaTeX, text or MathML.

An op says how it is printed once, in LaTeX with slots (`Op.latex`).  `latex_parser.py` reads that into a
tree, `fill.py` puts formulas into the slots, with parentheses where they are needed; `latex.py`, `plain.py`
and `mathml.py` write the tree for documents, terminals and browsers.  Read next: `latex_parser.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


class Formula:
    """Any piece of a formula."""


@dataclass(frozen=True)
class Atom(Formula):
    """One sign: `kind` is letter, number, operator, function, big, space or text."""

    kind: str
    text: str
    latex: str


@dataclass(frozen=True)
class Row(Formula):
    """Pieces side by side."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True)
class Frac(Formula):
    """A fraction."""

    top: Formula
    bottom: Formula


@dataclass(frozen=True)
class Root(Formula):
    """A square root."""

    body: Formula


@dataclass(frozen=True)
class Script(Formula):
    """A base with something below it, above it, or both."""

    base: Formula
    below: Formula | None
    above: Formula | None


@dataclass(frozen=True)
class Over(Formula):
    """An accent over a piece: bar, hat, tilde."""

    accent: str
    body: Formula


@dataclass(frozen=True)
class Fence(Formula):
    """Something between brackets; an empty string is no bracket."""

    left: str
    body: Formula
    right: str


@dataclass(frozen=True)
class Table(Formula):
    """Rows and columns: a matrix, the cases of a definition, aligned lines."""

    kind: str
    rows: tuple[tuple[Formula, ...], ...]


@dataclass(frozen=True)
class Slot(Formula):
    """The place of an op's argument, by its number; `ALL` of them, with commas, for `{*}`."""

    number: int


ALL = 99


def letter(text: str) -> Atom:
    """One italic letter."""
    return Atom("letter", text, text)


def operator(text: str, latex: str | None = None) -> Atom:
    """A sign between pieces."""
    return Atom("operator", text, latex or text)


def upright(text: str) -> Atom:
    """A word in upright letters."""
    return Atom("letter", text, rf"\mathrm{{{escaped(text)}}}")


def row(*parts: Formula) -> Formula:
    """Pieces side by side; rows within are opened, and one piece stays itself."""
    flat: list[Formula] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Row) else (part,))
    return flat[0] if len(flat) == 1 else Row(tuple(flat))


_RESERVED = str.maketrans({sign: f"\\{sign}" for sign in "_#%&$"})


def escaped(text: str) -> str:
    """A word with the signs that LaTeX reserves escaped."""
    return text.translate(_RESERVED)


def conditioned(
    kind: str, rows: tuple[tuple[Formula, ...], ...]
) -> tuple[tuple[Formula, ...], ...]:
    """The rows of a table; a condition within cases gets its "if", the last row without one "else"."""
    if kind != "cases":
        return rows
    *first, last = ((value, *(_with_if(w) for w in when)) for value, *when in rows)
    return (*first, last if len(last) > 1 else (*last, _ELSE))


def _with_if(when: Formula) -> Formula:
    begin = when.parts[0] if isinstance(when, Row) and when.parts else when
    return when if isinstance(begin, Atom) and begin.kind == "text" else row(_IF, when)


_IF, _ELSE = Atom("text", "if ", r"\text{if }"), Atom("text", "else", r"\text{else}")
