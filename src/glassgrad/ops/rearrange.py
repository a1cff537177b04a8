"""More arrangements by NumPy's names, composed of reshape, transpose, concatenate and index: no rules.

Read next: `index.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassgrad.errors import ShapeError
from glassgrad.ops.index import index
from glassgrad.ops.select import where
from glassgrad.ops.shape import concatenate, reshape, transpose
from glassgrad.ops.shared.axes import Axes, axes_of, axis_of, whole_number
from glassgrad.ops.shared.numpy_names import as_numpy
from glassgrad.ops.shared.refusals import entrance


@entrance
def flatten(x: Any, start: int = 1) -> Any:
    """All axes of `x` from `start` on become one: (N, C, H, W) → (N, C·H·W).

    Args:
        x: values of any shape.
        start: the first axis that is flattened; those before it stay.

    Raises:
        SettingError: start is no whole number.
        ShapeError: it lies beyond the axes of x.

    >>> flatten(np.zeros((2, 3, 4))).shape
    (2, 12)
    """
    shape = np.shape(x)
    if abs(whole_number(start, "start")) > max(1, len(shape)):
        raise ShapeError(
            f"flatten expects start within {len(shape)} axes, got {start}: write start=1."
        )
    return reshape(x, (*shape[:start], math.prod(shape[start:])))


@as_numpy(np.ravel)
def ravel(x: Any) -> Any:
    """All elements in one row.        x : (...)   y : (n,)"""
    return reshape(x, -1 if math.prod(np.shape(x)) else 0)


@as_numpy(np.squeeze)
def squeeze(x: Any, axis: Axes = None) -> Any:
    """Without the axes of length 1, or without those that are named.

    Args:
        x: values of any shape.
        axis: axes of length 1 that go; all such by default.

    Raises:
        ShapeError: an axis of another length than 1.

    >>> squeeze(np.zeros((1, 3, 1)), axis=-1).shape
    (1, 3)
    """
    shape = np.shape(x)
    gone = [i for i, n in enumerate(shape) if n == 1] if axis is None else axes_of(axis, len(shape))
    if wrong := [i for i in gone if shape[i] != 1]:
        raise ShapeError(
            f"squeeze takes out axes of length 1, got axis {wrong[0]} of shape {shape}: leave axis out, or "
            f"write x.sum(axis={wrong[0]})."
        )
    return reshape(x, tuple(n for i, n in enumerate(shape) if i not in gone))


@as_numpy(np.expand_dims)
def expand_dims(x: Any, axis: int | tuple[int, ...]) -> Any:
    """With new axes of length 1 at these places of the result.

    Args:
        x: values of any shape.
        axis: where the new axes of length 1 stand.

    >>> expand_dims(np.zeros((2, 3)), -1).shape
    (2, 3, 1)
    """
    shape = list(np.shape(x))
    given = axis if isinstance(axis, tuple | list) else (axis,)
    for place in sorted(axes_of(tuple(given), len(shape) + len(given))):
        shape.insert(place, 1)
    return reshape(x, tuple(shape))


@as_numpy(np.swapaxes)
def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    """Two axes change places.

    Args:
        x: values of any shape.
        axis1: an axis.
        axis2: the one that it changes places with.
    """
    order = list(range(np.ndim(x)))
    i, j = axis_of(axis1, len(order)), axis_of(axis2, len(order))
    order[i], order[j] = order[j], order[i]
    return transpose(x, order)


@as_numpy(np.matrix_transpose)
def matrix_transpose(x: Any) -> Any:
    """Each matrix of a stack, transposed.        x : (..., N, D)   y : (..., D, N)"""
    return swapaxes(x, -1, -2)


@as_numpy(np.moveaxis)
def moveaxis(x: Any, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Any:
    """Axes go to other places, the others stay in order: `moveaxis(x, 1, -1)` puts channels last.

    Args:
        source: axes that move.
        destination: where they go.
        x: values of any shape.

    Raises:
        ShapeError: not as many places as axes.
    """
    n = np.ndim(x)
    here, there = axes_of(source, n), axes_of(destination, n)
    if len(here) != len(there):
        raise ShapeError(f"moveaxis expects a place for each axis, got {source} and {destination}.")
    order = [i for i in range(n) if i not in here]
    for place, axis in sorted(zip(there, here, strict=True)):
        order.insert(place, axis)
    return transpose(x, order)


@as_numpy(np.stack)
def stack(xs: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape along a new axis.

    Args:
        xs: arrays of one shape.
        axis: where the new axis stands.

    Raises:
        ShapeError: arrays of different shapes, or none.

    >>> stack([np.zeros(3), np.ones(3)], axis=-1).shape
    (3, 2)
    """
    xs = list(xs)
    shapes = {np.shape(x) for x in xs}
    if len(shapes) != 1:
        raise ShapeError(
            f"stack expects arrays of one shape, got {', '.join(map(str, sorted(shapes))) or 'none'}: "
            "gg.concatenate puts them one after another."
        )
    return concatenate([expand_dims(x, axis) for x in xs], axis)


