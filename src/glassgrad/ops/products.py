"""Products by NumPy's names, composed of `matmul`: no rules.  Read next: `conv.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.linear import matmul
from glassgrad.ops.rearrange import diagonal, moveaxis, ravel, swapaxes
from glassgrad.ops.reduce import sum
from glassgrad.ops.shape import reshape, transpose
from glassgrad.ops.shared.axes import axes_of
from glassgrad.ops.shared.numpy_names import as_numpy


@as_numpy(np.dot)
def dot(a: Any, b: Any) -> Any:
    """The sum over the last axis of a and the last but one of b; a product, if one of them is a number.

    a : (..., D)   b : (D,) or (..., D, K)   y : the other axes of a, then those of b
    """
    if not np.ndim(a) or not np.ndim(b):
        return a * b
    return tensordot(a, b, (-1, -min(2, np.ndim(b))))


@as_numpy(np.inner)
def inner(a: Any, b: Any) -> Any:
    """The sum over the last axis of both.        a : (..., D)   b : (..., D)"""
    return a * b if not np.ndim(a) or not np.ndim(b) else tensordot(a, b, (-1, -1))


@as_numpy(np.vdot)
def vdot(a: Any, b: Any) -> Any:
    """The sum of all products of two arrays of one size.        y : ()

    Args:
        a: values of any shape.
        b: as many values.
    """
    return matmul(ravel(a), ravel(b))


@as_numpy(np.outer)
def outer(a: Any, b: Any) -> Any:
    """All products of an element of a and one of b.        a : (N,)   b : (K,)   y : (N, K)"""
    return reshape(a, (-1, 1)) * reshape(b, (1, -1))


@as_numpy(np.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """The sum over pairs of axes: the last so many of a with the first of b, or those that are named.

    Args:
        a: values of any shape.
        b: values of any shape.
        axes: how many, or which of a with which of b.

    Raises:
        ShapeError: axes of different lengths.
    """
    if isinstance(axes, Sequence):
        mine, other = axes_of(_several(axes[0]), np.ndim(a)), axes_of(_several(axes[1]), np.ndim(b))
    else:
        mine, other = tuple(range(np.ndim(a) - axes, np.ndim(a))), tuple(range(axes))
    lengths = [np.shape(a)[i] for i in mine]
    if lengths != [np.shape(b)[i] for i in other]:
        raise ShapeError(
            f"tensordot expects axes of equal length, got axes {mine} of {np.shape(a)} and {other} of "
            f"{np.shape(b)}: name others with axes=(those of a, those of b)."
        )
    left = [i for i in range(np.ndim(a)) if i not in mine]
    right = [i for i in range(np.ndim(b)) if i not in other]
    n = math.prod(lengths)
    shape = [np.shape(a)[i] for i in left] + [np.shape(b)[i] for i in right]
    rows = reshape(transpose(a, (*left, *mine)), (math.prod(shape[: len(left)]), n))
    columns = reshape(transpose(b, (*other, *right)), (n, math.prod(shape[len(left) :])))
    return reshape(matmul(rows, columns), tuple(shape))


def _several(axes: Any) -> tuple[int, ...]:
    return tuple(axes) if isinstance(axes, Sequence) else (axes,)


@as_numpy(np.trace)
def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum of the diagonal.        x : (N, N)   y : ()

    Args:
        offset: how far above the main diagonal.
        axis1: the axis of the rows.
        axis2: the axis of the columns.
    """
    return sum(diagonal(x, offset, axis1, axis2), -1)


@as_numpy(np.kron)
def kron(a: Any, b: Any) -> Any:
    """Each element of a times the whole of b.        a : (N, D)   b : (M, K)   y : (N·M, D·K)"""
    n = max(np.ndim(a), np.ndim(b))
    left = (1,) * (n - np.ndim(a)) + np.shape(a)
    right = (1,) * (n - np.ndim(b)) + np.shape(b)
    product = reshape(a, [m for p in left for m in (p, 1)]) * reshape(
        b, [m for p in right for m in (1, p)]
    )
    return reshape(product, tuple(p * q for p, q in zip(left, right, strict=True)))


