"""The plane coloured by what a classifier says, with its boundary in black and the points on it.

Read next: `functions.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.arguments import numbers
from glassgrad.errors import DataError, ShapeError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Score = Callable[[NDArray[np.float64]], NDArray[Any]]
_SOFT = ("#CFE3F2", "#F8D9C6", "#CDEBDF", "#FAE8C0", "#F0DCE8", "#DDF0FA")
_MARKS = ("o", "s", "^", "D", "v", "P")


@validated(but=("labels",))
def decision_map(
    score: Score | None,
    points: ArrayLike,
    labels: ArrayLike,
    ax: Axes | None = None,
    *,
    extent: tuple[float, float, float, float] | None = None,
    steps: int = 300,
    title: str = "",
    names: tuple[str, str] = ("$x_1$", "$x_2$"),
    ringed: ArrayLike | None = None,
) -> Axes:
    """Colour the plane by the class that `score` gives, and draw the points with their labels.

    score : (M, 2) → (M, K) scores, or (M,) where above 0 is class 1; None draws the points only.
    points : (N, 2)   labels : (N,) 0 … K-1

    Args:
        extent: left, right, bottom, top; by default a margin around the points.
        steps: points of the map along each axis.
        names: of the two axes.
        ringed: (N,) which points get a black ring: those that are wrong, for example.
        ax: the axes of a figure to draw on; new ones by default.
        title: above the figure.

    Raises:
        ShapeError: points that are not in the plane, no points, not one label for each, or a score
            that does not give one row for each place.
        DataError: labels that are not whole numbers from 0 on.
    """
    p, y = np.asarray(points, np.float64), np.asarray(labels)
    if p.ndim != 2 or p.shape[1] != 2 or len(p) == 0:
        raise ShapeError(f"expected points (N, 2), got {p.shape}.")
    if y.shape != p.shape[:1]:
        raise ShapeError(f"expected one label for each of {len(p)} points, got {y.shape}.")
    if y.dtype.kind not in "biuf" or np.any(y < 0) or np.any(y != np.floor(y)):
        raise DataError(f"expected labels 0, 1, …, got {y.dtype} such as {y[:3].tolist()}.")
    left, right, bottom, top = extent or _around(p)
    height = 3.7 * min(1.3, (top - bottom) / (right - left)) + 0.3
    ax = ax or style.new_axes(4.2, height)
    if score is not None:
        _colour(ax, score, (left, right, bottom, top), steps)
    for k in np.unique(y):
        some = p[y == k]
        look: dict[str, Any] = {
            "edgecolors": "white",
            "linewidths": 0.5,
            "marker": _MARKS[int(k) % 6],
        }
        ax.scatter(some[:, 0], some[:, 1], 18, color=style.PALETTE[int(k) % 8], zorder=3, **look)
    if ringed is not None and np.any(ringed):
        wrong = p[np.asarray(ringed, bool)]
        ax.scatter(
            wrong[:, 0], wrong[:, 1], 60, facecolors="none", edgecolors=style.ON_COLOUR, zorder=4
        )
    style.dress(ax, title=title, x=names[0], y=names[1], grid=False)
    ax.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
    return ax


def _around(p: NDArray[np.float64]) -> tuple[float, float, float, float]:
    low, high = p.min(axis=0), p.max(axis=0)
    margin = 0.08 * float((high - low).max() or 1.0)
    return low[0] - margin, high[0] + margin, low[1] - margin, high[1] + margin


def _colour(ax: Axes, score: Score, extent: tuple[float, ...], steps: int) -> None:
    """Soft colours for the classes, a black line between them."""
    from matplotlib.colors import ListedColormap

    left, right, bottom, top = extent
    u, v = np.meshgrid(np.linspace(left, right, steps), np.linspace(bottom, top, steps))
    found = numbers(score(np.stack([u.ravel(), v.ravel()], axis=1)), "score(points)")
    if found.ndim not in (1, 2) or len(found) != u.size:
        raise ShapeError(
            f"expected a score that gives (M,) or (M, K) for points (M, 2), M = {u.size}, "
            f"got {found.shape}."
        )
    if found.ndim == 1 or found.shape[1] == 1:
        found = np.stack([np.zeros(len(found)), np.ravel(found)], axis=1)
    kinds = found.shape[1]
    said = found.argmax(axis=1).reshape(u.shape)
    box = (left, right, bottom, top)
    colours = ListedColormap([_SOFT[k % len(_SOFT)] for k in range(kinds)])
    ax.imshow(said, origin="lower", extent=box, cmap=colours, vmin=-0.5, vmax=kinds - 0.5)
    for k in range(kinds if kinds > 2 else 1):  # class k against the best of the others
        others = np.delete(found, k, axis=1).max(axis=1)
        lead = (found[:, k] - others).reshape(u.shape)
        if lead.min() < 0 < lead.max():
            ax.contour(u, v, lead, levels=[0.0], colors="black", linewidths=1.2)
