r"""A formula as tokens: numbers, names, LaTeX commands and signs, each with its place in the text.

Plain spellings and LaTeX ones meet here: `w_{1}`, `w_1`, `w₁` and `w1` are one name, `\theta` is θ,
`\hat{y}_1` is `yhat1`, `·` and `\cdot` are `*`.  Read next: `vocabulary.py`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from glassgrad.errors import SettingError
from glassgrad.notation.symbols import ACCENTS, COMBINING, LOWERED, SIGNS, TABLE, WORDS


class FormulaError(SettingError):
    """A formula that cannot be read; `position` is where, `expected` what should stand there.

    `excerpt` is the formula around it, and `caret` the place in the excerpt.
    """

    def __init__(self, text: str, position: int, expected: str) -> None:
        self.text, self.position, self.expected = text, position, expected
        begin = max(0, position - 60)
        self.excerpt = text[begin : position + 40].replace("\n", " ").replace("\t", " ")
        self.caret = position - begin
        super().__init__(
            f"at character {position + 1}: expected {expected}.\n"
            f"  {self.excerpt}\n  {' ' * self.caret}^"
        )


@dataclass(frozen=True)
class Token:
    """A piece of a formula: its kind (number, name, command, sign, subscript, end), text and place."""

    kind: str
    text: str
    start: int
    end: int


_MEANS = {text: s.means for s in TABLE for text in (s.text, *s.commands, *s.typed) if s.means}
"""What a sign or a command stands for, by each of its spellings."""

_RAISED = "²³¹⁰-ⁿʰ-ʸˠ-ˤᴬ-ᵡᶛ-ᶿ"
_FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
_ACCENTS = "".join(COMBINING)
_LOWERED = "".join(LOWERED.values())
_SIGNS = "".join(s for s in _MEANS if len(s) == 1 and not s.isalnum() and s not in _ACCENTS)
_SPACES = "|".join(
    re.escape(c) + ("(?![A-Za-z])" if c[1:].isalpha() else "")
    for s in TABLE
    if s.kind == "space"
    for c in s.commands
)
_SIZES = "left|right|displaystyle|textstyle|limits|" + "|".join(
    f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")
)
_LETTER = rf"[^\W\d_{_RAISED}]"
_PATTERN = re.compile(
    rf"""
    (?P<space>  \s+ | {_SPACES} | \\(?:{_SIZES})(?![A-Za-z]) | ~ | \$ | \\[()\[\]]
              | \b(?:np|numpy|jnp|math|torch|gg)\.(?=[A-Za-z]) )
  | (?P<number> (?: [0-9]+\.?[0-9]* | \.[0-9]+ ) (?: [eE][+-]?[0-9]+ )? | [{_FRACTIONS}] )
  | (?P<name>   {_LETTER} (?: (?![{_RAISED}{_FRACTIONS}]|_\{{)\w | [{_ACCENTS}] )*
                (?: _\{{[^{{}}]*\}} )? )
  | (?P<command> \\[A-Za-z]+ | \\[{{}}] )
  | (?P<subscript> _ (?: \{{[^{{}}]*\}} | \w ) )
  | (?P<raised> [{_RAISED}]+ )
  | (?P<sign>   \*\* | [\^(){{}}\[\]] | [{re.escape(_SIGNS)}] )
    """,
    re.VERBOSE,
)
_NOT_READ = {
    "′": "; a prime may mean a derivative: write a name such as x2",
    "‖": "; the length of a vector is not read: write out its elements",
    "∑": "; a sum with an index is not read: write out its terms",
}


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
            raise FormulaError(text, position, instead_of(text[position:]))
        if found.lastgroup == "raised":
            tokens.extend(_raised(text, found[0], position))
        elif found.lastgroup != "space":
            tokens.append(_token(str(found.lastgroup), found[0], position, found.end()))
        position = found.end()
    return [*tokens, Token("end", "", len(text), len(text))]


def instead_of(rest: str, otherwise: str = "a number, a name or one of + - * / ^ ( )") -> str:
    """What is expected in place of the sign or command with which `rest` begins."""
    first = re.match(r"\\[A-Za-z]+|\\.|.", rest, re.DOTALL)
    sign = first[0] if first else ""
    for own in TABLE:
        if sign in (own.text, *own.commands, *own.typed) and own.text in _NOT_READ:
            return otherwise + _NOT_READ[own.text]
    return otherwise


def _token(kind: str, text: str, start: int, end: int) -> Token:
    if kind == "number":
        return Token(
            kind, str(unicodedata.numeric(text)) if text in _FRACTIONS else text, start, end
        )
    means = _MEANS.get(text, text)
    if text in SIGNS and SIGNS[text].kind == "letter" and means in WORDS:
        return Token("name", SIGNS[text].text, start, end)
    if means in ("∂", "sqrt"):
        return Token("command", r"\partial" if means == "∂" else r"\sqrt", start, end)
    if kind == "sign" or (kind == "command" and not means[0].isalnum() and means[0] != "\\"):
        return Token("sign", "^" if text == "**" else means, start, end)
    return Token(kind, text, start, end)


def _raised(text: str, raised: str, start: int) -> list[Token]:
    """`²` is ^2, `⁻¹` is ^(-1), `ˣ` is ^x."""
    plain, end = unicodedata.normalize("NFKC", raised), start + len(raised)
    if plain == "T":
        raise FormulaError(text, start, "no transpose; write out the elements of a vector")
    try:
        inner = [replace(t, start=start, end=end) for t in tokenize(plain)[:-1]]
    except FormulaError as error:
        raise FormulaError(text, start, error.expected) from None
    around = [Token("sign", sign, start, end) for sign in "()"]
    power = Token("sign", "^", start, start)
    return [power, *inner] if len(inner) == 1 else [power, around[0], *inner, around[1]]


def canonical(name: str) -> str:
    r"""One spelling for a name: no underscores or braces, subscripts as digits, accents at the end.

    >>> [canonical(n) for n in ("w_{1,1}", "w₁₁", "theta", "ŷ_1", "y1_hat", "pᵢ")]
    ['w11', 'w11', 'θ', 'y1hat', 'y1hat', 'pi']
    """
    below = re.sub(f"[{_LOWERED}]+", r"_\g<0>", name)  # pᵢ is p_i, not pi
    plain = unicodedata.normalize("NFKD", below)
    for mark, word in COMBINING.items():
        plain = plain.replace(mark, word)
    base, *rest = ("".join(filter(str.isalnum, part)) for part in plain.split("_"))
    accents = "".join(part for part in rest if part in ACCENTS)
    if found := re.fullmatch(rf"(.+?)({'|'.join(ACCENTS)})(\d*)", base):
        base, accents = found[1] + found[3], found[2] + accents
    index = "".join(part for part in rest if part not in ACCENTS)
    return _in_greek(base) + index + accents


def _in_greek(base: str) -> str:
    for spelled, letter in WORDS.items():
        for lead in ("", "d"):
            rest = base[len(lead + spelled) :]
            if base.startswith(lead + spelled) and not rest[:1].isalpha():
                return lead + unicodedata.normalize("NFKD", letter) + rest
    return base


def splits(word: str, names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The ways to read a word as names side by side, at most two of them: `w1x1` is w1 · x1."""
    ways: list[list[tuple[str, ...]]] = [[()], *([] for _ in word)]
    for end in range(1, len(word) + 1):
        for name in names:
            if word.endswith(name, 0, end):
                ways[end] += [(*way, name) for way in ways[end - len(name)]]
        del ways[end][2:]
    return ways[-1] if word else []
