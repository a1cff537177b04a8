"""The words that one formula may use: the names its reader was given, and the functions.

Read next: `places.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from glassgrad.arguments import did_you_mean
from glassgrad.notation.symbols import ACCENTS, COMBINING
from glassgrad.terms.functions import Function, functions, key
from glassgrad.terms.tokens import canonical, splits

_ACCENTS = "|".join(ACCENTS)
_ONE_NAME = re.compile(
    rf"[^\W\d_](?:[^\W_]|[{''.join(COMBINING)}])*"  # a base, which must come to one letter
    rf"(?:_(?:{_ACCENTS}))?(?:_+(?:\d+|[^\W\d_]+|\{{[\w\s,]*\}}))?(?:_(?:{_ACCENTS}))?"
)


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
        if not self.free or not _ONE_NAME.fullmatch(word):
            return None
        known = canonical(word)
        if found := re.fullmatch(rf"(.)(\d*)({_ACCENTS})?", known):
            return self._names.setdefault(known, f"{found[1]}{found[3] or ''}{found[2]}")
        base, _, below = word.partition("_")
        if len(canonical(base)) != 1:
            return None
        index = re.sub(r"\W+", "_", below).strip("_")
        return self._names.setdefault(known, f"{canonical(base)}_{index}")

    def expected(self, word: str) -> str:
        """What could stand in place of an unknown word."""
        known = sorted(set(self._names.values()))
        names = f"one of the names {', '.join(known) or '(there are none)'}"
        names = "a name of one letter, such as w, w_1 or θ," if self.free else names
        near = did_you_mean(key(word), [*known, *functions()]) if len(word) > 3 else ""
        some = "exp, log, sqrt, sin, tanh, sigmoid, relu, maximum, …"
        said = f"{names} or a function ({some})" + (f"; {near}" if near else "")
        if self.free and word.isalpha():
            product = "*".join(word[:4]) + "*…" * (len(word) > 4)
            own = f"{product}, a product, or " if len(word) > 1 else ""
            said += f"; write {own}a value for {word}, if that is one name"
        return said
