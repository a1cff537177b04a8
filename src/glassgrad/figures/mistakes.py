"""The worst mistakes: the wrong answers of which the model was surest, with the pictures.

Often the label is wrong, or the picture is hard for a person too; it is the quickest way to learn what a
model has not understood.  Read next: `style.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.errors import ShapeError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@validated
def worst_mistakes(
    images: ArrayLike,
    true: ArrayLike,
    predicted: ArrayLike,
    probability: ArrayLike,
    fig: Figure | None = None,
    *,
    classes: Sequence[str] | None = None,
) -> Figure:
    """A grid of pictures, each with what is true, what was predicted and how sure the model was.

    images : (N, C, H, W) or (N, H, W)   true, predicted, probability : (N,)

    Args:
        fig: a figure to draw on; a new one by default.
        classes: their names; the numbers by default.

    Raises:
        ShapeError: images of another shape, or columns of another length.
    """
    pictures = _pictures(np.asarray(images, dtype=np.float64))
    columns = [np.ravel(c) for c in (true, predicted, probability)]
    if lengths := {len(c) for c in columns} - {len(pictures)}:
        got = ", ".join(map(str, sorted(lengths)))
        raise ShapeError(f"expected one row per image, got {got} for {len(pictures)} images.")
    rows = list(zip(*columns, strict=True))
    across = min(max(len(rows), 1), 8 if len(rows) > 12 else 6)
    lines = max(1, -(-len(rows) // across))
    height = 1.4 * lines + 0.4 if rows else 0.5
    fig = fig or style.new_figure(max(3.6, 1.15 * across), height)
    axes = fig.subplots(lines, across, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    names = [[str(c if classes is None else classes[int(c)]) for c in row[:2]] for row in rows]
    is_long = any(len(name) > 5 for pair in names for name in pair)
    for ax, picture, pair, row in zip(axes.flat, pictures, names, rows, strict=False):
        _panel(ax, picture, ("\n→ " if is_long else " → ").join(pair), row[2])
    title = "Surest mistakes" if rows else "No mistakes"
    fig.suptitle(title, fontsize=style.LARGE, color=style.INK, x=0.006, ha="left")
    return fig


def _panel(ax: Axes, picture: NDArray[Any], title: str, probability: float) -> None:
    ax.set_axis_on()
    style.bare(ax)
    ax.imshow(picture, cmap="gray_r", vmin=0.0, vmax=1.0)
    size = style.SMALL if "\n" in title else style.NORMAL
    ax.set_title(title, fontsize=size, color=style.INK, pad=3)
    ax.set_xlabel(f"{probability:.0%} sure", fontsize=style.SMALL, color=style.PALE, labelpad=2)


def _pictures(images: NDArray[Any]) -> NDArray[Any]:
    """Images as (N, H, W) or (N, H, W, 3), scaled together to 0 … 1."""
    if images.ndim == 4 and images.shape[1] in (1, 3):
        images = images[:, 0] if images.shape[1] == 1 else images.transpose(0, 2, 3, 1)
    elif images.ndim != 3:
        raise ShapeError(
            f"expected images (N, C, H, W) with 1 or 3 channels, or (N, H, W), got {images.shape}."
        )
    low, high = images.min(initial=np.inf), images.max(initial=-np.inf)
    return (images - low) / (high - low) if high > low else np.zeros_like(images)
