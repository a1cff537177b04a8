"""Smooth activation functions: sigmoid, softplus, SiLU, GELU.

The textbook's formulas overflow on one side and cancel on the other; each forward here is written so
that it does neither, and so are the derivatives, which are ops of their own.  Read next: `rectifiers.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from glassgrad.ops.activations import Activation, tanh
from glassgrad.ops.elementwise import erf, exp
from glassgrad.ops.select import safe_multiply
from glassgrad.ops.shared.fast import by_instruction
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.readable import Rewrite
from glassgrad.ops.shared.witness import by_mpmath


@dataclass(frozen=True)
class Sigmoid(Activation):
    r"""Logistic function $y = \sigma(x) = 1/(1+e^{-x})$.      x, y : (...)      $y' = y\,(1-y)$"""

    typed = ("σ", "logistic", "expit")
    latex, onnx, source = r"\sigma\left({0}\right)", "Sigmoid", "Verhulst 1845; Bishop 2006, §4.2"
    instruction, fast = "sigmoid", by_instruction

    @rounded_once
    def forward(self, x):
        e = np.exp(-np.abs(x))
        return np.where(x < 0, e, 1) / (1 + e)

    def vjp(self, g, _y, x):
        return g * sigmoid_derivative(x)

    def sympy_form(self, s, x):
        return 1 / (1 + s.exp(-x))

    def witness(self, x):
        return by_mpmath(lambda mp, v: 1 / (1 + mp.exp(-v)), x)

    @classmethod
    def rewrites(cls):
        for left, right in (
            (lambda x: exp(x) / (1 + exp(x)), lambda x: sigmoid(x)),
            (lambda x: 1 / (1 + exp(-x)), lambda x: sigmoid(x)),
            (
                lambda x: exp(-x) / (1 + exp(-x)) ** 2,
                lambda x: sigmoid(x) * (1 - sigmoid(x)),
            ),
            (
                lambda u, x: (exp(-x) * u) / (1 + exp(-x)) ** 2,
                lambda u, x: sigmoid(x) * (1 - sigmoid(x)) * u,
            ),
        ):
            yield Rewrite(left, right, when="functions")


sigmoid = Sigmoid()


@dataclass(frozen=True)
class SigmoidDerivative(Activation):
    r"""$y = \sigma(x)(1 - \sigma(x))$, computed as $e/(1+e)^2$ with $e = e^{-|x|}$.     x, y : (...)

    Where σ(x) rounds to 1 the textbook's formula gives 0; this one still has every digit.
    """

    latex, onnx = r"\sigma\left({0}\right)\left(1 - \sigma\left({0}\right)\right)", ""
    source = "Bishop 2006, eq. 4.88"
    instruction, fast = "sigmoid_derivative", by_instruction

    @rounded_once
    def forward(self, x):
        e = np.exp(-np.abs(x))
        return e / (1 + e * (2 + e))  # the square, multiplied out, rounds less

    def definition(self, x):
        return sigmoid(x) * (1 - sigmoid(x))

    def vjp(self, g, y, x):
        return -g * y * tanh(0.5 * x)  # 1 - 2σ(x), without its cancellation at 0

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.sech(v / 2) ** 2 / 4, x)


sigmoid_derivative = SigmoidDerivative()


@dataclass(frozen=True)
class Softplus(Activation):
    r"""Smooth rectifier $y = \log(1 + e^x)$.        x, y : (...)        $y' = \sigma(x)$

    Computed as $\max(x, 0) + \log(1 + e^{-|x|})$, which never overflows.
    """

    latex, onnx = r"\log\left(1 + e^{{{0}}}\right)", "Softplus"
    source = "Dugas et al. 2001, NIPS 13"
    instruction, fast = "softplus", by_instruction

    @rounded_once
    def forward(self, x):
        return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))

    def vjp(self, g, _y, x):
        return g * sigmoid(x)

    def sympy_form(self, s, x):
        return s.log(1 + s.exp(x))

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.log1p(mp.exp(v)), x)


softplus = Softplus()


@dataclass(frozen=True)
class SiLU(Activation):
    r"""Sigmoid-weighted unit $y = x\,\sigma(x)$.     x, y : (...)     $y' = \sigma(x) + x\,\sigma'(x)$

    $e^{-|x|}$ enters as two halves, so that only the last product of the left tail can be denormal.
    """

    typed = ("swish",)
    latex, onnx = r"{0}\,\sigma\left({0}\right)", ""
    source = "Elfwing, Uchibe & Doya 2018, Neural Networks 107"
    instruction, fast = "silu", by_instruction

    @rounded_once
    def forward(self, x):
        low = np.maximum(x, -800)  # beyond, the result is 0 in any case
        h = np.exp(-np.abs(low) / 2)
        return np.where(x < 0, low * h / (1 + h * h) * h, x / (1 + h * h))

    def definition(self, x):
        return x * sigmoid(x)

    def vjp(self, g, _y, x):
        return g * silu_derivative(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: v / (1 + mp.exp(-v)), x)


