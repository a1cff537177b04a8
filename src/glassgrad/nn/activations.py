"""Every activation as a layer, for use in `Sequential`; the formulas are at the ops.

Read next: `nn/init.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.nn.module import Module, Samples
from glassgrad.validate import validated


class _Activation(Module):
    """What activations share: the way they are used."""

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(), rng.normal(size=(3, 4))


@validated
class ReLU(_Activation):
    r"""$y = \max(0, x - c)$; `at_zero` is the derivative at $x = c$.        x, y : (...)

    Args:
        c: where the kink is.
    """

    def __init__(self, c: float = 0.0, at_zero: float = 0.0) -> None:
        self.c, self.at_zero = c, at_zero

    def forward(self, x: Any) -> Any:
        return ops.relu(x, self.c, self.at_zero)


@validated
class LeakyReLU(_Activation):
    r"""$y = x$ above 0, $\alpha x$ below, with α = `negative_slope`.        x, y : (...)"""

    def __init__(self, negative_slope: float = 0.01) -> None:
        self.negative_slope = negative_slope

    def forward(self, x: Any) -> Any:
        return ops.leaky_relu(x, self.negative_slope)


@validated
class ELU(_Activation):
    r"""$y = x$ above 0, $\alpha (e^x - 1)$ below.        x, y : (...)

    Args:
        alpha: α, the depth that it reaches on the left.
    """

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def forward(self, x: Any) -> Any:
        return ops.elu(x, self.alpha)


class GELU(_Activation):
    r"""$y = x\,\Phi(x)$, Φ the normal distribution function.        x, y : (...)"""

    def forward(self, x: Any) -> Any:
        return ops.gelu(x)


class SiLU(_Activation):
    r"""$y = x\,\sigma(x)$.        x, y : (...)"""

    def forward(self, x: Any) -> Any:
        return ops.silu(x)


class Softplus(_Activation):
    r"""$y = \log(1 + e^x)$.        x, y : (...)"""

    def forward(self, x: Any) -> Any:
        return ops.softplus(x)


class Tanh(_Activation):
    r"""$y = \tanh x$.        x, y : (...)"""

    def forward(self, x: Any) -> Any:
        return ops.tanh(x)


class Sigmoid(_Activation):
    r"""$y = \sigma(x) = 1 / (1 + e^{-x})$.        x, y : (...)"""

    def forward(self, x: Any) -> Any:
        return ops.sigmoid(x)


@validated
class Softmax(_Activation):
    r"""$y_k = e^{x_k} / \sum_j e^{x_j}$ along axis `dim`.        x, y : (N, K)"""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Any) -> Any:
        return ops.softmax(x, self.dim)


@validated
class LogSoftmax(_Activation):
    r"""$y_k = x_k - \log \sum_j e^{x_j}$ along axis `dim`.        x, y : (N, K)"""

    def __init__(self, dim: int = -1) -> None:
        self.dim = dim

    def forward(self, x: Any) -> Any:
        return ops.log_softmax(x, self.dim)
