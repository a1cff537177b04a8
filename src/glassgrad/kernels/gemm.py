"""Matrix products, with bias and ReLU on the way out: `matmul`, and so the three of a linear layer.

How it is done is in `loops/gemm.py`.  Every element is the sum over k in order, so a row computed alone
has the same bits as in its batch.  Read next: `conv.py`.
"""

from __future__ import annotations

import numpy as np

from glassgrad.kernels.arrays import Array, empty
from glassgrad.kernels.launch import launch
from glassgrad.kernels.native import Kernel

TILES = Kernel("gemm", "tiles")


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
    is_packed = b.strides[1] != 4
    block = 256 if is_packed else 64
    args = [
        a, b, c, bias, m, k, n, block,
        a.strides[0] // 4, a.strides[1] // 4, b.strides[0] // 4, b.strides[1] // 4, c.strides[0] // 4,
        int(accumulate), int(relu),
    ]  # fmt: skip
    tasks = -(-m // block) * -(-n // 32)
    launch(TILES, tasks, args, micros=2e-5 * m * n * (k + 16), scratch=32 * k + 64)
    return c
