"""Batch normalisation and its gradients, over all axes but the channels.

x : (N, C), or (N, C, H, W) with channels last, in memory without gaps; `takes` says whether it is so, and
`laid` makes it so.
Moments are float64: (2, C), mean and variance; the variance divides by the number of values.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels.arrays import Array, channels_last, empty
from glassgrad.kernels.launch import launch
from glassgrad.kernels.layout import contiguous, copied
from glassgrad.kernels.loading import Kernel

Moments = NDArray[np.float64]
MOMENTS, JOIN = Kernel("norm", "moments"), Kernel("norm", "join")
NORMALISE, PULL = Kernel("norm", "normalise"), Kernel("norm", "pull")
ADD_UP, PUSH = Kernel("norm", "add_up"), Kernel("norm", "push")
PIECE = 256
"""Rows in one task."""
MICROS = 4e-4


def takes(x: Array) -> bool:
    """Whether x lies in memory as these kernels read it: pixel after pixel, channels side by side."""
    return (x if x.ndim == 2 else np.moveaxis(x, 1, -1)).flags.c_contiguous


def laid(x: Array) -> Array | None:
    """x itself, or a copy that lies as these kernels read it; None for other numbers of axes."""
    if takes(x):
        return x
    if x.ndim == 4:
        return copied(x)
    return contiguous(x) if x.ndim == 2 else None


def moments(x: Array, out: Moments | None = None) -> Moments:
    """Mean and variance of each channel."""
    rows, c = _rows(x)
    pieces, y = -(-rows // PIECE), np.empty((2, c)) if out is None else out
    found = np.empty(2 * pieces * c)
    launch(MOMENTS, pieces, [x, found, rows, c, PIECE], MICROS * x.size)
    launch(JOIN, -(-c // 16), [found, y, rows, c, PIECE])
    return y


def normalise(
    x: Array, m: Moments, w: Array, b: Array, eps: float, out: Array | None = None
) -> Array:
    r"""$y = (x - \mu)\, w / \sqrt{\sigma^2 + \epsilon} + b$ with the batch's moments, or running ones."""
    rows, c = _rows(x)
    y = _like(x) if out is None else out
    args = [x, m, _row(w), _row(b), y, np.array([eps]), rows, c, PIECE]
    launch(NORMALISE, -(-rows // PIECE), args, MICROS * x.size)
    return y


def sums(g: Array, x: Array, m: Moments, eps: float, out: Array | None = None) -> Array:
    r"""The sums over g and over g z, $z = (x - \mu)/\sqrt{\sigma^2 + \epsilon}$: the gradients of b and w.

    g, x : (N, C) or (N, C, H, W)   m : the moments of x   y : (2, C)
    """
    rows, c = _rows(x)
    pieces, y = -(-rows // PIECE), empty((2, c)) if out is None else out
    found = np.empty(2 * pieces * c)
    launch(PULL, pieces, [x, m, g, found, np.array([eps]), rows, c, PIECE], 2 * MICROS * x.size)
    launch(ADD_UP, -(-c // 16), [found, y, pieces, c])
    return y


def input_gradient(
    g: Array, x: Array, m: Moments, w: Array, s: Array, eps: float, out: Array | None = None
) -> Array:
    """The gradient of x; s is what `sums` gave."""
    rows, c = _rows(x)
    dx = _like(x) if out is None else out
    args = [x, m, g, _row(s), _row(w), dx, np.array([eps]), rows, c, PIECE]
    launch(PUSH, -(-rows // PIECE), args, 2 * MICROS * x.size)
    return dx


def _row(a: Array) -> Array:
    """What there is per channel, in memory without gaps."""
    return a if a.flags.c_contiguous else contiguous(a)


def _rows(x: Array) -> tuple[int, int]:
    return x.size // x.shape[1], x.shape[1]


def _like(x: Array) -> Array:
    return empty(x.shape) if x.ndim == 2 else channels_last(x.shape)
