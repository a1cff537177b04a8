"""The innermost loop, the only one that matters: a tile, and two strides."""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.pointers import at, helper, opaque
from glassgrad.kernels.tile import outer, rows, tile


def microkernel(height, width, addresses=None):
    """t[i, j] = sum over r, q of a_i[starts[r] + q ai] w[r wo + q wi + j], in that order.

    A row of the matrix, of the image or of the kernel is what q counts; the next one may begin anywhere.
    The rows of the tile begin at a + where[…]; if there are fewer such places than rows, a few rows lie
    next to each other at each of them.
    """
    count = addresses or height

    @helper
    def summed(a, where, starts, w, outside, inside, wo, ai, wi):
        at_rows, t = rows(count, a, where), tile(height, width)
        for r in range(outside):
            k, line, left = starts[r], at(w, r * wo), inside
            while left != 0:
                t = outer(t, at_rows, k, line)
                k, line, left = opaque(k + ai), opaque(at(line, wi)), opaque(left - 1)
        return t

    return summed
