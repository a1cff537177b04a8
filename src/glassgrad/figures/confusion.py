"""The confusion matrix as a picture: rows are what is true, columns what the model said.

Colour is the share of the row, on a square-root scale, so that a few mistakes among many right answers
can be seen; the numbers are counts.  Read next: `kernels.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from glassgrad.train.metrics import Confusion


@validated
def confusion(matrix: Confusion, ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix: labelled axes, counts in the cells, accuracy in the title.

    Args:
        ax: the axes of a figure to draw on; new ones by default.
    """
    from matplotlib.colors import PowerNorm

    k = len(matrix.classes)
    side = 1.8 + 0.38 * max(k, 4)
    ax = ax or style.new_axes(side, side)
    rows = matrix.counts.sum(axis=1, keepdims=True)
    shares = matrix.counts / np.maximum(rows, 1)
    ax.imshow(shares, cmap="Blues", norm=PowerNorm(0.5, 0.0, 1.0))
    _numbers(ax, matrix, shares)
    style.dress(ax, x="predicted", y="true", grid=False)
    wrong, total = int(rows.sum() - np.trace(matrix.counts)), int(rows.sum())
    ax.set_title(
        f"{matrix.accuracy:.2%} right, {wrong} of {total} wrong",
        fontsize=style.LARGE,
        color=style.INK,
        loc="left",
    )
    return ax


def _numbers(ax: Axes, matrix: Confusion, shares: np.ndarray) -> None:
    """Ticks with class names, thin white lines between cells, a count in each cell that has one."""
    k = len(matrix.classes)
    is_long = max(map(len, matrix.classes)) > 3
    ax.set_xticks(range(k), matrix.classes, rotation=45 if is_long and k > 3 else 0)
    if is_long and k > 3:
        for label in ax.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")
    ax.set_yticks(range(k), matrix.classes)
    ax.set_xticks(np.arange(k + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(k + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="white", linewidth=1.2)
    ax.tick_params(which="minor", length=0)
    digits = len(str(matrix.counts.max(initial=0)))
    size = min(11.0, 30.0 / digits) if k <= 4 else min(8.5, 30.0 / digits)
    for (i, j), count in np.ndenumerate(matrix.counts):
        if count:
            colour = "white" if shares[i, j] > 0.4 else style.ON_COLOUR
            ax.text(j, i, str(count), ha="center", va="center", color=colour, fontsize=size)
