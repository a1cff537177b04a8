"""All that the rules may know about a run, and what several of them ask: does it learn what it could?

Read next: `finding.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.doctor import neighbours
from glassgrad.doctor.look import WHOLE, Look
from glassgrad.doctor.neighbours import Neighbours
from glassgrad.doctor.setup import Setup
from glassgrad.train.records import Epoch, History, Step
from glassgrad.validate import validated

Array = NDArray[Any]
BEHIND = 0.06
"""So much of the score of its neighbours may be missing from a network that is well."""


@validated
@dataclass(frozen=True)
class Case:
    """A run as the rules see it; parts that nobody watched are empty.

    Args:
        history: its records.
        setup: what it was made of; None if there are records only.
        looks: what `Monitor` saw, the first before training.
        error: how it ended, if it ended by an error.
        class_count: where there is no setup.
    """

    history: History
    setup: Setup | None = None
    looks: Sequence[Look] = field(default_factory=tuple)
    error: Exception | None = None
    class_count: int = 0

    @property
    def steps(self) -> list[Step]:
        """One record per update."""
        return self.history.steps

    @property
    def epochs(self) -> list[Epoch]:
        """One record per pass."""
        return self.history.epochs

    @property
    def classes(self) -> int:
        """Number of classes; 0 where labels are real numbers."""
        return self.setup.classes if self.setup else self.class_count

    @cached_property
    def losses(self) -> NDArray[np.float64]:
        """The loss of each step."""
        return np.array([step.loss for step in self.steps])

    @cached_property
    def sample(self) -> tuple[Array, Array] | None:
        """At most 500 training examples."""
        if self.setup is None:
            return None
        ds = self.setup.loader.ds
        return neighbours.sample(ds.x, ds.y)

    @cached_property
    def neighbours(self) -> Neighbours | None:
        """What the nearest neighbours know of the training labels; None for fewer than 30."""
        if self.sample is None or len(self.sample[1]) < 30:
            return None
        return neighbours.ask(*self.sample)

    @cached_property
    def blind_loss(self) -> float:
        """The loss of somebody who knows the frequencies of the labels only; NaN if it is unknown.

        For labels as frequent as each other, $\\ln K$; for real labels, their variance.
        """
        if self.setup is None:
            return math.log(self.classes) if self.classes > 1 else math.nan
        y = self.setup.loader.ds.y
        if y.dtype.kind not in "iu":
            return float(np.var(y, axis=0, dtype=np.float64).mean())
        shares = np.bincount(y) / len(y)
        return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())

    @cached_property
    def tail(self) -> slice:
        """The last steps, over which means are taken: a fifth, but at least ten."""
        return slice(-max(len(self.steps) // 5, min(10, len(self.steps) or 1)), None)

    @cached_property
    def loss(self) -> float:
        """Mean loss of the last steps; NaN before the first."""
        return float(self.losses[self.tail].mean()) if len(self.losses) else math.nan

    @cached_property
    def reached(self) -> float:
        """Accuracy over the last steps; for real labels, the explained share of the variance at the end."""
        found = [s.accuracy for s in self.steps[self.tail] if s.accuracy is not None]
        if found:
            sizes = [s.size for s in self.steps[self.tail]]
            return float(np.average(found, weights=sizes))
        explained = self.looks[-1].explained if self.looks else None
        return math.nan if explained is None else explained

    @cached_property
    def behind(self) -> float:
        """By how much the network is worse than its examples' neighbours; negative if it is better."""
        if self.neighbours is None:
            return math.nan
        reached = -1.0 if math.isnan(self.reached) or self.error else self.reached
        return self.neighbours.score - max(reached, -1.0)

    @property
    def lags(self) -> bool:
        """Whether it stays behind what can be learnt.  Without a measure, whether it guesses."""
        if self.error is not None:
            return True
        if self.neighbours is None or math.isnan(self.behind):
            return bool(self.loss >= 0.95 * self.blind_loss)
        seen = sum(s.size for s in self.steps[self.tail])
        noise = math.sqrt(0.25 / max(min(seen, len(self.sample[1]) if self.sample else seen), 1))
        return self.behind > max(BEHIND, 3 * noise if self.classes else BEHIND)

    @property
    def is_rising(self) -> bool:
        """Whether the loss, as a mean of ten steps, grew far beyond its beginning."""
        start = self.looks[0].loss if self.looks else (self.losses[0] if len(self.losses) else 0.0)
        if not len(self.losses) or not math.isfinite(start):
            return False
        window = np.ones(min(10, len(self.losses)))
        means = np.convolve(self.losses, window / len(window), "valid")
        return bool(means.max() > 3 * max(start, 1e-12))

    @property
    def runs_away(self) -> bool:
        """Whether one of the first steps looked at leads to three times the loss and more."""
        return any(
            math.isfinite(k.loss) and not k.ahead[WHOLE] < 3 * max(k.loss, 1e-12)
            for k in self.looks[:3]
        )

    @property
    def is_falling(self) -> bool:
        """Whether the loss of the last quarter is well below that of the quarter before."""
        quarter = len(self.losses) // 4
        if quarter < 2:
            return True
        last, before = self.losses[-quarter:].mean(), self.losses[-2 * quarter : -quarter].mean()
        return bool(last < 0.93 * before)

    @cached_property
    def noise(self) -> float:
        r"""$|g_B|^2 / |g|^2$: gradients of batches before a look, over that of its examples; the median."""
        found = []
        for look in self.looks:
            squares = [s.gradient_norm**2 for s in self.steps[max(look.step - 20, 0) : look.step]]
            if squares and look.gradient:
                found.append(float(np.mean(squares)) / look.gradient**2)
        return float(np.median(found)) if found else math.nan
