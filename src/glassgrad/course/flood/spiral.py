"""One training on the playground's spiral: what it lets one choose, and what comes of it.

Read next: `playground.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import nn, ops, optim, train
from glassgrad.data import Dataset
from glassgrad.data.points import spiral
from glassgrad.nn import Module
from glassgrad.sweep import Run
from glassgrad.train import Epoch, Step

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


@dataclass(frozen=True)
class Setting:
    """What the playground lets one choose; `hidden` as in "8-8"."""

    lr: float = 0.1
    activation: str = "tanh"
    hidden: str = "8-8"
    features: str = "all"
    l1: float = 0.0
    l2: float = 0.0
    batch: int = 10
    epochs: int = 100
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """A trained network and its curves: training and test loss, test error, one row per epoch."""

    model: Module
    rows: NDArray[np.float64]


def halves() -> tuple[Dataset, Dataset]:
    """250 points to train and 250 to test, without noise, as the playground begins."""
    ds = spiral(500, rng=1)
    return ds[:250], ds[250:]


def inputs(x: NDArray[np.float32], features: str) -> NDArray[np.float32]:
    """The playground's features: the coordinates, or with squares, product and sines."""
    if features == "xy":
        return x
    u, v = x.T
    return np.stack([u, v, u * u, v * v, u * v, np.sin(u), np.sin(v)], 1).astype(np.float32)


def network(s: Setting) -> nn.Sequential:
    """The layers of a setting."""
    rng = np.random.default_rng(s.seed)
    sizes = [2 if s.features == "xy" else 7, *map(int, s.hidden.split("-")), 2]
    parts: list[Module] = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        parts += [ACTIVATIONS[s.activation]()] if i else []
        parts.append(nn.Linear(a, b, init="xavier_normal", rng=rng))
    return nn.Sequential(*parts)


def fitted(s: Setting) -> Fitted:
    """Train a setting; the features are scaled to deviation 1."""
    training, test = (replace(ds, x=inputs(ds.x, s.features)) for ds in halves())
    scale = training.x.std(axis=0)
    training, test = (replace(ds, x=ds.x / scale) for ds in (training, test))
    model, rows = network(s), []

    def look(record: Step | Epoch) -> None:
        if isinstance(record, Epoch):
            judged = train.evaluate(model, test)
            rows.append([record.loss, judged.loss, 100 - 100 * float(judged.accuracy or 0)])

    weights = [p for p in model.parameters() if p.ndim == 2]
    train.fit(
        model,
        training,
        optimizer=optim.SGD(model.parameters(), lr=s.lr),
        epochs=s.epochs,
        batch_size=s.batch,
        penalty=(lambda _: _penalty(weights, s)) if s.l1 or s.l2 else None,
        callbacks=[look],
        rng=s.seed,
    )
    return Fitted(model, np.array(rows))


def _penalty(weights: list[nn.Parameter], s: Setting) -> Any:
    return ops.l1_penalty(weights, s.l1) + ops.l2_penalty(weights, s.l2)


def trial(s: Setting, run: Run) -> dict[str, Any]:
    """One run of the search."""
    rows = fitted(s).rows
    return {"test_loss": rows[-1, 1], "test_error": rows[-1, 2]}
