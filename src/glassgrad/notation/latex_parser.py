"""Reading LaTeX, the part of it that formulas need, into a tree.  Read next: `fill.py`."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from glassgrad.errors import SettingError
from glassgrad.notation.formula import (
    ALL,
    Atom,
    Fence,
    Formula,
    Frac,
    Over,
    Root,
    Row,
    Script,
    Slot,
    Table,
    escaped,
    letter,
    operator,
    row,
)
from glassgrad.notation.latex import latex
from glassgrad.notation.numbers import number
from glassgrad.notation.symbols import BLACKBOARD, SIGNS, Sign

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\s+|.", re.S)
_FIRST_SLOT = 0xE000  # Unicode's private use area: no formula has such a letter


@cache
def parse(source: str) -> Formula:
    r"""The tree of a formula.

    >>> parse("2x")
    Row(parts=(Atom(kind='number', text='2', latex='2'), Atom(kind='letter', text='x', latex='x')))
    """
    return _Reader(source).row_until(None)


def template(latex: str, fields: Mapping[str, Any]) -> Formula:
    """The tree of an op's LaTeX, with slots for `{0}` and `{*}` and values for fields."""
    pieces: list[str] = []
    for text, name, _, _ in string.Formatter().parse(latex):
        pieces.append(text)
        if name is None:
            continue
        if name.isdigit() or name == "*":
            pieces.append(chr(_FIRST_SLOT + (ALL if name == "*" else int(name))))
        else:
            pieces.append(_written(fields[name]))
    return parse("".join(pieces))


def _written(value: Any) -> str:
    if isinstance(value, float):
        return latex(number(value))
    if isinstance(value, tuple | list):
        return ", ".join(map(_written, value))
    return str(value) if isinstance(value, int) else rf"\mathrm{{{escaped(str(value))}}}"


class _Reader:
    """Reads LaTeX from left to right; every method leaves the place after what it read."""

    def __init__(self, latex: str) -> None:
        self.latex, self.place = latex, 0
        self.tokens = _TOKEN.findall(latex)

    def peek(self) -> str | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def take(self) -> str:
        if self.place == len(self.tokens):
            raise self.refusal("ends too early")
        self.place += 1
        return self.tokens[self.place - 1]

    def refusal(self, what: str) -> SettingError:
        return SettingError(
            f"the formula {self.latex!r} {what}: write it with the commands in notation/symbols.py."
        )

    def row_until(self, end: str | None, *also: str) -> Formula:
        """Pieces up to the token `end`, which is taken, or one of `also`, which is not."""
        parts: list[Formula] = []
        while (token := self.peek()) != end and token not in also:
            if token is None:
                raise self.refusal(f"lacks a {end}")
            if token.isspace():
                self.place += 1
                continue
            if token in "^_":
                self.script(parts)
            else:
                parts.append(self.piece())
        if end is not None and self.peek() == end:
            self.place += 1
        return row(*parts)

    def script(self, parts: list[Formula]) -> None:
        """x_i, x^2 and x_i^2: what stands before is the base."""
        base = parts.pop() if parts else Row(())
        found: dict[str, Formula | None] = {"_": None, "^": None}
        while self.peek() in ("^", "_"):
            sign = self.take()
            found[sign] = self.argument()
        parts.append(Script(base, found["_"], found["^"]))

    def argument(self) -> Formula:
        """What a command applies to: a group in braces, or the next piece (one digit of a number)."""
        while (token := self.peek()) is not None and token.isspace():
            self.place += 1
        if token is not None and token[0].isdigit() and len(token) > 1:
            self.tokens[self.place : self.place + 1] = [token[0], token[1:]]
        return self.piece()

    def piece(self) -> Formula:
        token = self.take()
        if token == "{":
            return self.row_until("}")
        if token.startswith("\\"):
            return self.command(token)
        if token[0].isdigit():
            return Atom("number", token, token)
        if _FIRST_SLOT <= ord(token[0]) < _FIRST_SLOT + 100:
            return Slot(ord(token) - _FIRST_SLOT)
        if token in "([":
            close = {"(": ")", "[": "]"}[token]
            return Fence(token, self.row_until(close), close)
        if token in "})]&":
            raise self.refusal(f"has a {token} too many")
        if token.isalpha():
            return letter(token)
        return operator(SIGNS[token].text if token in SIGNS else token, token)

    def command(self, token: str) -> Formula:
        if token in _COMMANDS:
            return _COMMANDS[token](self)
        if token not in SIGNS:
            raise self.refusal(f"has the unknown command {token}")
        return self.sign(token, SIGNS[token])

    def sign(self, token: str, sign: Sign) -> Formula:
        if sign.kind == "shape":
            return self.words(token[1:])
        if sign.kind == "accent":
            return Over(token[1:], self.argument())
        return Atom("operator" if sign.kind == "bracket" else sign.kind, sign.text, token)

    def words(self, command: str) -> Formula:
        r"""\mathrm{tanh}: the letters as they stand, spaces kept."""
        if self.take() != "{":
            raise self.refusal(f"needs braces after \\{command}")
        text = ""
        while (token := self.take()) != "}":
            text += " " if token in ("\\ ", "\\,") else token.removeprefix("\\")
        latex = rf"\{command}{{{escaped(text)}}}"
        if command == "text":
            return Atom("text", text, latex)
        kind = "function" if len(text) > 1 and (self.peek() or "") in ("\\left", "(") else "letter"
        return Atom(kind, BLACKBOARD.get(text, text) if command == "mathbb" else text, latex)

    def fraction(self) -> Formula:
        return Frac(self.argument(), self.argument())

    def fence(self) -> Formula:
        left = self.bracket()
        body = self.row_until("\\right")
        return Fence(left, body, self.bracket())

    def bracket(self) -> str:
        token = self.take()
        return "" if token == "." else SIGNS[token].text if token in SIGNS else token

    def table(self) -> Formula:
        kind = self.name_in_braces()
        rows: list[tuple[Formula, ...]] = []
        cells: list[Formula] = []
        while True:
            cells.append(self.row_until(None, "&", "\\\\", "\\end"))
            token = self.take()
            if token != "&":
                rows.append(tuple(cells))
                cells = []
            if token == "\\end":
                self.name_in_braces()
                return Table(kind, tuple(r for r in rows if r != (Row(()),)))

    def name_in_braces(self) -> str:
        name = ""
        self.take()
        while (token := self.take()) != "}":
            name += token
        return name


_COMMANDS: dict[str, Callable[[_Reader], Formula]] = {
    r"\frac": _Reader.fraction,
    r"\tfrac": _Reader.fraction,
    r"\sqrt": lambda reader: Root(reader.argument()),
    r"\left": _Reader.fence,
    r"\begin": _Reader.table,
}
