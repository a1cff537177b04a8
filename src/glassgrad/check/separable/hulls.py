r"""Either a plane or a point: two sets of points can be separated, or their convex hulls meet.

With one row $a_i = s_i (x_i, 1)$ per point, for labels $s_i = \pm 1$, a plane is a $v$ with $A v > 0$,
and a point in both hulls is a $\lambda \ge 0$, not all 0, with $A^\top \lambda = 0$ (Gordan 1873).  Linear
programming finds one of the two; both are checked here by plain arithmetic before anybody is told.
Several classes are the same with a row per point and wrong class.  Read next: `leave_out.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """The rows of $A$, and which point each belongs to."""

    matrix: Any
    """(rows, unknowns), sparse for more than two classes."""
    point: Array
    """(rows,) index of the point."""

    @classmethod
    def of(cls, x: Array, y: Array, classes: int) -> Rows:
        """x : (N, D)   y : (N,) class numbers from 0"""
        from scipy import sparse

        ones = np.hstack([x, np.ones((len(x), 1))])
        if classes == 2:
            return cls((2.0 * y - 1.0)[:, None] * ones, np.arange(len(x)))
        n, k, width = len(x), classes, ones.shape[1]
        point = np.repeat(np.arange(n), k - 1)
        rival = np.array([c for label in y for c in range(k) if c != label], dtype=int)
        plus, minus = (
            sparse.csr_array(
                (
                    ones[point].ravel(),
                    (block[:, None] * width + np.arange(width)).ravel(),
                    np.arange(0, len(point) * width + 1, width),
                ),
                shape=(len(point), k * width),
            )
            for block in (y[point], rival)
        )
        return cls((plus - minus).tocsr(), point)

    def only(self, points: Array) -> Rows:
        """The rows of some points, `points` a boolean per point."""
        kept = points[self.point]
        return Rows(self.matrix[kept], self.point[kept])

    @property
    def scale(self) -> float:
        """The size of the numbers: what rounding is measured by."""
        return float(abs(self.matrix).max()) if self.matrix.shape[0] else 1.0


def plane(rows: Rows) -> Array | None:
    """v with A v > 0 in every row, by more than rounding; None if linear programming finds none."""
    from scipy.optimize import linprog

    count, unknowns = rows.matrix.shape
    if count == 0:
        return np.zeros(unknowns)
    matrix = _with_column(-rows.matrix, np.ones(count))
    cost = np.append(np.zeros(unknowns), -1.0)
    bounds = [(-1.0, 1.0)] * unknowns + [(None, 1.0)]
    found = linprog(cost, matrix, np.zeros(count), bounds=bounds, method="highs")
    if found.x is None:
        return None
    v = found.x[:-1]
    gaps = rows.matrix @ v
    safe = 8 * np.finfo(float).eps * unknowns * rows.scale
    return v if gaps.min() > safe else None


def meeting(rows: Rows, prefer: Array | None = None) -> Array | None:
    r"""$\lambda \ge 0$ with $A^\top \lambda = 0$ and sum 1, to rounding; None if there is none.

    The result is a corner of all such $\lambda$, so the points that it weighs cannot be separated, but
    without any one of them they can (Gleeson & Ryan 1990).
    """
    from scipy.optimize import linprog

    count, unknowns = rows.matrix.shape
    if count == 0:
        return None
    equal = _with_row(rows.matrix.T, np.ones(count))
    right = np.append(np.zeros(unknowns), 1.0)
    cost = np.zeros(count) if prefer is None else prefer[rows.point]
    found = linprog(cost, A_eq=equal, b_eq=right, bounds=(0, None), method="highs-ds")
    if found.x is None:
        return None
    return _polished(equal, right, found.x, rows.scale)


def _polished(equal: Any, right: Array, weights: Array, scale: float) -> Array | None:
    """The same corner to rounding error: the linear program stops at 1e-7."""
    used = np.flatnonzero(weights > 1e-9)
    columns = equal[:, used]
    columns = columns.toarray() if hasattr(columns, "toarray") else columns
    exact = np.linalg.lstsq(columns, right, rcond=None)[0]
    residual = np.abs(columns @ exact - right).max()
    if exact.min() < 0 or residual > 1e-12 * max(scale, 1.0):
        return None
    full = np.zeros(len(weights))
    full[used] = exact
    return full


def _with_column(matrix: Any, column: Array) -> Any:
    from scipy import sparse

    if sparse.issparse(matrix):
        return sparse.hstack([matrix, sparse.csr_array(column[:, None])]).tocsr()
    return np.hstack([matrix, column[:, None]])


def _with_row(matrix: Any, row: Array) -> Any:
    from scipy import sparse

    if sparse.issparse(matrix):
        return sparse.vstack([matrix, sparse.csr_array(row[None, :])]).tocsc()
    return np.vstack([matrix, row[None, :]])


def widest(plus: Array, minus: Array) -> tuple[Array, float, float, float]:
    r"""The plane with the largest margin between two sets that can be separated.

    The nearest points of the two hulls span it.  They are found by non-negative least squares on the few
    points that matter, which are collected one at a time.

    Returns:
        w and b with $w \cdot x + b$ ≥ margin on `plus`, ≤ −margin on `minus` and $|w| = 1$; the margin; and
        what no plane can exceed.
    """
    work = [[0], [0]]
    sets, centre = (plus, minus), np.vstack([plus, minus]).mean(axis=0)
    sets = tuple(s - centre for s in sets)
    best = (np.zeros(plus.shape[1]), 0.0, -np.inf)
    bound = np.inf
    for _ in range(4 * plus.shape[1] + 60):
        p, q = _nearest(sets[0][work[0]], sets[1][work[1]])
        w = (p - q) / np.linalg.norm(p - q)
        low, high = sets[0] @ w, sets[1] @ w
        bound = float(np.linalg.norm(p - q)) / 2
        margin = float(low.min() - high.max()) / 2
        if margin > best[2]:
            best = (w, -float(low.min() + high.max()) / 2, margin)
        if margin > bound * (1 - 1e-9):
            break
        new = int(low.argmin()), int(high.argmax())
        if new[0] in work[0] and new[1] in work[1]:
            break
        for found, kept in zip(new, work, strict=True):
            if found not in kept:
                kept.append(found)
    w, b, margin = best
    return w, b - float(w @ centre), margin, bound


def _nearest(plus: Array, minus: Array) -> tuple[Array, Array]:
    """The nearest points of two small hulls."""
    from scipy.optimize import nnls

    heavy = 1e4 * max(np.abs(plus).max(), np.abs(minus).max(), 1e-300)
    n, m = len(plus), len(minus)
    sums = np.zeros((2, n + m))
    sums[0, :n] = sums[1, n:] = heavy
    left = np.vstack([np.hstack([plus.T, -minus.T]), sums])
    right = np.append(np.zeros(plus.shape[1]), [heavy, heavy])
    weights = nnls(left, right)[0]
    alpha, beta = weights[:n], weights[n:]
    return alpha @ plus / alpha.sum(), beta @ minus / beta.sum()
