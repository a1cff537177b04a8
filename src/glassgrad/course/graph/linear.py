"""Problem 2: a linear classifier trained from zero, and what stands in its way where it fails.

Read next: `layers.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import check, figures, nn, ops, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.graph.points import POINTS, own_points
from glassgrad.data import Dataset
from glassgrad.data.points import inseparable, separable
from glassgrad.figures import style
from glassgrad.nn import Module
from glassgrad.train import History, Step


def divergence(logits: Any, labels: NDArray[np.int64]) -> Any:
    """Kullback-Leibler divergence of softmax(logits) from the distribution that is sure of the label."""
    sure = ops.one_hot(labels, logits.shape[1], logits.dtype)
    return ops.kl_div(ops.log_softmax(logits), sure)


def trained(model: Module, ds: Dataset, steps: int, lr: float) -> History:
    """Full-batch gradient descent on the divergence."""
    optimizer = optim.SGD(model.parameters(), lr=lr)
    return train.fit(
        model, ds, optimizer=optimizer, steps=steps, batch_size=len(ds), loss=divergence, rng=0
    )


def curves(history: History, title: str) -> Any:
    """Loss and accuracy over the iterations, side by side."""
    steps: list[Step] = history.steps
    fig = style.new_figure(8.2, 2.9)
    left, right = fig.subplots(1, 2)
    at = [s.step for s in steps]
    figures.lines(
        at,
        {"loss": [s.loss for s in steps]},
        left,
        title=title,
        x_label="iteration",
        y_label="divergence",
    )
    share = [100 * (s.accuracy or 0.0) for s in steps]
    figures.lines(at, {"accuracy": share}, right, x_label="iteration", y_label="right, %")
    return fig


def zero_model(ds: Dataset) -> nn.Linear:
    """Wx + b with W = 0, b = 0."""
    model = nn.Linear(ds.shape[0], len(ds.classes), rng=0)
    for p in model.parameters():
        p._assign(np.zeros_like(p._array))
    return model


@exercise(
    "graph/2",
    title="A linear classifier from zero",
    question="Train $f(x) = Wx + b$ with softmax and Kullback-Leibler divergence from $W = 0$, "
    "$b = 0$. Does it separate the points? If not, which points prevent it?",
    has_figure=True,
    claims=[
        Claim(
            key="accuracy",
            text="accuracy on the training points",
            printed=100.0,
            tolerance=0.0,
            unit="%",
            needs=POINTS,
        ),
        Claim(
            key="certificate",
            text="sets of points that are classified without error though no plane separates them",
            truth=0.0,
            slack=0.0,
        ),
    ],
)
def from_zero(context: Context) -> Answer:
    """Source: Homework 2, problem 2. Its points are not public: these are ours, or your CSV file."""
    answer = Answer()
    ds = own_points(context, separable(300, rng=context.rng(), classes=3))
    model = zero_model(ds)
    history = trained(model, ds, context.pick(300, 1000), 1.0)
    right = 100 * float(train.evaluate(model, ds).accuracy or 0.0)
    found = check.separable(ds.x, ds.y)
    answer.measure("accuracy", right, why="these are other points.")
    answer.show(curves(history, f"{len(ds)} points"), "Loss and accuracy.")
    if ds.shape == (2,):
        ax = figures.decision_map(lambda p: model(p.astype(np.float32)), ds.x, ds.y)
        answer.show(ax, "The classes after training, the boundary in black.")
    answer.output(found, "The certificate for these points")
    numbering = "" if found else " In the certificate x[0] is the first example."
    answer.say(_in_words(right, bool(found)) + numbering)
    strays = _with_strays(context, answer)
    answer.measure("certificate", (right == 100 and not found) + strays)
    return answer


def _in_words(right: float, separable: bool) -> str:
    if right == 100:
        return "The classifier has converged to a solution that separates the points."
    if separable:
        return (
            f"The classifier is right for {right:.1f} %, though the certificate has planes that are "
            "right for all: more iterations would get there, the slower the narrower the strip."
        )
    return (
        f"The classifier is right for {right:.1f} %. No line can do it: the certificate names a point "
        "that belongs to both hulls, and the points without which the rest can be separated."
    )


def _with_strays(context: Context, answer: Answer) -> bool:
    """The other case, where no line separates; whether training contradicts the certificate."""
    ds = inseparable(120, rng=context.rng(1), classes=2)
    model = zero_model(ds)
    trained(model, ds, context.pick(300, 1000), 1.0)
    found = check.separable(ds.x, ds.y)
    wrong = train.predict(model, ds.x) != ds.y
    ax = figures.decision_map(lambda p: model(p.astype(np.float32)), ds.x, ds.y, ringed=wrong)
    answer.show(ax, "Points with strays: what the trained classifier gets wrong has a ring.")
    answer.output(found, "The certificate for the points with strays")
    return not found and not wrong.any()
