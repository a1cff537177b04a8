"""The search: every mistake in the catalogue is made on purpose, until one gives the student's numbers.

First a single mistake that explains every wrong gradient and leaves the right ones right; then the
fewest mistakes that do so together; then the same up to a constant factor.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from glassgrad.check.backward.case import Case
from glassgrad.check.backward.mistakes import INSIDE, MISTAKES
from glassgrad.check.backward.mistakes.base import Guess, Mistake
from glassgrad.notation.numbers import number_text


@dataclass(frozen=True)
class Named:
    """A mistake that gives the student's numbers, and in which arguments' gradients."""

    mistake: str
    sentence: str
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class _Match:
    """How far one guess agrees with the student."""

    rank: int
    mistake: Mistake
    guess: Guess
    covers: frozenset[int]
    """Wrong arguments it gives exactly."""
    clashes: int
    """Right arguments it would have made wrong."""
    factors: dict[int, float]
    """Wrong arguments it gives up to a constant."""


def search(case: Case, seconds: float) -> tuple[list[Named], bool]:
    """The mistakes that explain the wrong gradients, and whether there was time to try all of them."""
    wrong = frozenset(case.wrong)
    end = time.monotonic() + seconds
    matches: list[_Match] = []
    for match in _matches(case, end):
        if match.covers == wrong and not match.clashes:
            return [_named(case, match, wrong)], True
        matches.append(match)
    return _together(case, wrong, matches), time.monotonic() < end


def _matches(case: Case, end: float) -> Iterator[_Match]:
    wrong = case.wrong
    inner = replace(case, inside=True)
    tried = [(m, case) for m in MISTAKES] + [(m, inner) for m in INSIDE]
    for rank, (mistake, where) in enumerate(tried):
        for guess in mistake.guesses(where):
            if time.monotonic() > end:
                return
            covers = frozenset(
                i for i in wrong if i in guess.grads and case.near(i, guess.grads[i])
            )
            factors = {
                i: c
                for i in wrong
                if i in guess.grads
                and i not in covers
                and guess.takes_factor
                and (c := case.times(i, guess.grads[i])) is not None
            }
            if covers or factors:
                clashes = sum(
                    not case.near(i, grad)
                    for i, grad in guess.grads.items()
                    if i not in wrong and case.theirs[i] is not None
                )
                yield _Match(rank, mistake, guess, covers, clashes, factors)


def _together(case: Case, wrong: frozenset[int], matches: list[_Match]) -> list[Named]:
    """The fewest mistakes: always the one that explains most of what is left."""
    found: list[Named] = []
    left = wrong
    while left:
        exact = [m for m in matches if m.covers & left]
        if not exact:
            break
        best = min(exact, key=lambda m: (-len(m.covers & left), m.clashes, m.rank))
        found.append(_named(case, best, best.covers & left))
        left -= best.covers
    for i in sorted(left):
        scaled = [m for m in matches if i in m.factors]
        if scaled:
            best = min(scaled, key=lambda m: (m.clashes, m.rank))
            also = f" Besides, it is {number_text(best.factors[i])} times that."
            found.append(_named(case, best, frozenset([i]), also))
    return found


def _named(case: Case, match: _Match, arguments: frozenset[int], also: str = "") -> Named:
    names = tuple(case.names[i] for i in sorted(arguments))
    return Named(match.guess.name or match.mistake.name, match.guess.sentence + also, names)
