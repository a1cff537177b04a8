"""The index forms of ops that move, repeat, add up or multiply elements.

Each says what one element of its result is.  They stand here and not at the ops because an index form is
made of index expressions, which the ops, a floor below, do not know.  A law works each of them out by
loops and compares with the array that the op computes.  Read next: `index_forms.py`.
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
    aligned,
    largest,
    one,
    perhaps_outside,
    product,
    total,
)
from glassgrad.derivation.index import Delta, LookUp, Place, Quotient
from glassgrad.ops.base import Op
from glassgrad.ops.shared.axes import positive_axes
from glassgrad.terms.terms import Apply, Number, Symbol, Term


def reduction(
    op: Any, args: tuple[Term, ...], at: Places, ix: Indexer
) -> tuple[list[tuple[str, int]], Term]:
    """Letters for the axes that an op reduces, and the element of its argument."""
    (x,) = args
    axes = positive_axes(op.axis, len(x.shape))
    rest, ranges, places = list(at), [], []
    for axis, n in enumerate(x.shape):
        if axis not in axes:
            places.append(rest.pop(0))
            continue
        if op.keepdims:
            rest.pop(0)
        if n == 1:
            places.append(Place())
            continue
        ranges.append((ix.fresh(), n))
        places.append(one(ranges[-1][0]))
    return ranges, ix.element(x, tuple(places))


def _sum(op: Op, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    return total(*reduction(op, args, at, ix))


def _max(op: Op, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    return largest(*reduction(op, args, at, ix))


def _log_sum_exp(op: Op, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    ranges, x = reduction(op, args, at, ix)
    return Apply(ops.log, args=(total(ranges, Apply(ops.exp, args=(x,))),))


def _length(op: Op, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    ranges, x = reduction(op, args, at, ix)
    return Apply(ops.sqrt, args=(total(ranges, Apply(ops.power, args=(x, Number(2.0)))),))


def _sum_to(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    (x,) = args
    new = len(x.shape) - len(op.shape)
    ranges, places = [], []
    for axis, n in enumerate(x.shape):
        kept = axis >= new and (op.shape[axis - new] != 1 or n == 1)
        if kept:
            places.append(at[axis - new])
        elif n == 1:
            places.append(Place())
        else:
            ranges.append((ix.fresh(), n))
            places.append(one(ranges[-1][0]))
    return total(ranges, ix.element(x, tuple(places)))


def _repeated(_op: Op, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    return ix.element(args[0], aligned(at, args[0].shape))


def _transposed(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    axes = op.axes or tuple(reversed(range(len(at))))
    places = tuple(at[axes.index(i)] for i in range(len(at)))
    return ix.element(args[0], places)


def _reshaped(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    """Row-major places: axes that are joined give one number, axes that are split share it."""
    (x,) = args
    shape = np.empty(x.shape).reshape(op.shape).shape
    return ix.element(x, regrouped(at, shape, x.shape))


def regrouped(at: Places, shape: tuple[int, ...], into: tuple[int, ...]) -> Places:
    """Places in an array of `shape` as places in the same numbers arranged as `into`."""
    found: list[Place] = []
    i = j = 0
    while j < len(into):
        if into[j] == 1:
            found.append(Place())
            j += 1
            continue
        flat, size, start = Place(), 1, j
        inner = into[j]
        j += 1
        while size != inner or size == 1:
            if size < inner or size == 1:
                flat, size = flat * shape[i] + at[i], size * shape[i]
                i += 1
            else:
                inner, j = inner * into[j], j + 1
        found.extend(_split(flat, into[start:j]))
    return tuple(found)


def _split(flat: Place, shape: tuple[int, ...]) -> list[Place]:
    """One number as places along several axes."""
    if len(shape) == 1:
        return [flat]
    rest = int(np.prod(shape[1:]))
    first = Place(((Quotient(flat, rest), 1),))
    return [first, *_split(Place(((Quotient(flat, rest, rest=True), 1),)), shape[1:])]


def _matmul(_op: Op, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    a, b = args
    n = a.shape[-1]
    ranges = [] if n == 1 else [(ix.fresh(), n)]
    k = one(ranges[0][0]) if ranges else Place()
    rest = list(at)
    column = [] if len(b.shape) == 1 else [rest.pop()]
    line = [] if len(a.shape) == 1 else [rest.pop()]
    stack = tuple(rest)
    left = (*aligned(stack, a.shape[:-2]), *line, k) if line else (k,)
    right = (*aligned(stack, b.shape[:-2]), k, *column) if column else (k,)
    return total(ranges, product(ix.element(a, left), ix.element(b, right)))


def _indexed(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    """x[1:, 0]: each slice is a start and a step."""
    (x,) = args
    rest, places = list(at), []
    for axis, part in _basic(op.key, len(x.shape)):
        if axis is None:
            rest.pop(0)
        elif isinstance(part, int):
            places.append(Place(offset=part % x.shape[axis]))
        else:
            start, _, step = slice(*part).indices(x.shape[axis])
            places.append(rest.pop(0) * step + start)
    return ix.element(x, tuple(places))


def _put_back(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    """The adjoint of a slice: 0 but where the slice lies."""
    (x,) = args
    pairs, places = [], []
    for axis, part in _basic(op.key, len(op.shape)):
        if axis is None:
            places.append(Place())
        elif isinstance(part, int):
            pairs.append((at[axis], Place(offset=part % op.shape[axis])))
        else:
            start, _, step = slice(*part).indices(op.shape[axis])
            if abs(step) != 1:
                raise NoIndexForm
            places.append((at[axis] - start) * step)
    inner = perhaps_outside(x, tuple(places), ix) if places else ix.element(x, ())
    return product(Delta(tuple(pairs)), inner) if pairs else inner


def _basic(key: Any, ndim: int) -> list[tuple[int | None, Any]]:
    """The parts of a key with their axes, `...` written out; arrays of places have no index form."""
    parts = list(key.parts)
    if any(not (p is None or p is Ellipsis or isinstance(p, int | tuple)) for p in parts):
        raise NoIndexForm
    missing = ndim - sum(p is not None and p is not Ellipsis for p in parts)
    at = parts.index(Ellipsis) if Ellipsis in parts else len(parts)
    parts[at : at + 1] = [(None, None, None)] * missing
    axes = iter(range(ndim))
    return [(None, p) if p is None else (next(axes), p) for p in parts]


def _padded(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    places = tuple(p - before for p, (before, _) in zip(at, op.widths, strict=True))
    return perhaps_outside(args[0], places, ix)


def _joined(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    """The sum of all the inputs, each of which is 0 outside of its own part."""
    axis, start, parts = op.axis % len(at), 0, []
    for x in args:
        places = (*at[:axis], at[axis] - start, *at[axis + 1 :])
        parts.append(perhaps_outside(x, places, ix, {axis: x.shape[axis]}))
        start += x.shape[axis]
    result = parts[0]
    for p in parts[1:]:
        result = Apply(ops.add, args=(result, p))
    return result


def _taken(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    x, rows = args
    axis, row = _looked_up(op, x.shape, rows, at)
    return ix.element(x, (*at[:axis], row, *at[axis + len(rows.shape) :]))


def _looked_up(op: Any, shape: tuple[int, ...], rows: Term, at: Places) -> tuple[int, Place]:
    (axis,) = positive_axes(op.axis, len(shape))
    if not isinstance(rows, Symbol) or np.any(np.asarray(rows.value) < 0):
        raise NoIndexForm
    return axis, Place(((LookUp(rows, at[axis : axis + len(rows.shape)]), 1),))


def _added_to(op: Any, args: tuple[Term, ...], at: Places, ix: Indexer) -> Term:
    x, rows = args
    ranges = [(ix.fresh(), n) for n in rows.shape]
    inner = tuple(one(name) for name, _ in ranges)
    axis, row = _looked_up(op, op.shape, rows, (*at[: op.axis], *inner))
    places = (*at[:axis], *inner, *at[axis + 1 :])
    return total(ranges, product(Delta(((at[axis], row),)), ix.element(x, places)))


def _one_hot(_op: Op, args: tuple[Term, ...], at: Places, _ix: Indexer) -> Term:
    (labels,) = args
    if not isinstance(labels, Symbol):
        raise NoIndexForm
    place = (
        Place(((LookUp(labels, at[:-1]), 1),)) if labels.shape else Place(offset=int(labels.value))
    )
    return Delta(((at[-1], place),))


ARRANGEMENTS: dict[type, Form] = {
    ops.Sum: _sum,
    ops.Max: _max,
    ops.LogSumExp: _log_sum_exp,
    ops.Norm: _length,
    ops.SumTo: _sum_to,
    ops.BroadcastTo: _repeated,
    ops.Transpose: _transposed,
    ops.Reshape: _reshaped,
    ops.MatMul: _matmul,
    ops.Index: _indexed,
    ops.ScatterAdd: _put_back,
    ops.Pad: _padded,
    ops.Concatenate: _joined,
    ops.Take: _taken,
    ops.IndexAdd: _added_to,
    ops.OneHot: _one_hot,
}
