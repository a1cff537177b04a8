"""The plots that several rules show: the loss over the run, a quantity over the looks or the layers.

Read next: `rules/data.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glassgrad.doctor.case import Case
from glassgrad.doctor.finding import Plot
from glassgrad.doctor.look import FACTORS, Look
from glassgrad.doctor.words import counted

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
    shares: bool = False,
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
        shares=shares,
    )


def layers(title: str, y_label: str, values: Mapping[str, float], log_y: bool = False) -> Plot:
    """A bar for each layer; logarithmic if they differ by more than a factor of ten."""
    known = [v for v in values.values() if v > 0 and np.isfinite(v)]
    log_y = log_y and bool(known) and max(known) > 10 * min(known)
    return Plot(
        title, "layer", y_label, tuple(values), {y_label: tuple(values.values())}, log_y=log_y
    )


def ahead(look: Look) -> Plot:
    """The loss along the optimizer's next step."""
    shown = [v if np.isfinite(v) else None for v in look.ahead]
    known = [v for v in shown if v is not None]
    return Plot(
        f"Loss along the next step, after {counted(look.step, 'update')}",
        "multiple of the step",
        "loss",
        FACTORS,
        {"loss": tuple(shown)},
        log_x=True,
        log_y=min(known, default=0.0) > 0 and max(known) > 30 * min(known),
        limit=look.loss if np.isfinite(look.loss) else None,
        limit_label="where it stands",
    )


def finite(look: Look) -> Plot:
    """How much of each layer's output, and of the gradient of its weights, is finite."""
    paths = [path for path, _ in look.finite]
    gradients = {w.path.rpartition(".")[0]: float(np.isfinite(w.gradient)) for w in look.weights}
    return Plot(
        f"Finite numbers, after {counted(look.step, 'update')}",
        "layer",
        "share",
        tuple(path or "loss" for path in paths),
        {
            "outputs": tuple(share for _, share in look.finite),
            "gradient of weights": tuple(gradients.get(path) for path in paths),
        },
        shares=True,
    )
