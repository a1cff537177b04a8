"""The same numbers in another arrangement; each arrangement is undone by another one.

Read next: `linear.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.base import Op


@dataclass(frozen=True)
class Reshape(Op):
    r"""The same elements in row-major order under another shape.     x : (...)     y : `shape`

    One length may be -1: it is worked out from the others.  The cotangent is reshaped back.
    """

    shape: tuple[int, ...]

    latex, onnx, source = r"\mathrm{{reshape}}\left({0}\right)", "Reshape", "ONNX operator Reshape"

    def forward(self, x):
        return np.reshape(x, self.shape)

    def vjp(self, g, _y, x):
        return reshape(g, x.shape)

    def witness(self, x):
        y = np.empty(x.size)
        for i, index in enumerate(np.ndindex(x.shape)):
            y[i] = x[index]
        return y.reshape(np.empty(x.shape).reshape(self.shape).shape)

    @classmethod
    def samples(cls, rng):
        yield cls((4, 3)), rng.normal(size=(3, 4))
        yield cls((2, -1)), rng.normal(size=(2, 3, 4))
        yield cls(()), rng.normal(size=(1, 1))

    @classmethod
    def errors(cls):
        yield lambda: cls((5, 2))(np.ones((3, 4))), "Reshape cannot use shapes (3, 4)"


def reshape(x: Any, shape: tuple[int, ...]) -> Any:
    """The same elements in another shape; see `Reshape`."""
    return Reshape(tuple(shape))(x)


@dataclass(frozen=True)
class Transpose(Op):
    r"""The axes in another order, all reversed by default.     x : (...)   y : x's axes permuted

    $y = x^\top$ for a matrix; the cotangent is permuted back by the inverse order.
    """

    axes: tuple[int, ...] | None = None

    latex, onnx, source = "{0}^\\top", "Transpose", "ONNX operator Transpose"

    def forward(self, x):
        return np.transpose(x, self.axes)

    def vjp(self, g, _y, _x):
        return transpose(g, None if self.axes is None else tuple(np.argsort(self.axes).tolist()))

    def witness(self, x):
        axes = self.axes or tuple(reversed(range(x.ndim)))
        y = np.empty([x.shape[a] for a in axes])
        for index in np.ndindex(x.shape):
            y[tuple(index[a] for a in axes)] = x[index]
        return y

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls((2, 0, 1)), rng.normal(size=(2, 3, 4))

    @classmethod
    def errors(cls):
        yield lambda: cls((0, 0))(np.ones((3, 4))), "Transpose cannot use shapes (3, 4)"


def transpose(x: Any, axes: tuple[int, ...] | None = None) -> Any:
    """The axes in another order; see `Transpose`."""
    return Transpose(axes)(x)
