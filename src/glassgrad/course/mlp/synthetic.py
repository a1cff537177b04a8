"""Question 4: a training loop for the small network, one example at a time.

Read next: `mnist.py`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset, Splits
from glassgrad.data.points import quadratic


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
    answer.say(f"On {len(test):,} points that were not seen, {np.mean(right):.1f} % are right.")
    _majority(answer, test)
    return answer


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
