"""Learning curves: how loss and accuracy went, per batch (faint) and per epoch (strong).

Training is a solid line with dots, validation a dashed one with squares.  Read next: `confusion.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import DataError, SettingError
from glassgrad.figures import style
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from glassgrad.train.records import History

_MAX_POINTS = 150
"""More points than that are a thick smear: batches are averaged until so many remain."""


@validated
def learning_curves(history: History, fig: Figure | None = None) -> Figure:
    """Loss and, where there are classes, accuracy, side by side.

    Args:
        history: the records of a run, or of several by name.
        fig: a figure to draw on; a new one by default.
    """
    has_classes = any(step.accuracy is not None for step in history.steps)
    fig = fig or style.new_figure(8.6 if has_classes else 4.6, 3.3)
    panels = fig.subplots(1, 2 if has_classes else 1, squeeze=False)[0]
    for ax, quantity in zip(panels, ("loss", "accuracy"), strict=False):
        learning_curve(history, quantity, ax)
    return fig


@validated
def learning_curve(history: History, quantity: str = "loss", ax: Axes | None = None) -> Axes:
    """One quantity, "loss" or "accuracy", over the course of training.

    Args:
        ax: the axes of a figure to draw on; new ones by default.
        history: the records of a run, or of several by name.
        quantity: "loss" or "accuracy".

    Raises:
        DataError: a history without steps, or without that quantity.
        SettingError: another quantity.
    """
    if quantity not in ("loss", "accuracy"):
        raise SettingError(f"expected quantity 'loss' or 'accuracy', got {quantity!r}.")
    y = _column(history.steps, quantity)
    if not np.isfinite(y).any():
        raise DataError(f"expected a history with {quantity}, got {len(y)} steps without it.")
    ax = ax or style.new_axes()
    per_epoch = _epoch_length(history)
    x, epoch_x = (
        _column(records, "step") / per_epoch for records in (history.steps, history.epochs)
    )
    ax.plot(*_thinned(x, y), color=style.SKY, linewidth=0.8, alpha=0.7, label="batches")
    if len(epoch_x) > 1:  # the mean over a single epoch says nothing: it holds the untrained model
        means = _column(history.epochs, quantity)
        ax.plot(epoch_x, means, "o-", color=style.BLUE, ms=3.5, label="training")
    checked = _column(history.epochs, f"validation_{quantity}")
    if np.isfinite(checked).any():
        ax.plot(epoch_x, checked, "s--", color=style.RED, ms=3.5, label="validation")
    _frame(ax, quantity, y, "epoch" if per_epoch > 1 else "update")
    return ax


def _frame(ax: Axes, quantity: str, y: NDArray[Any], x_label: str) -> None:
    """Axes, scale and legend: a loss that fell to a thirtieth is shown on a logarithmic scale."""
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    style.dress(ax, title=quantity.capitalize(), x=x_label)
    ax.margins(x=0.02)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if quantity == "accuracy":
        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
        low = max(0.0, ax.get_ylim()[0])
        ax.set_ylim(low, 1.0 + 0.02 * (1.0 - low))
    else:
        seen = _thinned(np.arange(len(y)), y)[1]
        if seen.min() > 0 and seen.max() / seen.min() > 30:
            ax.set_yscale("log")
            ax.yaxis.set_major_formatter("{x:g}")
        else:
            if seen.min() < 0.5 * seen.max():  # what hardly moves is seen from near
                ax.set_ylim(bottom=min(0.0, float(seen.min())))
    ax.legend(
        frameon=False,
        fontsize=style.SMALL,
        labelcolor=style.INK,
    )


def _column(records: Any, name: str) -> NDArray[np.float64]:
    """One field of all records; NaN, which leaves a gap in the line, where there is none."""
    values = (getattr(record, name) for record in records)
    return np.array([np.nan if v is None else v for v in values], dtype=np.float64)


def _epoch_length(history: History) -> float:
    """Updates per epoch, or 1 if there were fewer than two epochs: then updates are counted."""
    return float(history.epochs[0].step) if len(history.epochs) > 1 else 1.0


def _thinned(x: NDArray[Any], y: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Means over as many neighbours as it takes to leave at most `_MAX_POINTS`."""
    width = -(-len(y) // _MAX_POINTS)
    starts = np.arange(0, len(y), width)
    counts = np.diff(np.append(starts, len(y)))
    return np.add.reduceat(x, starts) / counts, np.add.reduceat(y, starts) / counts
