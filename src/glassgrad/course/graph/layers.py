"""Problem 3: points that no line separates, with one layer and with two.

Read next: `templates.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import figures, nn, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.graph.linear import curves, trained, zero_model
from glassgrad.course.graph.points import POINTS, own_points
from glassgrad.data import Dataset
from glassgrad.data.points import moons
from glassgrad.figures import style
from glassgrad.nn import Module

HIDDEN = 16


def points(context: Context) -> Dataset:
    """200 points in two half circles, with noise: the best line is right for about 85 %."""
    return own_points(context, moons(200, noise=0.3, rng=context.rng(3)))


def truth_and_prediction(model: Module, ds: Dataset) -> Any:
    """Two panels: the labels that are true, and those the model gives."""
    fig = style.new_figure(8.0, 3.8)
    left, right = fig.subplots(1, 2)
    figures.decision_map(None, ds.x, ds.y, left, title="ground truth")
    said = train.predict(model, ds.x)
    figures.decision_map(
        lambda p: model(p.astype(np.float32)),
        ds.x,
        said,
        right,
        title="predicted",
        ringed=said != ds.y,
    )
    return fig


def two_layers(rng: np.random.Generator, inputs: int, classes: int) -> nn.Sequential:
    """Linear, ReLU, linear, all weights from the standard normal distribution."""
    model = nn.Sequential(nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, classes))
    for p in model.parameters():
        p._assign(rng.standard_normal(p.shape).astype(np.float32))
    return model


@exercise(
    "graph/3a",
    title="Points that no line separates: one layer",
    question="Train the classifier of problem 2 on points that are not separable. How many does "
    "it get right?",
    has_figure=True,
    claims=[
        Claim(
            key="accuracy",
            text="accuracy of the linear classifier",
            printed=85.0,
            tolerance=0.05,
            unit="%",
            needs=POINTS,
        )
    ],
)
def one_layer(context: Context) -> Answer:
    """Source: Homework 2, problem 3 (a)."""
    answer, ds = Answer(), points(context)
    model = zero_model(ds)
    history = trained(model, ds, context.pick(400, 2000), 1.0)
    answer.measure("accuracy", 100 * float(train.evaluate(model, ds).accuracy or 0.0))
    answer.show(truth_and_prediction(model, ds), "Wrong answers have a ring.")
    answer.show(curves(history, "One layer"), "Loss and accuracy against the iterations.")
    return answer


@exercise(
    "graph/3b",
    title="Points that no line separates: two layers",
    question="Add a hidden layer with ReLU, all weights drawn by randn. Is it better than (a)?",
    has_figure=True,
    claims=[
        Claim(
            key="accuracy",
            text="accuracy of the network with a hidden layer",
            printed=92.5,
            tolerance=0.05,
            unit="%",
            needs=POINTS,
        ),
        Claim(
            key="gain",
            text="two layers are right more often than one, by",
            printed=0.0,
            relation="≥",
            unit="points of 100",
        ),
    ],
)
def hidden_layer(context: Context) -> Answer:
    """Source: Homework 2, problem 3 (b)."""
    answer, ds = Answer(), points(context)
    line = zero_model(ds)
    trained(line, ds, context.pick(400, 2000), 1.0)
    base = 100 * float(train.evaluate(line, ds).accuracy or 0.0)
    found = []
    for _, rng in context.repetitions():
        model = two_layers(rng, ds.shape[0], len(ds.classes))
        history = trained(model, ds, context.pick(500, 3000), 0.1)
        found.append(100 * float(train.evaluate(model, ds).accuracy or 0.0))
    answer.repeat("accuracy", found)
    answer.repeat("gain", np.array(found) - base)
    answer.show(
        truth_and_prediction(model, ds), "The last of the networks; wrong answers have a ring."
    )
    answer.show(
        curves(history, f"{HIDDEN} hidden units"), "Loss and accuracy against the iterations."
    )
    answer.say(
        f"One layer is right for {base:.1f} %, two for {np.mean(found):.1f} % on average over "
        f"{len(found)} draws of the weights: the boundary may bend."
    )
    printed = [c.printed for c in (one_layer.claims[0], hidden_layer.claims[0])]
    fits = [n for n in range(1, 201) if all(_is_share(float(p), n) for p in printed)]  # type: ignore[arg-type]
    answer.say(
        "What the document prints says how many points the course's set has: both percentages are "
        f"those of a whole number of right answers, to the digit printed, for {_some(fits)} points."
    )
    return answer


def _is_share(percent: float, n: int) -> bool:
    """Whether some number of n points is exactly that share."""
    return abs(round(percent * n / 100) - percent * n / 100) < 1e-9


def _some(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers)) + ", …"
