"""The plots that several rules show: the loss over the run, a quantity over the looks or the layers.

Read next: `rules/data.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glassgrad.train.doctor.case import Case
from glassgrad.train.doctor.finding import Plot
from glassgrad.train.doctor.look import FACTORS, Look

MOST_POINTS = 120


def losses(case: Case, limit: float | None = None, label: str = "") -> Plot:
    """The loss of the batches, thinned to means."""
    parts = np.array_split(case.losses, min(MOST_POINTS, max(len(case.losses), 1)))
    ends = np.cumsum([len(part) for part in parts])
    means = tuple(float(part.mean()) for part in parts if len(part))
    wide = bool(means) and max(means) > 100 * max(min(means), 1e-12)
    return Plot(
        "Loss of the batches",
        "update",
        "loss",
        tuple(ends[: len(means)].tolist()),
        {"loss": means},
        log_y=wide,
        limit=limit,
        limit_label=label,
    )


def epochs(case: Case) -> Plot:
    """Training and validation loss after each epoch."""
    return Plot(
        "Loss of the epochs",
        "epoch",
        "loss",
        tuple(e.epoch for e in case.epochs),
        {
            "training": tuple(e.loss for e in case.epochs),
            "validation": tuple(e.validation_loss for e in case.epochs),
        },
    )


def over_steps(
    case: Case,
    title: str,
    y_label: str,
    series: Mapping[str, Sequence[float | None]],
    *,
    log_y: bool = False,
    limit: float | None = None,
    limit_label: str = "",
) -> Plot:
    """A quantity at each look."""
    return Plot(
        title,
        "updates before the look",
        y_label,
        tuple(look.step for look in case.looks),
        {name: tuple(values) for name, values in series.items()},
        log_y=log_y,
        limit=limit,
        limit_label=limit_label,
    )


def layers(title: str, y_label: str, values: Mapping[str, float], log_y: bool = False) -> Plot:
    """A bar for each layer."""
    return Plot(
        title, "layer", y_label, tuple(values), {y_label: tuple(values.values())}, log_y=log_y
    )


def ahead(look: Look) -> Plot:
    """The loss along the optimizer's next step."""
    shown = [v if np.isfinite(v) else None for v in look.ahead]
    return Plot(
        f"Loss along the next step, after {look.step} updates",
        "multiple of the step",
        "loss",
        FACTORS,
        {"loss": tuple(shown)},
        log_x=True,
        limit=look.loss if np.isfinite(look.loss) else None,
        limit_label="where it stands",
    )
