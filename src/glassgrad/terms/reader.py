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

    def whole_word(self, word: str, token: Token) -> tuple[str, int, int]:
        """A word with the subscript that follows, and its place."""
        if self.token.kind != "subscript":
            return word, token.start, token.end
        return word + self.token.text, token.start, self.take().end
