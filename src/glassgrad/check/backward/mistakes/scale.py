"""Gradients that are right but for a constant: signs, factors, sums for means.  Read next: `layout.py`."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from glassgrad.check.backward.case import Case
from glassgrad.check.backward.mistakes.base import Guess, by_argument, mistake, steps
from glassgrad.notation.numbers import number_text


def _constant(case: Case) -> Iterator[tuple[float, tuple[int, ...]]]:
    """The constants c with theirs = c · ours: of all wrong arguments together, then of each."""
    sets = [case.wrong, *([i] for i in case.wrong)] if len(case.wrong) > 1 else [case.wrong]
    for chosen in sets:
        pairs = [(case.theirs[i], case.ours[i]) for i in chosen]
        if any(m is None or m.shape != o.shape or not np.isfinite(m).all() for m, o in pairs):
            continue
        mine = np.concatenate([np.ravel(m).astype(np.float64) for m, _ in pairs if m is not None])
        ours = np.concatenate([np.ravel(o) for _, o in pairs])
        if np.any(ours):
            yield float(mine @ ours / (ours @ ours)), tuple(chosen)


def _close(a: float, b: float) -> bool:
    return abs(a - b) < 1e-4 * abs(b)


def _scaled(case: Case, c: float, chosen: tuple[int, ...], sentence: str) -> Guess:
    return Guess(sentence, {i: c * case.ours[i] for i in chosen}, takes_factor=False)


@mistake("not finite", "Some entries are NaN or infinite, where the right ones are not.")
def not_finite(case: Case) -> Iterator[Guess]:
    for i, name, mine, ours in by_argument(case):
        bad = ~np.isfinite(mine)
        if bad.any() and np.isfinite(ours).all():
            first = tuple(int(k) for k in np.argwhere(bad)[0])
            yield Guess(
                f"{bad.sum()} of {mine.size} entries of d{name} are not finite, the first at {first}: a "
                "division by 0, a logarithm of 0, or an exponential that overflows.",
                {i: mine},
            )


@mistake("zero", "Every entry is 0: no gradient arrives.")
def zero(case: Case) -> Iterator[Guess]:
    for i, name, mine, ours in by_argument(case):
        if np.any(ours) and not np.any(mine):
            yield Guess(
                f"d{name} is 0 everywhere: it is never written, or what arrives is multiplied by 0.",
                {i: np.zeros(ours.shape)},
            )


@mistake("sign", "Every entry has the opposite sign.")
def sign(case: Case) -> Iterator[Guess]:
    for c, chosen in _constant(case):
        if _close(c, -1):
            yield _scaled(
                case,
                -1,
                chosen,
                "every entry has the opposite sign: a minus is missing, or too much.",
            )


@mistake(
    "sum for mean", "Every entry is N times too large, N a length that the reference divides by."
)
def sum_for_mean(case: Case) -> Iterator[Guess]:
    for c, chosen in _constant(case):
        for what, n in _lengths(case):
            if _close(abs(c), n):
                sentence = (
                    f"every entry is the reference × {number_text(c)}, and {n} is the length of {what}"
                    ": a sum where the reference takes the mean; divide by it."
                )
                yield _scaled(case, c, chosen, sentence)


@mistake("mean for sum", "Every entry is N times too small: a mean where the reference sums.")
def mean_for_sum(case: Case) -> Iterator[Guess]:
    for c, chosen in _constant(case):
        for what, n in _lengths(case):
            if _close(abs(1 / c) if c else 0.0, n):
                sentence = (
                    f"every entry is the reference / {number_text(1 / c)}, and {n} is the length of {what}"
                    ": a mean where the reference sums; do not divide by it."
                )
                yield _scaled(case, c, chosen, sentence)


@mistake("factor", "Every entry is the same number times the right one: 2, ½, a learning rate.")
def factor(case: Case) -> Iterator[Guess]:
    for c, chosen in _constant(case):
        fraction = Fraction(c).limit_denominator(16)
        nice = _close(float(fraction), c) if c else False
        if c == 0 or (sum(case.ours[i].size for i in chosen) < 2 and not nice):
            continue
        hint = {
            2.0: ": a factor 2 left from (y − t)², where the reference has ½(y − t)²?",
            0.5: ": a factor 2 lost, as from (y − t)²?",
        }.get(float(fraction), f" (= {fraction})." if nice and fraction.denominator > 1 else ".")
        yield _scaled(case, c, chosen, f"every entry is the reference × {number_text(c)}{hint}")


@mistake("part", "One of several terms of a gradient has a factor: 0, −1, 2 or a length.")
def part(case: Case) -> Iterator[Guess]:
    """What comes through one step, times a constant; the constant decides the mistake's name."""
    for graph, step in steps(case):
        comes = graph.carried({id(step.node): step.g}, step.index + 1)
        for i, name, mine, ours in by_argument(case):
            alone = np.allclose(comes[i], ours, rtol=1e-9, atol=0)
            if mine.shape != ours.shape or ours.size < 3 or alone or not np.any(comes[i]):
                continue
            if np.isfinite(mine).all():
                added = float(np.vdot(comes[i], mine - ours) / np.vdot(comes[i], comes[i]))
                pairs = enumerate(zip(case.ours, comes, strict=True))
                called, how = _called(case, 1 + added)
                said = f"the part of d{name} that comes through {step.label} {how}."
                yield Guess(said, {k: o + added * t for k, (o, t) in pairs}, False, called)


def _called(case: Case, c: float) -> tuple[str, str]:
    if abs(c) < 1e-4:
        return "path missing", "does not count: use += where ways meet"
    if _close(c, -1):
        return "sign", "has the opposite sign"
    for what, n in _lengths(case):
        if _close(c, n):
            return "sum for mean", f"is {n} times too large, the length of {what}"
        if _close(1 / c, n):
            return "mean for sum", f"is {n} times too small, the length of {what}"
    return "factor", f"is {number_text(c)} times what it should be"


def _lengths(case: Case) -> list[tuple[str, int]]:
    """The lengths by which a mean divides, the batch first; 2 only if it is the batch's."""
    found = sorted(case.lengths.items(), key=lambda item: item[0] != "the batch")
    return [(what, n) for what, n in found if n > 2 or what == "the batch"]


ALL = (not_finite, zero, sign, sum_for_mean, mean_for_sum, factor)
