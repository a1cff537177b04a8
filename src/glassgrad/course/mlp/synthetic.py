"""Question 4: a training loop for the small network, one example at a time.

Read next: `mnist.py`.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset, Splits
from glassgrad.data.points import quadratic

PRINTED = (
    (
        ((0.00460806, -0.00507444, -0.00223027), (0.01274007, 0.011903, -0.03032788)),
        (0.00414125, 0.00157709, 0.00222446),
    ),
    (
        ((-0.04568013, 0.05823134), (-0.03630828, 0.04085528), (-0.04702419, 0.0362655)),
        (-0.096495, 0.096495),
    ),
)
"""Weights and biases that the document prints after 100 epochs, as x W + b."""


def points(context: Context) -> Splits:
    """The document's data are a formula: 60,000 points to train and 10,000 to test, or a tenth of them."""
    n = context.pick(6_000, 60_000)
    ds = quadratic(n + n // 6, rng=context.rng(0))
    return Splits(ds[:n], ds[n:])


def small(rng: np.random.Generator) -> nn.Sequential:
    """2, 3 and 2 units, as drawn in the document."""
    return nn.Sequential(
        nn.Linear(2, 3, init="xavier_normal", rng=rng),
        nn.Sigmoid(),
        nn.Linear(3, 2, init="xavier_normal", rng=rng),
    )


@exercise(
    "mlp/4",
    title="Training on points, one at a time",
    question="Train the small network by stochastic gradient descent, one example per step. Does "
    "the loss fall?",
    has_figure=True,
    claims=[
        Claim(key="falls", text="the training loss drops as training progresses", printed="yes"),
        Claim(
            key="loss", text="training loss at the end", printed=9.739905146114124, tolerance=0.5
        ),
        Claim(
            key="theirs",
            text="loss of the network whose weights the document prints, on these points scaled to 0 … 1",
            printed=9.739905146114124,
            tolerance=0.5,
        ),
        Claim(
            key="most",
            text="the greatest loss that network can have on one point of the unit square",
            printed=9.739905146114124,
            relation="≥",
            tolerance=0.0,
        ),
    ],
)
def one_at_a_time(context: Context) -> Answer:
    """Source: Assignment 1, question 4."""
    answer, (training, test) = Answer(), points(context)
    steps = context.pick(1_500, 20_000)
    curves, ends, right = [], [], []
    for seed, rng in context.repetitions():
        model = small(rng)
        optimizer = optim.SGD(model.parameters(), lr=0.2 if context.quick else 0.05)
        h = train.fit(model, training, optimizer=optimizer, steps=steps, batch_size=1, rng=seed)
        curves.append(_means([s.loss for s in h.steps], 30))
        ends.append(train.evaluate(model, training).loss)
        right.append(100 * float(train.evaluate(model, test).accuracy or 0.0))
    at = np.linspace(steps / 30, steps, 30)
    ax = figures.lines(
        at,
        {"training loss": np.array(curves)},
        x_label="examples seen",
        y_label="mean loss",
        marks=False,
    )
    ax.axhline(math.log(2), color="#8C8C8C", lw=1.3, ls=":")
    answer.show(
        ax,
        "The loss falls below $\\ln 2$, that of a coin (dotted). Mean and deviation over "
        f"{len(curves)} draws.",
    )
    mean = np.array(curves).mean(axis=0)
    answer.judge("falls", mean[-1] < mean[0], f"from {mean[0]:.3f} to {mean[-1]:.3f}")
    answer.repeat("loss", ends, why=_why())
    _theirs(answer, training)
    answer.say(f"On {len(test):,} points that were not seen, {np.mean(right):.1f} % are right.")
    _majority(answer, test)
    return answer


def _theirs(answer: Answer, training: Dataset) -> None:
    """The document's own network, from the weights that it prints."""
    model = small(np.random.default_rng(0))
    values = [np.array(v, np.float32) for layer in PRINTED for v in layer]
    for p, v in zip(model.parameters(), values, strict=True):
        p._assign(np.ascontiguousarray(v.T))
    side = np.linspace(0, 1, 101, dtype=np.float32)
    square = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    most = float(-np.log(train.predict_proba(model, square).min()))
    low, high = training.x.min(axis=0), training.x.max(axis=0)
    found = train.evaluate(model, replace(training, x=(training.x - low) / (high - low)))
    proof = (
        f"every point of the unit square costs that network at most {most:.3f}, so no mean over points "
        "can be 9.74: the printed loss is not a mean, or not of the printed weights."
    )
    answer.measure("theirs", found.loss, proof=proof)
    answer.measure("most", most, proof=proof)
    answer.say(
        f"The document's printed weights are right for {100 * float(found.accuracy or 0):.1f} % of the "
        "training points: they have hardly moved from where they began, one example in each of 100 "
        "“epochs” being 100 steps of 0.01."
    )


def _why() -> str:
    return (
        f"a mean loss over two classes is {math.log(2):.4f} for a coin; 9.74 is far above that. "
        "Either the document adds losses up, or its network is worse than guessing."
    )


def _majority(answer: Answer, test: Dataset) -> None:
    share = 100 * max(np.bincount(test.y)) / len(test)
    answer.say(
        f"Always naming the larger class is right for {share:.1f} %: the network has learnt more."
    )


def _means(values: list[float], parts: int) -> NDArray[np.float64]:
    """Means over so many equal parts."""
    return np.array([chunk.mean() for chunk in np.array_split(np.array(values), parts)])
