"""What can be learnt from the data at all, by a method without training: ask the five nearest examples.

A network that stays far behind its examples' neighbours has a fault; labels that neighbours know nothing
of do not belong to these inputs.  And which rows of one set occur in another, exactly.
Read next: `case.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MOST = 500
"""So many examples are asked about, and asked."""
NEAREST = 5
_MANY_FEATURES = 50


@dataclass(frozen=True)
class Neighbours:
    """How well the nearest neighbours know the labels.

    Args:
        score: share of labels that the majority of the five gets right, or the explained share of the
            variance of real labels.
        chance: the same for somebody who knows how frequent the labels are, and nothing else.
        know: whether they know anything, at four standard errors.
    """

    score: float
    chance: float
    know: bool


def ask(x: Array, y: Array, of_x: Array | None = None, of_y: Array | None = None) -> Neighbours:
    """Ask the neighbours among (x, y) about the labels of (of_x, of_y), or of each other.

    x : (N, …)   y : (N,) or (N, …)

    Source: Cover & Hart 1967, Nearest neighbor pattern classification.
    """
    near = nearest(x, of_x)
    asked = y if of_y is None else of_y
    if y.dtype.kind in "iu":
        return _classes(y, asked, near)
    means = y[near].mean(axis=1)
    variance = max(float(np.var(asked, axis=0).mean()), 1e-30)
    score = 1 - float(np.mean(np.square(means - asked))) / variance
    a, b = (v.reshape(len(v), -1)[:, 0].astype(np.float64) for v in (means, asked))
    alike = np.corrcoef(a, b)[0, 1] if a.std() > 0 and b.std() > 0 else 0.0
    return Neighbours(score, 0.0, bool(alike > 4 / np.sqrt(len(asked))))


def rolled(y: Array, near: NDArray[np.intp], by: int) -> float:
    """How often neighbours agree once the labels are moved by so many rows."""
    moved = np.roll(y, by, axis=0)
    return _classes(moved, moved, near).score


def nearest(x: Array, of_x: Array | None = None) -> NDArray[np.intp]:
    """The numbers of the five nearest rows of x; of each row itself, or of each row of `of_x`."""
    base = x.reshape(len(x), -1).astype(np.float64)
    mean, scale = base.mean(axis=0), np.ones(base.shape[1])
    if base.shape[1] <= _MANY_FEATURES:
        scale = np.where(base.std(axis=0) > 0, base.std(axis=0), 1.0)
    base = ((base - mean) / scale).astype(np.float32)
    asked = base
    if of_x is not None:
        asked = ((of_x.reshape(len(of_x), -1) - mean) / scale).astype(np.float32)
    squares = np.square(base).sum(axis=1)
    distance = squares[None, :] - 2 * asked @ base.T
    if of_x is None:
        np.fill_diagonal(distance, np.inf)
    count = min(NEAREST, len(base) - (of_x is None))
    return np.argpartition(distance, count - 1, axis=1)[:, :count]


def _classes(y: Array, asked: Array, near: NDArray[np.intp]) -> Neighbours:
    classes = int(max(y.max(), asked.max())) + 1
    votes = np.zeros((len(asked), classes), np.int64)
    for column in near.T:
        votes[np.arange(len(asked)), y[column]] += 1
    shares = np.bincount(asked, minlength=classes) / len(asked)
    called = np.bincount(votes.argmax(axis=1), minlength=classes) / len(asked)
    chance = float(shares @ called)
    score = float((votes.argmax(axis=1) == asked).mean())
    return Neighbours(score, chance, beyond_chance(score, chance, len(asked)))


def beyond_chance(share: float, chance: float, count: int) -> bool:
    """Whether a share of so many is above chance, by four standard errors."""
    return share - chance > 4 * float(np.sqrt(max(chance * (1 - chance), 1e-9) / count))


def sample(x: Array, y: Array, count: int = MOST) -> tuple[Array, Array]:
    """At most so many rows, chosen by chance, always the same."""
    if len(y) <= count:
        return x, y
    rows = np.sort(np.random.default_rng(1).permutation(len(y))[:count])
    return x[rows], y[rows]


def fingerprints(x: Array) -> NDArray[np.uint64]:
    """A number for each row, equal for equal rows: a sum of its bits with random odd weights."""
    rows = np.ascontiguousarray(x.reshape(len(x), -1))
    bits = rows.view(np.uint8 if rows.dtype.itemsize < 4 else np.uint32).reshape(len(x), -1)
    weights = np.random.default_rng(2).integers(0, 2**63, bits.shape[1], np.uint64) * 2 + 1
    parts = [
        (bits[i : i + 4096] * weights).sum(axis=1, dtype=np.uint64) for i in range(0, len(x), 4096)
    ]
    return np.concatenate(parts)
