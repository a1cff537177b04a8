"""How long a run is, how fast it learns at each step, and what an epoch sums up to.

The arithmetic of `fit`, without its loop.  Read next: `train/records.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any

from glassgrad.data import Dataset
from glassgrad.errors import SettingError
from glassgrad.nn import Module
from glassgrad.optim import ReduceLROnPlateau, Schedule
from glassgrad.train import metrics
from glassgrad.train.metrics import Evaluation
from glassgrad.train.records import Callback, Epoch, History


def total_steps(epochs: int | None, steps: int | None, batches: int) -> int:
    """How many updates a run makes; one of `epochs` and `steps` is given.

    >>> total_steps(epochs=3, steps=None, batches=45)
    135
    """
    if (epochs is None) == (steps is None):
        raise SettingError(
            f"expected either epochs or steps, got epochs={epochs}, steps={steps}: "
            "write fit(..., epochs=10)."
        )
    if batches < 1:
        raise SettingError(
            "expected at least one batch per epoch, got none: there are fewer examples than "
            "batch_size, and drop_last=True drops them."
        )
    count = steps if epochs is None else epochs
    if not isinstance(count, int) or count < 1:
        raise SettingError(f"expected a whole number of 1 or more, got {count!r}.")
    return count if epochs is None else count * batches


def factor(schedule: Schedule | ReduceLROnPlateau | None, history: History, total: int) -> float:
    """Factor on the learning rate of the next step of `total`."""
    if schedule is None:
        return 1.0
    if isinstance(schedule, ReduceLROnPlateau):
        return schedule(history.metric("accuracy" if schedule.mode == "max" else "loss"))
    return schedule(len(history.steps), total)


def end_epoch(
    history: History,
    model: Module,
    validation: Dataset | None,
    loss: Callable[[Any, Any], Any],
    callbacks: Iterable[Callback],
) -> None:
    """Judge the model on the validation set, if there is one, and tell the epoch that ends here."""
    start = perf_counter()
    judged = metrics.validate(model, validation, loss) if validation else None
    history.tell(sum_up(history, judged, perf_counter() - start), callbacks)


def sum_up(history: History, judged: Evaluation | None, seconds: float) -> Epoch:
    """The record of the epoch whose steps come after the last such record."""
    steps = history.steps[-history.batches_of_open_epoch() :]
    sizes = [step.size for step in steps]
    rights = [step.accuracy for step in steps if step.accuracy is not None]
    return Epoch(
        epoch=steps[-1].epoch,
        step=steps[-1].step,
        loss=_weighted([step.loss for step in steps], sizes),
        accuracy=_weighted(rights, sizes) if len(rights) == len(steps) else None,
        validation_loss=judged.loss if judged else None,
        validation_accuracy=judged.accuracy if judged else None,
        lr=steps[-1].lr,
        seconds=seconds + sum(step.seconds for step in steps),
    )


def _weighted(values: list[float], weights: list[int]) -> float:
    return math.fsum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
