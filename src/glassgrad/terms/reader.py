"""The tokens of a formula, taken one by one, and the places of what is made of them.

Read next: `parser.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassgrad.terms.places import Places
from glassgrad.terms.terms import Term
from glassgrad.terms.tokens import FormulaError, Token, tokenize

CLOSES = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Limits:
    """How large a formula may be: what strangers type must be refused early when it is too much."""

    characters: int = 256
    nodes: int = 64
    depth: int = 16
    exponent: float = 10.0


class Reader:
    """A position in the tokens of a formula; what stands before `start` is left out."""

    def __init__(self, text: str, limits: Limits, start: int) -> None:
        self.text, self.limits = text, limits
        self.tokens, self.at = tokenize(" " * start + text[start:]), 0
        self.places = Places()

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def sees(self, *signs: str) -> bool:
        return self.token.kind == "sign" and self.token.text in signs

    def is_adjacent(self) -> bool:
        """Whether the next token follows without a space."""
        return self.at > 0 and self.tokens[self.at - 1].end == self.token.start

    def need(self, sign: str) -> Token:
        if not self.sees(sign):
            raise self.error(f"'{sign}'")
        return self.take()

    def error(self, expected: str, at: Token | Term | None = None) -> FormulaError:
        place = self.places[at] if isinstance(at, Term) else at or self.token
        return FormulaError(self.text, place.start, expected)

    def opens_call(self, is_function: bool) -> bool:
        """Whether f(…), h(x) could be a call of what was just taken; x(1 - x) is a product."""
        if not (self.sees("(") and self.is_adjacent()):
            return False
        inside = self.tokens[self.at + 1 : self.at + 3]
        return is_function or (inside[0].kind == "name" and inside[-1].text in (")", ","))

    def runs_into_argument(self) -> bool:
        """Whether what follows, or follows the power, could be an argument: σ x, σ²(x)."""
        after = self.tokens[
            self.at + 2 if self.sees("^") and self.at + 2 < len(self.tokens) else self.at
        ]
        return after.kind in ("name", "command", "number") or after.text in CLOSES

    def runs_on(self) -> bool:
        """Whether a digit was taken and a letter follows without a space, as in 2x."""
        last = self.tokens[self.at - 1]
        digit = self.text[last.start : last.end].isdigit() and self.text[last.start].isascii()
        return digit and self.is_adjacent() and self.token.kind in ("name", "command")

    def whole_word(self, word: str, token: Token) -> tuple[str, int, int]:
        """A word with the subscript that follows, and its place."""
        if self.token.kind != "subscript":
            return word, token.start, token.end
        return word + self.token.text, token.start, self.take().end
