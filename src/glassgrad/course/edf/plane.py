"""Exercise 2.2: a hundred points in the plane, with a line and with a network.

Read next: `training.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import figures, nn, ops, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset
from glassgrad.data.fetch import places
from glassgrad.nn import Module

POINTS = "the course's 100 points"
EXTENT = (-0.5, 0.5, -0.5, 0.5)


def points(context: Context) -> Dataset:
    """The course's `points/2d_pcl_dataset.npz` if it is there, else 100 points about a wave."""
    for folder in [] if context.quick else places(("points",), context.data_dir):
        if (path := folder / "2d_pcl_dataset.npz").is_file():
            with np.load(path) as arrays:
                x, y = arrays["X"], arrays["y"]
            context.used[POINTS] = ""
            return Dataset(x.astype(np.float32), y.astype(np.int64).ravel(), ("0", "1"), path.stem)
    context.used[POINTS] = "100 points of ours, on both sides of a wave"
    rng = context.rng(22)
    u, side = rng.uniform(-0.45, 0.45, 100), np.repeat([0, 1], 50)
    v = 0.2 * np.sin(8 * u) + (2 * side - 1) * rng.uniform(0.03, 0.2, 100)
    return Dataset(
        np.stack([u, v], 1).astype(np.float32), side.astype(np.int64), ("0", "1"), "wave"
    )


def loss(score: Any, labels: Any) -> Any:
    """Cross-entropy of the sigmoid of one score."""
    column = np.asarray(labels, np.float32).reshape(-1, 1)
    return ops.binary_cross_entropy_with_logits(score, column)


def trained(model: Module, ds: Dataset, steps: int, lr: float) -> Module:
    """Full-batch descent with momentum."""
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    train.fit(model, ds, optimizer=optimizer, steps=steps, batch_size=len(ds), loss=loss, rng=0)
    return model


def errors(model: Module, ds: Dataset) -> int:
    """How many points are on the wrong side."""
    return int(((model(ds.x)[:, 0] > 0) != (ds.y == 1)).sum())


def network(rng: np.random.Generator) -> nn.Sequential:
    """16 sigmoid units and one score."""
    return nn.Sequential(
        nn.Linear(2, 16, init="xavier_normal", rng=rng),
        nn.Sigmoid(),
        nn.Linear(16, 1, init="xavier_normal", rng=rng),
    )


@exercise(
    "edf/2.2",
    title="A hundred points in the plane",
    question="Classify 100 points by logistic regression and by a network of 16 sigmoid units; "
    "draw what they say for 500 × 500 points, with the boundary in black.",
    has_figure=True,
    claims=[
        Claim(
            key="line",
            text="logistic regression cannot classify all points: errors of 100",
            printed=1.0,
            relation="≥",
            needs=POINTS,
            truth=13.0,
            slack=0.0,
        ),
        Claim(
            key="weights",
            text=r"$(w_1, w_2, b)$ of the best logistic regression, for class 0",
            needs=POINTS,
            truth=(-4.1541, 16.6766, 1.0915),
            slack=2e-3,
        ),
        Claim(
            key="network",
            text="the network classifies them: errors of 100",
            printed=0.0,
            tolerance=0.0,
            needs=POINTS,
            truth=0.0,
        ),
    ],
)
def hundred_points(context: Context) -> Answer:
    """Source: Exercise 2, 2.2 a to d."""
    answer, ds = Answer(), points(context)
    line = nn.Linear(2, 1, init="xavier_normal", rng=context.rng())
    trained(line, ds, context.pick(1000, 6000), 10.0)
    weight, bias = (p.numpy().ravel() for p in line.parameters())
    answer.measure("line", errors(line, ds))
    answer.measure("weights", [*-weight, *-bias])  # EDF's one probability is that of class 0
    _draw(
        answer, line, ds, "Logistic regression: the boundary is a line. Wrong points have a ring."
    )
    found = []
    for _, rng in context.repetitions():
        model = trained(network(rng), ds, context.pick(1500, 10_000), 3.0)
        found.append(errors(model, ds))
    answer.repeat("network", found)
    _draw(answer, model, ds, "16 sigmoid units: the boundary bends.")
    return answer


def _draw(answer: Answer, model: Module, ds: Dataset, title: str) -> None:
    wrong = (model(ds.x)[:, 0] > 0) != (ds.y == 1)
    ax = figures.decision_map(
        lambda p: model(p.astype(np.float32)), ds.x, ds.y, extent=EXTENT, steps=500, ringed=wrong
    )
    answer.show(ax, title)
