"""One training of questions 5.2 to 5.5: a network on 80 % of MNIST, its loss kept at a level or not.

All of these questions share one store of runs, so no run is made twice, and what was interrupted goes on.
Read next: `curves.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import data, nn, ops, optim, train
from glassgrad.course.context import Context
from glassgrad.data import Dataset
from glassgrad.nn import Module, models
from glassgrad.sweep import Run, Table, sweep
from glassgrad.train import Checkpoints, Epoch, Step

EPOCHS = (30, 30, 500)
"""Quick (on the embedded digits), normal, and what the sheet asks."""


@dataclass(frozen=True)
class Setting:
    """What decides a training.

    Args:
        level: b of |R − b| + b.
        model: "mlp" for 500 ReLU units, "cnn" for the suggested convolutional network.
    """

    level: float = 0.0
    model: str = "mlp"
    epochs: int = 500
    dataset: str = "mnist"
    batch: int = 128
    seed: int = 0


@dataclass(frozen=True)
class Training:
    """The function that is swept; `data_dir` is where MNIST is looked for first."""

    data_dir: Path | None = None

    def __call__(self, setting: Setting, run: Run) -> dict[str, Any]:
        """Train, and log training and validation error and loss after each epoch."""
        training, validation, test = _splits(setting.dataset, self.data_dir, setting.seed)
        model = build(setting.model, training, np.random.default_rng(setting.seed))

        def look(record: Step | Epoch) -> None:
            if isinstance(record, Epoch):
                run.log(record.epoch, **measured(model, training, validation))

        train.fit(
            model,
            data.Loader(training, setting.batch, rng=setting.seed),
            optimizer=optim.SGD(model.parameters(), lr=0.1, momentum=0.9),
            epochs=setting.epochs,
            loss=lambda logits, labels: ops.flood(ops.cross_entropy(logits, labels), setting.level),
            callbacks=[look],
            checkpoints=Checkpoints(run.folder, every=10**9),
        )
        judged = train.evaluate(model, test, batch_size=2000)
        return {
            **measured(model, training, validation),
            "test_error": 100 - 100 * float(judged.accuracy or 0.0),
            "test_loss": judged.loss,
        }


def measured(model: Module, training: Dataset, validation: Dataset) -> dict[str, float]:
    """Errors in percent and losses; of training, on about 10,000 examples and without the level."""
    found = {}
    for name, ds in (
        ("training", training[:: max(1, len(training) // 10_000)]),
        ("validation", validation),
    ):
        judged = train.evaluate(model, ds, batch_size=2000)
        found[f"{name}_error"] = 100 - 100 * float(judged.accuracy or 0.0)
        found[f"{name}_loss"] = judged.loss
    return found


def build(name: str, ds: Dataset, rng: np.random.Generator) -> Module:
    """The two networks of the sheet."""
    if name == "mlp":
        return models.build("mlp500", ds.shape, len(ds.classes), rng)
    side = ds.shape[-1] // 4
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 5, padding=2, rng=rng),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(32 * side * side, len(ds.classes), rng=rng),
    )


@cache
def _splits(name: str, data_dir: Path | None, seed: int) -> tuple[Dataset, Dataset, Dataset]:
    """80 % to train, 20 % to validate, and the test set; loaded once in each process."""
    training, test = data.load(name, data_dir=data_dir, download=False)
    rest, validation = data.split(training, 0.2, seed)
    return rest, validation, test


def validated_on(context: Context) -> int:
    """How many examples are held out for validation."""
    return len(_splits(_name(context), context.data_dir, 0)[1])


def _name(context: Context) -> str:
    context.load("mnist")
    return "mnist" if context.is_real("mnist") else "digits"


def trained(context: Context, levels: Sequence[float], model: str = "mlp") -> Table:
    """All trainings for these levels and every seed: from the store if they are there."""
    name = _name(context)
    epochs = EPOCHS[("quick", "normal", "full").index(context.form)]
    if model == "cnn":
        epochs = context.pick(8, 10, 100)
    settings = [
        Setting(float(b), model, epochs, name, context.pick(32, 128), seed)
        for b in levels
        for seed in range(context.seeds)
    ]
    store = context.folder.parent / "flood" / "runs.sqlite"
    return sweep(
        Training(context.data_dir),
        settings,
        store=store,
        jobs=1 if context.quick else context.jobs,
        name="course/flood/5",
        on_done=lambda outcome, done, all_: context.say(f"{outcome.config}: {done} of {all_}"),
    )


def metrics(context: Context, setting: Setting, what: str) -> NDArray[np.float64]:
    """One column of a training's log, one number per epoch."""
    from glassgrad.runs import Store

    with Store(context.folder.parent / "flood" / "runs.sqlite") as store:
        entry = store.find(setting, "course/flood/5")
        assert entry is not None
        return np.array([value for _, value in store.metrics(entry.id)[what]])
