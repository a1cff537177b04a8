"""Lines over an axis: curves of several runs, with a band where there are repetitions.

Lines differ in colour and in form, so they survive grey printing.  Read next: `decision.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.errors import ShapeError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))
_MARKS = ("o", "s", "^", "D", "v", "P")


@validated
def lines(
    x: ArrayLike,
    series: Mapping[str, ArrayLike],
    ax: Axes | None = None,
    *,
    title: str = "",
    x_label: str = "",
    y_label: str = "",
    log_x: bool = False,
    log_y: bool = False,
    marks: bool | None = None,
) -> Axes:
    """One line per entry of `series`: (n,), or (S, n) for S repetitions, drawn as mean and deviation.

    Args:
        marks: whether points are marked; by default where there are few.
        x: places along the axis, of all lines or of each.
        ax: the axes of a figure to draw on; new ones by default.
        title: above the figure.
        x_label: under it.
        y_label: beside it.
        log_x: whether the axis is logarithmic.
        log_y: whether the other one is.

    Raises:
        ShapeError: a line that does not have as many points as x.
    """
    ax = ax or style.new_axes()
    at = np.asarray(x, np.float64)
    marked = len(at) <= 15 if marks is None else marks
    for i, (name, values) in enumerate(series.items()):
        rows = np.atleast_2d(np.asarray(values, np.float64))
        if rows.shape[1:] != at.shape:
            raise ShapeError(f"{name}: expected {len(at)} points as in x, got {rows.shape}.")
        _line(ax, at, rows, name, i, marked)
    style.dress(ax, title=title, x=x_label, y=y_label)
    _scales(ax, at, log_x, log_y)
    if len(series) > 1:
        ax.legend(frameon=False, fontsize=style.SMALL, labelcolor=style.INK)
    return ax


def _line(ax: Axes, x: np.ndarray, rows: np.ndarray, name: str, i: int, marked: bool) -> None:
    colour, mean = style.PALETTE[i % len(style.PALETTE)], rows.mean(axis=0)
    mark = _MARKS[i % len(_MARKS)] if marked else ""
    dash = _DASHES[i % len(_DASHES)]
    ax.plot(x, mean, color=colour, linestyle=dash, marker=mark, ms=3.5, lw=1.5, label=name)
    if len(rows) > 1:
        spread = rows.std(axis=0, ddof=1)
        low = np.maximum(mean - spread, 0.0 if rows.min() >= 0 else -np.inf)  # no negative errors
        ax.fill_between(x, low, mean + spread, color=colour, alpha=0.18, linewidth=0)


def _scales(ax: Axes, x: np.ndarray, log_x: bool, log_y: bool) -> None:
    """Logarithmic axes with plain numbers; whole numbers where x counts something."""
    from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

    if not log_x and len(x) and np.array_equal(x, np.round(x)):
        ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    for axis, is_log in ((ax.xaxis, log_x), (ax.yaxis, log_y)):
        if not is_log:
            continue
        ax.set(**{f"{axis.axis_name}scale": "log"})
        low, high = sorted(axis.get_view_interval())
        span = high / max(low, 1e-300)
        if 4 < span < 200:  # hardly two powers of ten: 1, 2, 5, 10, 20, …
            axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("{x:g}" if span <= 4 else NullFormatter())
        axis.set_tick_params(which="both", labelsize=style.SMALL, labelcolor=style.INK)
