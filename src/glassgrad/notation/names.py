"""What the nodes of a graph are called in a formula: w1 is w₁, yhat is ŷ, an unnamed result z₁, z₂, …

A name is given once and kept; two leaves of one name get numbers, in the order of their use.
Read next: `terms/terms.py`.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from glassgrad.errors import SettingError
from glassgrad.notation.formula import Atom, Formula, Over, Script, row, upright
from glassgrad.notation.latex_parser import parse
from glassgrad.notation.numbers import number
from glassgrad.notation.plain import plain
from glassgrad.notation.symbols import ACCENTS, COMBINING, WORDS, command
from glassgrad.tensor import Tensor

_DIGITS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def symbol(name: str) -> Formula:
    """The formula of a name: LaTeX is taken as such; letters, digits, Greek and hats are understood.

    >>> plain(symbol("w1")), plain(symbol("yhat_2")), plain(symbol("theta")), plain(symbol("loss"))
    ('w₁', 'ŷ₂', 'θ', 'loss')
    """
    if re.search(r"[\\^{]", name):
        try:
            return parse(name)
        except SettingError:
            return upright(name)
    base, *below = re.sub(r"(?<=[^\W\d_])(?=\d+$)", "_", name.translate(_DIGITS)).split("_")
    if below and below[0] in ACCENTS and len(base) == 1:
        base, below = base + below[0], below[1:]
    body = _base(unicodedata.normalize("NFD", base))
    subscript = [Atom("number", s, s) if s.isdigit() else _base(s) for s in below if s]
    return Script(body, row(*_joined(subscript)), None) if subscript else body


def _joined(parts: list[Formula]) -> list[Formula]:
    comma = Atom("operator", ",", ",")
    return [p for part in parts for p in (comma, part)][1:]


def _base(text: str) -> Formula:
    if len(text) == 2 and text[1] in COMBINING:
        return Over(COMBINING[text[1]], _base(text[0]))
    if len(text) > 1 and text[1:] in ACCENTS:
        return Over(text[1:], _base(text[0]))
    text = WORDS.get(text, text)
    return Atom("letter", text, command(text)) if len(text) == 1 else upright(text)


class Names:
    """A name for every node of `order`, as a formula.

    Args:
        order: the nodes, inputs before the nodes that use them; the last one is the result.
        result: what to call the result if it has no name.
    """

    def __init__(self, order: Iterable[Tensor], result: str = "") -> None:
        nodes = list(order)
        self._names: dict[int, Formula] = {}
        self._taken: set[Formula] = set()
        self._asked = Counter(symbol(x.name) for x in nodes if x.name)
        self._counts: Counter[Formula] = Counter()
        self._unnamed = Counter(
            _unnamed(x) for x in nodes if x.op is None and not x.name and x.ndim
        )
        used = {plain(symbol(x.name))[0] for x in nodes if x.name}
        self._letter = next(c for c in "zuvhsqrtpkabcxyz" if c not in used or c == "k")
        for node in nodes:
            self._names[id(node)] = self._name(node, result if node is nodes[-1] else "")

    def __getitem__(self, node: Tensor) -> Formula:
        return self._names[id(node)]

    def __iter__(self) -> Iterator[Formula]:
        return iter(self._names.values())

    def _name(self, node: Tensor, fallback: str) -> Formula:
        if node.name:
            formula = symbol(node.name)
            return self._once(formula, self._asked[formula] > 1)
        if node.op is not None:
            return self._once(symbol(fallback or self._letter), many=not fallback)
        if node.ndim == 0 and not node.requires_grad:
            return number(float(node._array))
        return self._once(symbol(_unnamed(node)), many=self._unnamed[_unnamed(node)] > 1)

    def _once(self, formula: Formula, many: bool) -> Formula:
        """The formula itself, or with a number below it, or with primes: whichever is free first."""
        if many and not isinstance(formula, Script):
            while True:
                self._counts[formula] += 1
                count = str(self._counts[formula])
                numbered = Script(formula, Atom("number", count, count), None)
                if numbered not in self._taken:
                    break
            formula = numbered
        while formula in self._taken:
            formula = row(formula, Atom("operator", "′", "'"))
        self._taken.add(formula)
        return formula


def _unnamed(node: Tensor) -> str:
    """What to call a leaf without a name: t for labels and masks, c for data, v for a variable."""
    return "v" if node.requires_grad else "c" if node.dtype.kind == "f" else "t"


def identifier(name: Formula, taken: set[str]) -> str:
    """A Python name for a symbol, unlike all those `taken`; it is added to them."""
    text = unicodedata.normalize("NFKC", plain(name).replace("′", "_"))
    text = unicodedata.normalize("NFD", text)
    for mark, word in COMBINING.items():
        text = text.replace(mark, f"_{word}")
    text = re.sub(r"\W+", "_", text).strip("_") or "v"
    if keyword.iskeyword(text) or text[0].isdigit():
        text = f"_{text}" if text[0].isdigit() else f"{text}_"
    while text in taken:
        text += "_"
    taken.add(text)
    return text
