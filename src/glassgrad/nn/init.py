"""Initialisers: how parameters are drawn before training, by name.

A sum of n products has n times the variance of one, so weights must shrink as layers widen, or signals
grow or die on their way through a deep net.  The schemes differ in what they keep constant: the variance
of the outputs (fan in), of the gradients (fan out), or the mean of both; He's doubles it because a ReLU
passes half of its inputs.  Read next: `nn/models.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from glassgrad.arguments import look_up
from glassgrad.errors import SettingError
from glassgrad.nn.module import Module, Parameter, fields

M = TypeVar("M", bound=Module)
Rng = np.random.Generator | int | None


def _nothing(fan_in: int, fan_out: int) -> float:
    return 0.0


@dataclass(frozen=True)
class Scheme:
    r"""A distribution around 0 and its size: $w \sim U(-s, s)$ or $w \sim N(0, s^2)$, $s$ from the fans.

    Args:
        distribution: uniform in ±scale, or normal with standard deviation scale.
        scale: from (fan_in, fan_out) to the scale of the weights.
        bias_scale: the same for biases; they begin at 0 by default.
        source: where the scheme comes from.
    """

    distribution: Literal["uniform", "normal"]
    scale: Callable[[int, int], float]
    bias_scale: Callable[[int, int], float] = _nothing
    source: str = ""

    def weight(self, shape: tuple[int, ...], rng: Rng) -> NDArray[np.float32]:
        """Draw a weight, (K, D) or (K, C, H, W)."""
        return self._draw(shape, self.scale(*fans(shape)), np.random.default_rng(rng))

    def bias(self, weight: tuple[int, ...], rng: Rng) -> NDArray[np.float32]:
        """Draw the bias, (K,), that belongs to a weight of this shape."""
        scale = self.bias_scale(*fans(weight))
        return self._draw(weight[:1], scale, np.random.default_rng(rng))

    def _draw(
        self, shape: tuple[int, ...], scale: float, rng: np.random.Generator
    ) -> NDArray[np.float32]:
        try:
            if scale == 0:
                return np.zeros(shape, np.float32)
            if self.distribution == "uniform":
                return rng.uniform(-scale, scale, shape).astype(np.float32)
            return rng.normal(0, scale, shape).astype(np.float32)
        except (MemoryError, ValueError) as error:
            raise SettingError(
                f"weights of shape {shape} need {8 * math.prod(shape):,} bytes while they are drawn, more "
                "than there are: take fewer features."
            ) from error


Init = str | Scheme
"""The name of a scheme, or one of your own."""

SCHEMES: Mapping[str, Scheme] = {
    "pytorch": Scheme(
        "uniform",
        lambda fan_in, _: 1 / math.sqrt(fan_in),
        bias_scale=lambda fan_in, _: 1 / math.sqrt(fan_in),
        source="default of Linear and Conv2d in PyTorch: kaiming_uniform_ with a = sqrt(5)",
    ),
    "xavier_uniform": Scheme(
        "uniform",
        lambda fan_in, fan_out: math.sqrt(6 / (fan_in + fan_out)),
        source="Glorot & Bengio 2010, eq. 16",
    ),
    "xavier_normal": Scheme(
        "normal",
        lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out)),
        source="Glorot & Bengio 2010, eq. 12",
    ),
    "he_uniform": Scheme(
        "uniform", lambda fan_in, _: math.sqrt(6 / fan_in), source="He et al. 2015, eq. 10"
    ),
    "he_normal": Scheme(
        "normal", lambda fan_in, _: math.sqrt(2 / fan_in), source="He et al. 2015, eq. 10"
    ),
    "lecun_normal": Scheme(
        "normal",
        lambda fan_in, _: 1 / math.sqrt(fan_in),
        source="LeCun et al. 1998, Efficient BackProp, eq. 16",
    ),
    "normal": Scheme(
        "normal", lambda *_: 1.0, source="numpy.random.randn; 600.482 Homework 2, 3 b"
    ),
    "uniform": Scheme(
        "uniform",
        lambda fan_in, _: 1 / math.sqrt(fan_in),
        source="Glorot & Bengio 2010, eq. 1: the heuristic they improve on",
    ),
    "zeros": Scheme("uniform", _nothing, source="600.482 Homework 2, 2: a linear classifier may"),
    "edf": Scheme(
        "uniform",
        lambda fan_in, _: math.sqrt(3 / fan_in),
        source="Educational Framework of Exercise 2: Xavier(nInputs) = sqrt(3 / nInputs), bias 0",
    ),
    "fman45": Scheme(
        "normal",
        lambda fan_in, _: math.sqrt(2 / fan_in),
        source="FMAN45 Assignment 3, exercise 6: He et al. 2015, bias 0",
    ),
}


def scheme(name: Init) -> Scheme:
    """The scheme of this name; one of your own passes through.

    Raises:
        SettingError: an unknown name; the message lists them all.
    """
    return name if isinstance(name, Scheme) else look_up(SCHEMES, name, "initialiser")


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs an output sums over, and how many outputs an input reaches, ignoring borders.

    >>> fans((10, 784)), fans((16, 3, 5, 5))
    ((784, 10), (75, 400))
    """
    window = math.prod(shape[2:])
    return shape[1] * window, shape[0] * window


def initialize(model: M, init: Init, rng: Rng = None) -> M:
    """Draw all parameters anew, in the order of `model.named_parameters()`, from one generator.

    In each module, parameters of two or more axes are weights, those of one axis after them biases.
    Without a weight before it, a `weight` of one axis is the scale of a norm and starts at 1, and any
    other starts at 0.  The same seed gives the same bits.

    >>> from glassgrad import nn
    >>> model = initialize(nn.Linear(2, 2), "he_normal", rng=0)
    >>> model.weight.value
    array([[ 0.12573022, -0.13210486],
           [ 0.64042264,  0.10490011]], dtype=float32)
    """
    chosen, rng = scheme(init), np.random.default_rng(rng)
    seen: set[int] = set()
    for module in model.modules():
        weight: Parameter | None = None
        for name, p in fields(module):
            if not isinstance(p, Parameter) or id(p) in seen:
                continue
            seen.add(id(p))
            if p.ndim >= 2:
                weight = p
                new: NDArray[Any] = chosen.weight(p.shape, rng)
            elif weight is not None and weight.shape[:1] == p.shape:
                new = chosen.bias(weight.shape, rng)
            else:
                new = np.full(p.shape, 1.0 if name == "weight" else 0.0)
            p._assign(new.astype(p.dtype, copy=False))
    return model
