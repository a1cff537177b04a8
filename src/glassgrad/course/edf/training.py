"""How Exercise 2.3 trains, batches of 64 in the order of the data at rate 0.5, and what it measures.

The course's notebook leaves out a last batch that is smaller, and computes its "test" error on the first
training images, as many as there are test images: its `run_epoch` ignores what it is given.  Both errors
are measured here.  Read next: `digits.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from glassgrad import data, nn, optim, train
from glassgrad.course.context import Context
from glassgrad.data import Dataset
from glassgrad.errors import Diverged
from glassgrad.nn import Module
from glassgrad.train import Epoch, Step

Make = Callable[[Dataset, np.random.Generator], Module]


@dataclass(frozen=True)
class Errors:
    """Errors in percent after each epoch.    training, leaked, test : (E,)

    A run that came to infinity counts as guessing, and says so.
    """

    training: np.ndarray
    leaked: np.ndarray
    test: np.ndarray
    diverged: bool = False


def dense(hidden: int = 64, layers: int = 2, activation: Callable[[], Module] = nn.Sigmoid) -> Make:
    """So many linear layers with the activation between them; Xavier's weights as in EDF."""

    def make(ds: Dataset, rng: np.random.Generator) -> Module:
        sizes = [int(np.prod(ds.shape)), *[hidden] * (layers - 1), len(ds.classes)]
        parts: list[Module] = [nn.Flatten()]
        for i, (a, b) in enumerate(pairwise(sizes)):
            parts += [activation()] if i else []
            parts.append(nn.Linear(a, b, init="edf", rng=rng))
        return nn.Sequential(*parts)

    return make


def error(model: Module, ds: Dataset) -> float:
    """Wrong answers in percent."""
    return 100 * float(np.mean(train.predict(model, ds.x, 2000) != ds.y))


def run(
    context: Context,
    make: Make,
    rng: np.random.Generator,
    lr: float = 0.5,
    every_epoch: bool = False,
) -> Errors:
    """Train as the exercise does; errors after the last epoch, or after each."""
    training, test = context.load("mnist")
    leaked = training[: len(test)]
    model = make(training, rng)
    epochs = context.pick(20, 10)
    rows: list[list[float]] = []

    def look(record: Step | Epoch) -> None:
        if isinstance(record, Epoch) and (every_epoch or record.epoch == epochs):
            rows.append([error(model, ds) for ds in (training, leaked, test)])

    loader = data.Loader(training, 64, shuffle=False, drop_last=True, rng=0)
    optimizer = optim.SGD(model.parameters(), lr=lr)
    diverged = False
    try:
        train.fit(model, loader, optimizer=optimizer, epochs=epochs, callbacks=[look])
    except Diverged as what:
        context.say(f"counts as guessing: {what}")
        guessing = 100 - 100 / len(training.classes)
        rows, diverged = [[guessing] * 3] * (epochs if every_epoch else 1), True
    at_training, leaked_errors, at_test = np.array(rows).T
    return Errors(at_training, leaked_errors, at_test, diverged)


def repeated(
    context: Context, make: Make, lr: float = 0.5, every_epoch: bool = False
) -> list[Errors]:
    """The same for each seed."""
    return [run(context, make, rng, lr, every_epoch) for _, rng in context.repetitions()]


def last(found: list[Errors], what: str) -> np.ndarray:
    """Errors at the end, one per seed."""
    return np.array([getattr(e, what)[-1] for e in found])
