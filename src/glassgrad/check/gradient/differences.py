r"""Derivatives by differences, with an honest error for each: Romberg's table over halved steps.

$D(h) = \frac{f(x+h) - f(x-h)}{2h}$ errs by $c_2 h^2 + c_4 h^4 + \dots$; combining it over h, h/2, h/4, …
removes one power after another (Ridders 1982).  The entry whose neighbours agree best is taken, and their
disagreement plus the rounding of f is its error.  A kink hides from D(h), which is the mean of both
slopes, but not from $f(x+h) - 2f(x) + f(x-h)$, which there falls like h and not like h².
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
FIRST, MORE, LAST = 3, 6, 21
"""Steps are s·2⁻³ to s·2⁻²⁰, six at a time: most elements are settled by the first six."""


@dataclass(frozen=True)
class Slopes:
    """For each input element (rows) and output element (columns) of a function."""

    value: Array
    error: Array
    left: Array
    right: Array
    kink: Array
    jump: Array


def slopes(f: Callable[[Array], Array], x: Array, elements: Array, start: float = 1.0) -> Slopes:
    """The derivatives of all outputs of `f` by some elements of `x`.

    Args:
        f: takes x flat, returns its outputs flat.
        elements: indices into x.
        start: the largest step is start · s / 8, where s is a power of two above |x| and 1.
    """
    parts = [_by_one(f, x, int(j), start) for j in elements]
    if not parts:
        none = np.zeros((0, f(x).size))
        return Slopes(none, none, none, none, none > 0, none > 0)
    return Slopes(*(np.array(c) for c in zip(*parts, strict=True)))


def _by_one(f: Callable[[Array], Array], x: Array, j: int, start: float) -> tuple[Array, ...]:
    middle = f(x)
    size = start * 2.0 ** np.ceil(np.log2(max(1.0, abs(float(x[j])))))
    table = _Table(f, x, j, middle)
    for last in range(FIRST + MORE, LAST + 1, MORE):
        for k in range(last - MORE, last):
            table.add(size * 2.0**-k)
        value, error, settled = table.best()
        if settled.all() and not table.bent().any():
            calm = np.zeros(len(middle), dtype=bool)
            return value, error, value, value, calm, calm
    if not np.isfinite(error).all() and x[j] != 0 and abs(x[j]) < 1 and start == 1.0:
        return _by_one(f, x, j, 2 * abs(float(x[j])))  # f ends nearby, like log at 1e-9
    left, right = table.one_sided()
    jump = table.torn()
    return value, error, left, right, table.bent() & ~jump, jump


class _Table:
    """Values of f on both sides of x[j], at ever smaller steps."""

    def __init__(self, f: Callable[[Array], Array], x: Array, j: int, middle: Array) -> None:
        self.f, self.x, self.j, self.middle = f, x, j, middle
        self.steps: list[float] = []
        self.ups: list[Array] = []
        self.downs: list[Array] = []
        self.rows: list[list[Array]] = []
        self.noise: list[Array] = []

    def add(self, h: float) -> None:
        old = self.x[self.j]
        self.x[self.j] = high = old + h
        up = self.f(self.x)
        self.x[self.j] = low = old - h
        down = self.f(self.x)
        self.x[self.j] = old
        with np.errstate(all="ignore"):
            row = [(up - down) / (high - low)]
            for i, above in enumerate(self.rows[-1] if self.rows else []):
                row.append(row[i] + (row[i] - above) / (4.0 ** (i + 1) - 1))
            noise = 2.0**-52 * np.maximum(np.maximum(abs(up), abs(down)), abs(self.middle)) / h
        self.steps.append(h)
        self.ups.append(up)
        self.downs.append(down)
        self.rows.append(row)
        self.noise.append(noise)

    def best(self) -> tuple[Array, Array, Array]:
        """Value, error, and whether that is settled: nine digits, or all that rounding leaves."""
        value = np.full(self.middle.shape, np.nan)
        error = np.full(self.middle.shape, np.inf)
        for k in range(1, len(self.rows)):
            now, above = self.rows[k], self.rows[k - 1]
            for i in range(1, len(now)):
                with np.errstate(all="ignore"):
                    apart = np.maximum(abs(now[i] - now[i - 1]), abs(now[i] - above[i - 1]))
                    off = apart + self.noise[k]
                better = off < error
                value = np.where(better, now[i], value)
                error = np.where(better, off, error)
        with np.errstate(all="ignore"):
            settled = error < np.maximum(1e-9 * abs(value), 16 * self.noise[0])
        return value, error, settled

    def bent(self) -> Array:
        """Whether the slope jumps at x: the second difference over h does not fall with h."""
        with np.errstate(all="ignore"):
            first, last = (
                abs(self.ups[k] + self.downs[k] - 2 * self.middle) / self.steps[k]
                for k in (-MORE, -1)
            )
            size = np.maximum(abs(self.rows[-1][0]), last)
            return (last > 0.3 * first) & (last > 1e-5 * size) & (last > 64 * self.noise[-1])

    def torn(self) -> Array:
        """Whether f itself jumps at x: its values on both sides do not meet as h falls."""
        with np.errstate(all="ignore"):
            far, near = (
                np.maximum(abs(self.ups[k] - self.middle), abs(self.downs[k] - self.middle))
                for k in (-MORE, -1)
            )
            return (near > 0.3 * far) & (near > 64 * self.noise[-1] * self.steps[-1])

    def one_sided(self) -> tuple[Array, Array]:
        """The slopes to the left and to the right, extrapolated from two steps."""
        k = len(self.steps) // 2
        sides = []
        for values, sign in ((self.downs, -1.0), (self.ups, 1.0)):
            with np.errstate(all="ignore"):
                wide, narrow = (
                    (values[i] - self.middle) / (sign * self.steps[i]) for i in (k, k + 1)
                )
                sides.append(2 * narrow - wide)
        return sides[0], sides[1]
