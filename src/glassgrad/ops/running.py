"""The running mean and variance of batch normalisation, moved a little by each batch.

They are kept by the layer and given to the op, so that a step is a function of what goes in.
Read next: `dropout.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.base import Op
from glassgrad.ops.reduce import mean as mean_of
from glassgrad.ops.reduce import sum
from glassgrad.ops.shape import concatenate, reshape
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class RunningMoments(Op):
    r"""$y = (1 - m)\,r + m\,s$ for r the running values, and s mean and variance of a batch.

    mean, var : (C,)   x : (N, C) or (N, C, H, W)   y : (2, C), the next mean and the next variance

    The variance of the batch divides by n - 1, where n is the number of values per channel.
    """

    momentum: float = 0.1

    latex = r"\mathrm{{run}}\left({0}, {1}, {2}\right)"
    source = "Ioffe & Szegedy 2015, arXiv:1502.03167, Algorithm 2"

    def __post_init__(self):
        if not 0 <= self.momentum <= 1:
            raise SettingError(
                f"RunningMoments expects a momentum from 0 to 1, got {self.momentum}: write 0.1."
            )

    @rounded_once
    def forward(self, mean, var, x):
        axes = self._axes(mean, var, x)
        keep, m = 1 - self.momentum, self.momentum
        new = [keep * mean + m * x.mean(axes), keep * var + m * x.var(axes, ddof=1)]
        return np.stack(new)

    def fast(self, out, mean, var, x):
        self._axes(mean, var, x)
        from glassgrad.kernels import norm

        x = norm.laid(x)
        return None if x is None else norm.running(mean, var, x, self.momentum, out)

    def definition(self, mean, var, x):
        axes, d, n = self._deviations(mean, var, x)
        moments = mean_of(x, axes), sum(d * d, axes) / (n - 1)
        keep, m = 1 - self.momentum, self.momentum
        rows = [keep * r + m * s for r, s in zip((mean, var), moments, strict=True)]
        return concatenate([reshape(row, (1, -1)) for row in rows])

    def vjp(self, h, _y, mean, var, x):
        _, d, n = self._deviations(mean, var, x)
        shape, keep, m = (1, -1, *[1] * (x.ndim - 2)), 1 - self.momentum, self.momentum
        slopes = lambda: reshape(h[0], shape) / n + reshape(h[1], shape) * d * (2 / (n - 1))  # noqa: E731
        return lambda: keep * h[0], lambda: keep * h[1], lambda: m * slopes()

    def _deviations(self, mean: Any, var: Any, x: Any) -> tuple[tuple[int, ...], Any, int]:
        """The axes, the distance of each value from the mean of its channel, and the values in one."""
        axes = self._axes(mean, var, x)
        return axes, x - mean_of(x, axes, keepdims=True), x.size // x.shape[1]

    def _axes(self, mean: Any, var: Any, x: Any) -> tuple[int, ...]:
        if x.ndim < 2 or x.size < 2 * x.shape[1] or {mean.shape, var.shape} != {x.shape[1:2]}:
            raise ShapeError(
                f"RunningMoments expects mean and var of shape (C,) and x of shape (N, C, ...) with two "
                f"values or more per channel, got {mean.shape}, {var.shape} and {x.shape}: pass what "
                "batch_norm was given."
            )
        return (0, *range(2, x.ndim))

    def witness(self, mean, var, x):
        y = np.zeros((2, len(mean)))
        for c, channel in enumerate(np.moveaxis(x, 1, 0)):
            values = channel.ravel()
            m = math.fsum(values) / len(values)
            v = math.fsum((a - m) ** 2 for a in values) / (len(values) - 1)
            y[0, c] = mean[c] + self.momentum * (m - mean[c])
            y[1, c] = var[c] + self.momentum * (v - var[c])
        return y

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=3), rng.random(3), rng.normal(size=(5, 3))
        yield cls(0.3), rng.normal(size=2), rng.random(2), rng.normal(size=(2, 2, 3, 2))

    @classmethod
    def errors(cls):
        r = np.ones(3)
        yield lambda: cls()(r, r, np.ones((1, 3))), "two values or more per channel"
        yield lambda: cls()(r, r, np.ones((4, 2))), "got (3,), (3,) and (4, 2)"
        yield lambda: cls(1.5), "expects a momentum from 0 to 1, got 1.5"


@entrance
def running_moments(mean: Any, var: Any, x: Any, momentum: float = 0.1) -> Any:
    """Running mean and variance after one more batch; see `RunningMoments`.

    Args:
        var: the running variance, (C,).
        x: the batch.
        momentum: the weight of the new batch.
        mean: the running mean, (C,).
    """
    return RunningMoments(momentum)(mean, var, x)
