"""Sums of columns, and of everything: in float64, rounded once, in an order that only the shape decides."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from glassgrad.kernels.argument_row import F32, F64
from glassgrad.kernels.arrays import Array, empty
from glassgrad.kernels.launch import Program, launch
from glassgrad.kernels.loading import Kernel


class Columns(NamedTuple):
    """The sums of each column of x (rows, C), by pieces of so many rows."""

    x: F32
    sums: F64
    rows: int
    C: int
    x_step: int
    piece: int


class Collect(NamedTuple):
    """The sums of all pieces, divided."""

    sums: F64
    y: F32
    pieces: int
    C: int
    divisor: int


class Everything(NamedTuple):
    """The sums of n numbers, or of their squares, by pieces of so many."""

    x: F32
    sums: F64
    n: int
    piece: int


COLUMNS, COLLECT = Kernel("sums", "columns", Columns), Kernel("sums", "collect", Collect)
EVERYTHING = Kernel("sums", "everything", Everything)
SQUARES = Kernel("sums", "squares", Everything)
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
    args = Columns(x=x, sums=sums, rows=n, C=c, x_step=x.strides[0] // 4, piece=ROWS)
    launch(COLUMNS, pieces, args, MICROS * x.size)
    launch(COLLECT, -(-c // 16), Collect(sums=sums, y=y, pieces=pieces, C=c, divisor=count))
    return y


def everything(x: Array, out: Array | None = None, count: int = 1) -> Array:
    """The sum of all elements, divided by `count`: a mean if that is their number.

    x : (...) without gaps, in any order of axes   y : ()
    """
    y = empty(()) if out is None else out
    pieces = -(-x.size // NUMBERS)
    sums = np.empty(pieces)
    args = Everything(x=x, sums=sums, n=x.size, piece=NUMBERS)
    launch(EVERYTHING, pieces, args, MICROS * x.size)
    launch(COLLECT, 1, Collect(sums=sums, y=y, pieces=pieces, C=1, divisor=count))
    return y


def length_of(arrays: Sequence[Array]) -> Callable[[], float]:
    """A function that gives the length of arrays, end to end as one vector, as they are by then.

    Squares are added in float64, where no float32 overflows: it is finite if and only if all arrays are.
    They lie in memory without gaps, in any order of axes.
    """
    sums = [np.empty(-(-x.size // NUMBERS)) for x in arrays]
    with Program() as program:
        for x, s in zip(arrays, sums, strict=True):
            args = Everything(x=x, sums=s, n=x.size, piece=NUMBERS)
            launch(SQUARES, len(s), args, MICROS * x.size)

    def length() -> float:
        program.run()
        return math.hypot(*[math.sqrt(s.item() if s.size == 1 else s.sum()) for s in sums])

    return length
