"""Sums, products and powers, with broadcasting.

Every rule here ignores broadcasting: the engine sums a cotangent over the axes along which an input was
repeated (`graph._undo_broadcast`).  Read next: `elementwise.py`.
"""

from __future__ import annotations

import fractions
import math
import operator
from dataclasses import dataclass

import numpy as np

from glassgrad.ops.base import Array, Elementwise
from glassgrad.ops.comparisons import equal
from glassgrad.ops.elementwise import log
from glassgrad.ops.select import safe_multiply, where
from glassgrad.ops.shared.witness import by_number, off_zero


def _pairs(rng: np.random.Generator) -> list[tuple[Array, Array]]:
    """Two inputs of equal shape, of shapes that broadcast, of one element, of none."""
    shapes = [((3, 4), (3, 4)), ((2, 3), (3,)), ((2, 1, 3), (4, 1)), ((), (5,)), ((0, 3), (3,))]
    return [(rng.normal(size=a), off_zero(rng, b, gap=0.5)) for a, b in shapes]


class _Pairwise(Elementwise):
    """What the four operations share: the ways they are used and misused."""

    @classmethod
    def samples(cls, rng):
        for pair in _pairs(rng):
            yield cls(), *pair

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((2, 3)), np.ones(4)), "cannot broadcast shapes (2, 3) and (4,)"


@dataclass(frozen=True)
class Add(_Pairwise):
    r"""Sum $y = a + b$.        a, b, y : (...)        $\partial y/\partial a = 1$"""

    latex, onnx, source = "{0} + {1}", "Add", "Griewank & Walther 2008, Table 4.2"
    instruction, python = "add", "{} + {}"

    def forward(self, a, b):
        with np.errstate(all="ignore"):
            return np.add(a, b)

    def vjp(self, g, _y, _a, _b):
        return g, g

    def witness(self, a, b):
        return by_number(operator.add, a, b)


add = Add()


@dataclass(frozen=True)
class Subtract(_Pairwise):
    r"""Difference $y = a - b$.        a, b, y : (...)        $\partial y/\partial b = -1$"""

    latex, onnx, source = "{0} - {1}", "Sub", "Griewank & Walther 2008, Table 4.2"
    instruction, python = "subtract", "{} - {}"

    def forward(self, a, b):
        with np.errstate(all="ignore"):
            return np.subtract(a, b)

    def vjp(self, g, _y, _a, _b):
        return g, lambda: -g

    def witness(self, a, b):
        return by_number(operator.sub, a, b)


subtract = Subtract()


@dataclass(frozen=True)
class Multiply(_Pairwise):
    r"""Product $y = a\,b$, elementwise.     a, b, y : (...)     $\partial y/\partial a = b$"""

    latex, onnx, source = r"{0}\,{1}", "Mul", "Griewank & Walther 2008, Table 4.2"
    instruction, python = "multiply", "{} * {}"

    def forward(self, a, b):
        with np.errstate(all="ignore"):
            return np.multiply(a, b)

    def vjp(self, g, _y, a, b):
        return lambda: g * b, lambda: g * a

    def witness(self, a, b):
        return by_number(operator.mul, a, b)


multiply = Multiply()


@dataclass(frozen=True)
class Divide(_Pairwise):
    r"""Quotient $y = a/b$, elementwise.

    a, b, y : (...)        $\partial y/\partial a = 1/b$,  $\partial y/\partial b = -y/b$
    """

    singular = True
    latex, onnx, source = r"\frac{{{0}}}{{{1}}}", "Div", "Griewank & Walther 2008, Table 4.2"
    instruction, python = "divide", "{} / {}"

    def forward(self, a, b):
        with np.errstate(all="ignore"):
            return np.divide(a, b)

    def vjp(self, g, y, _a, b):
        return lambda: g * (1 / b), lambda: -(g * (y / b))

    def witness(self, a, b):
        return by_number(lambda p, q: float(fractions.Fraction(p) / fractions.Fraction(q)), a, b)


divide = Divide()


@dataclass(frozen=True)
class Negative(Elementwise):
    r"""Negation $y = -x$.        x, y : (...)        $y' = -1$"""

    latex, onnx, source = "-{0}", "Neg", "Griewank & Walther 2008, Table 4.2"
    instruction, python = "negative", "-{}"

    def forward(self, x):
        return np.negative(x)

    def vjp(self, g, _y, _x):
        return -g

    def witness(self, x):
        return by_number(operator.neg, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(), np.array(0.0)

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.array([True])), "write x.astype(np.float32)"


negative = Negative()


@dataclass(frozen=True)
class Power(Elementwise):
    r"""Power $y = a^b$, elementwise.

    a, b, y : (...)        $\partial y/\partial a = b\,a^{b-1}$,  $\partial y/\partial b = y \log a$

    The exponent's derivative needs a positive base; where a = 0 and b > 0 it is 0, its limit.
    """

    typed = ("pow",)
    singular = True
    latex, onnx, source = "{{{0}}}^{{{1}}}", "Pow", "Griewank & Walther 2008, Table 4.2"
    python = "{}**{}"

    def forward(self, a, b):
        with np.errstate(all="ignore"):
            return np.power(a, b)

    def vjp(self, g, y, a, b):
        # The inner safe product says 0 · 0⁻¹ = 0: x⁰ has the derivative 0 everywhere.
        return (
            lambda: g * safe_multiply(b, power(a, b - 1)),
            lambda: g * (y * log(where(equal(y, 0), 1, a))),
        )

    def witness(self, a, b):
        return by_number(math.pow, a, b)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.uniform(0.5, 2, size=(3, 4)), rng.normal(size=(4,))
        yield cls(), rng.uniform(0.5, 2, size=(3,)), np.array(-0.5)

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((2, 3)), np.ones(4)), "cannot broadcast shapes (2, 3) and (4,)"


power = Power()
