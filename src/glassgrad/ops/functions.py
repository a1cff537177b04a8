"""More functions of one number and of two, by NumPy's names: some are ops, most are compositions.

An op is what would lose digits as a composition: log(1 + x) near 0 is one.  Read next: `reduce.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.elementwise import OneNumber, cos, exp, log, sin
from glassgrad.ops.piecewise import abs, maximum
from glassgrad.ops.shared.numpy_names import as_numpy
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.witness import by_mpmath
from glassgrad.ops.smooth import softplus


@dataclass(frozen=True)
class Log1p(OneNumber):
    r"""Logarithm $y = \log(1 + x)$, with all its digits near 0.        x, y : (...)

    $y' = 1/(1 + x)$
    """

    latex, onnx = r"\log\left(1 + {0}\right)", ""
    source = "Abramowitz & Stegun 1964, 4.1.24"

    @rounded_once
    def forward(self, x):
        return np.log1p(x)

    def definition(self, x):
        return log(1 + x)

    def vjp(self, g, _y, x):
        return g / (1 + x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.log1p(v), x)


log1p = Log1p()


@dataclass(frozen=True)
class Expm1(OneNumber):
    r"""Exponential $y = e^x - 1$, with all its digits near 0.        x, y : (...)        $y' = e^x$"""

    latex, onnx = r"\left(e^{{{0}}} - 1\right)", ""
    source = "Abramowitz & Stegun 1964, 4.2.1"

    @rounded_once
    def forward(self, x):
        return np.expm1(x)

    def definition(self, x):
        return exp(x) - 1

    def vjp(self, g, _y, x):
        return g * exp(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.expm1(v), x)


expm1 = Expm1()


@dataclass(frozen=True)
class Arctan(OneNumber):
    r"""Angle $y = \arctan x$, in radians.        x, y : (...)        $y' = 1/(1 + x^2)$"""

    latex, onnx, source = r"\arctan\left({0}\right)", "Atan", "Abramowitz & Stegun 1964, 4.4.3"
    sympy = "atan"

    @rounded_once
    def forward(self, x):
        return np.arctan(x)

    def vjp(self, g, _y, x):
        return g / (1 + x * x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.atan(v), x)


arctan = Arctan()


@as_numpy(np.square)
def square(x: Any) -> Any:
    """x².      x : (...)"""
    return x * x


@as_numpy(np.reciprocal)
def reciprocal(x: Any) -> Any:
    """1/x.      x : (...)"""
    return 1 / x


@as_numpy(np.positive)
def positive(x: Any) -> Any:
    """x itself, as another tensor.

    Args:
        x: values of any shape.
    """
    return x * 1


@as_numpy(np.log2)
def log2(x: Any) -> Any:
    """Logarithm to base 2.      x : (...)"""
    return log(x) / math.log(2)


@as_numpy(np.log10)
def log10(x: Any) -> Any:
    """Logarithm to base 10.      x : (...)"""
    return log(x) / math.log(10)


@as_numpy(np.exp2)
def exp2(x: Any) -> Any:
    """2 to the power of x.      x : (...)"""
    return 2.0**x


@as_numpy(np.tan)
def tan(x: Any) -> Any:
    """Tangent, x in radians.

    Args:
        x: values of any shape.
    """
    return sin(x) / cos(x)


@as_numpy(np.sinh)
def sinh(x: Any) -> Any:
    """Hyperbolic sine.      x : (...)"""
    return (expm1(x) - expm1(-x)) / 2


@as_numpy(np.cosh)
def cosh(x: Any) -> Any:
    """Hyperbolic cosine.      x : (...)"""
    return (exp(x) + exp(-x)) / 2


@as_numpy(np.deg2rad, np.radians)
def deg2rad(x: Any) -> Any:
    """An angle in radians, from degrees.      x : (...)"""
    return x * (math.pi / 180)


@as_numpy(np.rad2deg, np.degrees)
def rad2deg(x: Any) -> Any:
    """An angle in degrees, from radians.      x : (...)"""
    return x * (180 / math.pi)


@as_numpy(np.logaddexp)
def logaddexp(a: Any, b: Any) -> Any:
    """log(eᵃ + eᵇ), without overflow.

    Args:
        a: values of any shape.
        b: values that broadcast with it.
    """
    return maximum(a, b) + softplus(-abs(a - b))
