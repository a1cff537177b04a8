"""Sums of columns, and of everything: in float64, rounded once, in an order that only the shape decides."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from glassgrad.kernels.arrays import Array, empty
from glassgrad.kernels.launch import Program, launch
from glassgrad.kernels.loading import Kernel

COLUMNS, COLLECT = Kernel("sums", "columns"), Kernel("sums", "collect")
EVERYTHING, SQUARES = Kernel("sums", "everything"), Kernel("sums", "squares")
ROWS, NUMBERS = 256, 16384
"""How much one piece takes."""
MICROS = 2e-4


def columns(x: Array, out: Array | None = None, count: int = 1) -> Array:
    """The sum over the rows of x, divided by `count`: the gradient of a bias.

    x : (N, C), each row contiguous   y : (C,)
    """
    (n, c), y = x.shape, empty(x.shape[1:]) if out is None else out
    pieces = -(-n // ROWS)
    sums = np.empty(pieces * c)
    launch(COLUMNS, pieces, [x, sums, n, c, x.strides[0] // 4, ROWS], MICROS * x.size)
    launch(COLLECT, -(-c // 16), [sums, y, pieces, c, count])
    return y


def everything(x: Array, out: Array | None = None, count: int = 1) -> Array:
    """The sum of all elements, divided by `count`: a mean if that is their number.

    x : (...) without gaps, in any order of axes   y : ()
    """
    y = empty(()) if out is None else out
    pieces = -(-x.size // NUMBERS)
    sums = np.empty(pieces)
    launch(EVERYTHING, pieces, [x, sums, x.size, NUMBERS], MICROS * x.size)
    launch(COLLECT, 1, [sums, y, pieces, 1, count])
    return y


def length_of(x: Array) -> Callable[[], float]:
    """A function that gives the Euclidean length of x, of one axis and without gaps, as x is by then.

    Squares are added in float64, where no float32 overflows: it is finite if and only if x is.
    """
    pieces = -(-x.size // NUMBERS)
    sums = np.empty(pieces)
    with Program() as program:
        launch(SQUARES, pieces, [x, sums, x.size, NUMBERS], MICROS * x.size)

    def length() -> float:
        program.run()
        return math.sqrt(sums.item() if pieces == 1 else sums.sum())

    return length
