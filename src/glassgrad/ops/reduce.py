"""Sums over axes, with the mean, and their mirror image, repetition along axes.

Sum and repetition are each other's derivative.  Read next: `length.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from glassgrad.errors import ShapeError
from glassgrad.ops.base import Op
from glassgrad.ops.shared.axes import Axes, kept_shape, positive_axes
from glassgrad.ops.shared.fast import dense, side_by_side
from glassgrad.ops.shared.numpy_names import as_numpy
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class Sum(Op):
    r"""Sum over axes $y = \sum_i x_i$.      x : (...)   y : (...) less the axes summed over

    Each element counts once in one sum, so it gets that sum's cotangent: $\bar x_i = \bar y$.
    """

    axis: Axes = None
    keepdims: bool = False

    moves = True
    latex, onnx, source = r"\sum {0}", "ReduceSum", "Griewank & Walther 2008, §3.3"
    adds_up = True

    def forward(self, x):
        return np.sum(x, axis=positive_axes(self.axis, np.ndim(x)), keepdims=self.keepdims)

    def fast(self, out, x):
        """Over everything, or over all axes but the one whose elements lie side by side; images that lie
        otherwise are turned first."""
        from glassgrad.kernels.layout import with_channels_last
        from glassgrad.kernels.sums import columns, everything

        axes = positive_axes(self.axis, x.ndim)
        rest = [i for i in range(x.ndim) if i not in axes]
        if not rest and dense(x):
            y = everything(x, None if out is None else out.reshape(()))
            return y.reshape(kept_shape(x.shape, axes)) if self.keepdims else y
        if x.ndim == 4 and rest == [1]:
            x = with_channels_last(x)
        if len(rest) != 1 or not side_by_side(x, rest[0]) or not dense(x):
            return None
        rows = x.transpose(*axes, *rest).reshape(-1, x.shape[rest[0]])
        if not np.may_share_memory(rows, x):
            return None
        y = columns(rows, None if out is None else out.reshape(-1))
        return y.reshape(kept_shape(x.shape, axes)) if self.keepdims else y

    def vjp(self, g, _y, x):
        return broadcast_to(reshape(g, kept_shape(x.shape, self.axis)), x.shape)

    def index_form(self, ix, at, x):
        return ix.sum(*ix.reduced(x, at, self.axis, self.keepdims))

    def witness(self, x):
        axes = positive_axes(self.axis, x.ndim)
        rest = [i for i in range(x.ndim) if i not in axes]
        rows = x.transpose(*rest, *axes).reshape(*(x.shape[i] for i in rest), -1)
        sums = np.array([math.fsum(r) for r in rows.reshape(-1, rows.shape[-1])])
        return sums.reshape(kept_shape(x.shape, axes) if self.keepdims else rows.shape[:-1])

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(axis=-1), rng.normal(size=(2, 3))
        yield cls(axis=(0, 2), keepdims=True), rng.normal(size=(2, 3, 4))
        yield cls(axis=(-1, -3)), rng.normal(size=(2, 3, 4))
        yield cls(), np.array(2.0)

    @classmethod
    def errors(cls):
        yield lambda: cls(axis=2)(np.ones((2, 3))), "axis 2 does not exist in an array of 2 axes"


_sum = lru_cache(1024, typed=True)(Sum)


@as_numpy(np.sum)
def sum(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """Sum over axes; see `Sum`.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.
    """
    return _sum(axis, keepdims)(x)


@dataclass(frozen=True)
class BroadcastTo(Op):
    r"""Repetition along axes, $y_{ij} = x_j$.     x : any shape that broadcasts     y : `shape`

    Each copy sends its cotangent back: $\bar x_j = \sum_i \bar y_{ij}$.
    """

    shape: tuple[int, ...]

    shares_memory = True
    moves = True
    latex, onnx, source = r"\mathrm{{repeat}}\left({0}\right)", "Expand", "ONNX operator Expand"
    repeats = True

    def forward(self, x):
        return np.broadcast_to(x, self.shape)

    def vjp(self, g, _y, x):
        return sum_to(g, x.shape)

    def index_form(self, ix, at, x):
        return ix.element(x, ix.aligned(at, x.shape))

    def witness(self, x):
        return x + np.zeros(self.shape)

    @classmethod
    def samples(cls, rng):
        yield cls((2, 3, 4)), rng.normal(size=(3, 1))
        yield cls((3,)), np.array(1.5)
        yield cls((0, 3)), rng.normal(size=(1, 3))

    @classmethod
    def errors(cls):
        yield lambda: cls((2, 4))(np.ones((2, 3))), "BroadcastTo cannot use shapes (2, 3)"


@as_numpy(np.broadcast_to)
def broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    """Repeat `x` along axes until it has this shape; see `BroadcastTo`.

    Args:
        shape: what it becomes.
    """
    return x if np.shape(x) == shape and not isinstance(x, float) else BroadcastTo(shape)(x)


@dataclass(frozen=True)
class SumTo(Op):
    r"""The sum that undoes a broadcast, $y_j = \sum_i x_{ij}$.      x : (...)      y : `shape`

    Its derivative is the repetition that it undoes: $\bar x_{ij} = \bar y_j$.
    """

    shape: tuple[int, ...]

    moves = True
    latex, onnx, source = r"\sum {0}", "ReduceSum", "Maclaurin 2016, PhD thesis, §4.2"

    def forward(self, x):
        new = x.ndim - len(self.shape)
        repeated = [i for i, n in enumerate(self.shape, new) if n == 1 and x.shape[i] != 1]
        y = np.sum(x, axis=(*range(new), *repeated), keepdims=True)
        return y.reshape(self.shape)

    def vjp(self, g, _y, x):
        return broadcast_to(g, x.shape)

    def index_form(self, ix, at, x):
        new = len(x.shape) - len(self.shape)
        kept = [i >= new and (self.shape[i - new] != 1 or n == 1) for i, n in enumerate(x.shape)]
        summed = [1 if k else n for k, n in zip(kept, x.shape, strict=True)]
        ranges, places = ix.letters(*summed)
        inner = [at[i - new] if k else p for i, (k, p) in enumerate(zip(kept, places, strict=True))]
        return ix.sum(ranges, ix.element(x, inner))

    def witness(self, x):
        y = np.zeros(self.shape)
        targets = np.broadcast_to(np.arange(y.size).reshape(self.shape), x.shape)
        for n, v in zip(targets.flat, x.flat, strict=True):
            y.flat[n] += v
        return y

    @classmethod
    def samples(cls, rng):
        yield cls((3, 1)), rng.normal(size=(2, 3, 4))
        yield cls(()), rng.normal(size=(3,))
        yield cls((1, 3)), rng.normal(size=(0, 3))

    @classmethod
    def errors(cls):
        yield lambda: cls((4,))(np.ones((2, 3))), "SumTo cannot use shapes (2, 3)"


@entrance
def sum_to(x: Any, shape: tuple[int, ...]) -> Any:
    """Sum `x` over the axes that broadcasting `shape` would repeat; see `SumTo`."""
    return x if x.shape == shape else SumTo(shape)(x)


@as_numpy(np.mean)
def mean(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    r"""Mean over axes, $\frac{1}{n}\sum_i x_i$: a sum and a division, so no op of its own.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.

    Raises:
        ShapeError: the mean of no elements, which does not exist.
    """
    shape = np.shape(x)
    n = math.prod(shape if axis is None else [shape[i] for i in positive_axes(axis, len(shape))])
    if n == 0:
        raise ShapeError(f"the mean of no elements does not exist: x has shape {shape}.")
    return sum(x, axis, keepdims) / n


from glassgrad.ops.shape import reshape  # noqa: E402  (reduce and shape use each other's mirror images)
