"""The index forms of convolution and pooling: the sums over channels and windows.

With stride s, dilation d and padding p, output place i and kernel place u meet at input place
s·i + d·u − p; beyond the edges there are zeros.  Read next: `readings.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.derivation.elements import (
    Form,
    Indexer,
    NoIndexForm,
    Places,
    largest,
    one,
    perhaps_outside,
    product,
    total,
)
from glassgrad.derivation.index import Delta, Element, Inside, Place, Quotient, Winner
from glassgrad.ops.base import Op
from glassgrad.terms.terms import Number, Symbol, Term

Ranges = list[tuple[str, int]]


def _letters(ix: Indexer, *sizes: int) -> tuple[Ranges, list[Place]]:
    """A letter for each size above 1, and the places they stand for."""
    ranges: Ranges = []
    places = []
    for n in sizes:
        if n == 1:
            places.append(Place())
        else:
            ranges.append((ix.fresh(), n))
            places.append(one(ranges[-1][0]))
    return ranges, places


def _meet(op: Any, axis: int, i: Place, u: Place) -> Place:
    """The input place under kernel place u of window i."""
    return i * op.stride[axis] + u * op.dilation[axis] - op.padding[axis]


def _channel(op: Any, k: Place, c: Place, channels: int, kernels: int) -> Place:
    """The input channel that kernel k reads as its channel c: its group comes first."""
    if op.groups == 1:
        return c
    group = Place(((Quotient(k, kernels // op.groups), 1),))
    if kernels == op.groups:  # one kernel per group: k itself numbers the groups
        group = k
    return group * channels + c


def _convolution(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    x, w = args
    n, k, i, j = at
    ranges, (c, u, v) = _letters(ix, *w.shape[1:])
    channel = _channel(op, k, c, w.shape[1], w.shape[0])
    places = (n, channel, _meet(op, 0, i, u), _meet(op, 1, j, v))
    pixel = perhaps_outside(x, places, ix, {2: x.shape[2], 3: x.shape[3]})
    return total(ranges, product(pixel, ix.element(w, (k, c, u, v))))


def _input_gradient(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    g, w = args
    n, c, h, b = at
    if op.groups == 1 and op.dilation == (1, 1):
        ranges, (k, i, j) = _letters(ix, *g.shape[1:])
        u, v = (
            p + q - r * s for p, q, r, s in zip((h, b), op.padding, (i, j), op.stride, strict=True)
        )
        weight = perhaps_outside(w, (k, c, u, v), ix, {2: w.shape[2], 3: w.shape[3]})
        return total(ranges, product(ix.element(g, (n, k, i, j)), weight))
    ranges, (k, i, j) = _letters(ix, *g.shape[1:])
    more, (e, u, v) = _letters(ix, *w.shape[1:])
    meeting = [
        (c, _channel(op, k, e, w.shape[1], w.shape[0])),
        (h, _meet(op, 0, i, u)),
        (b, _meet(op, 1, j, v)),
    ]
    parts = (ix.element(g, (n, k, i, j)), ix.element(w, (k, e, u, v)))
    return total(ranges + more, product(Delta(tuple(meeting)), *parts))


def _weight_gradient(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    x, g = args
    k, c, u, v = at
    ranges, (n, i, j) = _letters(ix, g.shape[0], *g.shape[2:])
    channel = _channel(op, k, c, x.shape[1] // op.groups, g.shape[1])
    places = (n, channel, _meet(op, 0, i, u), _meet(op, 1, j, v))
    pixel = perhaps_outside(x, places, ix, {2: x.shape[2], 3: x.shape[3]})
    return total(ranges, product(ix.element(g, (n, k, i, j)), pixel))


def _max_pool(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    (x,) = args
    if not isinstance(x, Symbol):
        raise NoIndexForm
    n, c, i, j = at
    ranges, (u, v) = _letters(ix, *op.kernel)
    places = (n, c, _meet(op, 0, i, u), _meet(op, 1, j, v))
    return largest(ranges, Element(x, places, -np.inf))


def _winner(op: Any, x: Term, window: Places, place: Places) -> Winner:
    """Whether `place` is where `window` has its maximum."""
    if not isinstance(x, Symbol):
        raise NoIndexForm
    gather = ops.MaxPool2dGather(
        kernel=op.kernel, stride=op.stride, padding=op.padding,
        dilation=op.dilation, ceil_mode=op.ceil_mode,
    )  # fmt: skip
    value = np.asarray(x.value)
    numbers = np.arange(value.size, dtype=float).reshape(value.shape)
    flat = gather.compute(numbers, value).astype(int)
    table = {
        w: tuple(int(i) for i in np.unravel_index(int(flat[w]), value.shape))
        for w in np.ndindex(flat.shape)
    }
    return Winner(x, window, place, table)


def _scatter(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    g, x = args
    n, c, *_ = at
    ranges, (i, j) = _letters(ix, *g.shape[2:])
    window = (n, c, i, j)
    return total(ranges, product(ix.element(g, window), _winner(op, x, window, at)))


def _gather(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    y, x = args
    n, c, *_ = at
    ranges, (h, b) = _letters(ix, *x.shape[2:])
    place = (n, c, h, b)
    return total(ranges, product(ix.element(y, place), _winner(op, x, at, place)))


def _share(op: Any, size: tuple[int, int], windows: tuple[int, int]) -> Number:
    """One over the size of a window; windows that count differently at the rim have no one formula."""
    reach = [(w - 1) * s + k for w, s, k in zip(windows, op.stride, op.kernel, strict=True)]
    room = [n + 2 * p for n, p in zip(size, op.padding, strict=True)]
    if any(r > n for r, n in zip(reach, room, strict=True)):
        raise NoIndexForm
    if not op.count_include_pad and op.padding != (0, 0):
        raise NoIndexForm
    return Number(1 / (op.kernel[0] * op.kernel[1]))


def _mean_pool(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    (x,) = args
    n, c, i, j = at
    size = (x.shape[2], x.shape[3])
    windows = np.shape(op.compute(np.zeros(x.shape)))[2:]
    share = _share(op, size, windows)
    ranges, (u, v) = _letters(ix, *op.kernel)
    rows, columns = (
        p * s + q - r for p, s, q, r in zip((i, j), op.stride, (u, v), op.padding, strict=True)
    )
    pixel = perhaps_outside(x, (n, c, rows, columns), ix, {2: size[0], 3: size[1]})
    return product(share, total(ranges, pixel))


def _mean_gradient(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    (g,) = args
    n, c, h, b = at
    share = _share(op, op.size, (g.shape[2], g.shape[3]))
    ranges, (i, j) = _letters(ix, *g.shape[2:])
    under = [
        p + q - r * s for p, q, r, s in zip((h, b), op.padding, (i, j), op.stride, strict=True)
    ]
    inside = Inside(tuple(zip(under, op.kernel, strict=True)))
    return product(share, total(ranges, product(ix.element(g, (n, c, i, j)), inside)))


IMAGES: dict[type[Op], Form] = {
    ops.Conv2d: _convolution,
    ops.Conv2dInput: _input_gradient,
    ops.Conv2dWeight: _weight_gradient,
    ops.MaxPool2d: _max_pool,
    ops.MaxPool2dScatter: _scatter,
    ops.MaxPool2dGather: _gather,
    ops.AvgPool2d: _mean_pool,
    ops.AvgPool2dInput: _mean_gradient,
}
