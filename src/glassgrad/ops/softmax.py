"""Softmax and its logarithm, accurate to the last digit.

The largest logit m is taken out, so nothing overflows; and the sum leaves the largest term, which is 1,
out, so that log-softmax of a sure winner is -1e-12 and not 0.  Read next: `cross_entropy.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.base import Op
from glassgrad.ops.elementwise import exp, log
from glassgrad.ops.reduce import sum
from glassgrad.ops.shared.axes import positive_axes
from glassgrad.ops.shared.precision import rounded_once, shifted
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class _AlongAxis(Op):
    """What both share: the axis, the ways they are used and misused."""

    axis: int = -1

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(axis=1), 5 * rng.normal(size=(2, 3, 2))
        yield cls(), rng.normal(size=(1,))
        yield cls(), np.zeros((0, 3))
        yield cls(axis=-2), rng.normal(size=(2, 3, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls(axis=2)(np.ones((2, 3))), "axis 2 does not exist in an array of 2 axes"
        yield lambda: cls()(np.ones((2, 0))), f"{cls.__name__} cannot use shapes (2, 0)"


@dataclass(frozen=True)
class Softmax(_AlongAxis):
    r"""Softmax $y_i = e^{x_i} / \sum_k e^{x_k}$ along an axis.        x, y : (...)

    $\bar x = y \odot (\bar y - \sum_k \bar y_k y_k)$: one more for one is one less for the others.
    """

    latex, onnx = r"\mathrm{{softmax}}\left({0}\right)", "Softmax"
    source = "Bridle 1990, Neurocomputing, NATO ASI Series F 68"

    @rounded_once
    def forward(self, x):
        rows = shifted(x, *positive_axes(self.axis, np.ndim(x)))
        return rows.e / (1 + rows.others)

    def definition(self, x):
        return exp(x) / sum(exp(x), self.axis, keepdims=True)

    def vjp(self, g, y, _x):
        return y * (g - sum(g * y, self.axis, keepdims=True))

    def witness(self, x):
        from scipy.special import softmax

        return softmax(x, axis=self.axis) if x.size else x


@entrance
def softmax(x: Any, axis: int = -1) -> Any:
    """Positive numbers that sum to 1 along an axis; see `Softmax`.

    Args:
        x: values of any shape.
        axis: along which the shares add up to 1; the last by default.

    >>> softmax(np.array([0.0, 0.0, 1000.0]))
    array([0., 0., 1.])
    """
    return Softmax(axis)(x)


@dataclass(frozen=True)
class LogSoftmax(_AlongAxis):
    r"""Logarithm of softmax, $y_i = x_i - \log \sum_k e^{x_k}$, along an axis.        x, y : (...)

    $\bar x = \bar y - e^y \sum_k \bar y_k$
    """

    latex, onnx = r"\log\mathrm{{softmax}}\left({0}\right)", "LogSoftmax"
    source = "Bridle 1990, Neurocomputing, NATO ASI Series F 68"

    @rounded_once
    def forward(self, x):
        rows = shifted(x, *positive_axes(self.axis, np.ndim(x)))
        return rows.d - np.log1p(rows.others)

    def definition(self, x):
        return x - log(sum(exp(x), self.axis, keepdims=True))

    def vjp(self, g, y, _x):
        return g - exp(y) * sum(g, self.axis, keepdims=True)

    def witness(self, x):
        from scipy.special import log_softmax

        return log_softmax(x, axis=self.axis) if x.size else x


@entrance
def log_softmax(x: Any, axis: int = -1) -> Any:
    """The logarithm of softmax along an axis, without its underflow; see `LogSoftmax`.

    Args:
        x: values of any shape.
        axis: along which the shares add up to 1.

    >>> log_softmax(np.array([0.0, 0.0, 1000.0]))
    array([-1000., -1000.,     0.])
    """
    return LogSoftmax(axis)(x)
