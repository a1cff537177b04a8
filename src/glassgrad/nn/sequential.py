"""Layers in a row: the output of each is the input of the next.

Read next: `nn/summary.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassgrad.errors import SettingError
from glassgrad.nn.activations import Tanh
from glassgrad.nn.linear import Linear
from glassgrad.nn.module import Module, Samples
from glassgrad.validate import validated


@validated
class Sequential(Module):
    r"""$y = f_n(\dots f_2(f_1(x)))$.        x : as $f_1$ takes it   y : as $f_n$ gives it

    The layers are fields called 0, 1, …, hence parameters such as `0.weight`, as in PyTorch.

    >>> from glassgrad import nn
    >>> model = nn.Sequential(nn.Linear(784, 300, rng=0), nn.Sigmoid(), nn.Linear(300, 10, rng=1))
    >>> model[1], len(model)
    (Sigmoid(), 3)
    >>> model
    Sequential(
      (0): Linear(784, 300)
      (1): Sigmoid()
      (2): Linear(300, 10)
    )
    """

    def __init__(self, *layers: Module) -> None:
        for i, layer in enumerate(layers):
            if not isinstance(layer, Module):
                raise SettingError(
                    f"Sequential expects modules, got {type(layer).__name__} in place {i}: "
                    "write Sequential(first, second), and nn.ReLU() for the function ops.relu."
                )
            vars(self)[str(i)] = layer

    def forward(self, x: Any) -> Any:
        for layer in self:
            x = layer(x)
        return x

    def __iter__(self) -> Iterator[Module]:
        return (field for name, field in vars(self).items() if name.isdecimal())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, index: int) -> Module:
        return list(self)[index]

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(Linear(3, 4, rng=rng), Tanh(), Linear(4, 2, rng=rng)), rng.normal(size=(5, 3))
