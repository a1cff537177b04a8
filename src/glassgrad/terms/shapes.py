"""The shape of a term: a tuple of sizes, one for each axis.  Read next: `terms.py`."""

from __future__ import annotations

import numpy as np

Dim = int
"""The size of an axis."""

Shape = tuple[Dim, ...]


def broadcast(*shapes: Shape) -> Shape:
    """The shape that an elementwise op makes of these: from the right, equal lengths or 1."""
    return np.broadcast_shapes(*shapes)
