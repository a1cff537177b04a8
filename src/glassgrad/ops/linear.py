"""Matrix products: the one operation that deep learning spends its time on.

The rule is the same for numbers, vectors and stacks of matrices: multiply the cotangent by the other
factor, transposed, and sum over the axes along which a factor was repeated.  Read next: `conv.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import ShapeError
from glassgrad.ops.base import Op
from glassgrad.ops.reduce import sum, sum_to
from glassgrad.ops.shape import reshape, transpose
from glassgrad.ops.shared.checks import require_bias
from glassgrad.ops.shared.refusals import entrance


@dataclass(frozen=True)
class MatMul(Op):
    r"""Matrix product $y_{ik} = \sum_j a_{ij}\,b_{jk}$, for stacks of matrices too, as NumPy's `@`.

    a : (..., N, D) or (D,)   b : (..., D, K) or (D,)   y : (..., N, K), less the axis of a vector

    $\bar a = \bar y\, b^\top$,  $\bar b = a^\top \bar y$, summed over the axes that were repeated.
    """

    latex, onnx, source = r"{0}\,{1}", "MatMul", "Petersen & Pedersen 2012, Matrix Cookbook, §2"
    python = "{} @ {}"

    @np.errstate(all="ignore")
    def forward(self, a, b):
        return np.matmul(a, b)

    def fast(self, out, a, b):
        if a.ndim != 2 or b.ndim != 2 or a.shape[1] != b.shape[0] or 4 not in b.strides:
            return None
        from glassgrad.kernels.gemm import matmul

        return matmul(a, b, out)

    def vjp(self, g, _y, a, b):
        left, right = _matrix(a, 0), _matrix(b, -1)
        stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        g = _shaped(g, (*stack, left.shape[-2], right.shape[-1]))
        return (
            lambda: _shaped(sum_to(matmul(g, _flipped(right)), left.shape), a.shape),
            lambda: _shaped(sum_to(matmul(_flipped(left), g), right.shape), b.shape),
        )

    def index_form(self, ix, at, a, b):
        ranges, (k,) = ix.letters(a.shape[-1])
        stack = list(at)
        column = [stack.pop()] if len(b.shape) > 1 else []
        row = [stack.pop()] if len(a.shape) > 1 else []
        left = ix.element(a, [*ix.aligned(stack, a.shape[:-2]), *row, k])
        right = ix.element(b, [*ix.aligned(stack, b.shape[:-2]), k, *column])
        return ix.sum(ranges, ix.product(left, right))

    def witness(self, a, b):
        left, right = _matrix(a, 0), _matrix(b, -1)
        stack = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        left = np.broadcast_to(left, stack + left.shape[-2:])
        right = np.broadcast_to(right, stack + right.shape[-2:])
        y = np.zeros((*stack, left.shape[-2], right.shape[-1]))
        for *s, i, k in np.ndindex(y.shape):
            y[(*s, i, k)] = math.fsum(left[(*s, i)] * right[(*s, slice(None), k)])
        return y.reshape(stack + a.shape[-2:-1] + (b.shape[-1:] if b.ndim > 1 else ()))

    def refusal(self, *shapes):
        a, b = shapes
        return (
            f"MatMul expects a of shape (..., N, D) and b of shape (..., D, K), got {a} and {b}: the last "
            "axis of a must be as long as the last but one of b, and the axes before must broadcast. "
            "Write b.T where b is stored as (K, D)."
        )

    @classmethod
    def samples(cls, rng):
        shapes = [((3, 4), (4, 2)), ((4,), (4,)), ((4,), (2, 4, 3)), ((2, 3, 4), (4,))]
        shapes += [((2, 1, 3, 4), (3, 4, 2)), ((0, 3), (3, 2)), ((2, 0), (0, 3))]
        for a, b in shapes:
            yield cls(), rng.normal(size=a), rng.normal(size=b)

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((2, 3)), np.ones((2, 3))), "got (2, 3) and (2, 3)"
        yield lambda: cls()(np.ones((2, 3)), np.array(2.0)), "Write b.T"


def _matrix(x: Any, new_axis: int) -> Any:
    """A vector as a matrix of one row (new axis 0) or one column (new axis -1)."""
    return x if x.ndim > 1 else reshape(x, (1, *x.shape) if new_axis == 0 else (*x.shape, 1))


def _shaped(x: Any, shape: tuple[int, ...]) -> Any:
    return x if x.shape == shape else reshape(x, shape)


def _flipped(x: Any) -> Any:
    """Each matrix of the stack transposed."""
    n = x.ndim
    return transpose(x, (*range(n - 2), n - 1, n - 2))


matmul = MatMul()


@dataclass(frozen=True)
class Linear(Op):
    r"""Fully connected layer $y = x\,w^\top + b$, in one pass; w is laid out as in PyTorch.

    x : (..., D)   w : (K, D)   b : (K,)   y : (..., K)

    $\bar x = \bar y\,w$,  $\bar w = \bar y^\top x$,  $\bar b = \sum_n \bar y_n$
    """

    latex, onnx = r"{0}\,{1}^\top + {2}", ""
    source = "Rumelhart, Hinton & Williams 1986, Nature 323, eq. 1"

    @np.errstate(all="ignore")
    def forward(self, x, w, b):
        if np.ndim(w) != 2 or np.ndim(x) < 1 or x.shape[-1] != w.shape[1]:
            raise ShapeError(_advice(np.shape(x), np.shape(w)))
        require_bias(self, b, len(w))
        return np.matmul(x, w.T) + b

    def fast(self, out, x, w, b):
        if x.ndim != 2 or w.ndim != 2 or x.shape[1] != w.shape[1] or b.shape != w.shape[:1]:
            return None
        from glassgrad.kernels.gemm import matmul

        return matmul(x, w.T, out, bias=b) if 4 in w.strides else None

    def definition(self, x, w, b):
        return x @ transpose(w) + b

    def vjp(self, g, _y, x, w, _b):
        return (
            lambda: matmul(g, w),
            lambda: matmul(transpose(_rows(g)), _rows(x)),
            lambda: sum(_rows(g), 0),
        )

    def witness(self, x, w, b):
        y = np.zeros((*x.shape[:-1], len(w)))
        for *n, k in np.ndindex(y.shape):
            y[(*n, k)] = math.fsum([*(x[tuple(n)] * w[k]), b[k]])
        return y

    @classmethod
    def samples(cls, rng):
        for shape in [(5, 3), (3,), (2, 2, 3), (0, 3)]:
            yield cls(), rng.normal(size=shape), rng.normal(size=(4, 3)), rng.normal(size=4)

    @classmethod
    def errors(cls):
        x, w, b = np.ones((2, 3)), np.ones((4, 3)), np.ones(4)
        yield lambda: cls()(np.ones((2, 1, 3, 1)), w, b), "write x.reshape(2, 3)"
        yield lambda: cls()(x, np.ones(3), b), "expects w of shape (K, D), got (3,)"
        yield lambda: cls()(x, np.ones((3, 4)), b), "write w.T, if w is stored as (D, K)"
        yield lambda: cls()(x, w, x), "expects b of shape (4,), one number per row of w, got (2, 3)"


@entrance
def linear(x: Any, w: Any, b: Any = None) -> Any:
    """Fully connected layer, the bias may be left out; see `Linear`.

    Args:
        x: (N, D).
        w: (K, D).
        b: (K,), or None.

    >>> linear(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.5, 0.0]))
    array([[11.5, 17. ]])
    """
    return matmul(x, transpose(w)) if b is None else Linear()(x, w, b)


def _rows(x: Any) -> Any:
    """All axes but the last become one: (..., D) → (N, D)."""
    return _shaped(x, (math.prod(x.shape[:-1]), x.shape[-1]))


def _advice(x: tuple[int, ...], w: tuple[int, ...]) -> str:
    """What came, and what to write when the input and the weights of a layer do not fit."""
    if len(w) != 2:
        return f"Linear expects w of shape (K, D), got {w}: write w.reshape(K, D)."
    hint = f"make w of shape ({w[0]}, {x[-1] if x else 1})"
    if x[-1:] == w[:1]:
        hint = "write w.T, if w is stored as (D, K)"
    elif math.prod(x[1:]) == w[1]:
        hint = f"write x.reshape({x[0]}, {w[1]})"
    return f"Linear expects x of shape (..., {w[1]}), because w has shape {w}; got {x}: {hint}."
