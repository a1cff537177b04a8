"""Variance, products and running sums by NumPy's names, composed of sums and products: no rules.

Read next: `extremes.py`.
"""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.elementwise import sqrt
from glassgrad.ops.extremes import max, min
from glassgrad.ops.index import index
from glassgrad.ops.length import norm
from glassgrad.ops.linear import matmul
from glassgrad.ops.piecewise import abs
from glassgrad.ops.rearrange import moveaxis, ravel
from glassgrad.ops.reduce import mean, sum
from glassgrad.ops.shape import concatenate, reshape, transpose
from glassgrad.ops.shared.axes import Axes, axis_of, kept_shape, positive_axes, whole_number
from glassgrad.ops.shared.numpy_names import as_numpy


@as_numpy(np.var)
def var(x: Any, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Any:
    r"""Variance over axes, $\frac{1}{n - \text{ddof}}\sum_i (x_i - \bar x)^2$.

    Args:
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        ddof: what is taken from the count that it is divided by.
        keepdims: whether the axes that are reduced stay, with length 1.
        x: values of any shape.

    Raises:
        ShapeError: no elements.

    >>> float(var(np.array([1.0, 3.0])))
    1.0
    """
    shape = np.shape(x)
    n = math.prod(shape[i] for i in positive_axes(axis, len(shape)))
    if n <= ddof:
        raise ShapeError(
            f"the variance of {n} elements with ddof={ddof} does not exist: x has shape {shape}."
        )
    d = x - mean(x, axis, keepdims=True)
    return sum(d * d, axis, keepdims) / (n - ddof)


@as_numpy(np.std)
def std(x: Any, axis: Axes = None, ddof: float = 0, keepdims: bool = False) -> Any:
    """Standard deviation over axes, the root of `var`; its derivative is NaN where it is 0.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        ddof: what is taken from the count that it is divided by.
        keepdims: whether the axes that are reduced stay, with length 1.
    """
    return sqrt(var(x, axis, ddof, keepdims))


@as_numpy(np.ptp)
def ptp(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The largest less the smallest, "peak to peak".

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.
    """
    return max(x, axis, keepdims) - min(x, axis, keepdims)


@as_numpy(np.average)
def average(x: Any, axis: int | None = None, weights: Any = None, keepdims: bool = False) -> Any:
    """The mean, or the weighted one: weights have the shape of x, or are one per element of the axis.

    Args:
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.
        x: values of any shape.
        weights: of the shape of x, or one per element of the axis.

    Raises:
        ShapeError: weights that fit neither the array nor the axis.
    """
    if weights is None:
        return mean(x, axis, keepdims)
    if np.shape(weights) != np.shape(x):
        if axis is None or np.shape(weights) != (np.shape(x)[axis_of(axis, np.ndim(x))],):
            raise ShapeError(
                f"average expects weights of shape {np.shape(x)}, or one per element of the axis, got "
                f"{np.shape(weights)}: write axis=, or weights of the shape of x."
            )
        ones = [1] * np.ndim(x)
        ones[axis_of(axis, np.ndim(x))] = -1
        weights = reshape(weights, ones) + np.zeros(np.shape(x), np.float32)
    return sum(x * weights, axis, keepdims) / sum(weights, axis, keepdims)


@as_numpy(np.prod)
def prod(x: Any, axis: Axes = None, keepdims: bool = False) -> Any:
    """The product over axes, multiplied in pairs: a factor 0 is no trouble for the derivative.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
        keepdims: whether the axes that are reduced stay, with length 1.

    Raises:
        ShapeError: an axis that is not there.

    >>> float(prod(np.array([2.0, 3.0, 4.0])))
    24.0
    """
    shape, axes = np.shape(x), positive_axes(axis, np.ndim(x))
    rest = [i for i in range(len(shape)) if i not in axes]
    kept = kept_shape(shape, axes) if keepdims else tuple(shape[i] for i in rest)
    n = math.prod(shape[i] for i in axes)
    rows = reshape(transpose(x, (*axes, *rest)), (n, *(shape[i] for i in rest)))
    if not n:
        raise ShapeError(f"the product of no elements is 1 and needs no op: x has shape {shape}.")
    while n > 1:
        half = n // 2
        product = index(rows, slice(half)) * index(rows, slice(half, 2 * half))
        rows = concatenate([product, index(rows, slice(2 * half, n))], 0) if n % 2 else product
        n = n - half
    return reshape(rows, kept)


@as_numpy(np.cumsum)
def cumsum(x: Any, axis: int | None = None) -> Any:
    """Running sums along an axis, or over all elements: a product with a triangle of ones.

    Args:
        x: values of any shape.
        axis: along which; the flattened array by default.

    >>> cumsum(np.array([1.0, 2.0, 3.0]))
    array([1., 3., 6.])
    """
    if axis is None:
        return cumsum(ravel(x), 0)
    last = moveaxis(x, axis, -1)
    n = np.shape(last)[-1]
    ones = np.triu(np.ones((n, n), getattr(x, "dtype", float)))
    return moveaxis(matmul(last, ones), -1, axis)


@as_numpy(np.diff)
def diff(x: Any, n: int = 1, axis: int = -1) -> Any:
    """Differences of neighbours along an axis, n times.      x : (...)

    Args:
        n: how often differences are taken.
        axis: along which.

    Raises:
        SettingError: n below 0, or no whole number.
    """
    place = (slice(None),) * axis_of(axis, np.ndim(x))
    if whole_number(n, "n") < 0:
        raise SettingError(f"diff expects n of at least 0, got {n}: gg.cumsum is its reverse.")
    for _ in range(builtins.min(n, np.shape(x)[axis_of(axis, np.ndim(x))])):
        x = index(x, (*place, slice(1, None))) - index(x, (*place, slice(-1)))
    return x


@as_numpy(np.linalg.norm)
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Euclid's length, that of all elements of a matrix; the other lengths of vectors by their names."""
    if ord in (None, "fro") or (ord == 2 and (isinstance(axis, int) or np.ndim(x) == 1)):
        return norm(x, axis, keepdims)
    if np.ndim(x) != 1 and not isinstance(axis, int):
        raise SettingError(
            f"np.linalg.norm(x, {ord!r}) of a matrix is not recorded: write axis=, for the length of each "
            "row or column, or gg.norm(x) for that of all elements."
        )
    if ord == 1:
        return sum(abs(x), axis, keepdims)
    if ord in (math.inf, -math.inf):
        return (max if ord > 0 else min)(abs(x), axis, keepdims)
    raise SettingError(
        f"np.linalg.norm(x, {ord!r}) is not recorded: write gg.sum(abs(x) ** {ord!r}) ** (1 / {ord!r})."
    )


@as_numpy(np.linalg.vector_norm)
def _vector_norm(x: Any, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    return (
        norm(x, axis, keepdims) if ord == 2 else _norm(ravel(x) if axis is None else x, ord, axis)
    )
