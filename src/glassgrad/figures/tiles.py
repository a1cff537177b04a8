"""Small pictures in rows, each with a word above it: templates, drawn digits, filters' outputs.

Read next: `histograms.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.errors import ShapeError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@validated
def tiles(
    images: ArrayLike,
    titles: Sequence[str],
    fig: Figure | None = None,
    *,
    signed: bool = False,
    columns: int = 10,
    heading: str = "",
) -> Figure:
    """A grid of pictures on one common scale.

    images : (N, H, W)

    Args:
        titles: N words, written above the pictures.
        signed: blue below zero and red above it, white at zero; else black on white.
        columns: how many beside each other.
        fig: a figure to draw on; a new one by default.
        heading: above all of them.

    Raises:
        ShapeError: images of another shape, or not one title for each.
    """
    pictures = np.asarray(images, np.float64)
    if pictures.ndim != 3 or len(titles) != len(pictures):
        raise ShapeError(
            f"expected images (N, H, W) and N titles, got {pictures.shape}, {len(titles)}."
        )
    columns = min(columns, max(len(pictures), 1))
    rows = max(1, -(-len(pictures) // columns))
    fig = fig or style.new_figure(0.82 * columns + 0.3, 1.05 * rows + (0.35 if heading else 0.1))
    limit = float(np.abs(pictures).max(initial=0.0)) or 1.0
    low = -limit if signed else min(0.0, float(pictures.min(initial=0.0)))
    axes = fig.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    for ax, picture, title in zip(axes.flat, pictures, titles, strict=False):
        ax.set_axis_on()
        style.bare(ax)
        ax.imshow(picture, cmap="RdBu_r" if signed else "gray_r", vmin=low, vmax=limit)
        ax.set_title(title, fontsize=style.SMALL, color=style.INK, pad=3)
    if heading:
        fig.suptitle(heading, fontsize=style.LARGE, color=style.INK, x=0.006, ha="left")
    return fig
