"""Schedules: how the learning rate moves during training.

A schedule is a function from the step (0, 1, …, total - 1) to a factor on the base rate.  It remembers
nothing, so it can be plotted before a run and resumed in the middle of one.  Names, arguments and curves
are PyTorch's, except that every rate is a fraction of the base rate.  Read next: `train/fit.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from glassgrad.errors import SettingError
from glassgrad.validate import validated

Schedule = Callable[[int, int], float]
"""`schedule(step, total)` is the factor on the base rate at this step of `total`."""


@validated
@dataclass(frozen=True)
class StepLR:
    r"""Down by a factor every so many steps: $\gamma^{\lfloor t / s \rfloor}$.

    Args:
        step_size: how long the rate stays.
        gamma: the factor by which it falls.

    >>> [StepLR(step_size=2)(t, 5) for t in range(5)]
    [1.0, 1.0, 0.1, 0.1, 0.010000000000000002]
    """

    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        _require(self.step_size >= 1, "step_size of 1 or more", self.step_size)
        _require(self.gamma > 0, "gamma above 0", self.gamma)

    def __call__(self, step: int, total: int) -> float:
        return self.gamma ** (step // self.step_size)


@validated
@dataclass(frozen=True)
class MultiStepLR:
    r"""Down by a factor at each milestone: $\gamma^k$ after k milestones.

    Args:
        milestones: when the rate falls.
        gamma: the factor by which it falls.
    """

    milestones: tuple[int, ...]
    gamma: float = 0.1

    def __post_init__(self) -> None:
        _increasing(self.milestones)
        _require(self.gamma > 0, "gamma above 0", self.gamma)

    def __call__(self, step: int, total: int) -> float:
        return self.gamma ** sum(step >= m for m in self.milestones)


@validated
@dataclass(frozen=True)
class ExponentialLR:
    r"""Down by the same factor every step: $\gamma^t$.

    Args:
        gamma: the factor per epoch or step.
    """

    gamma: float

    def __post_init__(self) -> None:
        _require(self.gamma > 0, "gamma above 0", self.gamma)

    def __call__(self, step: int, total: int) -> float:
        return self.gamma**step


@validated
@dataclass(frozen=True)
class CosineAnnealingLR:
    r"""Half a cosine from 1 to $\eta$: $\eta + \frac{1 - \eta}{2} (1 + \cos \pi t / T)$.

    T is the length of the run.  Source: Loshchilov & Hutter 2017, arXiv:1608.03983, eq. 5.

    Args:
        eta_min: the factor that it ends at.
    """

    eta_min: float = 0.0

    def __post_init__(self) -> None:
        _require(0 <= self.eta_min <= 1, "eta_min in 0 … 1, a fraction of the rate", self.eta_min)

    def __call__(self, step: int, total: int) -> float:
        return self.eta_min + (1 - self.eta_min) * (1 + math.cos(math.pi * step / total)) / 2


@validated
@dataclass(frozen=True)
class LinearLR:
    """A straight line from `start_factor` to `end_factor` in `total_iters` steps, then flat: a warm-up.

    Source of warm-up: Goyal et al. 2017, arXiv:1706.02677, §2.2.
    """

    start_factor: float = 1 / 3
    end_factor: float = 1.0
    total_iters: int = 5

    def __post_init__(self) -> None:
        _require(self.total_iters >= 1, "total_iters of 1 or more", self.total_iters)
        _require(min(self.start_factor, self.end_factor) >= 0, "factors of 0 or more", self)

    def __call__(self, step: int, total: int) -> float:
        part = min(step / self.total_iters, 1.0)
        return self.start_factor + part * (self.end_factor - self.start_factor)


@validated
@dataclass(frozen=True)
class SequentialLR:
    """One schedule after the other, each counting its own steps from 0 within its own stretch.

    Args:
        schedules: one after the other.
        milestones: when the next one takes over.

    >>> warm_up = SequentialLR((LinearLR(0.5, total_iters=2), CosineAnnealingLR()), milestones=(2,))
    >>> [round(warm_up(t, 6), 3) for t in range(6)]
    [0.5, 0.75, 1.0, 0.854, 0.5, 0.146]
    """

    schedules: tuple[Schedule, ...]
    milestones: tuple[int, ...]

    def __post_init__(self) -> None:
        _increasing(self.milestones)
        fits = len(self.schedules) == len(self.milestones) + 1
        _require(fits, "one milestone between each two schedules", self.milestones)

    def __call__(self, step: int, total: int) -> float:
        part = sum(step >= m for m in self.milestones)
        bounds = (0, *self.milestones, total)
        return self.schedules[part](step - bounds[part], bounds[part + 1] - bounds[part])


@validated(but=("anneal_strategy",))
@dataclass(frozen=True)
class OneCycleLR:
    """Up to the base rate, then down to nearly nothing; the base rate is the highest.

    From 1 / div_factor to 1 in the first `pct_start` of the run, then to
    1 / (div_factor · final_div_factor) at the last step.  Source: Smith & Topin 2017, arXiv:1708.07120.

    Args:
        anneal_strategy: "cos" or "linear": how it rises and falls.
        div_factor: what the first rate is below the base rate.
        final_div_factor: what the last rate is below the first.
    """

    pct_start: float = 0.3
    anneal_strategy: Literal["cos", "linear"] = "cos"
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def __post_init__(self) -> None:
        _require(0 <= self.pct_start <= 1, "pct_start in 0 … 1", self.pct_start)
        known = str(self.anneal_strategy) in ("cos", "linear")
        _require(known, "anneal_strategy 'cos' or 'linear'", self.anneal_strategy)
        _require(min(self.div_factor, self.final_div_factor) > 0, "divisors above 0", self)

    def __call__(self, step: int, total: int) -> float:
        top, end = self.pct_start * total - 1, total - 1
        low, last = 1 / self.div_factor, 1 / (self.div_factor * self.final_div_factor)
        if step <= top:
            return self._between(low, 1.0, step / top if top > 0 else 1.0)
        return self._between(1.0, last, (step - top) / (end - top) if end > top else 1.0)

    def _between(self, a: float, b: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return a + part * (b - a)
        return b + (a - b) * (1 + math.cos(math.pi * part)) / 2


@validated(but=("mode",))
@dataclass(frozen=True)
class ReduceLROnPlateau:
    """Down by a factor whenever a metric has not improved for more than `patience` epochs.

    `plateau(metrics)` is the factor after these epochs, worked out from all of them, so it too remembers
    nothing.  `threshold` is relative: an improvement is a metric below (1 - threshold) · best, or above
    (1 + threshold) · best with mode="max".

    Args:
        mode: "min" for a loss, "max" for an accuracy.
        cooldown: epochs to wait after the rate fell.
        min_lr: the least factor.
        factor: by which the rate falls.

    >>> ReduceLROnPlateau(factor=0.5, patience=1)([1.0, 0.9, 0.9, 0.9, 0.9])
    0.5
    """

    mode: Literal["min", "max"] = "min"
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    cooldown: int = 0
    min_lr: float = 0.0

    def __post_init__(self) -> None:
        _require(str(self.mode) in ("min", "max"), "mode 'min' or 'max'", self.mode)
        _require(0 < self.factor < 1, "factor between 0 and 1", self.factor)
        _require(min(self.patience, self.cooldown) >= 0, "patience and cooldown from 0 up", self)

    def __call__(self, metrics: Sequence[float]) -> float:
        rate, best, bad, cooling = 1.0, math.nan, 0, 0
        for metric in metrics:
            if math.isnan(best) or self._improves(metric, best):
                best, bad = metric, 0
            else:
                bad += 1
            if cooling > 0:
                cooling, bad = cooling - 1, 0
            if bad > self.patience:
                rate, bad, cooling = max(rate * self.factor, self.min_lr), 0, self.cooldown
        return rate

    def _improves(self, metric: float, best: float) -> bool:
        if self.mode == "min":
            return metric < best * (1 - self.threshold)
        return metric > best * (1 + self.threshold)


def _require(holds: bool, expected: str, got: object) -> None:
    if not holds:
        raise SettingError(f"the schedule expects {expected}, got {got!r}.")


def _increasing(milestones: tuple[int, ...]) -> None:
    rising = all(a < b for a, b in pairwise((0, *milestones)))
    _require(rising, "milestones that increase, from 1 up", milestones)
