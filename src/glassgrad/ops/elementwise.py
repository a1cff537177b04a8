"""Functions of one number, applied to each element.  Read next: `reduce.py`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad.ops.base import Elementwise
from glassgrad.ops.witness import by_mpmath


class _OneNumber(Elementwise):
    """What these share: the ways they are used and misused."""

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.uniform(0.3, 2, size=(3, 4))
        yield cls(), np.array(0.7)
        yield cls(), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.array(["a"])), f"{cls.__name__} expects float32 or float64"


@dataclass(frozen=True)
class Exp(_OneNumber):
    r"""Exponential $y = e^x$.        x, y : (...)        $y' = y$"""

    latex, onnx, source = r"e^{{{0}}}", "Exp", "Griewank & Walther 2008, Table 4.2"

    def forward(self, x):
        with np.errstate(all="ignore"):
            return np.exp(x)

    def vjp(self, g, y, _x):
        return g * y

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.exp(v), x)


exp = Exp()


@dataclass(frozen=True)
class Log(_OneNumber):
    r"""Natural logarithm $y = \log x$.        x, y : (...)        $y' = 1/x$

    $\log 0 = -\infty$ and $\log$ of a negative number is NaN, as IEEE 754 has it.
    """

    latex, onnx, source = r"\log\left({0}\right)", "Log", "Griewank & Walther 2008, Table 4.2"

    def forward(self, x):
        with np.errstate(all="ignore"):
            return np.log(x)

    def vjp(self, g, _y, x):
        return g / x

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.log(v), x)


log = Log()
