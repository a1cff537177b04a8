"""The right numbers at the wrong place or in the wrong shape: swapped, transposed, not summed, shifted.

Read next: `rules.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, permutations, product
from typing import Any

import numpy as np

from glassgrad.check.backward.case import Case
from glassgrad.check.backward.mistakes.base import Array, Guess, by_argument, mistake
from glassgrad.check.backward.perturb import Step
from glassgrad.ops import Elementwise


@mistake("swapped", "The gradient of one argument stands where another's belongs.")
def swapped(case: Case) -> Iterator[Guess]:
    if not 2 <= len(case.names) <= 6:
        return
    for order in permutations(range(len(case.names))):
        moved = [i for i, k in enumerate(order) if i != k]
        found = (case.theirs[i] for i in moved)
        fits = (
            m is not None and m.shape == case.ours[order[i]].shape
            for i, m in zip(moved, found, strict=True)
        )
        if moved and all(fits):
            said = ", ".join(
                f"d{case.names[order[i]]} where d{case.names[i]} belongs" for i in moved
            )
            grads = {i: case.ours[k] for i, k in enumerate(order)}
            yield Guess(f"the gradients are in another order: {said}.", grads)


@mistake("transpose", "The entries are right after a transposition.")
def transpose(case: Case) -> Iterator[Guess]:
    for i, name, _, ours in by_argument(case):
        if 2 <= ours.ndim <= 4:
            for axes in list(permutations(range(ours.ndim)))[1:]:
                what = (
                    f"d{name}.T" if ours.ndim == 2 else f"np.transpose(d{name}, {_inverse(axes)})"
                )
                sentence = f"d{name} is right but transposed: {what} would be it."
                yield Guess(sentence, {i: np.transpose(ours, axes)})


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(a) for a in np.argsort(axes))


@mistake("not summed", "The shape has an axis too many; summed over it, the entries are right.")
def not_summed(case: Case) -> Iterator[Guess]:
    for i, name, mine, ours in by_argument(case):
        if mine.shape == ours.shape or mine.size <= ours.size:
            continue
        for axes in _subsets(mine.ndim):
            for how, c in (("sum", 1.0), ("mean", float(_count(mine, axes)))):
                total = mine.sum(axes) * 1.0
                if total.size == ours.size and _same(total.reshape(ours.shape), c * ours):
                    said = f"of shape {mine.shape}, not summed over axis {_axes(axes)}"
                    mean = "" if how == "sum" else ", and multiplied by its length"
                    yield Guess(
                        f"d{name} is {said}{mean}: {name} has shape {ours.shape} and was repeated along "
                        "that axis, so every copy's gradient counts.",
                        {i: mine},
                    )
                    return


@mistake("summed too far", "An axis was summed over that the argument has.")
def summed_too_far(case: Case) -> Iterator[Guess]:
    for i, name, mine, ours in by_argument(case):
        for axes in _subsets(ours.ndim):
            for how in ("sum", "mean"):
                kept = getattr(ours, how)(axis=axes, keepdims=True)
                sentence = f"d{name} is the {how} over axis {_axes(axes)}, which {name} has."
                for guess in (kept, kept.reshape(mine.shape) if kept.size == mine.size else kept):
                    yield Guess(sentence, {i: guess})
                if kept.size == 1:
                    yield Guess(sentence, {i: np.broadcast_to(kept, ours.shape)})


@mistake("axis", "A sum runs over another axis than it should.")
def axis(case: Case) -> Iterator[Guess]:
    """What arrives where an argument was repeated, summed over every choice of axes."""
    uses = case.graph.uses()
    for i, name, mine, ours in by_argument(case):
        for step, k in uses.get(id(case.leaves[i]), ()):
            copies = _copies(step, k)
            if copies is None:
                continue
            for axes in _subsets(copies.ndim):
                total, count = copies.sum(axes), _count(copies, axes)
                if total.size == mine.size and (
                    total.size != ours.size or not _same(total.ravel(), ours.ravel())
                ):
                    said = f"d{name} is a sum over axis {_axes(axes)} of {copies.shape}: {name} of shape "
                    said += f"{ours.shape} was repeated along another one."
                    yield Guess(said, {i: total.reshape(mine.shape)})
                    yield Guess(said, {i: total.reshape(mine.shape) / count})


def _copies(step: Step, k: int) -> Array | None:
    """The gradient of every copy of an argument that was repeated, before they are summed."""
    right = step.right[k]
    if right is None or right.size >= step.g.size:
        return None
    if isinstance(step.op, Elementwise):
        sent = step.op.vjp(step.g, step.y, *step.xs)
        copies = sent[k] if isinstance(sent, tuple) else sent
        return np.asarray(copies() if callable(copies) else copies)
    sums = (step.g.sum(axes) for axes in _subsets(step.g.ndim))
    return step.g if any(s.shape == right.shape and _same(s, right) for s in sums) else None


@mistake("flipped", "The entries are right in reverse order along some axes.")
def flipped(case: Case) -> Iterator[Guess]:
    for i, name, _, ours in by_argument(case):
        for axes in _subsets(min(ours.ndim, 4)):
            sentence = f"d{name} is reversed along axis {_axes(axes)}."
            yield Guess(sentence, {i: np.flip(ours, axes)})


@mistake(
    "shifted", "The entries are right after a shift by one or two: padding, or an index off by one."
)
def shifted(case: Case) -> Iterator[Guess]:
    for i, name, mine, ours in by_argument(case):
        if mine.shape != ours.shape:
            yield from _padded(i, name, mine, ours)
            continue
        last = min(2, ours.ndim)
        for shift in product(range(-2, 3), repeat=last):
            if not any(shift):
                continue
            pairs = [_overlap(n, s) for n, s in zip(ours.shape[-last:], shift, strict=True)]
            to: tuple[Any, ...] = (..., *(p[0] for p in pairs))
            of: tuple[Any, ...] = (..., *(p[1] for p in pairs))
            if 4 * ours[of].size >= ours.size and np.any(ours[of]):
                guess = mine.astype(np.float64)
                guess[to] = ours[of]
                how = " and ".join(f"{s:+d}" for s in shift)
                sentence = (
                    f"d{name} is shifted by {how}: padding cut off at the wrong place, or an index"
                )
                yield Guess(sentence + " off by one.", {i: guess})


def _padded(i: int, name: str, mine: Array, ours: Array) -> Iterator[Guess]:
    """The right entries inside a larger array: padding that was not cut off again."""
    if mine.ndim != ours.ndim or any(m < o for m, o in zip(mine.shape, ours.shape, strict=True)):
        return
    rooms = [range(m - o + 1) for m, o in zip(mine.shape, ours.shape, strict=True)]
    for corner in product(*rooms):
        inner = tuple(slice(c, c + o) for c, o in zip(corner, ours.shape, strict=True))
        if _same(mine[inner], ours):
            said = f"of shape {mine.shape} and holds the right one from {corner} on"
            yield Guess(f"d{name} is {said}: cut the padding off again.", {i: mine})
            return


def _overlap(n: int, shift: int) -> tuple[slice, slice]:
    """Where a row shifted by `shift` lands, and where that comes from."""
    return slice(max(shift, 0), n + min(shift, 0)), slice(max(-shift, 0), n - max(shift, 0))


def _subsets(n: int) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(range(n), k) for k in range(1, n + 1)))


def _axes(axes: tuple[int, ...]) -> str:
    return " and ".join(map(str, axes))


def _count(x: Array, axes: tuple[int, ...]) -> int:
    return int(np.prod([x.shape[a] for a in axes]))


def _same(a: Array, b: Array) -> bool:
    return bool(np.abs(a - b).max() <= 2e-5 * np.abs(b).max()) if b.size and np.any(b) else False


ALL = (swapped, not_summed, transpose, summed_too_far, axis)
LAST = (flipped, shifted)
