"""Networks by name: those of the assignments, and a small one that is good at digits.

Each builder takes the shape of one sample, the number of classes K and a generator, and returns layers
in a row that end in K scores (logits).  A new network is a function and a line in `MODELS`.
Read next: `nn/summary.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from glassgrad.arguments import look_up, positive
from glassgrad.errors import SettingError
from glassgrad.nn.activations import ReLU, Sigmoid
from glassgrad.nn.conv import Conv2d
from glassgrad.nn.flatten import Flatten
from glassgrad.nn.init import Rng
from glassgrad.nn.linear import Linear
from glassgrad.nn.norm import BatchNorm
from glassgrad.nn.pool import MaxPool2d
from glassgrad.nn.sequential import Sequential

Shape = tuple[int, ...]
Builder = Callable[[Shape, int, np.random.Generator], Sequential]


def logistic(input_shape: Shape, classes: int, rng: np.random.Generator) -> Sequential:
    """Softmax regression: one dense layer from the pixels to the scores (Exercise 2, 2.3 a)."""
    return Sequential(Flatten(), Linear(math.prod(input_shape), classes, init="edf", rng=rng))


def mlp(input_shape: Shape, classes: int, rng: np.random.Generator) -> Sequential:
    """300 sigmoid units, 784-300-10 on MNIST (Assignment 1, 5); Glorot's weights."""
    return Sequential(
        Flatten(),
        Linear(math.prod(input_shape), 300, init="xavier_uniform", rng=rng),
        Sigmoid(),
        Linear(300, classes, init="xavier_uniform", rng=rng),
    )


def mlp500(input_shape: Shape, classes: int, rng: np.random.Generator) -> Sequential:
    """500 ReLU units, 784-500-10 on MNIST (Homework 2024, Q5.2); PyTorch's weights."""
    return Sequential(
        Flatten(),
        Linear(math.prod(input_shape), 500, rng=rng),
        ReLU(),
        Linear(500, classes, rng=rng),
    )


def cnn(input_shape: Shape, classes: int, rng: np.random.Generator) -> Sequential:
    """Two convolutions with batch norm, 16 and 32 channels: small, and ≥ 98 % on the 8 × 8 digits.

    Images of 16 pixels and more are halved after the first convolution too, to save work.
    """
    channels, height, width = _image(input_shape, 2, "cnn")
    halved = [MaxPool2d(2)] if min(height, width) >= 16 else []
    side = 4 if halved else 2
    return Sequential(
        Conv2d(channels, 16, 3, padding=1, init="he_normal", rng=rng),
        BatchNorm(16),
        ReLU(),
        *halved,
        Conv2d(16, 32, 3, padding=1, init="he_normal", rng=rng),
        BatchNorm(32),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(32 * (height // side) * (width // side), classes, init="he_normal", rng=rng),
    )


def fman45(input_shape: Shape, classes: int, rng: np.random.Generator) -> Sequential:
    """FMAN45 Assignment 3, table 1: 416 + 6,416 + 7,850 parameters on MNIST; He's weights."""
    channels, height, width = _image(input_shape, 4, "fman45")
    return Sequential(
        Conv2d(channels, 16, 5, padding=2, init="fman45", rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 16, 5, padding=2, init="fman45", rng=rng),
        ReLU(),
        MaxPool2d(2),
        Flatten(),
        Linear(16 * (height // 4) * (width // 4), classes, init="fman45", rng=rng),
    )


def cifar(input_shape: Shape, classes: int, rng: np.random.Generator) -> Sequential:
    """FMAN45 Assignment 3, the CIFAR-10 baseline: one pooling only; He's weights."""
    channels, height, width = _image(input_shape, 2, "cifar")
    return Sequential(
        Conv2d(channels, 16, 5, padding=2, init="fman45", rng=rng),
        ReLU(),
        MaxPool2d(2),
        Conv2d(16, 16, 5, padding=2, init="fman45", rng=rng),
        ReLU(),
        Flatten(),
        Linear(16 * (height // 2) * (width // 2), classes, init="fman45", rng=rng),
    )


MODELS: Mapping[str, Builder] = {
    "logistic": logistic,
    "mlp": mlp,
    "mlp500": mlp500,
    "cnn": cnn,
    "fman45": fman45,
    "cifar": cifar,
}


def build(name: str, input_shape: Shape, classes: int, rng: Rng = None) -> Sequential:
    """The network called `name` for samples of `input_shape`: (D,) or (C, H, W).

    Raises:
        SettingError: an unknown name, or a shape that the network cannot take.

    >>> build("logistic", (1, 28, 28), 10, rng=0)
    Sequential(
      (0): Flatten()
      (1): Linear(784, 10)
    )
    """
    builder = look_up(MODELS, name, "model")
    positive(input_shape=tuple(input_shape), classes=classes)
    return builder(tuple(input_shape), classes, np.random.default_rng(rng))


def _image(input_shape: Shape, at_least: int, model: str) -> tuple[int, int, int]:
    if len(input_shape) != 3 or min(input_shape[1:]) < at_least:
        raise SettingError(
            f"{model} expects images (C, H, W) of {at_least} × {at_least} pixels or more, got samples of "
            f"shape {input_shape}: take 'mlp', or reshape the data."
        )
    channels, height, width = input_shape
    return channels, height, width
