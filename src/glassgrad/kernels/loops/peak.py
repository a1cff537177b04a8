"""The most that the arithmetic units can do: multiply-adds that wait for nothing and read no memory."""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.pointers import at
from glassgrad.kernels.simd_memory import store
from glassgrad.kernels.vector import fma, splat


def multiply_adds(first, last, args, scratch):
    """Per task, so many rounds of 16 independent vector multiply-adds; the sums go to scratch, unread."""
    x, y = (
        splat(args.rounds * 1e-6),
        splat(0.5),
    )  # neither known beforehand, nor denormal, which is slow
    for _ in range(first, last):
        a, b, c, d = x, x + 1.0, x + 2.0, x + 3.0  # all different, or the compiler does one for all
        e, f, g, h = x + 4.0, x + 5.0, x + 6.0, x + 7.0
        i, j, k, m = x + 8.0, x + 9.0, x + 10.0, x + 11.0
        n, o, p, q = x + 12.0, x + 13.0, x + 14.0, x + 15.0
        for _round in range(args.rounds):
            a, b, c, d = fma(a, y, x), fma(b, y, x), fma(c, y, x), fma(d, y, x)
            e, f, g, h = fma(e, y, x), fma(f, y, x), fma(g, y, x), fma(h, y, x)
            i, j, k, m = fma(i, y, x), fma(j, y, x), fma(k, y, x), fma(m, y, x)
            n, o, p, q = fma(n, y, x), fma(o, y, x), fma(p, y, x), fma(q, y, x)
        v = a + b + c + d + e + f + g + h + i + j + k + m + n + o + p + q
        store(at(scratch, 16), v)
