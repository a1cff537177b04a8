"""Exercise 2.3 f to h: learning rate, depth, width.

Read next: `label_noise.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

import glassgrad as gg
from glassgrad import doctor, figures, nn, optim
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.doctor import consult
from glassgrad.course.edf.training import Errors, dense, last, repeated
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
        (name, v, last(r, "training"), last(r, "test"))
        for name, column in found.items()
        for v, r in zip(values, column, strict=True)
    ]
    answer.table(("activation", label, "training error, %", "test error, %"), rows)
    lost = sum(e.diverged for column in found.values() for runs in column for e in runs)
    if lost:
        answer.say(f"{lost} of the runs came to infinity at this rate; they count as guessing.")


@exercise(
    "edf/2.3f",
    title="Learning rates",
    question="Train with the rates 0.1, 0.5 and 1.0, with ReLU and with Sigmoid. Which is best "
    "for each?",
    has_figure=True,
    claims=[
        Claim(
            key="best", text="the best of the three rates, for ReLU and for Sigmoid, by test error"
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
    mean = {n: [last(runs, "test").mean() for runs in column] for n, column in found.items()}
    answer.measure("best", [values[int(np.argmin(m))] for m in mean.values()])
    answer.say(" ".join(_verdict(n, values, c) for n, c in found.items()))
    answer.say(
        "What speaks for larger rates with Sigmoid: its slope is at most ¼, so what arrives at the "
        "first layer is small; a ReLU passes gradients on undiminished."
    )
    return answer


def _verdict(name: str, values: Sequence[float], column: list[list[Errors]]) -> str:
    """Which value is best, and whether the next best is worse by more than chance makes."""
    errors = np.array([last(runs, "test") for runs in column])
    first, second = np.argsort(errors.mean(axis=1))[:2]
    gap = errors[second] - errors[first]  # the seeds are paired: both began from the same weights
    noise = gap.std(ddof=1) / np.sqrt(len(gap)) if len(gap) > 1 else np.inf
    sure = "more than" if gap.mean() > 2 * noise else "which may be"
    return (
        f"{name} is best at {values[first]:g}, {errors[first].mean():.2f} %; at {values[second]:g} "
        f"it errs {gap.mean():.2f} points more, {sure} chance."
    )


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
            truth=0.0,
            relation="≥",
            unit="points",
        ),
        Claim(
            key="ratio",
            text="gradient of the first layer over that of the last, six layers of Sigmoid, "
            "before training",
            truth=0.01,
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
    relu = [f"{last(runs, 'test').mean():.1f}" for runs in found["ReLU"]]
    answer.say(
        f"Six layers of Sigmoid err on {deep.mean():.1f} % of the test images, two on "
        f"{shallow.mean():.1f} %. Each sigmoid multiplies what flows back by at most ¼; five of "
        "them leave at most a thousandth, and the first layers hardly move: vanishing gradients. A "
        f"ReLU multiplies by 1 or by 0; with it 2, 4 and 6 layers err on {relu[0]}, {relu[1]} and "
        f"{relu[2]} %. Where a deep one errs much, it is the rate of 0.5 that is too high for it, not "
        "its gradient that is too small."
    )
    few = context.load("mnist").train[:6000]
    model = dense(layers=6)(few, context.rng(0))
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    diagnosis = doctor.diagnose(
        model,
        few,
        optimizer=optimizer,
        epochs=context.pick(20, 10),
        batch_size=64,
        rng=context.rng(1),
    )
    consult(answer, diagnosis, "six layers of Sigmoid", prove=True)
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
            text="test error with the fewest units minus that with the most",
            truth=0.0,
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
    answer.say(" ".join(_steps(n, values, column) for n, column in found.items()))
    answer.say(
        "A narrow layer is a bottleneck: training and test error are both high, the network cannot do "
        "better. More units help less and less."
    )
    return answer


def _steps(name: str, values: Sequence[int], column: list[list[Errors]]) -> str:
    """How the test error goes from width to width, and its distance from the training error."""
    test, training = (np.array([last(r, w).mean() for r in column]) for w in ("test", "training"))
    errors = ", ".join(f"{e:.1f} % with {v}" for e, v in zip(test, values, strict=True))
    gap = test - training
    return (
        f"{name}: {errors} units; that is {gap[0]:.1f} points above the training error with the "
        f"fewest and {gap[-1]:.1f} with the most."
    )