@as_numpy(np.einsum)
def einsum(subscripts: str, *xs: Any) -> Any:
    """A sum of products in Einstein's way: a letter per axis, and letters that are not kept are summed.

    Args:
        xs: one array for each term of the subscripts.
        subscripts: a letter for each axis, as "ij,jk->ik".

    Raises:
        SettingError: "..." or subscripts that do not fit.
        ShapeError: a letter with two lengths.

    >>> einsum("nd,kd->nk", np.ones((2, 3)), np.ones((4, 3))).shape
    (2, 4)
    """
    terms, kept = _subscripts(subscripts, xs)
    lengths = _lengths(terms, xs)
    x, have = _without_repeats(xs[0], terms[0])
    for i, (y, term) in enumerate(zip(xs[1:], terms[1:], strict=True), 2):
        y, other = _without_repeats(y, term)
        later = set(kept).union(*terms[i:])
        x, have = _pair(x, have, y, other, later, lengths)
    gone = tuple(i for i, letter in enumerate(have) if letter not in kept)
    have = "".join(letter for letter in have if letter in kept)
    x = sum(x, gone) if gone else x
    return transpose(x, [have.index(letter) for letter in kept]) if len(kept) > 1 else x


def _subscripts(subscripts: Any, xs: Sequence[Any]) -> tuple[list[str], str]:
    text = subscripts.replace(" ", "") if isinstance(subscripts, str) else ""
    left, arrow, kept = text.partition("->")
    terms = left.split(",")
    if not arrow:
        letters = left.replace(",", "")
        kept = "".join(sorted(c for c in set(letters) if letters.count(c) == 1))
    fits = len(terms) == len(xs) and all(
        len(t) == np.ndim(x) for t, x in zip(terms, xs, strict=False)
    )
    named = set(kept) <= set(left) and len(set(kept)) == len(kept)
    if not fits or not named or not all(t.isalpha() or not t for t in [*terms, kept]):
        raise SettingError(
            f"einsum expects one letter per axis, such as 'nd,kd->nk' for two matrices, got "
            f"{subscripts!r} for shapes {', '.join(str(np.shape(x)) for x in xs)}: write letters, "
            "also in place of '...'."
        )
    return terms, kept


def _lengths(terms: list[str], xs: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for term, x in zip(terms, xs, strict=True):
        for letter, n in zip(term, np.shape(x), strict=True):
            if found.setdefault(letter, n) != n:
                raise ShapeError(f"einsum: axis {letter!r} has lengths {found[letter]} and {n}.")
    return found


def _without_repeats(x: Any, term: str) -> tuple[Any, str]:
    """A letter that occurs twice in one term means the diagonal."""
    for letter in term:
        while term.count(letter) > 1:
            i, j = term.index(letter), term.rindex(letter)
            x = diagonal(x, 0, i, j)
            term = term[:i] + term[i + 1 : j] + term[j + 1 :] + letter
    return x, term


def _pair(
    a: Any, left: str, b: Any, right: str, later: set[str], lengths: dict[str, int]
) -> tuple[Any, str]:
    """Two terms as one: a product of matrices for each value of the letters that both have and keep."""
    for_each = [c for c in left if c in right and c in later]
    summed = [c for c in left if c in right and c not in later]
    rows = [c for c in left if c not in right]
    columns = [c for c in right if c not in left]

    def matrices(x: Any, have: str, *groups: list[str]) -> Any:
        x = transpose(x, [have.index(c) for group in groups for c in group])
        return reshape(x, tuple(math.prod(lengths[c] for c in group) for group in groups))

    y = matmul(
        matrices(a, left, for_each, rows, summed), matrices(b, right, for_each, summed, columns)
    )
    letters = [*for_each, *rows, *columns]
    return reshape(y, tuple(lengths[c] for c in letters)), "".join(letters)


as_numpy(np.linalg.matmul)(matmul)
as_numpy(np.linalg.tensordot)(tensordot)
as_numpy(np.linalg.outer)(outer)
as_numpy(np.linalg.diagonal)(lambda x, offset=0: diagonal(x, offset, -2, -1))
as_numpy(np.linalg.trace)(lambda x, offset=0: trace(x, offset, -2, -1))
as_numpy(np.linalg.matrix_transpose)(lambda x: swapaxes(x, -1, -2))
as_numpy(np.rollaxis)(lambda a, axis, start=0: _rolled(a, axis, start))


def _rolled(a: Any, axis: int, start: int) -> Any:
    """NumPy's old way to say moveaxis: the axis comes to stand before `start`."""
    (place,) = axes_of(axis, np.ndim(a))
    target = start + np.ndim(a) if start < 0 else start
    return moveaxis(a, place, target - (place < target))
