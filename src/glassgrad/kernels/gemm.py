"""Matrix products, with bias and ReLU on the way out: `matmul`, and so the three of a linear layer.

How it is done is in `loops/gemm.py`.  Every element is the sum over k in order, so a row computed alone
has the same bits as in its batch.  Read next: `conv.py`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glassgrad.kernels.argument_row import F32, Pair
from glassgrad.kernels.arrays import Array, empty, pair_of_steps
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel


class Tiles(NamedTuple):
    """C (M, N) = A (M, K) B (K, N) + bias (N,), + C if `accumulate`, cut off below 0 if `is_relu`."""

    A: F32
    B: F32
    C: F32
    bias: F32
    M: int
    K: int
    N: int
    block: int
    A_steps: Pair
    B_steps: Pair
    C_step: int
    accumulate: int
    is_relu: int


TILES = Kernel("gemm", "tiles", Tiles)
DEEP = 1024
"""Products added in one go: a walk through more lines of A and B needs more pages than a core remembers."""


def matmul(
    a: Array,
    b: Array,
    out: Array | None = None,
    bias: Array | None = None,
    relu: bool = False,
    accumulate: bool = False,
) -> Array:
    r"""$C = A B + b$, or $C + A B + b$ with `accumulate`; cut off below 0 if `relu`.

    a : (M, K)   b : (K, N)   bias : (N,)   out : (M, N), rows contiguous; a and b may be transposed
    """
    (m, k), n = a.shape, b.shape[1]
    c = empty((m, n)) if out is None else out
    if b.strides[0] != 4 and b.strides[1] != 4 and k > 1:
        b = np.ascontiguousarray(b)
    rows, columns = -(-m // 8), -(-n // 32)
    most = 32 if b.strides[1] != 4 else 8  # where columns are packed first, more rows share them
    block = 8 * max(1, min(most, -(-rows * columns // 4)))  # two threads find something to do
    micros, tasks = 2e-5 * 8 * rows * -(-n // 16) * 16, -(-m // block) * columns
    for begin in range(0, k, DEEP) if k else (0,):
        depth, is_last = min(DEEP, k - begin), begin + DEEP >= k
        args = Tiles(
            A=a[:, begin:], B=b[begin:], C=c, bias=bias if is_last else None, M=m, K=depth, N=n,
            block=block, A_steps=pair_of_steps(a), B_steps=pair_of_steps(b), C_step=c.strides[0] // 4,
            accumulate=accumulate or begin > 0, is_relu=relu and is_last,
        )  # fmt: skip
        launch(TILES, tasks, args, micros * (depth + 16), scratch=32 * depth + 64)
    return c
