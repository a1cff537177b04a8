"""Rows by their number, which is an input: look-up tables, and labels as indicator rows.

Read next: `linear.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import DtypeError, RangeError, SettingError
from glassgrad.ops.base import Op
from glassgrad.ops.shared.axes import axis_of, whole_number
from glassgrad.ops.shared.checks import require_labels
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class Take(Op):
    r"""Rows by their number, $y_{i} = x_{\text{rows}_i}$ along an axis: an embedding, a look-up table.

    x : (...)   rows : (...), whole numbers   y : x's shape with that of rows in place of the axis

    $\bar x$ adds up what the copies of a row send back.  Rows get no gradient.
    """

    axis: int = 0

    selects = True
    latex, onnx, source = r"{0}_{{{1}}}", "Gather", "ONNX operator Gather"

    def validate(self, x, rows):
        axis = axis_of(self.axis, np.ndim(x))
        n, places = np.shape(x)[axis], np.ravel(rows)
        if (wrong := places[(places < -n) | (places >= n)]).size:
            raise RangeError(
                f"Take expects rows from {-n} to {n - 1} along axis {axis} of shape {np.shape(x)}, "
                f"got {wrong[0]}: make the table longer, or look where that number came from."
            )

    def forward(self, x, rows):
        axis = axis_of(self.axis, np.ndim(x))
        if np.asarray(rows).dtype.kind not in "iu":
            raise DtypeError(
                f"Take expects whole numbers as rows, got {np.asarray(rows).dtype}: "
                "write rows.astype(np.int64)."
            )
        self.validate(x, rows)
        return np.take(x, rows, axis)

    def vjp(self, g, _y, x, rows):
        return IndexAdd(x.shape, self.axis)(g, rows), None

    def index_form(self, ix, at, x, rows):
        axis, n = axis_of(self.axis, len(x.shape)), len(rows.shape)
        row = ix.look_up(rows, at[axis : axis + n])
        return ix.element(x, [*at[:axis], row, *at[axis + n :]])

    def witness(self, x, rows):
        x = np.moveaxis(x, self.axis, 0)
        y = np.array([x[r] for r in rows.flat]).reshape(*rows.shape, *x.shape[1:])
        axis = self.axis % x.ndim
        return np.moveaxis(y, range(rows.ndim), range(axis, axis + rows.ndim))

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(4, 3)), np.array([[2, 0], [2, 3]])
        yield cls(axis=-1), rng.normal(size=(2, 3)), np.array([0, -1])
        yield cls(axis=1), rng.normal(size=(2, 3)), np.array(1)
        yield cls(), rng.normal(size=(2, 3)), np.zeros((0,), int)

    @classmethod
    def errors(cls):
        yield lambda: take(np.ones((2, 3)), np.array([0, 5])), "rows from -2 to 1 along axis 0"
        yield lambda: take(np.ones(3), np.array([0.5])), "expects whole numbers as rows"


@entrance
def take(x: Any, rows: Any, axis: int = 0) -> Any:
    """Rows of `x` by number along an axis; see `Take`.

    Args:
        rows: whole numbers, of any shape.
        axis: along which they are taken.
    """
    return Take(axis)(x, rows)


@dataclass(frozen=True)
class IndexAdd(Op):
    r"""The adjoint of `Take`: zeros of `shape`, to whose rows those of x are added.

    x : as `Take` gives it   rows : (...), whole numbers   y : `shape`   $\bar x = \bar y_\text{rows}$
    """

    shape: tuple[int, ...]
    axis: int = 0

    moves = True
    latex, onnx = r"\mathrm{{add}}_{{{1}}}\left({0}\right)", "ScatterElements"
    source = "ONNX operator ScatterElements with reduction=add"

    def forward(self, x, rows):
        y = np.zeros(self.shape, x.dtype)
        np.add.at(y, (slice(None),) * axis_of(self.axis, y.ndim) + (rows,), x)
        return y

    def vjp(self, g, _y, _x, rows):
        return take(g, rows, self.axis), None

    def index_form(self, ix, at, x, rows):
        ranges, inner = ix.letters(*rows.shape)
        axis = axis_of(self.axis, len(at))
        is_row = ix.equal((at[axis], ix.look_up(rows, inner)))
        copy = ix.element(x, [*at[:axis], *inner, *at[axis + 1 :]])
        return ix.sum(ranges, ix.product(is_row, copy))

    def witness(self, x, rows):
        y = np.zeros(self.shape)
        for place in np.ndindex(x.shape):
            a = self.axis % len(self.shape)
            b = a + rows.ndim
            y[(*place[:a], rows[place[a:b]], *place[b:])] += x[place]
        return y

    @classmethod
    def samples(cls, rng):
        yield cls((4, 3)), rng.normal(size=(2, 2, 3)), np.array([[2, 0], [2, 3]])
        yield cls((2, 3), axis=1), rng.normal(size=(2, 2)), np.array([0, -1])
        yield cls((2, 3), axis=-1), rng.normal(size=(2, 2)), np.array([0, -1])

    @classmethod
    def errors(cls):
        yield lambda: cls((4, 3))(np.ones((2, 2)), np.array([0, 1])), "IndexAdd cannot use shapes"


@dataclass(frozen=True)
class OneHot(Op):
    r"""Indicator rows: $y_{nk} = 1$ if $k$ is label n, else 0.     labels : (...)   y : (..., K)

    Raises:
        LabelError: a label outside 0 … K-1, or not an integer; the message names its row.
    """

    classes: int
    dtype: str = "float32"

    latex, onnx, source = r"\mathbb{{1}}_{{{0}}}", "OneHot", "Bishop 2006, §4.1.3"

    def validate(self, labels):
        require_labels(self, np.asarray(labels), self.classes)

    def forward(self, labels):
        self.validate(labels)
        hits = np.asarray(labels)[..., None] == np.arange(self.classes)
        return hits.astype(self.dtype)

    def vjp(self, _g, _y, _labels):
        return None

    def index_form(self, ix, at, labels):
        return ix.equal((at[-1], ix.look_up(labels, at[:-1])))

    def witness(self, labels):
        y = np.zeros((*labels.shape, self.classes))
        for place in np.ndindex(labels.shape):
            y[(*place, labels[place])] = 1
        return y

    @classmethod
    def samples(cls, rng):
        yield cls(4), np.array([0, 3, 1])
        yield cls(2, "float64"), np.array([[0], [1]], np.uint8)
        yield cls(3), np.array(2)
        yield cls(3), np.zeros((0,), int)

    @classmethod
    def errors(cls):
        yield lambda: one_hot(np.array([0, 3]), 3), "labels from 0 to 2, got 3 in row 1"
        yield lambda: one_hot(np.array([-1, 0]), 3), "got -1 in row 0"
        yield (
            lambda: one_hot(np.array([0, 1.5]), 3),
            "got float64 1.5 in row 1: write labels.astype",
        )


@entrance
def one_hot(labels: Any, classes: int, dtype: Any = np.float32) -> Any:
    """A row of zeros with a 1 at the label, for each label; see `OneHot`.

    Args:
        labels: whole numbers from 0 to K-1.
        classes: K.
        dtype: of the result.

    Raises:
        SettingError: no classes, more than there can be, or a dtype that is not one of numbers.
    """
    if not 1 <= whole_number(classes, "classes") < 2**31:
        raise SettingError(
            f"one_hot expects classes from 1 up to 2**31, got {classes}: count them."
        )
    try:
        kind = np.dtype(dtype)
    except TypeError:
        kind = np.dtype(object)
    if kind.kind not in "fiub":
        raise SettingError(f"one_hot expects a dtype of numbers, got {dtype!r}: write np.float32.")
    return OneHot(classes, kind.name)(labels)
