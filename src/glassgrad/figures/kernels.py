"""The first layer's weights as pictures: what each unit looks for.

Middle grey is zero.  All kernels share one scale, so a unit that learnt little looks flat.
Read next: `mistakes.py`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.errors import ShapeError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@validated
def first_layer_kernels(
    weights: ArrayLike,
    fig: Figure | None = None,
    *,
    image_shape: tuple[int, ...] | None = None,
    most: int = 64,
) -> Figure:
    """One small picture per kernel: grey for one channel, in colour for three.

    weights : (F, C, H, W) of a convolution, or (F, D) of a linear layer with
    `image_shape` = (C, H, W), D = C·H·W.  Of more than `most` kernels, those of largest norm.

    Args:
        fig: a figure to draw on; a new one by default.

    Raises:
        ShapeError: weights of another shape, or neither one nor three channels.
    """
    everything = _pictures(np.asarray(weights, dtype=np.float64), image_shape)
    pictures = everything[_strongest(everything, most)]
    limit = float(np.abs(pictures).max(initial=0.0)) or 1.0
    columns = _columns(len(pictures))
    rows = -(-len(pictures) // columns)
    fig = fig or style.new_figure(0.62 * columns + 0.9, 0.62 * rows + 0.5)
    axes = fig.subplots(rows, columns, squeeze=False)
    for ax in axes.flat:
        ax.set_axis_off()
    image: Any = None
    for ax, picture in zip(axes.flat, pictures, strict=False):
        ax.set_axis_on()
        style.bare(ax)
        if picture.shape[-1] == 3:
            ax.imshow(0.5 + picture / (2 * limit))
        else:
            image = ax.imshow(picture[..., 0], cmap="gray", vmin=-limit, vmax=limit)
    if image is not None:
        bar = fig.colorbar(image, ax=axes, aspect=30, fraction=0.04, pad=0.02)
        bar.ax.tick_params(labelsize=style.SMALL, colors=style.PALE, labelcolor=style.INK)
        bar.outline.set_visible(False)
    title = "First-layer weights"
    if len(pictures) < len(everything):
        title += f": the {len(pictures)} largest of {len(everything)}"
    fig.suptitle(title, fontsize=style.LARGE, color=style.INK, x=0.006, ha="left")
    return fig


def _pictures(weights: NDArray[Any], image_shape: tuple[int, ...] | None) -> NDArray[Any]:
    """The weights as (F, H, W, C)."""
    if weights.ndim == 2 and image_shape and math.prod(image_shape) == weights.shape[1]:
        weights = weights.reshape(-1, *image_shape)
    if weights.ndim != 4 or weights.shape[1] not in (1, 3):
        raise ShapeError(
            "expected weights (F, C, H, W) with 1 or 3 channels, or (F, C·H·W) and image_shape="
            f"(C, H, W), got {weights.shape} and image_shape={image_shape}."
        )
    return weights.transpose(0, 2, 3, 1)


def _strongest(pictures: NDArray[Any], most: int) -> NDArray[Any]:
    """Which kernels to show, in their own order."""
    norms = np.sqrt((pictures**2).sum(axis=(1, 2, 3)))
    return np.sort(np.argsort(-norms, kind="stable")[:most])


def _columns(count: int) -> int:
    """A grid about twice as wide as high, with as few empty places as may be."""
    rows = max(1, round(math.sqrt(count / 2)))
    widths = [-(-count // r) for r in (rows, rows - 1, rows + 1) if r > 0]
    return min(widths, key=lambda width: -count % width)