@as_numpy(np.split)
def split(x: Any, parts: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Equal parts along an axis, or parts that end where `parts` says.

    Args:
        x: values of any shape.
        axis: the one that is cut.

    Raises:
        ShapeError: a length that cannot be cut so.

    >>> [p.shape for p in split(np.zeros((2, 6)), 3, axis=-1)]
    [(2, 2), (2, 2), (2, 2)]
    """
    n = np.shape(x)[axis_of(axis, np.ndim(x))]
    if not isinstance(parts, Sequence | np.ndarray) and n % whole_number(parts, "parts"):
        raise ShapeError(
            f"split expects parts of one length, got {parts} parts of {n} along axis {axis}: "
            "gg.array_split makes some longer by one."
        )
    return array_split(x, parts, axis)


@as_numpy(np.array_split)
def array_split(x: Any, parts: int | Sequence[int], axis: int = 0) -> list[Any]:
    """Parts along an axis, as equal as can be, or parts that end where `parts` says.      x : (...)

    Args:
        axis: the one that is cut.
    """
    place, n = axis_of(axis, np.ndim(x)), np.shape(x)[axis_of(axis, np.ndim(x))]
    if isinstance(parts, Sequence | np.ndarray):
        ends = [*(whole_number(end, "end") for end in parts), n]
    else:
        sizes = [
            len(rows) for rows in np.array_split(np.empty((n, 0)), whole_number(parts, "parts"))
        ]
        ends = np.cumsum(sizes).tolist()
    before = (slice(None),) * place
    starts = [0, *ends[:-1]]
    return [index(x, (*before, slice(a, b))) for a, b in zip(starts, ends, strict=True)]


@as_numpy(np.flip)
def flip(x: Any, axis: Axes = None) -> Any:
    """In reverse order along some axes, all by default.

    Args:
        x: values of any shape.
        axis: the axis, or a tuple of them, counted from the end if negative; all by default.
    """
    turned = axes_of(axis, np.ndim(x))
    return index(x, tuple(slice(None, None, -1 if i in turned else 1) for i in range(np.ndim(x))))


@as_numpy(np.roll)
def roll(x: Any, shift: int | tuple[int, ...], axis: Axes = None) -> Any:
    """What leaves at one end of an axis comes in at the other; over all elements without an axis.

    Args:
        x: values of any shape.
        shift: by how many places.
        axis: along which; over all elements by default.
    """
    if axis is None:
        return reshape(roll(ravel(x), shift, 0), np.shape(x))
    for s, a in np.broadcast(shift, axis):
        place = axis_of(a.item(), np.ndim(x))
        order = np.roll(np.arange(np.shape(x)[place]), whole_number(s.item(), "shift"))
        x = index(x, (*(slice(None),) * place, order))
    return x


@as_numpy(np.diagonal)
def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements whose two places are equal, along a new last axis.      x : (N, N)   y : (N,)

    Args:
        offset: how far above the main diagonal.
        axis1: the axis of the rows.
        axis2: the axis of the columns.
    """
    offset = whole_number(offset, "offset")
    x = moveaxis(x, (axis1, axis2), (-2, -1))
    rows, columns = np.shape(x)[-2:]
    i = np.arange(max(0, min(rows, columns - offset) - max(0, -offset))) + max(0, -offset)
    return index(x, (..., i, i + offset))


@as_numpy(np.tril, k="k")
def tril(x: Any, k: int = 0) -> Any:
    """The lower triangle of each matrix, 0 above its `k`-th diagonal.      x : (…, N, M)"""
    return where(_triangle(x, k), x, 0)


@as_numpy(np.triu)
def triu(x: Any, k: int = 0) -> Any:
    """The upper triangle of each matrix, 0 below its `k`-th diagonal.      x : (…, N, M)"""
    return where(_triangle(x, whole_number(k, "k") - 1), 0, x)


def _triangle(x: Any, k: int) -> Any:
    """Where a matrix has its lower triangle."""
    rows, columns = (np.shape(x) * 2)[-2:]
    return np.arange(rows)[:, None] >= np.arange(columns) - whole_number(k, "k")


@as_numpy(np.concatenate)
def _concatenate(xs: Sequence[Any], axis: int | None = 0) -> Any:
    return concatenate([ravel(x) for x in xs], 0) if axis is None else concatenate(list(xs), axis)


@as_numpy(np.vstack)
def vstack(xs: Sequence[Any]) -> Any:
    """Rows one below another.        xs : (D,) or (N, D) each   y : (ΣN, D)"""
    return concatenate([reshape(x, (1, -1)) if np.ndim(x) < 2 else x for x in xs], 0)


@as_numpy(np.hstack)
def hstack(xs: Sequence[Any]) -> Any:
    """Side by side: `xs` along the second axis, vectors along their only one."""
    xs = [ravel(x) if np.ndim(x) < 1 else x for x in xs]
    return concatenate(xs, 0 if np.ndim(xs[0]) == 1 else 1)


@as_numpy(np.column_stack)
def column_stack(xs: Sequence[Any]) -> Any:
    """Columns side by side.        xs : (N,) or (N, D) each   y : (N, ΣD)"""
    return concatenate([reshape(x, (-1, 1)) if np.ndim(x) < 2 else x for x in xs], 1)
