"""Matrix product: tile after tile, each the sum of K outer products.

A task is 32 columns of C and a block of its rows.  Its columns of B, K x 32 numbers, stay in the core's own
cache while the rows of A pass by, 8 at a time.  If B cannot be read 16 numbers side by side (it is
transposed, or its last columns are fewer), they are first copied to where they can.
Read next: `conv.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.loops.microkernel import microkernel
from glassgrad.kernels.pointers import as_integers, at, helper, is_given
from glassgrad.kernels.simd_memory import load_all
from glassgrad.kernels.tile import add_row, add_tile, as_tile, at_least, get, put, turned


def tiles(first, last, args, scratch):
    """C (M, N) = A (M, K) B (K, N) + bias (N,), + C if `accumulate`, cut off below 0 if `is_relu`."""
    A, B, C, bias, M, K, N = args.A, args.B, args.C, args.bias, args.M, args.K, args.N
    (am, ak), (bk, bn), cm = args.A_steps, args.B_steps, args.C_step
    block, accumulate, is_relu = args.block, args.accumulate, args.is_relu
    where, start, panel = as_integers(scratch), as_integers(at(scratch, 16)), at(scratch, 32)
    start[0] = 0
    blocks = (M + block - 1) // block
    for task in range(first, last):
        j, top = task // blocks * 32, task % blocks * block
        b, step, n = at(B, j * bn), bk, min(N - j, 32)
        if bn != 1 or n < 32:
            pack(b, bk, bn, K, n, panel)
            b, step = panel, 32
        for i in range(top, min(M, top + block), 8):
            for r in range(8):
                where[r] = min(i + r, M - 1) * am
            c, m = at(C, i * cm + j), min(M - i, 8)
            if n > 16:
                t = product32(A, where, start, b, 1, K, 0, ak, step)
                finish(t, c, cm, m, n, at(bias, j), is_given(bias), accumulate, is_relu)
            else:
                t = product16(A, where, start, b, 1, K, 0, ak, step)
                finish(t, c, cm, m, n, at(bias, j), is_given(bias), accumulate, is_relu)


product32, product16 = microkernel(8, 32), microkernel(8, 16)


@helper
def finish(t, c, cm, m, n, bias, has_bias, accumulate, is_relu):
    """What is left when the sums are there, and into memory with it."""
    if accumulate:
        t = add_tile(t, c, cm, m, n)
    if has_bias:
        t = add_row(t, bias, n)
    if is_relu:
        t = at_least(t, 0.0)
    put(t, c, cm, m, n)


@helper
def pack(b, bk, bn, K, n, panel):
    """panel[k, :32] = b[k, :n] and zeros; b's numbers are side by side along n, or else along k."""
    for k in range(0, K, 16):
        for j in range(0, 32, 16):
            if bn == 1:
                t = get(16, 16, at(b, k * bk + j), bk, K - k, n - j)
            elif K - k >= 16 and n - j >= 16:
                t = turned(as_tile(load_all(at(b, j * bn + k), bn, 16)))
            else:
                t = turned(get(16, 16, at(b, j * bn + k), bn, n - j, K - k))
            put(t, at(panel, k * 32 + j), 32, K - k, 16)
