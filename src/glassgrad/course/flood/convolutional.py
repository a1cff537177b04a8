"""Question 5.5: the suggested convolutional network on the same data.

Read next: `playground.py`.
"""

from __future__ import annotations

import numpy as np

from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.flood.curves import draw, extent
from glassgrad.course.flood.training import build, trained


@exercise(
    "flood/5.5",
    title="A convolutional network on the same data",
    question="Train the suggested convolutional network on the same training and validation "
    "data, and compare.",
    has_figure=True,
    claims=[
        Claim(
            key="gain",
            text="validation error of the 500 units minus that of the convolutional network",
            relation="≥",
            truth=0.0,
            unit="points",
            needs="mnist",
        ),
        Claim(key="error", text="test error of the convolutional network", unit="%"),
    ],
)
def convolutional(context: Context) -> Answer:
    """Source: Homework 2024, Q5.5."""
    answer = Answer()
    tables = {
        "500 units": trained(context, [0.0]),
        "convolutional": trained(context, [0.0], "cnn"),
    }
    results = {
        name: {k: np.array([o.result[k] for o in table]) for k in next(iter(table)).result}
        for name, table in tables.items()
    }
    dense, cnn = results.values()
    gain = dense["validation_error"] - cnn["validation_error"]
    answer.repeat("gain", gain)
    answer.repeat("error", cnn["test_error"])
    settings = [o.config for o in tables["convolutional"]]
    draw(answer, context, {"": settings}, "The convolutional network.")
    shown = ("training_error", "validation_error", "test_error", "validation_loss")
    sizes = {"500 units": _parameters(context, "mlp"), "convolutional": _parameters(context, "cnn")}
    rows = [
        (name, sizes[name], next(iter(tables[name])).config.epochs, *(found[k] for k in shown))
        for name, found in results.items()
    ]
    head = [w.replace("_", " ") + (", %" if w.endswith("error") else "") for w in shown]
    answer.table(("network", "parameters", "epochs", *head), rows)
    better = "less" if gain.mean() > 0 else "not less"
    answer.say(
        f"The convolutional network errs {better} on the validation images, {abs(gain.mean()):.2f} "
        f"points, with {sizes['convolutional']:,} parameters against {sizes['500 units']:,} and fewer "
        "epochs. It uses each weight at every place of the image: what it learns of a stroke in one "
        "corner it knows everywhere, and a digit moved by a pixel looks nearly the same to it. The "
        "dense one must learn it for each place by itself. The price is time: a weight that is used "
        "at every place is multiplied at every place."
    )
    answer.say(" ".join(extent(context, table) for table in tables.values()))
    return answer


def _parameters(context: Context, name: str) -> int:
    training, _ = context.load("mnist")
    return sum(p.size for p in build(name, training, np.random.default_rng(0)).parameters())
