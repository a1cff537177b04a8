"""What a run leaves behind when it is done: weights, figures, a summary.

Read next: `figures/style.py`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, ops
from glassgrad.data import Dataset
from glassgrad.files import atomic
from glassgrad.nn import Module
from glassgrad.train import metrics
from glassgrad.train.metrics import Evaluation
from glassgrad.train.records import History


def write_figures(
    folder: Path, history: History, model: Module, test: Dataset, scores: NDArray[Any]
) -> list[str]:
    """Draw what can be drawn of this model and these data; gives the names of the files.

    Args:
        folder: where to; it is made if need be.
        test: the test set as it was before normalising: pictures that a person can read.
        scores: the model's outputs for it, (N, K).
    """
    drawn = {"learning_curves": figures.learning_curves(history)}
    judged = metrics.judge(scores, test)
    if judged.confusion is not None:
        drawn["confusion"] = figures.confusion(judged.confusion).figure  # type: ignore[assignment]
    if (kernels := first_weights(model, test.shape)) is not None:
        drawn["kernels"] = figures.first_layer_kernels(kernels)
    if len(test.shape) == 3:
        drawn["mistakes"] = draw_mistakes(test, scores)
    folder.mkdir(exist_ok=True)
    for name, figure in drawn.items():
        atomic.write(folder / f"{name}.png", figures.render(figure))
    return [f"{name}.png" for name in drawn]


def draw_mistakes(test: Dataset, scores: NDArray[Any]) -> Any:
    """The worst mistakes on the test set."""
    worst = metrics.top_mistakes(ops.softmax(scores), test.y)
    rows = [mistake.index for mistake in worst]
    return figures.worst_mistakes(
        test.x[rows],
        [mistake.true for mistake in worst],
        [mistake.predicted for mistake in worst],
        [mistake.probability for mistake in worst],
        classes=test.classes,
    )


def first_weights(model: Module, shape: tuple[int, ...]) -> NDArray[np.float32] | None:
    """Weights of the first layer as pictures (F, C, H, W), if the inputs are pictures."""
    if len(shape) != 3 or shape[0] not in (1, 3):
        return None
    weight = next((p.numpy() for p in model.parameters() if p.ndim in (2, 4)), None)
    if weight is None or weight[0].size not in (
        weight[0].size if weight.ndim == 4 else 0,
        np.prod(shape),
    ):
        return None
    return weight if weight.ndim == 4 else weight.reshape(-1, *shape)


def summary(
    history: History, model: Module, test: Evaluation, best_epoch: int | None
) -> dict[str, Any]:
    """How the run ended, for `summary.json`."""
    last = history.epochs[-1]
    return {
        "status": "finished",
        "stopped": history.stopped.reason if history.stopped else None,
        "steps": len(history.steps),
        "epochs": last.epoch,
        "seconds": round(sum(epoch.seconds for epoch in history.epochs), 3),
        "parameters": sum(p.size for p in model.parameters()),
        "weights_of_epoch": best_epoch or last.epoch,
        "train": {"loss": last.loss, "accuracy": last.accuracy},
        "validation": {"loss": last.validation_loss, "accuracy": last.validation_accuracy},
        "test": {
            "examples": test.examples,
            "loss": test.loss,
            "accuracy": test.accuracy,
            **(test.confusion.macro() if test.confusion else {}),
        },
    }
