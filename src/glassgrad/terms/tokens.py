r"""A formula as tokens: numbers, names, LaTeX commands and signs, each with its place in the text.

Plain spellings and LaTeX ones meet here: `w_{1}`, `w_1`, `w₁` and `w1` are one name, `\theta` is θ,
`\hat{y}_1` is `yhat1`.  Read next: `parser.py`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from glassgrad.errors import SettingError


class FormulaError(SettingError):
    """A formula that cannot be read; `position` is where, `expected` what should stand there."""

    def __init__(self, text: str, position: int, expected: str) -> None:
        self.text, self.position, self.expected = text, position, expected
        begin = max(0, position - 60)
        line = text[begin : position + 40].replace("\n", " ").replace("\t", " ")
        super().__init__(
            f"at character {position + 1}: expected {expected}.\n"
            f"  {line}\n  {' ' * (position - begin)}^"
        )


@dataclass(frozen=True)
class Token:
    """A piece of a formula: its kind (number, name, command, sign, subscript, end), text and place."""

    kind: str
    text: str
    start: int
    end: int


_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LETTER = rf"[^\W\d_{_SUPERSCRIPTS}]"
_PATTERN = re.compile(
    rf"""
    (?P<space>  \s+ | \\[,;:!\ ] | \\(?:left|right|displaystyle)(?![A-Za-z]) | ~ | \$ )
  | (?P<number> (?: [0-9]+\.?[0-9]* | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? )
  | (?P<name>   {_LETTER} (?: (?![{_SUPERSCRIPTS}]|_\{{)\w | [\u0302\u0304] )* (?: _\{{[^{{}}]*\}} )? )
  | (?P<command> \\[A-Za-z]+ )
  | (?P<subscript> _ (?: \{{[^{{}}]*\}} | \w ) )
  | (?P<raised> [{_SUPERSCRIPTS}]+ )
  | (?P<sign>   \*\* | [-+*/^(){{}}\[\]|·×⋅÷−∕] )
    """,
    re.VERBOSE,
)
_SAME = {"**": "^", "·": "*", "×": "*", "⋅": "*", "÷": "/", "∕": "/", "−": "-"}
_COMMANDS = {r"\cdot": "*", r"\times": "*", r"\div": "/", r"\lvert": "|", r"\rvert": "|"}
_LETTERS = "alpha beta gamma delta epsilon eta theta lambda mu rho sigma tau phi omega pi"
GREEK = dict(zip(_LETTERS.split(), "αβγδεηθλμρστφωπ", strict=True))


def tokenize(text: str) -> list[Token]:
    """The tokens of a formula, the last one an `end`.

    Raises:
        FormulaError: a character that no formula contains.
    """
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        found = _PATTERN.match(text, position)
        if found is None:
            raise FormulaError(text, position, "a number, a name or one of + - * / ^ ( )")
        if found.lastgroup != "space":
            tokens.extend(_token(str(found.lastgroup), found[0], position, found.end()))
        position = found.end()
    return [*tokens, Token("end", "", len(text), len(text))]


def _token(kind: str, text: str, start: int, end: int) -> list[Token]:
    if kind == "raised":
        digits = unicodedata.normalize("NFKC", text)
        return [Token("sign", "^", start, start), Token("number", digits, start, end)]
    if kind == "command" and text in _COMMANDS:
        kind, text = "sign", _COMMANDS[text]
    if kind == "command" and text[1:] in GREEK:
        kind, text = "name", GREEK[text[1:]]
    return [Token(kind, _SAME.get(text, text) if kind == "sign" else text, start, end)]


def canonical(name: str) -> str:
    r"""One spelling for a name: no underscores or braces, subscripts as digits, hats at the end.

    >>> [canonical(n) for n in ("w_{1,1}", "w₁₁", "theta", "ŷ_1", "y1_hat")]
    ['w11', 'w11', 'θ', 'y1hat', 'y1hat']
    """
    plain = unicodedata.normalize("NFKD", name).replace("\u0302", "hat").replace("\u0304", "bar")
    plain = "".join(c for c in plain if c.isalnum())
    for mark in ("hat", "bar"):
        if mark in plain and len(plain) > len(mark):
            plain = plain.replace(mark, "", 1) + mark
    for spelled, letter in GREEK.items():
        rest = plain[len(spelled) :]
        if plain.startswith(spelled) and not rest[:1].isalpha():
            plain = letter + rest
    return plain


def splits(word: str, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The ways to read a word as names side by side, at most two of them: `w1x1` is w1 · x1."""
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in word)]
    for end in range(1, len(word) + 1):
        for name in names:
            if word.endswith(name, 0, end):
                ways[end] += [(*way, name) for way in ways[end - len(name)]]
        del ways[end][2:]
    return ways[-1] if word else []
