"""A training run one step at a time: look at it, go back, try another way.

What `fit` does in a loop, a `Session` does when it is asked: `step()` is forward, backward, update, and a
record of it.  A snapshot holds all that steps change, so going back and on again gives the same bits.
Read next: `train/snapshot.py`, `train/intermediates.py`.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from time import perf_counter
from typing import Any, Self

import numpy as np

from glassgrad import ops
from glassgrad.arguments import look_up
from glassgrad.data import Dataset, Loader
from glassgrad.engine.modes import recording
from glassgrad.errors import SettingError
from glassgrad.nn import Module
from glassgrad.optim import Optimizer, ReduceLROnPlateau, Schedule
from glassgrad.tensor import Tensor
from glassgrad.train import loop_arithmetic, new_settings
from glassgrad.train.checkpoint import State
from glassgrad.train.intermediates import Intermediate, intermediates
from glassgrad.train.new_settings import OWN, in_batches_of, with_settings
from glassgrad.train.records import Callback, History, Step
from glassgrad.train.snapshot import Snapshot, copied, history_of, put_back
from glassgrad.train.step import TrainStep, watched_step
from glassgrad.validate import validated

PARTS = ("model", "optimizer", "loader", "loss", "penalty", "schedule", "clip")
"""What a session is made of, and a snapshot holds, beside the records."""


@validated
class Session:
    """A training run that waits: each `step()` is the next step of the same run by `fit`.

    Args:
        model: the network; it is set to training mode.
        data: examples, cut into batches of `batch_size` and shuffled by `rng`; or a loader of your own.
        optimizer: moves the parameters.
        epochs: length of the run in passes over the data; for schedules that ask for it.
        steps: the same in steps.  Without both, the run goes on as long as it is asked.
        batch_size: examples in a batch.
        loss: function of (outputs, labels) that gives their mean loss.
        penalty: function of the model, added to the loss.
        clip: the greatest length that the gradient of all parameters may have.
        schedule: factor on the optimizer's learning rate.
        validation: judged after each epoch.
        callbacks: functions of a record, told of each step and epoch; a branch has none.
        rng: the order of the examples.
        jit: whether arithmetic that was met before is replayed; the bits are the same.

    Raises:
        SettingError: both of `epochs` and `steps`, or neither with a schedule.

    >>> from glassgrad import nn, optim, train
    >>> from glassgrad.data import points
    >>> model = nn.Sequential(nn.Linear(2, 8, rng=0), nn.Tanh(), nn.Linear(8, 2, rng=1))
    >>> method = optim.SGD(model.parameters(), lr=0.5)
    >>> session = train.Session(model, points.circle(90, rng=0), optimizer=method, rng=0)
    >>> before = session.snapshot()
    >>> first = session.steps(4)[-1].loss
    >>> session.restore(before).steps(4)[-1].loss == first
    True
    >>> list(session.intermediates())[:3]
    ['x', '0.weight', '0.bias']
    """

    def __init__(
        self,
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
        rng: np.random.Generator | int | None = None,
        jit: bool = True,
    ) -> None:
        self.loader = Loader(data, batch_size, rng=rng) if isinstance(data, Dataset) else data
        self.total = _total(epochs, steps, len(self.loader), schedule)
        self.model, self.optimizer = model.train(), optimizer
        self.loss, self.penalty, self.clip, self.schedule = loss, penalty, clip, schedule
        self.validation, self.callbacks, self.jit = validation, tuple(callbacks), jit
        self.history, self._step = History(), self._new_step()
        self._batches: Iterator[Any] | None = None

    # ---- going on

    def step(self) -> Step:
        """The next step; at the end of a pass over the data its `Epoch` is summed up, too.

        Raises:
            Diverged: a NaN or an infinity; the message names step, op and layer.
            SettingError: the run has ended.
        """
        if self.is_over:
            raise SettingError(
                f"expected a step of a run that goes on, but this one has ended after "
                f"{len(self.history.steps)} steps: restore(…) an earlier snapshot, or make the "
                "Session with more steps."
            )
        x, y = self._next_batch()
        start, n, told = perf_counter(), len(self.history.steps) + 1, self.history
        lr = self.optimizer.lr * loop_arithmetic.factor(self.schedule, told, self.total or 0)
        done = watched_step(self._step, x, y, self.clip, lr, f"step {n}")
        epoch, batch = len(told.epochs) + 1, told.batches_of_open_epoch() + 1
        record = Step(n, epoch, batch, len(x), *done, lr, perf_counter() - start)
        told.tell(record, self.callbacks)
        if batch == len(self.loader) or self.is_over:
            self._end_epoch()
        return record

    def steps(self, n: int) -> list[Step]:
        """The next `n` steps, or as many as the run still has."""
        done: list[Step] = []
        while len(done) < n and not self.is_over:
            done.append(self.step())
        return done

    @property
    def is_over(self) -> bool:
        """Whether all steps are made, or a callback has said `Stop`."""
        ended = self.total is not None and len(self.history.steps) >= self.total
        return ended or self.history.stopped is not None

    @property
    def state(self) -> State:
        """The parts that a checkpoint holds: `train.checkpoint.save(path, session.state)`."""
        return State(self.model, self.optimizer, self.loader, self.history, self.callbacks)

    # ---- going back, and another way

    def snapshot(self) -> Snapshot:
        """The session as it is now, to come back to.

        Weights, running means, fields and generators of layers, what the optimizer remembers, settings,
        records and the place in the data are in it.  What lies outside of them (a global, a variable in
        a closure) is not.
        """
        parts = copied({name: getattr(self, name) for name in PARTS})
        return Snapshot(len(self.history.steps), parts | {"history": history_of(self.history)})

    def restore(self, snapshot: Snapshot) -> Self:
        """Be as it was; model and optimizer stay the same objects.  Returns the session."""
        parts = dict(snapshot.parts)
        self.history = history_of(parts.pop("history"))
        vars(self).update(put_back(parts, {name: getattr(self, name) for name in parts}))
        self._step, self._batches = self._new_step(), None
        return self

    def branch(self) -> Session:
        """A session of its own that goes on from here; the data are shared, nothing else."""
        new = copy.copy(self)
        parts = self.snapshot().parts
        vars(new).update(parts, callbacks=())
        new._step, new._batches = new._new_step(), None
        return new

    def change(self, **settings: Any) -> Self:
        """Go on with other settings: `session.change(lr=0.1, clip=1.0)`.  Returns the session.

        Args:
            settings: those of the optimizer (`lr`, `momentum`, …), `loss`, `penalty`, `clip`,
                `schedule` and `batch_size`; with another batch size a new pass over the data begins.

        Raises:
            SettingError: an unknown setting, or a value out of its range; then nothing is changed.
        """
        method = new_settings.names(self.optimizer)
        for name in settings:
            look_up(dict.fromkeys((*method, *OWN)), name, "setting of a session")
        own = {name: settings[name] for name in settings if name in OWN}
        new_settings.check(own)
        if self.total is None:
            _total(None, None, 1, own.get("schedule"))
        new = with_settings(self.optimizer, {n: settings[n] for n in settings if n in method})
        if "batch_size" in own:
            vars(self.loader).update(vars(in_batches_of(self.loader, own.pop("batch_size"))))
            self._batches = None
            if self.history.batches_of_open_epoch():
                self._end_epoch()
        vars(self.optimizer).update(vars(new))
        vars(self).update(own)
        self._step = self._new_step()
        return self

    # ---- one step, opened

    def intermediates(self) -> dict[str, Intermediate]:
        """Every value of the step that comes next, by name, with its gradient; nothing moves.

        Batch, masks of dropout and weights are those that `step()` will use, so `"loss"` is the loss that
        it will report, and the gradients are those before clipping.
        """
        other = self.branch()
        x, y = other._next_batch()
        with recording():  # what is done to the batch itself is to be seen, too
            total, loss, _, inputs = other._step.graph(x, y)
        return intermediates(other.model, total, loss, {"x": inputs})

    # ---- inside

    def _end_epoch(self) -> None:
        told = self.history, self.model, self.validation, self.loss, self.callbacks
        loop_arithmetic.end_epoch(*told)

    def _new_step(self) -> TrainStep:
        return TrainStep(self.model, self.optimizer, self.loss, penalty=self.penalty, jit=self.jit)

    def _next_batch(self) -> Any:
        while True:
            self._batches = self._batches or iter(self.loader)
            for batch in self._batches:
                return batch
            self._batches = None


def _total(epochs: int | None, steps: int | None, batches: int, schedule: Any) -> int | None:
    """How many steps the run has; None if it has no end."""
    if epochs is None and steps is None and schedule is None:
        return None
    return loop_arithmetic.total_steps(epochs, steps, batches)
