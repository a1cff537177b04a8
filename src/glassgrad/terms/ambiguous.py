"""What people would take two ways, refused: `1/2x`, `e^2x`, `wx^2`, `f(x)`, `w^{(1)}`, `x^T`, `x[0]`.

Each check gets the parser before it reads on.  Read next: `latex_commands.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassgrad.terms.functions import Function
from glassgrad.terms.reader import CLOSES
from glassgrad.terms.terms import Number, Symbol, Term

if TYPE_CHECKING:
    from glassgrad.terms.parser import Parser

_CALLED = ("f", "g", "h", "φ", "ϕ", "ψ")
"""Letters that stand for functions, where they are not names that were given."""


def check_product(parser: Parser, left: Term, is_quotient: bool) -> None:
    """`1/2x` could be x/2, `x[0]` an element."""
    if is_quotient:
        raise parser.error("'*', or parentheses around all that is below the '/'")
    if parser.sees("[") and parser.is_adjacent() and isinstance(left, Symbol):
        raise parser.error("an operator before '[': for an element, write a name such as x_1")


def check_power(parser: Parser, base: Term, left_is_clump: bool) -> None:
    """`wx^2` could be w x² or (w x)²; `w^{(1)}` has an index, `x^T` is a transpose, `x^1/2` a root."""
    if left_is_clump:
        raise parser.error("an operator between the names before this power", base)
    tokens = parser.tokens[parser.at : parser.at + 5]
    signs = [t.text for t in tokens]
    if signs[:2] in (["{", "("], ["{", "["]) and signs[4:] == ["}"]:
        raise parser.error("a power without parentheses, or an index as in w_1")
    letter = parser.words.name("T") is None and not isinstance(base, Number)
    if letter and "T" in (signs[0], *signs[1:2] * (signs[2:3] == ["}"])):
        raise parser.error("no transpose; write out the elements of a vector")
    if signs[:2] == ["1", "/"] and tokens[1].end == tokens[2].start:
        raise parser.error("parentheses: x^(1/2), or (x^1)/2")


def check_number_to_the_power(parser: Parser, base: Term) -> None:
    """`e^2x` could be e²x."""
    last = parser.tokens[parser.at - 1]
    typed = parser.text[last.start : last.end]
    runs_on = typed.isdigit() and typed.isascii() and parser.is_adjacent()
    if isinstance(base, Number) and runs_on and parser.token.kind in ("name", "command"):
        raise parser.error("parentheses around the exponent, or an operator")


def is_called(parser: Parser, word: str, function: Function | None) -> bool:
    """Whether an unknown letter could be a function: f(…), h(x), σ x, σ²(x), but not x(1 - x)."""
    if function:
        at = parser.at + 2 if parser.sees("^") else parser.at
        after = parser.tokens[min(at, len(parser.tokens) - 1)]
        return after.kind in ("name", "command", "number") or after.text in CLOSES
    if not (parser.sees("(") and parser.is_adjacent()):
        return False
    inside = parser.tokens[parser.at + 1 : parser.at + 3]
    return word in _CALLED or (inside[0].kind == "name" and inside[-1].text in (")", ","))
