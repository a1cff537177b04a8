"""Functions of one number, applied to each element.  Read next: `reduce.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from glassgrad.ops.base import Elementwise
from glassgrad.ops.shared.fast import by_instruction
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.readable import Rewrite
from glassgrad.ops.shared.witness import by_mpmath


class OneNumber(Elementwise):
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
class Exp(OneNumber):
    r"""Exponential $y = e^x$.        x, y : (...)        $y' = y$"""

    singular = True
    latex, onnx, source = r"e^{{{0}}}", "Exp", "Griewank & Walther 2008, Table 4.2"
    instruction, fast, sympy = "exp", by_instruction, "exp"

    @rounded_once
    def forward(self, x):
        return np.exp(x)

    def vjp(self, g, y, _x):
        return g * y

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.exp(v), x)

    @classmethod
    def rewrites(cls):
        yield Rewrite(lambda x: exp(log(x)), lambda x: x, positive=True)
        yield Rewrite(lambda x, y: exp(x + y), lambda x, y: exp(x) * exp(y), when="exponents")
        yield Rewrite(lambda x, y: exp(x - y), lambda x, y: exp(x) / exp(y), when="exponents")


exp = Exp()


@dataclass(frozen=True)
class Log(OneNumber):
    r"""Natural logarithm $y = \log x$.        x, y : (...)        $y' = 1/x$

    $\log 0 = -\infty$ and $\log$ of a negative number is NaN, as IEEE 754 has it.
    """

    typed = ("ln",)
    singular = True
    latex, onnx, source = r"\log\left({0}\right)", "Log", "Griewank & Walther 2008, Table 4.2"
    instruction, fast, sympy = "log", by_instruction, "log"

    @rounded_once
    def forward(self, x):
        return np.log(x)

    def vjp(self, g, _y, x):
        return g * (1 / x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.log(v), x)

    @classmethod
    def rewrites(cls):
        yield Rewrite(lambda x: log(exp(x)), lambda x: x)


log = Log()


@dataclass(frozen=True)
class Sqrt(OneNumber):
    r"""Square root $y = \sqrt{x}$.        x, y : (...)        $y' = 1/(2y)$

    Its derivative is infinite at 0 and NaN below, except where nothing is asked of it (`engine/masks.py`).
    """

    singular = True
    latex, onnx, source = r"\sqrt{{{0}}}", "Sqrt", "Griewank & Walther 2008, Table 4.2"
    instruction, sympy = "sqrt", "sqrt"

    def forward(self, x):
        with np.errstate(all="ignore"):
            return np.sqrt(x)

    def vjp(self, g, y, _x):
        return g * (0.5 / y)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.sqrt(v), x)


sqrt = Sqrt()


@dataclass(frozen=True)
class Sin(OneNumber):
    r"""Sine $y = \sin x$, x in radians.        x, y : (...)        $y' = \cos x$"""

    singular = True
    latex, onnx, source = r"\sin\left({0}\right)", "Sin", "Griewank & Walther 2008, Table 4.2"
    sympy = "sin"

    @rounded_once
    def forward(self, x):
        return np.sin(x)

    def vjp(self, g, _y, x):
        return g * cos(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.sin(v), x)


sin = Sin()


@dataclass(frozen=True)
class Cos(OneNumber):
    r"""Cosine $y = \cos x$, x in radians.        x, y : (...)        $y' = -\sin x$"""

    singular = True
    latex, onnx, source = r"\cos\left({0}\right)", "Cos", "Griewank & Walther 2008, Table 4.2"
    sympy = "cos"

    @rounded_once
    def forward(self, x):
        return np.cos(x)

    def vjp(self, g, _y, x):
        return -(g * sin(x))

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.cos(v), x)


cos = Cos()


@dataclass(frozen=True)
class Erf(OneNumber):
    r"""Error function $y = \frac{2}{\sqrt\pi}\int_0^x e^{-t^2} dt$.    x, y : (...)

    $y' = \frac{2}{\sqrt\pi} e^{-x^2}$
    """

    latex, onnx, sympy = r"\mathrm{{erf}}\left({0}\right)", "Erf", "erf"
    source = "Abramowitz & Stegun 1964, 7.1.1"

    @rounded_once
    def forward(self, x):
        from scipy.special import erf  # here, because `import glassgrad` must stay quick

        return erf(x)

    def vjp(self, g, _y, x):
        return g * (2 / math.sqrt(math.pi)) * exp(-x * x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.erf(v), x)


erf = Erf()
