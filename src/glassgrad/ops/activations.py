"""Activation functions, elementwise.  Each rule reads like the derivative a student writes.

Where 1 - y² would cancel (tanh'(20) is 1.7e-17, not 0), the derivative is an op of its own, computed
without the cancellation and printed as the textbook has it.  Read next: `tensor.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.base import Elementwise
from glassgrad.ops.precision import rounded_once
from glassgrad.ops.select import step
from glassgrad.ops.witness import by_mpmath, by_number


class _Activation(Elementwise):
    """What activations share: the ways they are used and misused."""

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(), np.array([-30.0, -2.0, 0.5, 30.0])
        yield cls(), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.array(["a"])), f"{cls.__name__} expects float32 or float64"


@dataclass(frozen=True)
class ReLU(_Activation):
    r"""Rectifier $y = \max(0, x - c)$.        x, y : (...)        $y' = 1$ above c, 0 below

    Args:
        c: where it begins to rise (exercise 2.1 a of Exercise 2 shifts it).
        at_zero: the derivative at x = c, where none exists: 0 as in PyTorch, 1 in one course.
    """

    c: float = 0.0
    at_zero: float = 0.0

    latex, onnx, source = r"\mathrm{{ReLU}}\left({0}\right)", "Relu", "Nair & Hinton 2010"

    def forward(self, x):
        return np.maximum(x - self.c if self.c else x, 0)

    def vjp(self, g, _y, x):
        return g * step(x - self.c if self.c else x, self.at_zero)

    def witness(self, x):
        return by_number(lambda v: v - self.c if v > self.c else 0.0, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(c=0.5, at_zero=1.0), rng.normal(size=(5,))


def relu(x: Any, c: float = 0.0, at_zero: float = 0.0) -> Any:
    """max(0, x - c); see `ReLU`."""
    return ReLU(c, at_zero)(x)


@dataclass(frozen=True)
class Tanh(_Activation):
    r"""Hyperbolic tangent $y = \tanh x$.        x, y : (...)        $y' = 1 - y^2$"""

    latex, onnx, source = r"\tanh\left({0}\right)", "Tanh", "LeCun 1998, Efficient BackProp, §4.4"

    @rounded_once
    def forward(self, x):
        return np.tanh(x)

    def vjp(self, g, _y, x):
        return g * tanh_derivative(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.tanh(v), x)


tanh = Tanh()


@dataclass(frozen=True)
class TanhDerivative(_Activation):
    r"""$y = 1 - \tanh^2 x$, computed as $4e/(1+e)^2$ with $e = e^{-2|x|}$.       x, y : (...)"""

    latex, onnx = r"\left(1 - \tanh^2\left({0}\right)\right)", ""
    source = "Abramowitz & Stegun 1964, 4.5.17"

    @rounded_once
    def forward(self, x):
        e = np.exp(-2 * np.abs(x))
        return 4 * e / ((1 + e) * (1 + e))

    def definition(self, x):
        return 1 - tanh(x) * tanh(x)

    def vjp(self, g, y, x):
        return -2 * g * y * tanh(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.sech(v) ** 2, x)


tanh_derivative = TanhDerivative()
