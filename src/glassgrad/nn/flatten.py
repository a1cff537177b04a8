"""From images to rows of numbers, where the convolutional part of a network meets the dense one.

Read next: `nn/sequential.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.nn.module import Module, Samples
from glassgrad.validate import validated


@validated
class Flatten(Module):
    r"""$y_{n,\,(cH + i)W + j} = x_{ncij}$: all axes from `start_dim` on become one.

    x : (N, C, H, W)   y : (N, C·H·W)
    """

    def __init__(self, start_dim: int = 1) -> None:
        self.start_dim = start_dim

    def forward(self, x: Any) -> Any:
        return ops.flatten(x, self.start_dim)

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(), rng.normal(size=(2, 3, 2, 2))
        yield cls(2), rng.normal(size=(2, 3, 2, 2))
