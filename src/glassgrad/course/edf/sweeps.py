"""Exercise 2.3 f to i: learning rate, depth, width, and over-fitting.

Read next: `../layers/dense.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import glassgrad as gg
from glassgrad import figures, nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.edf.training import Errors, dense, error, last, repeated
from glassgrad.course.exercise import exercise
from glassgrad.figures import style
from glassgrad.nn import Module

KINDS: Mapping[str, Callable[[], Module]] = {"ReLU": nn.ReLU, "Sigmoid": nn.Sigmoid}
Table = dict[str, list[list[Errors]]]


def swept(
    context: Context, values: Sequence[Any], one: Callable[[str, Any], list[Errors]]
) -> Table:
    """Runs for both activations and every value."""
    found: Table = {}
    for name in KINDS:
        for value in values:
            context.say(f"{name}, {value}")
            found.setdefault(name, []).append(one(name, value))
    return found


def panels(answer: Answer, values: Sequence[Any], found: Table, label: str, title: str) -> None:
    """Train and test error for each activation, side by side, and the numbers."""
    fig = style.new_figure(8.4, 3.0)
    for ax, (name, column) in zip(fig.subplots(1, len(found)), found.items(), strict=True):
        series = {
            what: np.array([last(runs, what) for runs in column]).T for what in ("training", "test")
        }
        figures.lines(
            values,
            series,
            ax,
            title=name,
            x_label=label,
            y_label="error, %",
            log_x=label == "hidden units",
        )
        ax.set_xticks(list(values), [f"{v:g}" for v in values])
        ax.minorticks_off()
    answer.show(fig, title)
    rows = [
        (
            name,
            v,
            *(f"{e.mean():.2f} ± {e.std():.2f}" for e in (last(r, "training"), last(r, "test"))),
        )
        for name, column in found.items()
        for v, r in zip(values, column, strict=True)
    ]
    answer.table(("activation", label, "training error, %", "test error, %"), rows)


@exercise(
    "edf/2.3f",
    title="Learning rates",
    question="Train with the rates 0.1, 0.5 and 1.0, with ReLU and with Sigmoid. Which is best "
    "for each?",
    has_figure=True,
    claims=[
        Claim(
            key="best", text="the best of the three rates for ReLU and for Sigmoid, by test error"
        )
    ],
)
def rates(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 f."""
    answer, values = Answer(), (0.1, 0.5, 1.0)
    found = swept(
        context, values, lambda name, lr: repeated(context, dense(activation=KINDS[name]), lr)
    )
    panels(answer, values, found, "learning rate", "Final errors for each rate.")
    best = {
        n: values[int(np.argmin([last(r, "test").mean() for r in c]))] for n, c in found.items()
    }
    answer.measure("best", list(best.values()))
    order = ["no larger", "larger"][best["Sigmoid"] > best["ReLU"]]
    answer.say(
        f"ReLU is best at {best['ReLU']:g}, Sigmoid at {best['Sigmoid']:g}, {order} than that. "
        "What speaks for larger rates with Sigmoid: its slope is at most ¼, so what arrives at "
        "the first layer is small; a ReLU passes gradients on undiminished."
    )
    return answer


