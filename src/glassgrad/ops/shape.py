"""The same numbers in another arrangement; each arrangement is undone by another one.

Read next: `index.py`.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.arithmetic import add
from glassgrad.ops.base import Op
from glassgrad.ops.shared.axes import axes_of
from glassgrad.ops.shared.numpy_names import as_numpy
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class Reshape(Op):
    r"""The same elements in row-major order under another shape.     x : (...)     y : `shape`

    One length may be -1: it is worked out from the others.  The cotangent is reshaped back.
    """

    shape: tuple[int, ...]

    shares_memory = reshapes = moves = True
    latex, onnx, source = r"\mathrm{{reshape}}\left({0}\right)", "Reshape", "ONNX operator Reshape"

    def forward(self, x):
        return np.reshape(x, self.shape)

    def fast(self, out, x):
        from glassgrad.kernels.layout import contiguous, with_channels_last

        y = np.reshape(x, self.shape)
        if (
            x.ndim == 2 and y.ndim == 4
        ):  # back to images, which all their kernels want channels last
            return with_channels_last(y, out)
        if np.may_share_memory(x, y) or x.ndim > 4:
            return y if out is None else None
        return contiguous(x, None if out is None else out.reshape(x.shape)).reshape(self.shape)

    def vjp(self, g, _y, x):
        return reshape(g, x.shape)

    def index_form(self, ix, at, x):
        shape = np.empty(x.shape).reshape(self.shape).shape
        return ix.element(x, ix.regrouped(at, shape, x.shape))

    def witness(self, x):
        y = np.empty(x.size)
        for i, place in enumerate(np.ndindex(x.shape)):
            y[i] = x[place]
        return y.reshape(np.empty(x.shape).reshape(self.shape).shape)

    @classmethod
    def samples(cls, rng):
        yield cls((4, 3)), rng.normal(size=(3, 4))
        yield cls((2, -1)), rng.normal(size=(2, 3, 4))
        yield cls(()), rng.normal(size=(1, 1))

    @classmethod
    def errors(cls):
        yield lambda: cls((5, 2))(np.ones((3, 4))), "Reshape cannot use shapes (3, 4)"


@as_numpy(np.reshape)
def reshape(x: Any, shape: int | Sequence[int]) -> Any:
    """The elements of `x` in another `shape`, which may have one length -1; see `Reshape`."""
    return Reshape(tuple(shape) if isinstance(shape, Sequence) else (operator.index(shape),))(x)


@dataclass(frozen=True)
class Transpose(Op):
    r"""The axes in another order, all reversed by default.     x : (...)   y : x's axes permuted

    $y = x^\top$ for a matrix; the cotangent is permuted back by the inverse order.
    """

    axes: tuple[int, ...] | None = None

    shares_memory = True
    moves, latex, onnx, source = True, "{0}^\\top", "Transpose", "ONNX operator Transpose"

    def forward(self, x):
        return np.transpose(x, self.axes)

    def refusal(self, *shapes):
        n = len(shapes[0])
        return (
            f"Transpose expects each of {n} axes once, got {self.axes} for shape {shapes[0]}: write "
            f"axes=None to reverse them, or an order of {tuple(range(n))}."
        )

    def vjp(self, g, _y, _x):
        if self.axes is None:
            return transpose(g)
        return transpose(g, tuple(np.argsort(self._order(len(self.axes))).tolist()))

    def _order(self, ndim: int) -> tuple[int, ...]:
        """The axes counted from the start."""
        return axes_of(self.axes, ndim) if self.axes else tuple(reversed(range(ndim)))

    def index_form(self, ix, at, x):
        axes = self._order(len(at))
        return ix.element(x, [at[axes.index(i)] for i in range(len(at))])

    def witness(self, x):
        axes = self._order(x.ndim)
        y = np.empty([x.shape[a] for a in axes])
        for place in np.ndindex(x.shape):
            y[tuple(place[a] for a in axes)] = x[place]
        return y

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        for axes in ((2, 0, 1), (-1, 0, 1), (-1, -3, -2), (1, -1, -3)):
            yield cls(axes), rng.normal(size=(2, 3, 4))

    @classmethod
    def errors(cls):
        yield (
            lambda: cls((0, 0))(np.ones((3, 4))),
            "Transpose expects each of 2 axes once, got (0, 0)",
        )
        yield lambda: cls((0,))(np.ones((3, 4))), "write axes=None to reverse them"


@as_numpy(np.transpose, np.permute_dims)
def transpose(x: Any, axes: int | Sequence[int] | None = None) -> Any:
    """The axes in another order, `axes`, or reversed; see `Transpose`.      x : (...)"""
    return Transpose(tuple(axes) if isinstance(axes, Sequence) and axes else None)(x)


@dataclass(frozen=True)
class Concatenate(Op):
    r"""Arrays one after another along an axis.     each x : (...), equal but for the axis   y : (...)

    Each input gets its own slice of the cotangent.
    """

    axis: int = 0

    moves, latex, onnx, source = True, r"\left[{*}\right]", "Concat", "ONNX operator Concat"

    def forward(self, *xs):
        try:
            return np.concatenate(xs, self.axis)
        except ValueError as error:
            raise ShapeError(
                f"Concatenate expects arrays whose lengths are equal except along axis {self.axis}, "
                f"got {', '.join(str(np.shape(x)) for x in xs) or 'none'}: reshape or pad them first."
            ) from error

    def vjp(self, g, _y, *_xs):
        ends = np.cumsum([x.shape[self.axis] for x in _xs]).tolist()
        return tuple(
            _slice_of(g, self.axis, end - x.shape[self.axis], end)
            for x, end in zip(_xs, ends, strict=True)
        )

    def index_form(self, ix, at, *xs):
        """The sum of all the inputs, each of which is 0 outside of its own part."""
        axis, start, parts = self.axis % len(at), 0, []
        for x in xs:
            places = [*at[:axis], at[axis] - start, *at[axis + 1 :]]
            parts.append(ix.element_or_zero(x, places, axes=(axis,)))
            start += x.shape[axis]
        return functools.reduce(lambda a, b: ix.apply(add, a, b), parts)

    def witness(self, *xs):
        rows = [row for x in xs for row in np.moveaxis(x, self.axis, 0)]
        return np.stack(rows, self.axis)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(2, 3)), rng.normal(size=(1, 3)), rng.normal(size=(0, 3))
        yield cls(axis=-1), rng.normal(size=(2, 3)), rng.normal(size=(2, 1))
        yield cls(axis=-2), rng.normal(size=(2, 1, 3)), rng.normal(size=(2, 2, 3))
        yield cls(), rng.normal(size=(4,))

    @classmethod
    def errors(cls):
        yield lambda: concatenate([np.ones((2, 3)), np.ones((2, 4))]), "got (2, 3), (2, 4)"
        yield lambda: concatenate([]), "got none"
        yield lambda: concatenate([np.array(1.0)]), "except along axis 0, got ()"


@entrance
def concatenate(xs: Sequence[Any], axis: int = 0) -> Any:
    """Arrays one after another along an axis; see `Concatenate`.

    Args:
        xs, axis: arrays that are equal in all lengths but that of the axis.
    """
    return Concatenate(axis)(*xs)


def _slice_of(g: Any, axis: int, start: int, stop: int) -> Callable[[], Any]:
    """Elements `start` to `stop` along an axis, when they are wanted."""
    cut = [slice(None)] * g.ndim
    cut[axis] = slice(start, stop)
    return lambda: index(g, tuple(cut))


Widths = int | tuple[int, int] | tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Pad(Op):
    r"""Zeros around: `widths` has (before, after) for each axis.    x : (...)   y : (...), longer

    The cotangent of x is the part inside of the frame.

    Raises:
        SettingError: a negative width.
    """

    widths: tuple[tuple[int, int], ...]

    moves, latex, onnx, source = True, r"\mathrm{{pad}}\left({0}\right)", "Pad", "ONNX operator Pad"

    def __post_init__(self) -> None:
        if any(w < 0 for w in chain.from_iterable(self.widths)):
            raise SettingError(
                f"pad expects widths >= 0, got {self.widths}: to cut, write x[1:-1]."
            )

    def forward(self, x):
        if len(self.widths) != np.ndim(x):
            raise ShapeError(
                f"Pad expects an array of {len(self.widths)} axes, a pair of widths for each, got shape "
                f"{np.shape(x)}: write gg.pad(x, 1) to pad every axis."
            )
        return np.pad(x, self.widths)

    def vjp(self, g, _y, x):
        inside = zip(self.widths, x.shape, strict=True)
        return index(g, tuple(slice(before, before + n) for (before, _), n in inside))

    def index_form(self, ix, at, x):
        return ix.element_or_zero(x, [p - n for p, (n, _) in zip(at, self.widths, strict=True)])

    def witness(self, x):
        first = [before for before, _ in self.widths]
        y = np.zeros(np.add(x.shape, np.sum(self.widths, axis=1)))
        for place in np.ndindex(x.shape):
            y[tuple(np.add(first, place))] = x[place]
        return y

    @classmethod
    def samples(cls, rng):
        yield cls(((1, 2), (0, 3))), rng.normal(size=(2, 3))
        yield cls(((1, 1),)), np.zeros((0,))

    @classmethod
    def errors(cls):
        yield lambda: pad(np.ones(3), -1), "pad expects widths >= 0"
        yield lambda: cls(((1, 1),))(np.ones((2, 3))), "Pad expects an array of 1 axes"
        yield lambda: pad(np.ones(3), ((1, 1), (1, 1))), "write ((1, 1),) to pad the last axis"


@entrance
def pad(x: Any, widths: Widths) -> Any:
    """Zeros around `x`; `widths` is one width, or (before, after), or such a pair per axis; see `Pad`.

    Widths of another form raise a SettingError.

    >>> pad(np.array([1.0, 2.0]), (0, 2))
    array([1., 2., 0., 0.])
    """
    pairs, n = np.asarray(widths), len(np.shape(x))
    if pairs.shape not in ((), (2,), (n, 2)) or pairs.dtype.kind not in "iu":
        raise SettingError(
            f"pad expects one width, (before, after), or such a pair for each of {n} axes, got {widths}: "
            f"write {((0, 0),) * (n - 1) + ((1, 1),)} to pad the last axis."
        )
    rows = np.broadcast_to(pairs, (n, 2)).tolist()
    return Pad(tuple((before, after) for before, after in rows))(x)


from glassgrad.ops.index import index  # noqa: E402  (a slice is undone by zeros around it)