silu = SiLU()


@dataclass(frozen=True)
class SiLUDerivative(Activation):
    r"""$y = \sigma(x) + x\,\sigma'(x)$.     x, y : (...)     $y' = (2 - x \tanh(x/2))\,\sigma'(x)$"""

    latex, onnx = r"\left(\sigma\left({0}\right) + {0}\,\sigma'\left({0}\right)\right)", ""
    source = "Elfwing, Uchibe & Doya 2018, Neural Networks 107"
    instruction, fast = "silu_derivative", by_instruction

    @rounded_once
    def forward(self, x):
        x = np.clip(x, -800, 800)  # beyond, the result is 0 or 1 in any case
        h = np.exp(-np.abs(x) / 2)
        q = 1 + h * h
        return np.where(x < 0, (q + x) / (q * q) * h * h, (1 + h * h * (1 + x)) / (q * q))

    def definition(self, x):
        return sigmoid(x) + x * sigmoid_derivative(x)

    def vjp(self, g, _y, x):
        return g * safe_multiply(sigmoid_derivative(x), 2 - x * tanh(0.5 * x))

    def witness(self, x):
        def by_parts(mp, v):
            s = 1 / (1 + mp.exp(-v))
            return s + v * s * (1 - s)

        return by_mpmath(by_parts, x)


silu_derivative = SiLUDerivative()


def _left_half(x):
    r"""x up to 0, and the a, b, t of $\Phi(x) = a\,b\,t/\sqrt{2\pi}$, none of which is ever tiny.

    $a\,b = e^{-x^2/2}$ in two halves, so that only the last product can be denormal; and x² is split into
    a part that is exact and a small rest: at x = -38 rounding it would cost 700 units of the last place.
    """
    from scipy.special import erfcx  # here, because `import glassgrad` must stay quick

    x = np.maximum(np.minimum(x, 0), -40)  # beyond, the result is 0 in any case
    high = np.round(x * 2**20) / 2**20
    a = np.exp(-high * high / 4)
    b = a * np.exp((high - x) * (high + x) / 2)
    return x, a, b, math.sqrt(math.pi / 2) * erfcx(-x / math.sqrt(2))


@dataclass(frozen=True)
class GELU(Activation):
    r"""Gaussian error unit $y = x\,\Phi(x)$, Φ the normal distribution.        x, y : (...)

    $y' = \Phi(x) + x\,\varphi(x)$, where $\varphi(x) = e^{-x^2/2}/\sqrt{2\pi}$
    """

    latex, onnx = r"{0}\,\Phi\left({0}\right)", "Gelu"
    source = "Hendrycks & Gimpel 2016, arXiv:1606.08415"
    instruction, fast = "gelu", by_instruction

    @rounded_once
    def forward(self, x):
        from scipy.special import erfc

        low, a, b, t = _left_half(x)
        left = low * t / math.sqrt(2 * math.pi) * a * b
        return np.where(x < -1, left, x * erfc(-x / math.sqrt(2)) / 2)

    def definition(self, x):
        return x * _normal_distribution(x)

    def vjp(self, g, _y, x):
        return g * gelu_derivative(x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: v * mp.ncdf(v), x)


gelu = GELU()


@dataclass(frozen=True)
class GELUDerivative(Activation):
    r"""$y = \Phi(x) + x\,\varphi(x)$.        x, y : (...)        $y' = (2 - x^2)\,\varphi(x)$

    On the left it is $\varphi(x)$ times a factor without tails, so that it stays accurate where it is tiny.
    """

    latex, onnx = r"\left(\Phi\left({0}\right) + {0}\,\varphi\left({0}\right)\right)", ""
    source = "Hendrycks & Gimpel 2016, arXiv:1606.08415"
    instruction, fast = "gelu_derivative", by_instruction

    @rounded_once
    def forward(self, x):
        from scipy.special import erfc

        low, a, b, t = _left_half(-np.abs(x))
        left = (t + low) / math.sqrt(2 * math.pi) * a * b
        right = erfc(-x / math.sqrt(2)) / 2 + np.copysign(low, x) / math.sqrt(2 * math.pi) * a * b
        return np.where(x < -1, left, right)

    def definition(self, x):
        return _normal_distribution(x) + x * _bell(x)

    def vjp(self, g, _y, x):
        return g * safe_multiply(_bell(x), 2 - x * x)

    def witness(self, x):
        return by_mpmath(lambda mp, v: mp.ncdf(v) + v * mp.npdf(v), x)


gelu_derivative = GELUDerivative()


def _normal_distribution(x):
    return 0.5 * (1 + erf(x * math.sqrt(0.5)))


def _bell(x):
    return exp(-0.5 * x * x) * (1 / math.sqrt(2 * math.pi))
