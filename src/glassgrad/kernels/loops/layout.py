"""Copying an array into another order of its axes."""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.pointers import at
from glassgrad.kernels.simd_memory import load_part, store_part, up_to


def copy(first, last, args, _scratch):
    """y = x for arrays of four axes, named from the slowest to the fastest of y, whose step is 1."""
    x, y, (_, rows, columns, length) = args.x, args.y, args.size
    xi, xj, xk, xn = args.x_steps
    for i in range(first, last):
        for j in range(rows):
            for k in range(columns):
                a = at(x, i * xi + j * xj + k * xk)
                b = at(y, ((i * rows + j) * columns + k) * length)
                if xn == 1:
                    for n in range(0, length, 16):
                        mask = up_to(length - n)
                        store_part(at(b, n), load_part(at(a, n), mask), mask)
                else:
                    for n in range(length):
                        b[n] = a[n * xn]
