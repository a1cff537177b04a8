"""How weights are distributed, layer by layer.  Read next: `space.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.figures import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def histograms(
    values: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    title: str = "",
    x_label: str = "",
    bins: int = 30,
) -> Axes:
    """Outlines of histograms over common bins, one per entry."""
    ax = ax or style.new_axes()
    columns = {name: np.ravel(np.asarray(v, np.float64)) for name, v in values.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(columns.values())), bins).tolist()
    for i, (name, column) in enumerate(columns.items()):
        colour = style.PALETTE[i % len(style.PALETTE)]
        ax.hist(column, edges, histtype="stepfilled", color=colour, alpha=0.15)
        ax.hist(column, edges, histtype="step", color=colour, lw=1.4, label=name)
    style.dress(ax, title=title, x=x_label, y="count")
    if len(columns) > 1:
        ax.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)
    return ax
