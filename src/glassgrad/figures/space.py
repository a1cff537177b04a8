"""Geometry: a vector projected onto a plane, and two point clouds in their convex hulls.

Read next: `style.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.errors import ShapeError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@validated
def projection(columns: ArrayLike, y: ArrayLike, fitted: ArrayLike, ax: Any = None) -> Any:
    """y, the plane spanned by two columns, and the foot of the perpendicular, in three dimensions.

    columns : (3, 2)   y, fitted : (3,)

    Args:
        ax: the axes of a figure to draw on; new ones by default.

    Raises:
        ShapeError: other shapes: there is nothing to be drawn in more dimensions.
    """
    X, y, foot = (np.asarray(a, np.float64) for a in (columns, y, fitted))
    if X.shape != (3, 2) or y.shape != (3,) or foot.shape != (3,):
        raise ShapeError(
            f"expected columns (3, 2), y and fitted (3,), got {X.shape}, {y.shape} and {foot.shape}."
        )
    if ax is None:
        ax = style.new_figure(4.8, 4.2).add_subplot(projection="3d")
    _plane(ax, X, foot)
    arrows = ((X[:, 0], style.GREEN, "$x_1$"), (X[:, 1], style.GREEN, "$x_2$"))
    for end, colour, name in (*arrows, (y, style.BLUE, "$y$"), (foot, style.RED, r"$\hat y$")):
        ax.quiver(0, 0, 0, *end, color=colour, arrow_length_ratio=0.08, lw=1.6)
        ax.text(*(1.07 * end), name, color=colour, fontsize=style.LARGE)
    ax.plot(*np.stack([foot, y], axis=1), color=style.INK, ls=":", lw=1.4)
    ax.text(*(0.5 * (foot + y) * 1.02), "  $r$", color=style.INK, fontsize=style.LARGE)
    ax.tick_params(labelsize=style.SMALL, colors=style.PALE)
    ax.set_box_aspect((1, 1, 1), zoom=0.88)  # room for the names of the axes
    for number, axis in enumerate((ax.xaxis, ax.yaxis, ax.zaxis), 1):
        axis.set_pane_color((0, 0, 0, 0))
        axis._axinfo["grid"].update(color=style.FAINT, linewidth=0.6)
        axis.set_label_text(f"coordinate {number}", fontsize=style.SMALL, color=style.PALE)
    return ax


def _plane(ax: Any, X: NDArray[Any], foot: NDArray[Any]) -> None:
    """A piece of the plane that holds the columns and the foot."""
    reach = 1.25 * max(1.0, *np.abs(np.linalg.lstsq(X, foot, rcond=None)[0]))
    a, b = np.meshgrid([-0.2, reach], [-0.2, reach])
    surface = X[:, 0][:, None, None] * a + X[:, 1][:, None, None] * b
    ax.plot_surface(*surface, color=style.SKY, alpha=0.22, linewidth=0)


@validated
def hulls(
    first: ArrayLike,
    second: ArrayLike,
    ax: Axes | None = None,
    *,
    line: tuple[ArrayLike, float] | None = None,
    common: ArrayLike | None = None,
    title: str = "",
    names: tuple[str, str] = ("$x_1$", "$x_2$"),
) -> Axes:
    """Two clouds with their convex hulls; a line w·x + b = 0 between them, or a point in both.

    first, second : (N, 2)   line : (w, b)   common : (2,)   names : of the two axes

    Args:
        ax: the axes of a figure to draw on; new ones by default.
        title: above the figure.

    Raises:
        ShapeError: points that are not in the plane, or all on one line: they have no hull to be seen.
    """
    from scipy.spatial import ConvexHull

    clouds = [np.asarray(first, np.float64), np.asarray(second, np.float64)]
    for cloud in clouds:
        flat = cloud.ndim != 2 or cloud.shape[1] != 2 or not np.isfinite(cloud).all()
        if flat or np.linalg.matrix_rank(cloud - cloud[:1]) < 2:
            raise ShapeError(f"expected points (N, 2), not all on one line, got {cloud.shape}.")
    ax = ax or style.new_axes(3.8, 3.4)
    for cloud, colour, mark in zip(clouds, (style.BLUE, style.RED), "os", strict=True):
        corners = cloud[ConvexHull(cloud).vertices]
        ax.fill(*corners.T, facecolor=colour, alpha=0.12, edgecolor=colour, lw=1.2)
        ax.scatter(cloud[:, 0], cloud[:, 1], 16, color=colour, marker=mark, zorder=3)
    style.dress(ax, title=title, x=names[0], y=names[1], grid=False)
    ax.set_aspect("equal")
    limits = ax.get_xlim(), ax.get_ylim()
    if line is not None:
        w, b = np.asarray(line[0], np.float64), line[1]
        foot, along = -b * w / (w @ w), np.array([-w[1], w[0]]) / np.linalg.norm(w)
        ends = np.stack([foot - 100 * along, foot + 100 * along])
        ax.plot(*ends.T, color=style.INK, lw=1.3)
    if common is not None:
        ax.plot(*np.asarray(common), "*", color=style.INK, ms=13, zorder=5)
    ax.set(xlim=limits[0], ylim=limits[1])
    return ax
