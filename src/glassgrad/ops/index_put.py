"""Other numbers at some places, `y[...] = v`, as an op: the rest stays what it was.

This is how writing into a computed tensor is recorded (`engine/in_place.py`).  Read next: `take.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import RangeError, ShapeError
from glassgrad.ops.base import Array, Op
from glassgrad.ops.index import Index, Key
from glassgrad.ops.reduce import sum_to
from glassgrad.ops.shape import reshape
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class IndexPut(Op):
    r"""Other numbers at some places: $y = x$, but $y[\text{key}] = v$.

    x, y : (...)   v : any shape that broadcasts to that of $x[\text{key}]$

    What was overwritten gets nothing back: $\bar x = \bar y$, but 0 at the places, and
    $\bar v = \bar y[\text{key}]$.

    Raises:
        RangeError: a place outside of x, or one that is named twice.
        ShapeError: values that do not fit the places.
    """

    key: Key

    selects = True
    latex, onnx = r"{0}_{{\left[{key}\right] \leftarrow {1}}}", "ScatterND"
    source = "ONNX operator ScatterND"

    def forward(self, x, v):
        places = self._places(np.shape(x))
        try:
            v = np.broadcast_to(np.reshape(v, _aligned(np.shape(v), places.ndim)), places.shape)
        except ValueError as error:
            raise ShapeError(
                f"x[{self.key}] = v expects v of shape {places.shape}, or one that broadcasts to it, for "
                f"x of shape {np.shape(x)}; got {np.shape(v)}: give one number, or an array of that shape."
            ) from error
        y = np.array(x, order="C")
        y.reshape(-1)[places] = v
        return y

    def vjp(self, g, _y, _x, v):
        return (
            lambda: IndexPut(self.key)(g, 0.0),
            lambda: self._sent_to(v, Index(self.key)(g)),
        )

    @staticmethod
    def _sent_to(v: Any, g: Any) -> Any:
        return reshape(sum_to(g, _aligned(v.shape, g.ndim)), v.shape)

    def _places(self, shape: tuple[int, ...]) -> Array:
        """The numbers, in row-major order, of the places that are written."""
        numbers = np.arange(int(np.prod(shape))).reshape(shape)
        places = np.asarray(Index(self.key).forward(numbers))
        if self.key.may_repeat and len(np.unique(places)) < places.size:
            raise RangeError(
                f"x[{self.key}] = v names a place twice, and only one number can be there: leave the "
                "repeated ones out, or add them up first."
            )
        return places

    def witness(self, x, v):
        y, places = x.copy(), np.arange(x.size).reshape(x.shape)[self.key.index()]
        for place, number in zip(places.flat, (v + 0 * places).flat, strict=True):
            y.flat[place] = number
        return y

    @classmethod
    def samples(cls, rng):
        for index in (2, np.s_[1:, ::-2], [2, 0], np.s_[[0, 2], [1, 1]], np.s_[..., -1]):
            x = rng.normal(size=(3, 4))
            yield cls(Key.of(index)), x, rng.normal(size=x[index].shape)
        yield cls(Key.of(np.s_[1:])), rng.normal(size=(3, 2)), np.array(2.0)
        yield (
            cls(Key.of(np.array([True, False, True]))),
            rng.normal(size=3),
            rng.normal(size=(1, 2)),
        )
        yield cls(Key.of(np.s_[:, 0])), rng.normal(size=(2, 2, 3)), rng.normal(size=(2, 1))

    @classmethod
    def errors(cls):
        yield lambda: index_put(np.ones(3), 3, 0.0), "x[3] does not exist in an array of shape (3,)"
        yield lambda: index_put(np.ones(3), [0, 0], 1.0), "names a place twice"
        yield lambda: index_put(np.ones(3), slice(2), np.ones(3)), "expects v of shape (2,)"


def _aligned(shape: tuple[int, ...], axes: int) -> tuple[int, ...]:
    """The shape of v without the axes of length 1 that it may have in front of those of the places."""
    extra = max(0, len(shape) - axes)
    return shape if any(n != 1 for n in shape[:extra]) else shape[extra:]


@entrance
def index_put(x: Any, index: Any, v: Any) -> Any:
    """x with `v` at the places of `x[index]`: what `x[index] = v` records; see `IndexPut`.

    Args:
        index: as NumPy takes it: numbers, slices, arrays, a mask.
        x: values of any shape.

    >>> index_put(np.array([1.0, 2.0, 3.0]), slice(1, None), 0.0)
    array([1., 0., 0.])
    """
    return IndexPut(Key.of(index))(x, v)
