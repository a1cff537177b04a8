"""What questions 5.2 to 5.5 share: the curves of trainings, and what was computed, in words.

Read next: `levels.py`.
"""

from __future__ import annotations

import numpy as np

from glassgrad import figures
from glassgrad.course.answer import Answer
from glassgrad.course.context import Context
from glassgrad.course.flood.training import Setting, metrics
from glassgrad.figures import style
from glassgrad.sweep import Table


def extent(context: Context, table: Table) -> str:
    """What was computed, beside what the sheet asks."""
    settings: list[Setting] = [o.config for o in table]
    levels, seeds = ({getattr(s, name) for s in settings} for name in ("level", "seed"))
    many = f"{len(levels)} levels, " if len(levels) > 1 else ""
    times = f", {len(seeds)} times with other weights, order and split" if len(seeds) > 1 else ""
    asked = " (the sheet asks 500 epochs" + (", 21 levels)" if many else ")")
    return (
        f"Computed in the {context.form} form: {many}{settings[0].epochs} epochs, batches of "
        f"{settings[0].batch}{times}{'' if settings[0].epochs == 500 else asked}."
    )


def draw(answer: Answer, context: Context, settings: dict[str, list[Setting]], title: str) -> None:
    """Training and validation error, and both losses, over the epochs."""
    fig = style.new_figure(8.6, 3.1)
    for ax, what in zip(fig.subplots(1, 2), ("error", "loss"), strict=True):
        series = {
            f"{name}{part}": [metrics(context, s, f"{part}_{what}") for s in chosen]
            for name, chosen in settings.items()
            for part in ("training", "validation")
        }
        epochs = min(len(row) for rows in series.values() for row in rows)
        shown = {n: [np.maximum(r[:epochs], 1e-6) for r in rows] for n, rows in series.items()}
        figures.lines(
            range(1, epochs + 1),
            shown,
            ax,
            x_label="epoch",
            y_label=what + (", %" if what == "error" else ""),
            log_y=what == "loss",
            marks=False,
        )
    seeds = max(map(len, settings.values()))
    answer.show(fig, title + (f" Mean and deviation over {seeds} runs." if seeds > 1 else ""))
