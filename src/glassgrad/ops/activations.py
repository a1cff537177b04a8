"""Activation functions, elementwise.  Each rule reads like the derivative a student writes.

Where 1 - y² would cancel (tanh'(20) is 1.7e-17, not 0), the derivative is an op of its own, computed
without the cancellation and printed as the textbook has it.  Read next: `tensor.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.base import Elementwise
from glassgrad.ops.piecewise import step
from glassgrad.ops.shared.fast import by_instruction
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.shared.witness import by_mpmath, by_number, off_zero


class Activation(Elementwise):
    """What activation functions share: the ways they are used and misused."""

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(), np.array([-30.0, -12.0, -2.0, 0.5, 12.0, 30.0])
        yield cls(), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.array(["a"])), f"{cls.__name__} expects float32 or float64"


@dataclass(frozen=True)
class ReLU(Activation):
    r"""Rectifier $y = \max(0, x)$.        x, y : (...)        $y' = 1$ above zero, 0 below

    `at_zero` is the derivative at 0, where none exists: 0 as in PyTorch, 1 in one course.
    """

    at_zero: float = 0.0

    latex, onnx, source = r"\mathrm{{ReLU}}\left({0}\right)", "Relu", "Nair & Hinton 2010"
    instruction, fast, selects = "relu", by_instruction, True

    def forward(self, x):
        return np.maximum(x, 0)

    def vjp(self, g, _y, x):
        return g * step(x, self.at_zero)

    def fast_vjp(self, g, y, x):
        return g * step(x if self.at_zero else y)  # y > 0 just where x > 0, and x can be forgotten

    def sympy_form(self, s, x):
        return s.Max(0, x)

    def witness(self, x):
        return by_number(lambda v: v if v > 0 else 0.0, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), off_zero(rng, (3, 4))
        yield cls(at_zero=1.0), off_zero(rng, (5,))


@entrance
def relu(x: Any, c: float = 0.0, at_zero: float = 0.0) -> Any:
    """max(0, `x` - `c`), shifted by c as in Exercise 2 (2.1 a); `at_zero` is its slope at 0, see `ReLU`."""
    return ReLU(at_zero)(x - c if c else x)


@dataclass(frozen=True)
class Tanh(Activation):
    r"""Hyperbolic tangent $y = \tanh x$.        x, y : (...)        $y' = 1 - y^2$"""

    latex, onnx, source = r"\tanh\left({0}\right)", "Tanh", "LeCun 1998, Efficient BackProp, §4.4"
    instruction, fast, sympy = "tanh", by_instruction, "tanh"

    @rounded_once
    def forward(self, x):
        return np.tanh(x)

    def vjp(self, g, _y, x):
        return g * tanh_derivative(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.tanh(v), x)


tanh = Tanh()


@dataclass(frozen=True)
class TanhDerivative(Activation):
    r"""$y = 1 - \tanh^2 x$, computed as $4e/(1+e)^2$ with $e = e^{-2|x|}$.       x, y : (...)"""

    latex, onnx = r"\left(1 - \tanh^2\left({0}\right)\right)", ""
    source = "Abramowitz & Stegun 1964, 4.5.17"
    instruction, fast = "tanh_derivative", by_instruction

    @rounded_once
    def forward(self, x):
        e = np.exp(-2 * np.abs(x))
        return 4 * e / (1 + e * (2 + e))  # the square, multiplied out, rounds less

    def definition(self, x):
        return 1 - tanh(x) * tanh(x)

    def vjp(self, g, y, x):
        return -2 * g * y * tanh(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.sech(v) ** 2, x)


tanh_derivative = TanhDerivative()
