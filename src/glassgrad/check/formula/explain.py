"""What is wrong with a formula: the one change that would make it right, if there is one.

`EXPLANATIONS` is tried in order: a sign, a factor, another leaf's gradient, one edit in the formula, a
factor or a term that is missing.  A new kind of mistake is one more function there.  Read next: `edits.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.check.formula.edits import addends, edits
from glassgrad.notation.numbers import number_text
from glassgrad.terms.places import Typed
from glassgrad.terms.terms import Term, recorded

Array = NDArray[Any]
_ENOUGH = 6


@dataclass(frozen=True)
class Facts:
    """A formula and a gradient at the same points; the first axis of every array is the point."""

    typed: Typed
    values: Mapping[str, Array]
    theirs: Array
    ours: Array
    slack: Array
    others: Mapping[str, Array]
    parts: Mapping[str, Array]
    wrt: str

    def agrees(self, candidate: Any) -> bool:
        """Whether values equal the gradient: nine digits, and what rounding may take from those."""
        return self.differs(candidate) is None

    def differs(self, candidate: Any) -> int | None:
        """The first point where values differ from the gradient, or None; the given point is 0."""
        with np.errstate(all="ignore"):
            both = np.isfinite(candidate) & np.isfinite(self.ours)
            scale = np.maximum(np.abs(candidate), np.abs(self.ours))
            off = np.where(both, np.abs(candidate - self.ours) > 1e-9 * scale + self.slack, False)
        off |= (
            ~np.isfinite(candidate)
            & np.isfinite(self.ours)
            & (np.arange(len(off)) == 0).reshape(-1, *[1] * (off.ndim - 1))
        )
        rows = off.reshape(len(off), -1).any(axis=1)
        if rows.any():
            return int(np.argmax(rows))
        enough = both.reshape(len(both), -1).all(axis=1).sum() >= min(_ENOUGH, len(both))
        return None if enough else 0

    def constant_ratio(self, top: Array, bottom: Array) -> float | None:
        """c with top = c · bottom at every point, if there is one; needs three values to mean it."""
        good = np.isfinite(top) & np.isfinite(bottom)
        good &= (top != 0) | (bottom != 0)
        if good.sum() < 3 or not np.any(bottom[good]):
            return None
        c = float(np.vdot(bottom[good], top[good]) / np.vdot(bottom[good], bottom[good]))
        close = np.abs(top - c * bottom)[good] <= (1e-9 * np.abs(top) + 2 * self.slack)[good]
        return c if c and close.all() else None

    def evaluate(self, term: Term) -> Array:
        """A changed formula at the same points."""
        with np.errstate(all="ignore"):
            return np.broadcast_to(np.asarray(recorded(term, self.values)), self.ours.shape)


Explanation = Callable[[Facts], tuple[str, str] | None]


def explain(facts: Facts) -> tuple[str, str]:
    """(kind, sentence) of the first explanation that fits; ("", "") if none does."""
    for explanation in EXPLANATIONS:
        if found := explanation(facts):
            return found
    return "", ""


def _sign(facts: Facts) -> tuple[str, str] | None:
    if not facts.agrees(-facts.theirs):
        return None
    return "sign", "It is right up to its sign: put a minus in front of all of it."


def _factor(facts: Facts) -> tuple[str, str] | None:
    c = facts.constant_ratio(facts.theirs, facts.ours)
    if c is None:
        return None
    return "factor", f"It is {ratio(c)} times the gradient: the factor {ratio(1 / c)} is missing."


def _other_leaf(facts: Facts) -> tuple[str, str] | None:
    for name, gradient in facts.others.items():
        if gradient.shape == facts.theirs.shape and _same(facts, gradient, facts.theirs):
            return "other leaf", f"It is the gradient with respect to {name}, not to {facts.wrt}."
    return None


def _one_edit(facts: Facts) -> tuple[str, str] | None:
    found: list[tuple[int, str, str]] = []
    for rank, kind, sentence, term in edits(facts.typed, facts.values):
        if facts.agrees(facts.evaluate(term)):
            found.append((rank, kind, sentence))
    if not found:
        return None
    _, kind, sentence = min(found, key=lambda f: f[0])
    return kind, sentence


def _one_term(facts: Facts) -> tuple[str, str] | None:
    """A term of the sum that is right up to a constant factor."""
    for sign, term, quote in addends(facts.typed, facts.typed.term):
        value = sign * facts.evaluate(term)
        c = facts.constant_ratio(facts.ours - (facts.theirs - value), value)
        if c is not None:
            return "factor", f"The term {quote} lacks the factor {ratio(c)}."
    return None


def _missing_factor(facts: Facts) -> tuple[str, str] | None:
    for name, value in _quantities(facts):
        with np.errstate(all="ignore"):
            missing = facts.constant_ratio(facts.ours, facts.theirs * value)
            extra = facts.constant_ratio(facts.ours * value, facts.theirs)
        if missing is not None:
            return (
                "missing factor",
                f"The factor {_times(missing, name)} is missing: the chain rule.",
            )
        if extra is not None:
            return "extra factor", f"The factor {_times(1 / extra, name)} is too much."
    return None


def _missing_term(facts: Facts) -> tuple[str, str] | None:
    rest = facts.ours - facts.theirs
    for name, value in _quantities(facts):
        c = facts.constant_ratio(rest, value)
        if c is not None:
            sign = "+" if c > 0 else "−"
            return "missing term", f"A term is missing: {sign} {_times(abs(c), name)}."
    for part, value in facts.parts.items():
        if _same(facts, rest, value):
            return "missing term", f"The gradient of the part {part} of f is missing."
    return None


EXPLANATIONS: tuple[Explanation, ...] = (
    _sign,
    _factor,
    _other_leaf,
    _one_edit,
    _one_term,
    _missing_factor,
    _missing_term,
)


def _same(facts: Facts, a: Array, b: Array) -> bool:
    with np.errstate(all="ignore"):
        good = np.isfinite(a) & np.isfinite(b)
        close = np.abs(a - b) <= 1e-9 * np.maximum(np.abs(a), np.abs(b)) + 2 * facts.slack
    return bool(good.sum() >= 3 and np.any(b[good]) and close[good].all())


def _quantities(facts: Facts) -> Iterator[tuple[str, Array]]:
    for name, value in facts.values.items():
        if np.ndim(value) == facts.ours.ndim:
            yield name, value
            yield f"(1 - {name})", 1 - value
            yield f"{name}²", value * value


def _times(c: float, name: str) -> str:
    return name if abs(c - 1) < 1e-9 else f"{ratio(c)} {name}"


def ratio(c: float) -> str:
    """A constant as a fraction where it is one: 0.5 is 1/2."""
    fraction = Fraction(c).limit_denominator(64)
    return str(fraction) if abs(float(fraction) - c) < 1e-9 * abs(c) else number_text(c)
