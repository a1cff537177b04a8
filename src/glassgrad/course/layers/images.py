"""What exercises 6 and 7 share: training on images that can be resumed, and the figures about a network.

Read next: `tables.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad import data, figures, nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.context import Context
from glassgrad.data import Dataset, Normalize, Splits
from glassgrad.nn import Module
from glassgrad.train import Checkpoints, Confusion, History


@dataclass(frozen=True)
class Recipe:
    """How the document trains a network: steps of `batch` images, its own momentum and decay."""

    steps: int
    batch: int
    lr: float
    momentum: float
    decay: float

    def optimizer(self, model: Module) -> optim.Optimizer:
        """SGD in the document's convention, see layers/5."""
        return optim.SGD(
            model.parameters(),
            lr=self.lr,
            momentum=self.momentum,
            dampening=self.momentum,
            damp_first=True,
            weight_decay=self.decay,
            decoupled=True,
        )


def centred(splits: Splits) -> Splits:
    """Pixels minus their mean over the training images, for each channel."""
    mean = Normalize.fit(splits.train, scale=False)
    return Splits(splits.train.apply(mean), splits.test.apply(mean), splits.note)


def fitted(
    context: Context,
    name: str,
    model: Module,
    training: Dataset,
    recipe: Recipe,
    seed: int,
    optimizer: optim.Optimizer | None = None,
    schedule: optim.Schedule | None = None,
    transform: data.base.Transform | None = None,
) -> History:
    """Train for the steps of the recipe; goes on where an interrupted run stopped."""
    folder = context.folder / f"{context.form}-{name}-{seed}"
    folder.mkdir(parents=True, exist_ok=True)
    context.say(f"{name}, seed {seed}: {recipe.steps} steps")
    loader = data.Loader(training, recipe.batch, rng=seed, transform=transform)
    return train.fit(
        model,
        loader,
        optimizer=optimizer or recipe.optimizer(model),
        steps=recipe.steps,
        schedule=schedule,
        checkpoints=Checkpoints(folder, every=1000),
    )


def percent(model: Module, ds: Dataset) -> float:
    """Right answers in percent."""
    return 100 * float(train.evaluate(model, ds).accuracy or 0.0)


def scores(model: Module, ds: Dataset) -> Confusion:
    """Confusion matrix, with precision, recall and F1 by class."""
    return train.confusion_matrix(ds.y, train.predict(model, ds.x), ds.classes)


def look_at(answer: Answer, model: Module, test: Dataset, plain: Dataset, title: str) -> None:
    """Kernels of the first layer, worst mistakes, confusion matrix, precision and recall."""
    p = train.predict_proba(model, test.x)
    first = next(w for w in model.parameters() if w.ndim == 4)
    answer.show(figures.first_layer_kernels(first.numpy()), f"{title}: kernels of the first layer.")
    worst = train.top_mistakes(p, test.y, 18)
    fig = figures.worst_mistakes(
        plain.x[[m.index for m in worst]],
        [m.true for m in worst],
        [m.predicted for m in worst],
        [m.probability for m in worst],
        classes=test.classes,
    )
    answer.show(
        fig, f"{title}: the wrong answers of which the network is surest, true → predicted."
    )
    matrix = train.confusion_matrix(test.y, p.argmax(axis=1), test.classes)
    answer.show(
        figures.confusion(matrix), f"{title}: confusion matrix, rows true, columns predicted."
    )
    rows = [
        (c, *(f"{v:.4f}" for v in (q, r, f)))
        for c, q, r, f in zip(test.classes, matrix.precision, matrix.recall, matrix.f1, strict=True)
    ]
    answer.table(("class", "precision", "recall", "F1"), rows, f"{title}: scores by class")


def curve(answer: Answer, histories: dict[str, History], title: str) -> None:
    """Batch losses, smoothed over fifty parts of the run."""
    for name, history in histories.items():
        losses = np.array([s.loss for s in history.steps])
        chunks = np.array_split(losses, min(50, len(losses)))
        at = np.cumsum([len(c) for c in chunks])
        series = {"mean of the batch losses": np.array([c.mean() for c in chunks])}
        ax = figures.lines(at, series, x_label="iteration", y_label="loss", marks=False, title=name)
        answer.show(ax, f"{title}: {name}.")


def counts(model: nn.Sequential) -> list[int]:
    """Parameters of each layer that has any."""
    sizes = [sum(p.size for p in layer.parameters()) for layer in model]
    return [n for n in sizes if n]
