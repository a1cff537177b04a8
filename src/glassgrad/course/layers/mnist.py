"""Exercise 6: a convolutional network on MNIST, and a table whose columns were swapped.

Read next: `cifar.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from glassgrad import check
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.layers.images import Recipe, centred, counts, curve, fitted, look_at, percent
from glassgrad.nn import models

TABLE_2 = {
    "precision": (
        "0.9938",
        "0.9908",
        "0.9302",
        "0.9663",
        "0.9684",
        "0.9955",
        "0.9551",
        "0.9708",
        "0.9559",
        "0.9832",
    ),
    "recall": (
        "0.9700",
        "0.9852",
        "0.9917",
        "0.9869",
        "0.9917",
        "0.9193",
        "0.9956",
        "0.9371",
        "0.9936",
        "0.9439",
    ),
}


@exercise(
    "layers/6",
    title="A convolutional network on MNIST",
    question="Train the network of two convolutions on MNIST. Show the kernels of the first "
    "layer, some misclassified images, the confusion matrix, precision and recall by digit.",
    has_figure=True,
    claims=[
        Claim(
            key="handout",
            text="test accuracy, as the hand-out promises",
            printed=98.0,
            tolerance=0.7,
            unit="%",
            needs="mnist",
        ),
        Claim(
            key="accuracy",
            text="test accuracy, as the document's table implies",
            printed=97.1,
            tolerance=1.3,
            unit="%",
            needs="mnist",
        ),
        Claim(
            key="parameters",
            text="parameters of the three layers (table 1)",
            printed=(416, 6416, 7850),
            tolerance=0,
        ),
        Claim(
            key="table",
            text="precision and recall by digit (table 2)",
            printed="the two rows as labelled",
        ),
    ],
)
def mnist(context: Context) -> Answer:
    """Source: Assignment 3, exercise 6, tables 1 and 2, figures 1 to 3."""
    answer = Answer()
    plain = context.load("mnist")
    splits = centred(plain)
    recipe = Recipe(context.pick(400, 3000), 16, 0.1, 0.9, 0.005)
    found, histories = [], {}
    for seed, rng in context.repetitions():
        model = models.build("fman45", splits.train.shape, 10, rng)
        histories["loss"] = fitted(context, "mnist", model, splits.train, recipe, seed)
        found.append(percent(model, splits.test))
    answer.repeat("handout", found)
    answer.repeat("accuracy", found)
    answer.measure(
        "parameters", counts(models.build("fman45", (1, 28, 28), 10, np.random.default_rng(0)))
    )
    curve(answer, histories, f"One run of {recipe.steps} iterations")
    look_at(answer, model, splits.test, plain.test, "The last run")
    judge_table(answer, "table", TABLE_2, "mnist")
    return answer


def judge_table(
    answer: Answer, key: str, printed: Mapping[str, Sequence[str]], counts: str
) -> float:
    """A printed table of precision and recall against itself; the accuracy implied once it is put right."""
    verdict = check.table(printed, counts=counts)
    right = {"precision": printed["recall"], "recall": printed["precision"]}
    turned = check.table(right, counts=counts)
    answer.output(verdict, "The printed table, checked")
    answer.output(turned, "The same with the two columns exchanged")
    swapped = any(finding.kind == "swapped" for finding in verdict.findings)
    shown = "the two rows exchanged" if swapped else "contradicts itself"
    answer.judge(key, verdict.ok, shown, proof="" if verdict.ok else str(verdict))
    return turned.accuracy or 0.0
