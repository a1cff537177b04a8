"""Sums, in float64 and in a fixed order: rounded once, and the same bits on any number of threads."""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.pointers import at
from glassgrad.kernels.simd_memory import load, load_part, store_part, total, up_to
from glassgrad.kernels.vector import fma, narrow, wide


def columns(first, last, args, scratch):
    """Sums over some rows of x (rows, C): a task is one piece of the rows."""
    x, sums, rows, C = args.x, args.sums, args.rows, args.C
    step, piece = args.x_step, args.piece
    for task in range(first, last):
        for c in range(0, C, 16):
            mask, s = up_to(C - c), wide(0.0)
            for i in range(task * piece, min(rows, (task + 1) * piece)):
                s = s + wide(load_part(at(x, i * step + c), mask))
            store_part(at(sums, task * C + c), s, mask)


def collect(first, last, args, scratch):
    """y = the sums of all pieces, over `divisor`; a task is 16 columns."""
    sums, y, pieces, C, divisor = args.sums, args.y, args.pieces, args.C, args.divisor
    for c in range(16 * first, min(C, 16 * last), 16):
        mask, s = up_to(C - c), wide(0.0)
        for p in range(pieces):
            s = s + load_part(at(sums, p * C + c), mask)
        store_part(at(y, c), narrow(s / divisor), mask)


def everything(first, last, args, scratch):
    """Sums of x[: n], a piece each; then one task adds them up (see `sums.py`)."""
    x, sums, n, piece = args.x, args.sums, args.n, args.piece
    for task in range(first, last):
        s = wide(0.0)
        for i in range(task * piece, min(n, (task + 1) * piece), 16):
            s = s + wide(load_part(at(x, i), up_to(n - i)))
        sums[task] = total(s)


def squares(first, last, args, scratch):
    """Sums of the squares of x[: n], a piece each."""
    x, sums, n, piece = args.x, args.sums, args.n, args.piece
    for task in range(first, last):
        s, end = wide(0.0), min(n, (task + 1) * piece)
        for i in range(task * piece, end - 15, 16):
            v = wide(load(at(x, i)))
            s = fma(v, v, s)
        i = end - (end - task * piece) % 16
        v = wide(load_part(at(x, i), up_to(end - i)))
        sums[task] = total(fma(v, v, s))
