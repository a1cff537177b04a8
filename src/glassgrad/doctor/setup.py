"""What a run is made of, held before its first step: so it can be had again, with one thing changed.

Read next: `look.py`.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.data import Dataset, Loader
from glassgrad.errors import NotTrained
from glassgrad.nn import Module
from glassgrad.optim import Optimizer, ReduceLROnPlateau, Schedule
from glassgrad.tensor import Tensor
from glassgrad.train import loop_arithmetic
from glassgrad.train.checkpoint import Checkpoints
from glassgrad.train.fit import fit
from glassgrad.train.records import Callback, History
from glassgrad.train.snapshot import copied
from glassgrad.validate import validated


@dataclass(frozen=True)
class Setup:
    """The arguments of `fit`, with the loader made and the steps counted."""

    model: Module
    loader: Loader
    optimizer: Optimizer
    steps: int
    loss: Callable[[Any, Any], Any] = ops.cross_entropy
    penalty: Callable[[Module], Tensor] | None = None
    clip: float = math.inf
    schedule: Schedule | ReduceLROnPlateau | None = None
    validation: Dataset | None = None

    @classmethod
    @validated
    def of(
        cls,
        model: Module,
        data: Dataset | Loader,
        *,
        optimizer: Optimizer,
        epochs: int | None = None,
        steps: int | None = None,
        batch_size: int = 32,
        rng: np.random.Generator | int | None = None,
        **others: Any,
    ) -> Setup:
        """From arguments as `fit` takes them; without `rng`, chance is drawn here, once.

        Raises:
            SettingError: both or neither of `epochs` and `steps`.
        """
        loader = Loader(data, batch_size, rng=rng) if isinstance(data, Dataset) else data
        total = loop_arithmetic.total_steps(epochs, steps, len(loader))
        return cls(model, loader, optimizer, total, **others)

    @property
    def epochs(self) -> float:
        """Passes over the data."""
        return self.steps / len(self.loader)

    @property
    def classes(self) -> int:
        """Number of classes, or 0 where the labels are real numbers."""
        y = self.loader.ds.y
        if y.dtype.kind not in "iu":
            return 0
        return len(self.loader.ds.classes) or int(y.max()) + 1

    def copied(self) -> Setup:
        """The same with a model, an optimizer, a loss and a loader of its own; the data are shared."""
        names = ("model", "optimizer", "loss", "penalty", "schedule")
        parts = copied({name: getattr(self, name) for name in names})
        return replace(self, **parts, loader=copy.copy(self.loader))

    def train(
        self, callbacks: Sequence[Callback] = (), checkpoints: Checkpoints | None = None
    ) -> History:
        """Train it, as `fit` does; what no optimizer has is for the doctor to tell."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NotTrained)
            return fit(
                self.model,
                self.loader,
                optimizer=self.optimizer,
                steps=self.steps,
                loss=self.loss,
                penalty=self.penalty,
                clip=self.clip,
                schedule=self.schedule,
                validation=self.validation,
                callbacks=callbacks,
                checkpoints=checkpoints,
            )
