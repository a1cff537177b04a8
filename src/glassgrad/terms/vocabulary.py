"""The words that one formula may use: the names its reader was given, and the functions.

Read next: `places.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from glassgrad.arguments import did_you_mean
from glassgrad.terms.functions import Function, functions, key
from glassgrad.terms.tokens import canonical, splits

CALLED = ("f", "g", "h", "φ", "ψ")
"""Letters that stand for functions, where they are not names that were given."""


class Vocabulary:
    """What words mean.

    Args:
        names: what a formula may mention; `w_1`, `w1` and `w_{1}` are the same name.
        free: whether a letter that means nothing else is a new name.
    """

    def __init__(self, names: Iterable[str], free: bool) -> None:
        self._names = {canonical(name): name for name in names}
        self._given = frozenset(self._names)
        self.free = free

    def name(self, word: str) -> str | None:
        """The name as it was given, or None."""
        return self._names.get(canonical(word))

    def is_given(self, word: str) -> bool:
        """Whether a name was given, not found in the formula."""
        return canonical(word) in self._given

    def function(self, word: str) -> Function | None:
        """The function of that name, or None."""
        return functions().get(key(word)) or functions().get(canonical(word))

    def is_letter(self, word: str) -> bool:
        """Whether a word is the name of a Greek letter, or one: sigma is σ."""
        return not canonical(word).isascii()

    def side_by_side(self, word: str) -> list[str]:
        """Two names or more that make up a word; empty if none do, or in several ways."""
        ways = splits(canonical(word), tuple(self._names))
        return [self._names[part] for part in ways[0]] if len(ways) == 1 else []

    def new(self, word: str) -> str | None:
        """A new name: a letter, with an index or an accent; `wx` could be a product and is none."""
        base = canonical(word.partition("_")[0])
        letter = re.sub(r"\d+|(hat|bar|tilde|dot|vec)$", "", base)
        if not self.free or len(letter) != 1:
            return None
        shown = re.sub(r"\W+", "_", word.replace("_{", "_")).strip("_")
        plain = re.fullmatch(r"(.\d*)(hat|bar|tilde|dot|vec)?", canonical(word))
        shown = canonical(word) if plain and not plain[2] else shown
        return self._names.setdefault(canonical(word), shown)

    def expected(self, word: str) -> str:
        """What could stand in place of an unknown word."""
        known = sorted(set(self._names.values()))
        names = ", ".join(known) or "(there are none)"
        near = did_you_mean(key(word), [*known, *functions()])
        some = "exp, log, sqrt, sin, tanh, sigmoid, relu, maximum, …"
        said = f"one of the names {names} or a function ({some})" + (f"; {near}" if near else "")
        if self.free and word.isalpha():
            product = "*".join(word[:4]) + "*…" * (len(word) > 4)
            said += f"; or {product}, a product, or a value for {word}, if this is one name"
        return said
