"""The fewest points without which the rest can be separated.

Every set of points whose hulls meet must lose one.  So: collect such sets, choose the fewest points that
hit all of them (a small integer program), try whether the rest can be separated, and if not collect the
sets that still meet.  When it can, no smaller choice exists; when time runs out, two bounds remain.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.check.separable.hulls import Rows, meeting, plane

Array = NDArray[Any]


@dataclass(frozen=True)
class LeaveOut:
    """Points to leave out; `at_least` is how many any choice needs."""

    points: tuple[int, ...]
    at_least: int

    @property
    def exact(self) -> bool:
        return len(self.points) == self.at_least


def fewest(rows: Rows, n: int, seconds: float, rng: np.random.Generator) -> LeaveOut:
    """Points to leave out of n, as few as can be proven within the time."""
    end = time.monotonic() + seconds
    best = _good_choice(rows, n, end)
    cuts: list[Array] = []
    at_least = 1
    chosen = np.zeros(n, dtype=bool)
    while at_least < len(best) and time.monotonic() < end:
        new = _disjoint_meetings(rows, ~chosen, rng, end)
        if not new:
            best = np.flatnonzero(chosen)
            break
        cuts += new
        chosen, at_least = _hit_all(cuts, n, max(0.5, end - time.monotonic()), at_least)
        if chosen.sum() < len(best) and plane(rows.only(~chosen)) is not None:
            best = np.flatnonzero(chosen)
    return LeaveOut(tuple(int(i) for i in best), min(at_least, len(best)))


def _disjoint_meetings(
    rows: Rows, kept: Array, rng: np.random.Generator, end: float
) -> list[Array]:
    """Sets of points whose hulls meet, no two with a point in common."""
    kept = kept.copy()
    found: list[Array] = []
    while time.monotonic() < end:
        part = rows.only(kept)
        weights = meeting(part, rng.random(len(kept)))
        if weights is None:
            break
        points = np.unique(part.point[weights > 0])
        found.append(points)
        kept[points] = False
    return found


def _hit_all(cuts: list[Array], n: int, seconds: float, at_least: int) -> tuple[Array, int]:
    """The fewest points with one in every cut, and how few that can be."""
    from scipy import sparse
    from scipy.optimize import Bounds, LinearConstraint, milp

    columns = np.concatenate(cuts)
    lines = np.repeat(np.arange(len(cuts)), [len(c) for c in cuts])
    matrix = sparse.csr_array((np.ones(len(columns)), (lines, columns)), shape=(len(cuts), n))
    found = milp(
        np.ones(n),
        constraints=LinearConstraint(matrix, lb=1.0),
        integrality=np.ones(n),
        bounds=Bounds(0, 1),
        options={"time_limit": seconds},
    )
    bound = max(at_least, int(np.ceil((found.mip_dual_bound or 0.0) - 1e-6)))
    chosen = found.x > 0.5 if found.x is not None else np.bincount(columns, minlength=n) > 0
    return chosen, bound


def _good_choice(rows: Rows, n: int, end: float) -> Array:
    """A choice that works, not always the smallest: who pays most for a plane goes first."""
    from scipy import sparse
    from scipy.optimize import linprog

    kept = np.ones(n, dtype=bool)
    out: list[int] = []
    while True:
        part = rows.only(kept)
        if plane(part) is not None:
            break
        count, unknowns = part.matrix.shape
        matrix = sparse.hstack([-sparse.csr_array(part.matrix), -sparse.eye_array(count)]).tocsr()
        bounds = [(None, None)] * unknowns + [(0.0, None)] * count
        cost = np.append(np.zeros(unknowns), np.ones(count))
        slack = linprog(cost, matrix, -np.ones(count), bounds=bounds, method="highs").x[unknowns:]
        late = time.monotonic() > end
        worst = np.unique(part.point[slack > 1e-9]) if late else part.point[[slack.argmax()]]
        out.extend(worst.tolist())
        kept[worst] = False
    for i in out:  # some may come back
        if time.monotonic() > end:
            break
        kept[i] = True
        if plane(rows.only(kept)) is None:
            kept[i] = False
    return np.flatnonzero(~kept)
