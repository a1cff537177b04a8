"""How weights are distributed, layer by layer.  Read next: `space.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.errors import DataError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@validated
def histograms(
    values: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    title: str = "",
    x_label: str = "value",
    bins: int = 30,
) -> Axes:
    """Outlines of histograms over common bins, one per entry.

    Args:
        ax: the axes of a figure to draw on; new ones by default.
        title: above the figure.
        x_label: under it.
        values: arrays by name.
        bins: how many, from the least to the greatest value.

    Raises:
        DataError: nothing to count, or values that are not finite.
    """
    columns = {name: np.ravel(np.asarray(v, np.float64)) for name, v in values.items()}
    if not any(map(len, columns.values())):
        raise DataError(f"expected values to count, got none in {list(values)}.")
    for name, column in columns.items():
        if bad := int(np.sum(~np.isfinite(column))):
            raise DataError(
                f"expected finite values, got {bad} of {len(column)} otherwise in {name}."
            )
    ax = ax or style.new_axes()
    edges = np.histogram_bin_edges(np.concatenate(list(columns.values())), bins).tolist()
    for i, (name, column) in enumerate(columns.items()):
        colour = style.PALETTE[i % len(style.PALETTE)]
        ax.hist(column, edges, histtype="stepfilled", color=colour, alpha=0.15)
        ax.hist(column, edges, histtype="step", color=colour, lw=1.4, label=name)
    style.dress(ax, title=title, x=x_label, y="count")
    if len(columns) > 1:
        ax.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)
    return ax
