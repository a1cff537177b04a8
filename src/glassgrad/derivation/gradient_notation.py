r"""How gradients are written: ∂L/∂x as fractions, x̄ with bars, or δ with an index.

Read next: `symbolic_pass.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from glassgrad.errors import SettingError
from glassgrad.notation.formula import Atom, Fence, Formula, Frac, Over, Row, Script, operator, row
from glassgrad.terms.terms import Symbol

Style = Literal["partial", "bar", "delta"]
PARTIAL = Atom("letter", "∂", r"\partial")
_DELTA = Atom("letter", "δ", r"\delta")


@dataclass(frozen=True)
class Notation:
    r"""`style` is partial ($\partial L/\partial x$), bar ($\bar x$) or delta ($\delta_x$)."""

    loss: Formula
    style: Style = "partial"

    def __post_init__(self) -> None:
        if not isinstance(self.style, str) or self.style not in get_args(Style):
            raise SettingError(
                f"notation must be 'partial', 'bar' or 'delta', got {self.style!r}: "
                "∂L/∂x, x̄ or δ with an index."
            )

    def gradient(self, name: Formula, at: Formula | None = None) -> Formula:
        """The gradient with respect to something called `name`, or to one element of it."""
        if self.style == "partial":
            below = name if at is None else indexed(name, at)
            return Frac(row(PARTIAL, self.loss), row(PARTIAL, below))
        symbol: Formula = Over("bar", name)
        if self.style == "delta":
            symbol = Script(_DELTA, name, None)
        elif isinstance(name, Script) and name.above is None:
            symbol = Script(Over("bar", name.base), name.below, None)
        return symbol if at is None else indexed(symbol, at)

    def local(self, top: Formula, below: Formula) -> Formula:
        """The derivative of one thing with respect to another."""
        return Frac(row(PARTIAL, top), row(PARTIAL, below))

    def part(self, name: Formula, through: Formula) -> Formula:
        """The part of a gradient that comes through one use."""
        whole = self.gradient(name)
        return Script(Fence("", whole, "|"), through, None)


@dataclass(frozen=True, eq=False)
class Gradient(Symbol):
    """The symbol of a gradient: an element of it is named after the element it belongs to."""

    of: Formula = field(compare=False, default=Row(()))
    notation: Any = field(compare=False, default=None)


def indexed(name: Formula, at: Formula) -> Formula:
    """x with index ij below; what has an index already is put in brackets first."""
    if isinstance(name, Script | Row | Frac):
        return Script(Fence("[", name, "]"), at, None)
    return Script(name, at, None)


def listed(parts: list[Formula]) -> Formula:
    """The places of an index: ij where all are single signs, i+1, j otherwise."""
    if all(isinstance(p, Atom) and len(p.text) == 1 for p in parts):
        return row(*parts)
    return row(*[q for p in parts for q in (operator(","), p)][1:])