@exercise(
    "edf/2.3g",
    title="Depth",
    question="Train networks of 2, 4 and 6 layers with Sigmoid and with ReLU. What does depth do?",
    has_figure=True,
    claims=[
        Claim(key="deep", text="six layers of Sigmoid: test error", unit="%"),
        Claim(
            key="worse",
            text="that minus the test error of two layers",
            printed=0.0,
            relation="≥",
            unit="points",
        ),
        Claim(
            key="ratio",
            text="gradient of the first layer over that of the last, six layers of Sigmoid, "
            "before training",
            printed=0.01,
            relation="≤",
        ),
    ],
)
def depth(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 g."""
    answer, values = Answer(), (2, 4, 6)
    found = swept(
        context, values, lambda name, n: repeated(context, dense(layers=n, activation=KINDS[name]))
    )
    panels(answer, values, found, "layers", "Final errors for each depth.")
    deep, shallow = (last(found["Sigmoid"][i], "test") for i in (-1, 0))
    answer.repeat("deep", deep)
    answer.repeat("worse", deep - shallow)
    batch = context.load("mnist").train[:256]
    norms: dict[str, list[list[float]]] = {}
    for name, kind in KINDS.items():
        for _, rng in context.repetitions():
            norms.setdefault(name, []).append(
                _gradients(dense(layers=6, activation=kind)(batch, rng), batch)
            )
    ax = figures.lines(
        range(1, 7), norms, x_label="layer", y_label="|gradient| of the weights", log_y=True
    )
    answer.show(
        ax,
        "Six layers before training: with Sigmoid the gradient shrinks from layer to layer, backwards.",
    )
    sigmoid = np.array(norms["Sigmoid"])
    answer.repeat("ratio", sigmoid[:, 0] / sigmoid[:, -1])
    answer.say(
        f"Six layers of Sigmoid err on {deep.mean():.1f} % of the test images, two on "
        f"{shallow.mean():.1f} %. Each sigmoid multiplies what flows back by at most ¼; five of "
        "them leave at most a thousandth, and the first layers hardly move. A ReLU multiplies "
        "by 1 or by 0."
    )
    return answer


def _gradients(model: Module, batch: Any) -> list[float]:
    """The length of the gradient of each weight matrix."""
    model.zero_grad()
    gg.cross_entropy(model(batch.x), batch.y).backward()
    return [float(np.linalg.norm(np.asarray(p.grad))) for p in model.parameters() if p.ndim == 2]


@exercise(
    "edf/2.3h",
    title="Width",
    question="How does the number of hidden units change the errors?",
    has_figure=True,
    claims=[
        Claim(
            key="falls",
            text="test error with the most units below that with the fewest, by",
            printed=0.0,
            relation="≥",
            unit="points",
        )
    ],
)
def width(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 h."""
    answer, values = Answer(), context.pick((4, 16, 64), (4, 16, 64, 256))
    found = swept(
        context, values, lambda name, n: repeated(context, dense(n, activation=KINDS[name]))
    )
    panels(answer, values, found, "hidden units", "Final errors for each width.")
    gains = [last(column[0], "test") - last(column[-1], "test") for column in found.values()]
    answer.repeat("falls", np.mean(gains, axis=0))
    return answer


@exercise(
    "edf/2.3i",
    title="Over-fitting",
    question="Train error keeps falling, test error rises when there are too many hidden units: "
    "what is the reason? Shown on little data with some wrong labels.",
    has_figure=True,
    claims=[
        Claim(
            key="training",
            text="training error of the widest network",
            printed=0.0,
            tolerance=1.0,
            unit="%",
        ),
        Claim(
            key="gap",
            text="gap between test and training error: widest minus narrowest network",
            printed=0.0,
            relation="≥",
            unit="points",
        ),
    ],
)
def overfitting(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 i."""
    answer, values = Answer(), context.pick((4, 16, 64, 256), (2, 8, 32, 128, 512))
    splits = context.load("mnist")
    count = context.pick(150, 500)
    shares = np.zeros((context.seeds, len(values), 2))
    for seed, rng in context.repetitions():
        few = splits.train[rng.choice(len(splits.train), count, replace=False)]
        wrong = rng.random(count) < 0.15
        few.y[wrong] = rng.integers(0, len(few.classes), int(wrong.sum()))
        for i, hidden in enumerate(values):
            model = dense(hidden, activation=nn.ReLU)(few, rng)
            optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
            train.fit(
                model,
                few,
                optimizer=optimizer,
                epochs=context.pick(60, 150),
                batch_size=32,
                rng=rng,
            )
            shares[seed, i] = [error(model, few), error(model, splits.test)]
    series = {"training": shares[:, :, 0], "test": shares[:, :, 1]}
    ax = figures.lines(values, series, x_label="hidden units", y_label="error, %", log_x=True)
    ax.set_xticks(list(values), [str(v) for v in values])
    ax.minorticks_off()
    answer.show(ax, f"{count} images, 15 % of them with a random label.")
    gap = shares[:, :, 1] - shares[:, :, 0]
    answer.repeat("training", shares[:, -1, 0])
    answer.repeat("gap", gap[:, -1] - gap[:, 0])
    answer.say(
        "Over-fitting: a network with more units than the data determine can fit everything, "
        "wrong labels and chance included; what it has learnt of them is wrong for new images. "
        "More data, fewer units, stopping early, weight decay or dropout help."
    )
    return answer
