"""Can a linear classifier be right on every point?  A plane that shows it, or a point that forbids it.

Read next: `hulls.py` for the either-or, `leave_out.py` for the points in the way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.arguments import reals
from glassgrad.check.separable.hulls import Rows, meeting, plane, widest
from glassgrad.check.separable.leave_out import LeaveOut, fewest
from glassgrad.check.shared.verdict import Verdict
from glassgrad.errors import DataError, DtypeError, ShapeError
from glassgrad.notation.lines import Line
from glassgrad.notation.numbers import number_text
from glassgrad.validate import validated

Array = NDArray[Any]


@dataclass(frozen=True, repr=False)
class SeparableVerdict(Verdict):
    """Whether the classes can be separated linearly, and what proves it."""

    decided: bool = True
    """False if neither proof holds in float64: the classes all but touch."""
    w: Array | None = None
    """(D,) for two classes, (K, D) for more: class k where w[k]·x + b[k] is largest."""
    b: Any = None
    margin: float | None = None
    """Half the width of the empty strip, for two classes; `margin_bound` is what no plane exceeds."""
    margin_bound: float | None = None
    point: Array | None = None
    """A point in both hulls, for two classes."""
    weights: dict[int, float] = field(default_factory=dict)
    """Weight of each point in the proof that they cannot be; per class they add up to 1."""
    leave_out: LeaveOut | None = None


@validated(
    but=(
        "x",
        "y",
    )
)
def separable(
    x: ArrayLike,
    y: ArrayLike,
    *,
    leave_out: bool = True,
    seconds: float = 10.0,
    rng: np.random.Generator | int | None = 0,
) -> SeparableVerdict:
    r"""Whether some $w, b$ put every point on its own side, with a proof either way.

    x : (N, D)   y : (N,) labels of two classes, or of K for a linear softmax classifier

    Two finite sets can be separated exactly if their convex hulls do not meet.  The proof is a plane with
    its margin, or a point of both hulls with its weights; either is checked before it is given.

    Args:
        leave_out: whether to look for the fewest points without which the rest can be separated.
        seconds: how long to look; after that the answer is a range.
        rng: where ties in that search are broken.

    Raises:
        ShapeError: x that is not (N, D), or y that is not (N,).
        DataError: fewer than two classes, or numbers that are not finite.

    >>> corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> print(separable(corners, [0, 0, 0, 1]))
    separable: w·x + b > 0 for class 1 and < 0 for class 0, checked at all 4 points.
      w = [0.7071, 0.7071], b = -1.06066, margin 0.353553 (no plane has more)
    >>> print(separable(corners, [0, 1, 1, 0]))
    not separable: the point [0.5, 0.5] lies in both convex hulls.
      class 0: 0.5·x[0] + 0.5·x[3]
      class 1: 0.5·x[1] + 0.5·x[2]
      Without 1 point the rest can be separated, fewer do not do: x[0].
    """
    points, labels = _checked(reals(x, "x"), _labels(y))
    names, classes = np.unique(labels, return_inverse=True)
    middle, spread = points.mean(axis=0), points.std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    rows = Rows.of((points - middle) / spread, classes, len(names))
    if (v := plane(rows)) is not None:
        w = v.reshape(-1, points.shape[1] + 1)
        w, b = w[:, :-1] / spread, w[:, -1] - w[:, :-1] @ (middle / spread)
        if (verdict := _apart(points, classes, names, w, b)) is not None:
            return verdict
    if (weights := meeting(rows)) is not None:
        out = fewest(rows, len(points), seconds, np.random.default_rng(rng)) if leave_out else None
        verdict = _together(points, classes, names, rows.point, weights, out)
        if verdict is not None:
            return verdict
    said = "the classes all but touch, and float64 cannot tell whether they do."
    return SeparableVerdict(False, (Line(said, "undecided"),), decided=False)


def _labels(y: ArrayLike) -> Array:
    """Labels of any kind: numbers, or words."""
    try:
        labels = np.asarray(y)
    except ValueError as error:
        raise ShapeError(
            "y must hold one label per point, got rows of different lengths."
        ) from error
    if labels.dtype.kind not in "biufUS":
        raise DtypeError(f"y must hold numbers or words, got {labels.dtype}: write ['a', 'b'].")
    return labels


def _checked(x: Array, y: Array) -> tuple[Array, Array]:
    if x.ndim != 2 or y.shape != x.shape[:1]:
        raise ShapeError(f"separable needs x : (N, D) and y : (N,), got {x.shape} and {y.shape}.")
    if not np.isfinite(x).all():
        row = int(np.argmin(np.isfinite(x).all(axis=1)))
        raise DataError(f"row {row} of x is not finite: leave such points out first.")
    if len(np.unique(y)) < 2:
        raise DataError(f"separable needs points of two classes, got only {np.unique(y).tolist()}.")
    return x, y


def _apart(x: Array, y: Array, names: Array, w: Array, b: Array) -> SeparableVerdict | None:
    """The verdict for a plane, if the plane holds at every point."""
    if len(names) > 2:
        scores = x @ w.T + b
        own = scores[np.arange(len(x)), y]
        scores[np.arange(len(x)), y] = -np.inf
        if not (own > scores.max(axis=1)).all():
            return None
        said = (
            f"W x + b is largest for the right one of {len(names)} classes, checked at all "
            f"{len(x)} points."
        )
        return SeparableVerdict(True, (Line(said, "separable"),), w=w, b=b)
    normal, shift, margin, bound = widest(x[y == 1], x[y == 0])
    if (
        margin <= 0
    ):  # the widest strip was too thin to find; the plane of the linear program is proof
        size = float(np.linalg.norm(w[0]))
        normal, shift = w[0] / size, float(b[0]) / size
        margin = float(((2 * y - 1) * (x @ normal + shift)).min())
    if margin <= 0:
        return None
    most = "no plane has more" if bound - margin < 1e-6 * bound else f"at most {number_text(bound)}"
    said = f"w·x + b > 0 for class {names[1]} and < 0 for class {names[0]}, checked at all"
    plane = (
        f"w = {_vector(normal)}, b = {number_text(shift)}, margin {number_text(margin)} ({most})"
    )
    lines = (Line(f"{said} {len(x)} points.", "separable"), Line(plane, indent=2))
    return SeparableVerdict(True, lines, w=normal, b=shift, margin=margin, margin_bound=bound)


def _together(
    x: Array, y: Array, names: Array, point: Array, weights: Array, out: LeaveOut | None
) -> SeparableVerdict | None:
    """The verdict for a point in both hulls, if the weights hold."""
    share = np.bincount(point, weights, minlength=len(x))
    used = {int(i): float(share[i]) for i in np.flatnonzero(share)}
    if len(names) > 2:
        said = (
            f"no linear classifier puts these {len(used)} points into their classes: "
            f"{_points(list(used))}."
        )
        lines = (Line(said, "not separable"), *_without(out))
        return SeparableVerdict(False, lines, weights=used, leave_out=out)
    hulls = [np.where(y == k, share, 0.0) for k in (0, 1)]
    hulls = [h / h.sum() for h in hulls]
    p, q = (h @ x for h in hulls)
    if np.abs(p - q).max() > 1e-9 * max(1.0, np.abs(x).max()):
        return None
    found = [Line(f"the point {_vector(p)} lies in both convex hulls.", "not separable")]
    for name, hull in zip(names, hulls, strict=True):
        terms = [f"{number_text(hull[i])}·x[{i}]" for i in np.flatnonzero(hull)]
        found.append(Line(" + ".join(terms), f"class {name}", indent=2))
    used = {int(i): float(hulls[0][i] + hulls[1][i]) for i in used}
    lines = (*found, *_without(out))
    return SeparableVerdict(False, lines, point=p, weights=used, leave_out=out)


def _without(out: LeaveOut | None) -> tuple[Line, ...]:
    if out is None:
        return ()
    count = len(out.points)
    few = "fewer do not do" if out.exact else f"at least {out.at_least} must go"
    what = "1 point" if count == 1 else f"{count} points"
    said = f"Without {what} the rest can be separated, {few}: {_points(list(out.points))}."
    return (Line(said, indent=2),)


def _points(indices: list[int]) -> str:
    shown = ", ".join(f"x[{i}]" for i in indices[:20])
    return shown + (f" and {len(indices) - 20} more" if len(indices) > 20 else "")


def _vector(v: Array) -> str:
    return np.array2string(v, precision=4, separator=", ", threshold=12, suppress_small=True)
