"""What all convolutions share: how wide a tile is, and how much of an image is worked on at once.

Read next: `conv.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from glassgrad.kernels.argument_row import F32, Pair, Three
from glassgrad.kernels.loading import Kernel


class Pad(NamedTuple):
    """y (height, width, y_step) = the rows from `top` on of the padded image, C <= y_step channels."""

    y: F32
    x: F32
    y_step: int
    image: Three
    x_steps: Three
    top: int
    size: Pair
    padding: Pair
    apart: Pair


PAD = Kernel("padding", "pad", Pad)
"""Copies a block of rows, with its padding, to where a convolution works on it."""
WIDTHS = {32: 2.0, 24: 1.75, 16: 1.0, 8: 0.75}
"""Columns of a tile, and their cost: half a vector is cheaper than a whole one on some machines only."""
NEAR = 1 << 16
"""Numbers that a task works on, about, so that they stay in a core's own cache."""
MOST = 1 << 21
"""Numbers in the sums of all pieces of a batch, at most."""


def width_for(k: int) -> int:
    """Columns of a tile for k output channels."""
    return min(WIDTHS, key=lambda width: -(-k // width) * WIDTHS[width])


def rows_at_once(rows: int, images: int, per_row: int, halo: int, near: int = NEAR) -> int:
    """Output rows to a task: whole images if they are small or many, else less."""
    most = max(1, (near - halo) // per_row)
    pieces = max(-(-rows // most), -(-8 // images) if images else 1)
    return max(1, -(-rows // pieces))
