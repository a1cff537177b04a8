"""Rectifiers with a left side: leaky ReLU and ELU.  Read next: `arithmetic.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.activations import Activation
from glassgrad.ops.elementwise import exp
from glassgrad.ops.piecewise import minimum, step
from glassgrad.ops.shared.fast import by_instruction
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.shared.witness import by_mpmath, by_number, off_zero


@dataclass(frozen=True)
class LeakyReLU(Activation):
    r"""Leaky rectifier $y = x$ above zero, $\text{slope}\cdot x$ below.        x, y : (...)

    $y' = 1$ above zero, the slope at zero and below.
    """

    slope: float = 0.01

    latex, onnx = r"\mathrm{{LeakyReLU}}\left({0}\right)", "LeakyRelu"
    source = "Maas, Hannun & Ng 2013"
    instruction, fast = "leaky_relu", by_instruction

    @property
    def instruction_setting(self) -> float:
        return self.slope

    def forward(self, x):
        return np.where(np.greater(x, 0), x, np.multiply(x, self.slope))

    def vjp(self, g, _y, x):
        above = step(x)
        return g * (above + self.slope * (1 - above))

    def sympy_form(self, s, x):
        return s.Piecewise((x, x > 0), (s.nsimplify(self.slope, rational=True) * x, True))

    def witness(self, x):
        return by_number(lambda v: v if v > 0 else self.slope * v, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), off_zero(rng, (3, 4))
        yield cls(slope=0.2), np.array([-30.0, -0.5, 0.5])
        yield cls(), np.zeros((0, 2))


@entrance
def leaky_relu(x: Any, slope: float = 0.01) -> Any:
    """x above zero, slope · x below; see `LeakyReLU`.

    Args:
        x: values of any shape.
        slope: the derivative on the left.
    """
    return LeakyReLU(slope)(x)


@dataclass(frozen=True)
class ELU(Activation):
    r"""Exponential linear unit $y = x$ above zero, $\alpha(e^x - 1)$ below.        x, y : (...)

    $y' = 1$ above zero, $\alpha e^x$ at zero and below.
    """

    alpha: float = 1.0

    latex, onnx = r"\mathrm{{ELU}}\left({0}\right)", "Elu"
    source = "Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289"
    instruction, fast = "elu", by_instruction

    @property
    def instruction_setting(self) -> float:
        return self.alpha

    @rounded_once
    def forward(self, x):
        return np.where(np.greater(x, 0), x, self.alpha * np.expm1(np.minimum(x, 0)))

    def vjp(self, g, _y, x):
        return g * ELUDerivative(self.alpha)(x)

    def sympy_form(self, s, x):
        below = s.nsimplify(self.alpha, rational=True) * (s.exp(x) - 1)
        return s.Piecewise((x, x > 0), (below, True))

    def witness(self, x):
        return by_mpmath(lambda mp, v: v if v > 0 else self.alpha * mp.expm1(v), x)

    @classmethod
    def samples(cls, rng):
        yield cls(), off_zero(rng, (3, 4))
        yield cls(alpha=0.5), np.array([-30.0, -0.5, 0.5, 30.0])
        yield cls(), np.zeros((0, 2))


@entrance
def elu(x: Any, alpha: float = 1.0) -> Any:
    """x above zero, alpha · (eˣ - 1) below; see `ELU`.

    Args:
        x: values of any shape.
        alpha: α.
    """
    return ELU(alpha)(x)


@dataclass(frozen=True)
class ELUDerivative(Activation):
    r"""$y = 1$ above zero, $\alpha e^x$ at zero and below.      x, y : (...)

    $y' = 0$ above zero, $y$ below.
    """

    alpha: float = 1.0

    latex, onnx = r"\mathrm{{ELU}}'\left({0}\right)", ""
    source = "Clevert, Unterthiner & Hochreiter 2016, arXiv:1511.07289"
    instruction, fast = "elu_derivative", by_instruction

    @property
    def instruction_setting(self) -> float:
        return self.alpha

    @rounded_once
    def forward(self, x):
        return np.where(np.greater(x, 0), 1, self.alpha * np.exp(np.minimum(x, 0)))

    def definition(self, x):
        above = step(x)
        return above + (1 - above) * self.alpha * exp(minimum(x, 0))

    def vjp(self, g, y, x):
        return g * (1 - step(x)) * y

    def witness(self, x):
        return by_mpmath(lambda mp, v: 1 if v > 0 else self.alpha * mp.exp(v), x)

    @classmethod
    def samples(cls, rng):
        yield cls(), off_zero(rng, (3, 4))
        yield cls(alpha=0.5), np.array([-30.0, -0.5, 0.5, 30.0])
