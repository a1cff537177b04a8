"""What training says about itself: one immutable record per step, one per epoch, and the history.

A callback is a function of such a record.  It returns nothing, or `Stop`; it cannot change the loop by
any other way, so whoever reads `fit` has read everything that can happen.  Read next: `train/fit.py`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import SettingError


@dataclass(frozen=True, slots=True)
class Step:
    """One update of the weights.

    Args:
        step: number of this update, from 1.
        epoch: pass over the data, from 1.
        batch: batch within the epoch, from 1.
        size: examples in the batch.
        loss: mean loss of the batch before the update, without the penalty.
        accuracy: share of the batch that was classified right; None if there are no classes.
        gradient_norm: Euclidean length of the gradient of all parameters, before clipping.
        lr: learning rate of this update.
        seconds: wall-clock time of the step.
    """

    step: int
    epoch: int
    batch: int
    size: int
    loss: float
    accuracy: float | None
    gradient_norm: float
    lr: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Epoch:
    """One pass over the data (the last may be a part of one).

    Args:
        epoch: number of the pass, from 1.
        step: updates made so far.
        loss: mean of the batch losses seen during the pass, weighted by batch size.
        accuracy: the same mean of the batch accuracies; None if there are no classes.
        validation_loss: mean loss on the validation set after the pass; None without one.
        validation_accuracy: share of the validation set that is classified right.
        lr: learning rate of the last update.
        seconds: wall-clock time of the pass, validation included.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    lr: float
    seconds: float


@dataclass(frozen=True)
class Stop:
    """What a callback returns to end the training, with the reason in words.

    Args:
        reason: in words.
    """

    reason: str


Record = Step | Epoch
Callback = Callable[[Record], Stop | None]


@dataclass
class History:
    """All records of a run, in order, and why it stopped if it stopped early.

    Args:
        steps: one record per update.
        epochs: one record per pass over the data.
        stopped: why it stopped, if it stopped early.

    >>> history = History()
    >>> history.add(Step(1, 1, 1, 32, 2.5, 0.25, 1.0, 0.1, 0.01))
    >>> history.columns("steps")["loss"]
    [2.5]
    """

    steps: list[Step] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    stopped: Stop | None = None

    def add(self, record: Record) -> None:
        """Append a record to the list of its kind."""
        (self.steps if isinstance(record, Step) else self.epochs).append(record)  # type: ignore[arg-type]

    def tell(self, record: Record, callbacks: Iterable[Callback]) -> None:
        """Append a record, call the callbacks with it, and remember if one of them said `Stop`."""
        self.add(record)
        for callback in callbacks:
            answer = callback(record)
            if isinstance(answer, Stop):
                self.stopped = self.stopped or answer
            elif answer is not None:
                raise SettingError(
                    f"expected a callback to return None or Stop(reason), got {answer!r} from "
                    f"{callback!r}: write `return Stop('enough')` to end the training."
                )

    def batches_of_open_epoch(self) -> int:
        """How many batches were seen since the last epoch was summed up."""
        return len(self.steps) - (self.epochs[-1].step if self.epochs else 0)

    def metric(self, name: str) -> list[float]:
        """ "loss" or "accuracy" of each epoch, on the validation set where there is one."""
        checked = [getattr(epoch, f"validation_{name}") for epoch in self.epochs]
        trained = [getattr(epoch, name) for epoch in self.epochs]
        return [t if c is None else c for c, t in zip(checked, trained, strict=True)]

    def records(self) -> Iterator[Record]:
        """Steps and epochs in the order in which they happened."""
        steps = iter(self.steps)
        for epoch in self.epochs:
            while (step := next(steps, None)) is not None:
                yield step
                if step.step == epoch.step:
                    break
            yield epoch
        yield from steps

    def columns(self, kind: Literal["steps", "epochs"] = "epochs") -> dict[str, list[Any]]:
        """The records of one kind, "steps" or "epochs", as one list per field: ready for a table."""
        rows: list[Any] = [*(self.steps if kind == "steps" else self.epochs)]
        cls = Step if kind == "steps" else Epoch
        return {f.name: [getattr(row, f.name) for row in rows] for f in dataclasses.fields(cls)}

    def to_json_lines(self) -> str:
        """One JSON object per record and line, in order."""
        return "".join(map(json_line, self.records()))

    @classmethod
    def from_json_lines(cls, text: str) -> History:
        """The history that `to_json_lines` wrote, equal to the last bit."""
        history = cls()
        for line in text.splitlines():
            fields = json.loads(line)
            history.add((Step if fields.pop("kind") == "step" else Epoch)(**fields))
        return history


def json_line(record: Record) -> str:
    """The record as one line of JSON, its kind first."""
    fields = {"kind": type(record).__name__.lower(), **dataclasses.asdict(record)}
    return json.dumps(fields, allow_nan=False) + "\n"


def steps_to_arrays(steps: Iterable[Step]) -> dict[str, NDArray[Any]]:
    """One array per field, for a checkpoint: a run may have a million steps."""
    columns = History(steps=list(steps)).columns("steps")
    kinds = {f.name: np.int64 if f.type == "int" else np.float64 for f in dataclasses.fields(Step)}
    return {name: np.array(column, kinds[name]) for name, column in columns.items()}


def steps_from_arrays(arrays: dict[str, NDArray[Any]]) -> list[Step]:
    """The steps that `steps_to_arrays` took apart; a missing accuracy is NaN there, None here."""
    columns = {name: arrays[name].tolist() for name in (f.name for f in dataclasses.fields(Step))}
    columns["accuracy"] = [None if a != a else a for a in columns["accuracy"]]
    return [Step(*row) for row in zip(*columns.values(), strict=True)]
