"""Six points: how a convolution of short rows needs fewer multiplications (Winograd).

Numbers in a row are the coefficients of a polynomial; a convolution is a product of two, and a product of
degree 5 is known by its values at six points, where one multiplication each is enough.  Correlation, which
networks call convolution, is the transpose: `input_transform`, times `filter_transform` of the kernel, then
`output_transform`.  At 0, ±3/4, ±3/2 and infinity rounding errors are about those of the sum term by term;
at the usual 0, ±1, ±2 and infinity they are twice as large.  Lists may hold numbers, or vectors
(`loops/winograd.py`).  Source: Winograd 1980, Arithmetic complexity of computations; Lavin & Gray 2016.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

A, B = 0.75, 1.5
P, Q = A * A, B * B
SCALES = (1 / (P * Q), *2 * (1 / (2 * P * (P - Q)),), *2 * (1 / (2 * Q * (Q - P)),), 1.0)
"""What the value at each point counts: 1 over the product of its distances from the others."""


def fma(a: float, x: Any, c: Any) -> Any:
    """a x + c, rounded once where x can do that."""
    return x.times_plus(a, c) if hasattr(x, "times_plus") else a * x + c


def filter_transform(c: Sequence[Any]) -> list[Any]:
    """The polynomial of 2 to 5 coefficients, at the six points: even and odd powers are shared by ±.

    >>> filter_transform([1.0, 2.0])
    [1.0, 2.5, -0.5, 4.0, -2.0, 2.0]
    """

    def at_square(s: float, terms: Sequence[Any]) -> Any:
        *rest, total = terms
        for term in reversed(rest):
            total = fma(s, total, term)
        return total

    near, far = ([at_square(s, c[i::2]) for i in (0, 1)] for s in (P, Q))
    both = [fma(x, odd, even) for a, (even, odd) in ((A, near), (B, far)) for x in (a, -a)]
    return [c[0], *both, c[-1]]


def output_transform(v: Sequence[Any], n: int) -> list[Any]:
    """The transpose of `filter_transform`: output i is the sum of values times points to the i.

    >>> output_transform([1.0] * 6, 2)
    [5.0, 1.0]
    """
    near, far = ((v[i] + v[i + 1], v[i] - v[i + 1]) for i in (1, 3))
    found = [v[0] + far[0] + near[0]]
    for i in range(1, n):
        more = fma(B**i, far[i % 2], v[5]) if i == n - 1 else B**i * far[i % 2]
        found.append(fma(A**i, near[i % 2], more))
    return found


def input_transform(d: Sequence[Any]) -> list[Any]:
    """Six numbers in a row, of which every output needs a window: the transpose of the product, too."""
    (near, near_odd), (far, far_odd) = ([fma(-s, d[i], d[i + 2]) for i in (2, 1)] for s in (Q, P))
    first, last = (fma(P * Q, d[i], fma(-(P + Q), d[i + 2], d[i + 4])) for i in (0, 1))
    both = [fma(x, o, e) for a, o, e in ((A, near_odd, near), (B, far_odd, far)) for x in (a, -a)]
    return [first, *both, last]


def along_columns(lines: Sequence[Any], wide: int, function: Any, *settings: Any) -> list[Any]:
    """A function of a row, applied to the columns of a table that is `wide` numbers wide.

    >>> along_columns([1.0, 0.0] * 6, 2, output_transform, 2)
    [5.0, 0.0, 1.0, 0.0]
    """
    columns = [function(lines[i::wide], *settings) for i in range(wide)]
    return [x for row in zip(*columns, strict=True) for x in row]


def both_ways(square: Sequence[Any], function: Any, *settings: Any) -> list[Any]:
    """The same down the columns of a square, and then along the rows of what comes out.

    >>> both_ways([1.0] * 36, output_transform, 2)
    [25.0, 5.0, 5.0, 1.0]
    """
    n = int(len(square) ** 0.5)
    lines = along_columns(square, n, function, *settings)
    return [x for i in range(0, len(lines), n) for x in function(lines[i : i + n], *settings)]
