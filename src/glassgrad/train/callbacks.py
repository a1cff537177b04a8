"""Callbacks that come with the house: stop early, keep the best weights.

A callback is any function of a record; one with a memory says what it remembers with `state_dict`, so
that a resumed run goes on as if nothing had happened.  Read next: `train/checkpoint.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from glassgrad.errors import SettingError
from glassgrad.files.container import Tensors
from glassgrad.train.records import Epoch, Record, Stop
from glassgrad.validate import validated

if TYPE_CHECKING:
    from glassgrad.nn import Module

MONITORS = ("loss", "accuracy", "validation_loss", "validation_accuracy")


@validated
@dataclass
class EarlyStopping:
    """Stop once `monitor` has not improved for `patience` epochs.

    Args:
        monitor: a field of `Epoch`; an accuracy is to grow, a loss is to fall.
        patience: how many epochs without improvement are borne.
        by: an improvement must be larger than that.

    Raises:
        SettingError: another monitor, or one without a value: then there is no validation set.

    Source: Prechelt 1998, Early stopping, but when?
    """

    monitor: str = "validation_loss"
    patience: int = 5
    by: float = 0.0
    best: float = field(default=math.inf, init=False)
    waited: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        _check_monitor(self.monitor)
        if self.patience < 1:
            raise SettingError(f"expected patience >= 1, got {self.patience}: write patience=5.")

    def __call__(self, record: Record) -> Stop | None:
        if not isinstance(record, Epoch):
            return None
        value = badness(record, self.monitor)
        if value < self.best - self.by:
            self.best, self.waited = value, 0
            return None
        self.waited += 1
        if self.waited < self.patience:
            return None
        return Stop(f"{self.monitor} has not improved for {self.patience} epochs")

    def state_dict(self) -> tuple[Tensors, dict[str, Any]]:
        """What is remembered: no arrays, and the best value (None before the first) with the wait."""
        return {}, {"best": None if self.best == math.inf else self.best, "waited": self.waited}

    def load_state_dict(self, arrays: Tensors, settings: dict[str, Any]) -> None:
        """Remember what `state_dict` said."""
        self.best = math.inf if settings["best"] is None else settings["best"]
        self.waited = settings["waited"]


@validated
@dataclass
class BestWeights:
    """Keep a copy of the weights of the best epoch, in memory and in every checkpoint.

    Args:
        model: whose weights.
        monitor: a field of `Epoch`; an accuracy is to grow, a loss is to fall.  The first of equals wins.
    """

    model: Module
    monitor: str = "validation_loss"
    best: float = field(default=math.inf, init=False)
    epoch: int = field(default=0, init=False)
    weights: Tensors = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        _check_monitor(self.monitor)

    def __call__(self, record: Record) -> None:
        if isinstance(record, Epoch) and (value := badness(record, self.monitor)) < self.best:
            self.best, self.epoch, self.weights = value, record.epoch, self.model.state_dict()

    def restore(self) -> None:
        """Put the best weights back into the model; before the first epoch there are none."""
        if self.weights:
            self.model.load_state_dict(self.weights)

    def state_dict(self) -> tuple[Tensors, dict[str, Any]]:
        """What is remembered: the weights, their epoch and how good they were."""
        best = None if self.best == math.inf else self.best
        return self.weights, {"best": best, "epoch": self.epoch}

    def load_state_dict(self, arrays: Tensors, settings: dict[str, Any]) -> None:
        """Remember what `state_dict` said."""
        self.best = math.inf if settings["best"] is None else settings["best"]
        self.weights, self.epoch = dict(arrays), settings["epoch"]


def badness(epoch: Epoch, monitor: str) -> float:
    """The monitored value, with the sign that makes less better."""
    value = getattr(epoch, monitor)
    if value is None:
        raise SettingError(
            f"expected a value of {monitor}, got none after epoch {epoch.epoch}: pass validation=… "
            "to fit, or monitor='loss'."
        )
    return -value if monitor.endswith("accuracy") else value


def _check_monitor(monitor: str) -> None:
    if monitor not in MONITORS:
        raise SettingError(f"expected monitor in {', '.join(MONITORS)}, got {monitor!r}.")
