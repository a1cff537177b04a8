"""A function and its derivative, the derivative also by differences: two curves that must be one.

Read next: `tiles.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.errors import ShapeError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@validated
def function_and_derivative(
    x: ArrayLike,
    y: ArrayLike,
    derivative: ArrayLike,
    numeric: ArrayLike | None = None,
    ax: Axes | None = None,
    *,
    title: str = "",
) -> Axes:
    """The function, its derivative, and, as dots on it, the difference quotient.

    x, y, derivative, numeric : (n,)

    Args:
        ax: the axes of a figure to draw on; new ones by default.
        title: above the figure.

    Raises:
        ShapeError: curves of another length than x.
    """
    at = np.asarray(x, np.float64)
    curves = {"y": y, "derivative": derivative, "numeric": at if numeric is None else numeric}
    for name, curve in curves.items():
        if at.ndim != 1 or np.shape(curve) != at.shape:
            raise ShapeError(f"expected x and {name} (n,), got {at.shape} and {np.shape(curve)}.")
    ax = ax or style.new_axes(3.4, 2.6)
    ax.plot(at, np.asarray(y), color=style.BLUE, lw=1.6, label="function")
    ax.plot(at, np.asarray(derivative), color=style.RED, lw=1.6, ls="--", label="derivative")
    if numeric is not None:
        some = slice(None, None, max(1, len(at) // 25))
        dots = np.asarray(numeric)[some]
        ax.plot(at[some], dots, "o", color=style.INK, ms=3, mfc="none", label="by differences")
    style.dress(ax, title=title, x="x")
    ax.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)
    return ax
