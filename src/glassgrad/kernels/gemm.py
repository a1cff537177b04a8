"""Matrix products, with bias and ReLU on the way out: `matmul`, and so the three of a linear layer.

How it is done is in `loops/gemm.py`.  Every element is the sum over k in order, so a row computed alone
has the same bits as in its batch.  Read next: `conv.py`.
"""

from __future__ import annotations

import numpy as np

from glassgrad.kernels.arrays import Array, empty
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel

TILES = Kernel("gemm", "tiles")
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
        args = [
            a[:, begin:], b[begin:], c, bias if is_last else None, m, depth, n, block,
            a.strides[0] // 4, a.strides[1] // 4, b.strides[0] // 4, b.strides[1] // 4, c.strides[0] // 4,
            int(accumulate or begin > 0), int(relu and is_last),
        ]  # fmt: skip
        launch(TILES, tasks, args, micros * (depth + 16), scratch=32 * depth + 64)
    return c
