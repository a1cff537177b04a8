"""Question 5.1: why the test loss can rise while the training loss falls.

Read next: `training.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, ops, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset
from glassgrad.figures import style
from glassgrad.nn import models
from glassgrad.train import Epoch, Step

Floats = NDArray[np.float64]


@exercise(
    "flood/5.1",
    title="A test loss that rises",
    question="Why can the test loss rise while the training loss falls?",
    has_figure=True,
    claims=[
        Claim(
            key="rises",
            text="the test loss rises again after its least value, by",
            printed=0.0,
            relation="≥",
            unit="%",
        ),
        Claim(
            key="error",
            text="meanwhile the test error changes by (percentage points)",
            unit="points",
        ),
    ],
)
def rising(context: Context) -> Answer:
    """Source: Homework 2024, Q5.1."""
    answer = Answer()
    splits = context.load("mnist")
    few = splits.train[: context.pick(200, 1000)]
    test = splits.test[: context.pick(359, 5000)]
    rises, changes = [], []
    for _, rng in context.repetitions():
        losses, table = _run(few, test, rng, context.pick(30, 100))
        least = table[:, 0].argmin()
        rises.append(100 * (table[-1, 0] / table[least, 0] - 1))
        changes.append(100 * (table[-1, 1] - table[least, 1]))
    answer.repeat("rises", rises)
    answer.repeat("error", changes)
    _draw(answer, losses, table)
    answer.say(
        "The loss of one example is minus the logarithm of the probability of its right class. "
        "Once the training examples are all right, the training loss falls only by making the "
        "network surer, that is, its scores larger; on new examples that makes right answers a "
        "little better and wrong answers much worse, without changing which are wrong. In the "
        f"last run the mean loss over the wrong answers went from {table[least, 3]:.2f} at the "
        f"least test loss to {table[-1, 3]:.2f} at the end, over the right ones from "
        f"{table[least, 2]:.3f} to {table[-1, 2]:.3f}, while the error went from "
        f"{100 * table[least, 1]:.2f} to {100 * table[-1, 1]:.2f} %."
    )
    return answer


def _run(
    few: Dataset, test: Dataset, rng: np.random.Generator, epochs: int
) -> tuple[Floats, Floats]:
    """Training losses, and after each epoch the rows of `_judged` on the test set."""
    model = models.build("mlp500", few.shape, len(few.classes), rng)
    rows: list[Floats] = []

    def look(record: Step | Epoch) -> None:
        if isinstance(record, Epoch):
            rows.append(_judged(train.predict_proba(model, test.x), test.y))

    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = train.fit(
        model, few, optimizer=optimizer, epochs=epochs, batch_size=32, rng=rng, callbacks=[look]
    )
    return np.array([e.loss for e in history.epochs]), np.array(rows)


def _judged(p: Floats, y: NDArray[np.int64]) -> Floats:
    """Mean loss, error, and the mean loss over right and over wrong answers."""
    losses = np.asarray(ops.log_loss(np.clip(p, 1e-30, 1), y, reduction="none"), np.float64)
    wrong = p.argmax(axis=1) != y
    return np.array(
        [
            losses.mean(),
            wrong.mean(),
            losses[~wrong].mean(),
            losses[wrong].mean() if wrong.any() else 0,
        ]
    )


def _draw(answer: Answer, training: Floats, table: Floats) -> None:
    fig = style.new_figure(8.4, 3.0)
    left, right = fig.subplots(1, 2)
    at = np.arange(1, len(table) + 1)
    losses = {"training": training, "test": table[:, 0]}
    figures.lines(at, losses, left, x_label="epoch", y_label="mean loss", log_y=True, marks=False)
    parts = {"wrong answers": table[:, 3], "right answers": table[:, 2]}
    figures.lines(
        at,
        parts,
        right,
        title="test",
        x_label="epoch",
        y_label="mean loss",
        log_y=True,
        marks=False,
    )
    answer.show(fig, "Left: training and test loss. Right: the test loss, taken apart.")
