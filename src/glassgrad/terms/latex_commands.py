r"""LaTeX in a typed formula: `\frac`, `\sqrt[3]`, `\hat`, `\mathrm`, `\log_2`, and gradients as fractions.

Each function gets the parser and the command, and leaves the parser behind what it read.
Read next: `check/formula/formula.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from glassgrad import ops
from glassgrad.notation.symbols import SIGNS
from glassgrad.terms.functions import Function
from glassgrad.terms.terms import Number, Term, apply
from glassgrad.terms.tokens import Token

if TYPE_CHECKING:
    from glassgrad.terms.parser import Parser

_WORDS = {c for c, s in SIGNS.items() if s.kind in ("accent", "shape")}


def _argument(parser: Parser) -> Term:
    """A group in braces, or one sign, as in `\\frac12`."""
    if parser.sees("{"):
        return parser.group(parser.take())
    token = parser.token
    if token.kind not in ("number", "name") or (
        token.kind == "number" and not token.text.isdigit()
    ):
        raise parser.error("'{'")
    middle = token.start + 1
    first = Token(token.kind, token.text[0], token.start, middle)
    rest = [Token(token.kind, token.text[1:], middle, token.end)] if token.text[1:] else []
    parser.tokens[parser.at : parser.at + 1] = [first, *rest]
    return parser.operand()


def _fraction(parser: Parser, token: Token) -> Term:
    braces = parser.sees("{")
    if braces and parser.tokens[parser.at + 1].text == "\\partial":
        parser.take()
        return _derivative(parser, token)
    top = _argument(parser)
    bottom = _argument(parser)
    end = parser.tokens[parser.at - 1].end
    return parser.places.put(apply(ops.divide, top, bottom), token.start, end, (top, bottom))


def _root(parser: Parser, token: Token) -> Term:
    sqrt = Function("sqrt", 1, 0, ops.sqrt)
    if parser.text[token.start] == "√" or parser.sees("("):
        return parser.call(sqrt, token.start)
    if not parser.sees("["):
        body = _argument(parser)
        return parser.called(sqrt, [body], token.start, parser.tokens[parser.at - 1].end)
    degree = parser.group(parser.take())
    if not isinstance(degree, Number) or degree.value == 0:
        raise parser.error("a number as the degree of a root", degree)
    body = _argument(parser)
    end = parser.tokens[parser.at - 1].end
    power = Number(1 / degree.value)
    return parser.places.put(apply(ops.power, body, power), token.start, end, (body,))


def _accented(parser: Parser, token: Token) -> Term:
    word, end = _word(parser, token)
    return parser.named(word, token.start, end)


def _word(parser: Parser, token: Token) -> tuple[str, int]:
    r"""The word in `\hat{y}_1`, the accent behind it."""
    braces = parser.sees("{")
    if braces:
        parser.take()
    if parser.token.kind != "name":
        raise parser.error("a name")
    word, _, end = parser.whole_word(parser.token.text, parser.take())
    if braces:
        end = parser.need("}").end
    last = Token("name", "", token.start, end)
    sign = SIGNS[token.text]
    word, _, end = parser.whole_word(word + (sign.means if sign.kind == "accent" else ""), last)
    return word, end


def _derivative(parser: Parser, token: Token) -> Term:
    r"""`\frac{\partial J}{\partial z_1}` is the name `dz1`: a gradient that is already known."""
    while not parser.sees("}"):
        if parser.token.kind not in ("command", "name", "subscript"):
            raise parser.error("'}' after \\partial and a name")
        parser.take()
    parser.take(), parser.need("{")
    return _by(parser, token.start, closing="}")


def _partial(parser: Parser, token: Token) -> Term:
    """`∂J/∂z₁`, as it is printed here."""
    while parser.token.kind in ("name", "subscript"):
        parser.take()
    parser.need("/")
    return _by(parser, token.start)


def _by(parser: Parser, start: int, closing: str = "") -> Term:
    if parser.take().text != "\\partial":
        raise parser.error("\\partial", parser.tokens[parser.at - 1])
    inner = parser.take()
    if inner.text in _WORDS:
        word, end = _word(parser, inner)
    else:
        word, _, end = parser.whole_word(inner.text, inner)
    known = parser.words.name(f"d{word}")
    if known is None:
        raise parser.error(parser.words.expected(f"d{word}"), inner)
    return parser.symbol(known, start, parser.need(closing).end if closing else end)


def log_base(parser: Parser, word: str, start: int) -> Term | None:
    """`log_2(x)`, `log_b(x)`: a logarithm with its base below; None if the word is no such thing."""
    found = re.fullmatch(r"log_\{?(\w+)\}?", word)
    base = parser.words.name(found[1]) if found else None
    number = found[1] if found and found[1].isdigit() else ""
    if base is None and not (number and float(number) > 1):
        return None
    args, end = parser.arguments(Function(word, 1, 0, ops.log))
    below = parser.symbol(base, start, end) if base else Number(float(np.log(float(number))))
    divisor = apply(ops.log, below) if base else below
    term = apply(ops.divide, apply(ops.log, args[0]), divisor)
    return parser.places.put(term, start, end, (*args, below) if base else tuple(args))


COMMANDS: Mapping[str, Callable[[Parser, Token], Term]] = {
    r"\frac": _fraction,
    r"\tfrac": _fraction,
    r"\dfrac": _fraction,
    r"\sqrt": _root,
    r"\partial": _partial,
    **dict.fromkeys(_WORDS, _accented),
}
