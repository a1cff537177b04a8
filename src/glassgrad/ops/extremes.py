"""The maximum over axes, hard and soft: max, min, and log-sum-exp.  Read next: `shape.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import ShapeError
from glassgrad.ops.base import Array, Op
from glassgrad.ops.comparisons import equal
from glassgrad.ops.elementwise import exp, log
from glassgrad.ops.piecewise import step
from glassgrad.ops.reduce import sum
from glassgrad.ops.select import where
from glassgrad.ops.shape import reshape, transpose
from glassgrad.ops.shared.axes import Axes, kept_shape, positive_axes
from glassgrad.ops.shared.numpy_names import as_numpy
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.softmax import softmax


def _ranks(rng: np.random.Generator, *shape: int) -> Array:
    """Numbers in random order, no two of them closer than 1: a maximum has a kink at a tie."""
    return rng.permutation(math.prod(shape)).reshape(shape) + 0.5


def _reduced_axes(op: Max | LogSumExp, x: Array) -> tuple[int, ...]:
    """The axes to reduce; there must be something along them."""
    axes = positive_axes(op.axis, np.ndim(x))
    if not all(np.shape(x)[a] for a in axes):
        raise ShapeError(
            f"{type(op).__name__} expects at least one element along axes {axes}, got shape "
            f"{np.shape(x)}: the maximum of no elements does not exist."
        )
    return axes


@dataclass(frozen=True)
class Max(Op):
    r"""Maximum over axes $y = \max_i x_i$.     x : (...)   y : (...) less the axes reduced

    The largest element gets the whole cotangent; several that tie share it equally, as in PyTorch.
    """

    axis: Axes = None
    keepdims: bool = False

    selects = True
    latex, onnx, source = r"\max {0}", "ReduceMax", "Griewank & Walther 2008, §14.2"

    def forward(self, x):
        return np.max(x, axis=_reduced_axes(self, x), keepdims=self.keepdims)

    def vjp(self, g, y, x):
        kept = kept_shape(x.shape, self.axis)
        largest = reshape(y, kept)
        wins = where(equal(x, largest), 1.0, step(x - largest))  # the step lets a NaN through
        return reshape(g, kept) / sum(wins, self.axis, keepdims=True) * wins

    def index_form(self, ix, at, x):
        return ix.max(*ix.reduced(x, at, self.axis, self.keepdims))

    def sympy_form(self, s, x):
        for axis in positive_axes(self.axis, x.ndim)[::-1]:
            x = np.asarray(np.frompyfunc(s.Max, 2, 1).reduce(x, axis, keepdims=self.keepdims))
        return x

    def witness(self, x):
        axes = positive_axes(self.axis, x.ndim)
        y = np.full(kept_shape(x.shape, axes), -math.inf)
        for index in np.ndindex(x.shape):
            place = tuple(0 if i in axes else n for i, n in enumerate(index))
            y[place] = x[index] if x[index] > y[place] else y[place]
        return y if self.keepdims else y.squeeze(axes)

    @classmethod
    def samples(cls, rng):
        yield cls(), _ranks(rng, 3, 4)
        yield cls(axis=-1), _ranks(rng, 2, 3)
        yield cls(axis=(0, 2), keepdims=True), _ranks(rng, 2, 3, 4)
        yield cls(axis=(-1, -3)), _ranks(rng, 2, 3, 4)
        yield cls(), np.array(2.0)
        yield cls(axis=1), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls(axis=2)(np.ones((2, 3))), "axis 2 does not exist in an array of 2 axes"
        yield lambda: max(np.ones((2, 0))), "the maximum of no elements does not exist"


@as_numpy(np.max, np.amax)
def max(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Maximum over axes; see `Max`.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.
    """
    return Max(axis, keepdims)(x)


@as_numpy(np.min, np.amin)
def min(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Minimum over axes, the negative of the maximum of the negatives; see `Max`.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.
    """
    return -max(-x, axis, keepdims)


@dataclass(frozen=True)
class LogSumExp(Op):
    r"""Soft maximum $y = \log \sum_i e^{x_i}$ along an axis.     x : (...)   y : (...) less the axis

    Computed as $m + \log(1 + \sum_{\text{others}} e^{x_i - m})$ with m the maximum, so that nothing
    overflows and what is small beside 1 is not lost.  $\bar x_i = \bar y\,\mathrm{softmax}(x)_i$
    """

    axis: int = -1
    keepdims: bool = False

    latex, onnx = r"\log\sum e^{{{0}}}", "ReduceLogSumExp"
    source = "Blanchard, Higham & Higham 2021, IMA J. Numer. Anal. 41"

    @rounded_once
    def forward(self, x):
        (axis,) = _reduced_axes(self, x)
        m = np.max(x, axis, keepdims=True)
        largest = x == m
        ties = np.sum(largest, axis, keepdims=True) - 1
        others = np.sum(np.exp(np.where(largest, -np.inf, x - m)), axis, keepdims=True)
        y = m + np.log1p(ties + others)
        return y if self.keepdims else y.squeeze(axis)

    def vjp(self, g, _y, x):
        return reshape(g, kept_shape(x.shape, self.axis)) * softmax(x, self.axis)

    def index_form(self, ix, at, x):
        ranges, inner = ix.reduced(x, at, self.axis, self.keepdims)
        return ix.apply(log, ix.sum(ranges, ix.apply(exp, inner)))

    def sympy_form(self, s, x):
        sums = np.sum(np.frompyfunc(s.exp, 1, 1)(x), axis=self.axis, keepdims=self.keepdims)
        return np.frompyfunc(s.log, 1, 1)(sums)

    def witness(self, x):
        import mpmath

        with mpmath.workdps(50):
            exps = np.vectorize(mpmath.exp, otypes=[object])(x)
            sums = exps.sum(self.axis, keepdims=self.keepdims)
            return np.vectorize(lambda s: float(mpmath.log(s)), otypes=[float])(sums)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(axis=1, keepdims=True), 3 * rng.normal(size=(2, 3, 2))
        yield cls(axis=-2), rng.normal(size=(2, 3, 2))
        yield cls(axis=0), np.array([[700.0, 1.0, 0.5], [720.0, -800.0, 0.5]])
        yield cls(), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls(axis=2)(np.ones((2, 3))), "axis 2 does not exist in an array of 2 axes"
        yield lambda: logsumexp(np.ones((2, 0))), "LogSumExp expects at least one element"


@entrance
def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The logarithm of the sum of exponentials over axes, all by default; see `LogSumExp`.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.

    >>> logsumexp(np.array([1000.0, 1000.0])).round(6)
    np.float64(1000.693147)
    """
    shape = np.shape(x)
    axes = positive_axes(axis, len(shape))
    if len(axes) == 1:
        return LogSumExp(*axes, keepdims)(x)
    rest = tuple(i for i in range(len(shape)) if i not in axes)
    rows = reshape(
        transpose(x, rest + axes), (*(shape[i] for i in rest), math.prod(shape[i] for i in axes))
    )
    y = LogSumExp()(rows)
    return reshape(y, kept_shape(shape, axes)) if keepdims else y
