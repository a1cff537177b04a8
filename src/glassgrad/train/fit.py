"""The training loop: forward, backward, update, tell.

Everything that happens during training is on this page.  Each step is recorded as an immutable `Step`,
each pass over the data as an `Epoch`; callbacks see the records and may answer `Stop`, and there is no
other way into the loop.  Here the reading order ends; from here, go to `train/records.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.data import Dataset, Loader
from glassgrad.nn import Module
from glassgrad.optim import Optimizer, ReduceLROnPlateau, Schedule
from glassgrad.tensor import Tensor
from glassgrad.train import diverged, loop_arithmetic
from glassgrad.train.checkpoint import Checkpoints, State
from glassgrad.train.records import Callback, History, Step
from glassgrad.train.step import TrainStep, watched_step
from glassgrad.validate import validated


@validated
def fit(
    model: Module,
    data: Dataset | Loader,
    *,
    optimizer: Optimizer,
    epochs: int | None = None,
    steps: int | None = None,
    batch_size: int = 32,
    loss: Callable[[Any, Any], Any] = ops.cross_entropy,
    penalty: Callable[[Module], Tensor] | None = None,
    clip: float = math.inf,
    schedule: Schedule | ReduceLROnPlateau | None = None,
    validation: Dataset | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
    rng: np.random.Generator | int | None = None,
    jit: bool = True,
) -> History:
    """Train a model, batch after batch, for so many `epochs` or so many `steps`.

    Args:
        model, optimizer: what is trained, and what moves its parameters.
        data: examples, cut into batches of `batch_size` and shuffled by `rng`; or a loader of your own.
        loss: function of (outputs, labels) that gives their mean loss.
        penalty: function of the model, added to the loss.
        clip: the greatest length that the gradient of all parameters may have.
        schedule: factor on the optimizer's learning rate.
        validation: judged after each epoch.
        jit: whether the arithmetic of repeated steps is replayed; the numbers are the same.
        checkpoints: where to save; if something was saved there, the run goes on from it.
        callbacks: called with every record; one that answers `Stop` ends the run.

    Raises:
        Diverged: a NaN or an infinity; the message names step, op and layer.
        SettingError: both or neither of `epochs` and `steps`.
    """
    loader = Loader(data, batch_size, rng=rng) if isinstance(data, Dataset) else data
    total = loop_arithmetic.total_steps(epochs, steps, len(loader))
    state = State(model, optimizer, loader, history := History(), tuple(callbacks))
    if checkpoints:
        checkpoints.resume(state)
    step = TrainStep(model.train(), optimizer, loss, penalty=penalty, jit=jit)
    while len(history.steps) < total and not history.stopped:
        epoch, seen = len(history.epochs) + 1, history.batches_of_open_epoch()
        for batch, (x, y) in enumerate(loader, seen + 1):
            start, n = perf_counter(), len(history.steps) + 1
            lr = optimizer.lr * loop_arithmetic.factor(schedule, history, total)
            done = watched_step(step, x, y, clip, lr, f"step {n}")
            record = Step(n, epoch, batch, len(x), *done, lr, perf_counter() - start)
            history.tell(record, callbacks)
            if n == total or history.stopped:
                break
            if checkpoints:
                checkpoints.step(state)
        if history.batches_of_open_epoch():  # none, if the run that is resumed ended just here
            loop_arithmetic.end_epoch(history, model, validation, loss, callbacks)
            if checkpoints:
                checkpoints.save(state)
    diverged.refuse_bad_weights(model, len(history.steps))
    if checkpoints:
        checkpoints.finish()
    return history
