"""Batch normalisation and its gradients, over all axes but the channels.

x : (N, C), or (N, C, H, W) with channels last, in memory without gaps; `takes` says whether it is so, and
`laid` makes it so.
Moments are float64: (2, C), mean and variance; the variance divides by the number of values.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels.argument_row import F32, F64
from glassgrad.kernels.arrays import Array, channels_last, empty
from glassgrad.kernels.launch import launch
from glassgrad.kernels.layout import contiguous, copied
from glassgrad.kernels.loading import Kernel

Moments = NDArray[np.float64]


class FindMoments(NamedTuple):
    """Mean and squared deviations of each channel of x (rows, C), by pieces of so many rows."""

    x: F32
    found: F64
    rows: int
    C: int
    piece: int


class JoinMoments(NamedTuple):
    """Mean and variance of all rows, from those of the pieces."""

    found: F64
    moments: F64
    rows: int
    C: int
    piece: int


class Normalise(NamedTuple):
    """y = (x - mean) w / √(variance + ϵ) + b."""

    x: F32
    moments: F64
    w: F32
    b: F32
    y: F32
    eps: float
    rows: int
    C: int
    piece: int


class Follow(NamedTuple):
    """Running mean and variance, y = keep r + share s for the moments s of the batch."""

    mean: F32
    var: F32
    moments: F64
    y: F32
    keep: float
    of_mean: float
    of_variance: float
    C: int


class SumGradients(NamedTuple):
    """The sums of g and of g z, with z = (x - mean) / √(variance + ϵ), by pieces."""

    x: F32
    moments: F64
    g: F32
    found: F64
    eps: float
    rows: int
    C: int
    piece: int


class Collect(NamedTuple):
    """The sums of all pieces."""

    found: F64
    y: F32
    pieces: int
    C: int


class InputGradient(NamedTuple):
    """dx = (g - mean(g) - z mean(g z)) w / √(variance + ϵ)."""

    x: F32
    moments: F64
    g: F32
    sums: F32
    w: F32
    dx: F32
    eps: float
    rows: int
    C: int
    piece: int


FIND, JOIN = Kernel("norm", "moments", FindMoments), Kernel("norm", "join", JoinMoments)
NORMALISE = Kernel("norm", "normalise", Normalise)
FOLLOW = Kernel("norm", "follow", Follow)
SUM_GRADIENTS = Kernel("norm", "sum_gradients", SumGradients)
COLLECT = Kernel("norm", "collect", Collect)
INPUT_GRADIENT = Kernel("norm", "input_gradient", InputGradient)
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
    args = FindMoments(x=x, found=found, rows=rows, C=c, piece=PIECE)
    launch(FIND, pieces, args, MICROS * x.size)
    joined = JoinMoments(found=found, moments=y, rows=rows, C=c, piece=PIECE)
    launch(JOIN, -(-c // 16), joined)
    return y


def normalise(
    x: Array, m: Moments, w: Array, b: Array, eps: float, out: Array | None = None
) -> Array:
    r"""$y = (x - \mu)\, w / \sqrt{\sigma^2 + \epsilon} + b$ with the batch's moments, or running ones."""
    rows, c = _rows(x)
    y = _like(x) if out is None else out
    args = Normalise(
        x=x, moments=m, w=_row(w), b=_row(b), y=y, eps=eps, rows=rows, C=c, piece=PIECE
    )
    launch(NORMALISE, -(-rows // PIECE), args, MICROS * x.size)
    return y


def running(mean: Array, var: Array, x: Array, momentum: float, out: Array | None = None) -> Array:
    """Running mean and variance, moved towards those of x; the variance of x divides by n - 1.

    mean, var : (C,)   y : (2, C)
    """
    rows, c = _rows(x)
    y = empty((2, c)) if out is None else out
    args = Follow(
        mean=_row(mean),
        var=_row(var),
        moments=moments(x),
        y=y,
        keep=1 - momentum,
        of_mean=float(momentum),
        of_variance=momentum * (rows / (rows - 1)),
        C=c,
    )
    launch(FOLLOW, -(-c // 16), args)
    return y


def sums(g: Array, x: Array, m: Moments, eps: float, out: Array | None = None) -> Array:
    r"""The sums over g and over g z, $z = (x - \mu)/\sqrt{\sigma^2 + \epsilon}$: the gradients of b and w.

    g, x : (N, C) or (N, C, H, W)   m : the moments of x   y : (2, C)
    """
    rows, c = _rows(x)
    pieces, y = -(-rows // PIECE), empty((2, c)) if out is None else out
    found = np.empty(2 * pieces * c)
    args = SumGradients(x=x, moments=m, g=g, found=found, eps=eps, rows=rows, C=c, piece=PIECE)
    launch(SUM_GRADIENTS, pieces, args, 2 * MICROS * x.size)
    launch(COLLECT, -(-c // 16), Collect(found=found, y=y, pieces=pieces, C=c))
    return y


def input_gradient(
    g: Array, x: Array, m: Moments, w: Array, s: Array, eps: float, out: Array | None = None
) -> Array:
    """The gradient of x; s is what `sums` gave."""
    rows, c = _rows(x)
    dx = _like(x) if out is None else out
    args = InputGradient(
        x=x, moments=m, g=g, sums=_row(s), w=_row(w), dx=dx, eps=eps, rows=rows, C=c, piece=PIECE
    )
    launch(INPUT_GRADIENT, -(-rows // PIECE), args, 2 * MICROS * x.size)
    return dx


def _row(a: Array) -> Array:
    """What there is per channel, in memory without gaps."""
    return a if a.flags.c_contiguous else contiguous(a)


def _rows(x: Array) -> tuple[int, int]:
    return x.size // x.shape[1], x.shape[1]


def _like(x: Array) -> Array:
    return empty(x.shape) if x.ndim == 2 else channels_last(x.shape)
