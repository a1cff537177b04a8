"""Euclid's length over axes, and its derivative, the direction.

The direction is an op of its own: at the origin it is 0 by decision, and its own derivative there is
infinite or NaN, which a quotient that avoids 0/0 would hide.  Read next: `extremes.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.arithmetic import power
from glassgrad.ops.base import Op
from glassgrad.ops.comparisons import equal
from glassgrad.ops.elementwise import sqrt
from glassgrad.ops.reduce import broadcast_to, sum
from glassgrad.ops.select import where
from glassgrad.ops.shape import reshape
from glassgrad.ops.shared.axes import Axes, kept_shape, positive_axes
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class Direction(Op):
    r"""The vector of length 1, $y = x / \|x\|$, over axes; 0 at the origin.        x, y : (...)

    $\bar x = (\bar y - y \sum_i y_i \bar y_i) / \|x\|$: along x itself, nothing changes.
    """

    axis: Axes = None

    singular = True
    latex, onnx, source = r"\frac{{{0}}}{{\left\|{0}\right\|}}", "", "Golub & Van Loan 2013, §2.2"

    def forward(self, x):
        length = Norm(self.axis, keepdims=True).forward(x)
        with np.errstate(all="ignore"):
            return np.divide(x, np.where(length == 0, np.ones_like(length), length))

    def definition(self, x):
        length = norm(x, self.axis, keepdims=True)
        return x / where(equal(length, 0), 1, length)

    def vjp(self, g, y, x):
        along = sum(y * g, self.axis, keepdims=True)
        return (g - y * along) / sum(y * x, self.axis, keepdims=True)

    def asks(self, asked, x):
        return broadcast_to(sum(asked, self.axis, keepdims=True), x.shape)

    def witness(self, x):
        return x / np.maximum(Norm(self.axis, keepdims=True).witness(x), 1e-300)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(axis=-1), rng.normal(size=(2, 3))
        yield cls(axis=(0, 2)), rng.normal(size=(2, 3, 4))
        yield cls(), np.array(-2.0)
        yield cls(axis=1), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls(axis=2)(np.ones((2, 3))), "axis 2 does not exist in an array of 2 axes"


@dataclass(frozen=True)
class Norm(Op):
    r"""Length over axes $y = \sqrt{\sum_i x_i^2}$.     x : (...)   y : (...) less the axes reduced

    $\bar x = \bar y\, x / y$, and 0 at the origin, where no derivative exists.
    """

    axis: Axes = None
    keepdims: bool = False

    singular = True
    latex, onnx, source = r"\left\|{0}\right\|", "ReduceL2", "Golub & Van Loan 2013, §2.2"

    @rounded_once
    def forward(self, x):
        axes = positive_axes(self.axis, np.ndim(x))
        return np.sqrt(np.sum(np.square(x), axis=axes, keepdims=self.keepdims))

    def vjp(self, g, _y, x):
        return reshape(g, kept_shape(x.shape, self.axis)) * Direction(self.axis)(x)

    def asks(self, asked, x):
        return broadcast_to(reshape(asked, kept_shape(x.shape, self.axis)), x.shape)

    def index_form(self, ix, at, x):
        ranges, inner = ix.reduced(x, at, self.axis, self.keepdims)
        return ix.apply(sqrt, ix.sum(ranges, ix.apply(power, inner, 2.0)))

    def sympy_form(self, s, x):
        axes = positive_axes(self.axis, np.ndim(x))
        return np.sum(x**2, axis=axes, keepdims=self.keepdims) ** s.Rational(1, 2)

    def witness(self, x):
        axes = positive_axes(self.axis, x.ndim)
        y = np.zeros(kept_shape(x.shape, axes))
        for index in np.ndindex(x.shape):
            place = tuple(0 if i in axes else n for i, n in enumerate(index))
            y[place] = math.hypot(y[place], x[index])
        return y if self.keepdims else y.squeeze(axes)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(axis=-1), rng.normal(size=(2, 3))
        yield cls(axis=(0, 2), keepdims=True), rng.normal(size=(2, 3, 4))
        yield cls(), np.array(-2.0)
        yield cls(axis=1), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls(axis=2)(np.ones((2, 3))), "axis 2 does not exist in an array of 2 axes"


@entrance
def norm(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Euclid's length over axes; see `Norm`.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.
    """
    return Norm(axis, keepdims)(x)
