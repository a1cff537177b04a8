"""Normalisation layers: scale and shift are trained, running means are remembered.

In training batch norm uses the mean and variance of the batch, so a sample's output depends on its
neighbours; in prediction it uses running means, so it does not.  Layer norm looks at one sample only and
is the same in both.  Read next: `nn/init.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.arguments import fraction, positive
from glassgrad.engine.modes import no_grad
from glassgrad.errors import ShapeError
from glassgrad.nn.module import Array, Module, Parameter, Samples
from glassgrad.tensor import Tensor
from glassgrad.validate import validated


@validated
class BatchNorm(Module):
    r"""$y = w\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b$ for each channel, μ and σ² over the batch.

    x, y : (N, C) or (N, C, H, W)   weight, bias : (C,)   running_mean, running_var : (C,)

    Every call in training moves the running values, $r \leftarrow (1 - m)\, r + m\, s$ with m = `momentum`;
    s is the batch's mean, and its variance with n - 1 in the denominator (σ² itself divides by n).  It is
    PyTorch's BatchNorm1d and BatchNorm2d in one; their state_dicts load.

    Raises ShapeError for another number of channels, or one value per channel in training.

    Args:
        num_features: C.
        eps: added to the variance.

    Source: Ioffe & Szegedy 2015, arXiv:1502.03167.
    """

    buffer_names = ("running_mean", "running_var")

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        positive(num_features=num_features)
        fraction(momentum=momentum)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.weight = Parameter(np.ones(num_features), "w")
        self.bias = Parameter(np.zeros(num_features), "b")
        self.running_mean = Tensor(np.zeros(num_features, np.float32), requires_grad=False)
        self.running_var = Tensor(np.ones(num_features, np.float32), requires_grad=False)
        self.num_batches_tracked: Array = np.array(0)

    def forward(self, x: Any) -> Any:
        if x.shape[1:2] != (self.num_features,):
            raise ShapeError(
                f"BatchNorm({self.num_features}) expects x of shape (N, {self.num_features}) or "
                f"(N, {self.num_features}, H, W), got {x.shape}: write BatchNorm(x.shape[1])."
            )
        if not self.training:
            return self._with_running_values(x)
        y = ops.batch_norm(x, self.weight, self.bias, self.eps)
        with no_grad():
            moved = ops.running_moments(self.running_mean, self.running_var, x, self.momentum)
            self.running_mean, self.running_var = moved[0], moved[1]
        self.num_batches_tracked = np.asarray(self.num_batches_tracked + 1)
        return y

    def _with_running_values(self, x: Any) -> Any:
        shape = (-1, *[1] * (x.ndim - 2))
        mean, var = (r.numpy().reshape(shape) for r in (self.running_mean, self.running_var))
        rate = 1 / np.sqrt(var + self.eps)
        return (x - mean) * (ops.reshape(self.weight, shape) * rate) + ops.reshape(self.bias, shape)

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(3), rng.normal(2, 3, size=(5, 3))
        yield cls(2, eps=0.1, momentum=0.3), rng.normal(size=(3, 2, 2, 3))


@validated
class LayerNorm(Module):
    r"""$y = w\,\frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + b$, μ and σ² over the last axes of each sample.

    x, y : (N, ..., *normalized_shape)   weight, bias : normalized_shape

    Args:
        eps: added to the variance.
        normalized_shape: the lengths of the last axes, D or (…, D).

    Source: Ba, Kiros & Hinton 2016, arXiv:1607.06450.
    """

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5) -> None:
        positive(normalized_shape=normalized_shape)
        self.normalized_shape, self.eps = normalized_shape, eps
        self.weight = Parameter(np.ones(normalized_shape), "w")
        self.bias = Parameter(np.zeros(normalized_shape), "b")

    def forward(self, x: Any) -> Any:
        return ops.layer_norm(x, self.weight, self.bias, self.eps)

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(4), rng.normal(2, 3, size=(3, 4))
        yield cls((2, 3), eps=0.1), rng.normal(size=(2, 4, 2, 3))
