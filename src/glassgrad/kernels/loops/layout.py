"""Copying an array into another order of its axes."""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.memory import at, f32
from glassgrad.kernels.simd_memory import load_part, store_part, up_to


def copy(first, last, args, _scratch):
    """y = x for arrays of four axes, named from the slowest to the fastest of y, whose step is 1."""
    x, y = f32(args, 0), f32(args, 1)
    rows, columns, length = args[3], args[4], args[5]
    for i in range(first, last):
        for j in range(rows):
            for k in range(columns):
                a = at(x, i * args[6] + j * args[7] + k * args[8])
                b = at(y, ((i * rows + j) * columns + k) * length)
                if args[9] == 1:
                    for n in range(0, length, 16):
                        mask = up_to(length - n)
                        store_part(at(b, n), load_part(at(a, n), mask), mask)
                else:
                    for n in range(length):
                        b[n] = a[n * args[9]]
