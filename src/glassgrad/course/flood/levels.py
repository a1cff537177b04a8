"""Questions 5.2 to 5.4: 500 ReLU units, flooding at many levels, and whether zero training loss is needed.

The full form is what the sheet asks: 500 epochs, 21 levels.  The others say how much less they do.
Read next: `convolutional.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.flood.curves import draw, extent
from glassgrad.course.flood.training import Setting, metrics, trained, validated_on
from glassgrad.figures import style
from glassgrad.sweep import Table

Column = NDArray[np.float64]
LEVELS = {
    "quick": (0.0, 0.02, 0.05, 0.1, 0.2),
    "normal": tuple(k / 100 for k in range(0, 21, 2)),
    "full": tuple(k / 100 for k in range(21)),
}


@exercise(
    "flood/5.2",
    title="500 ReLU units",
    question="Train 500 ReLU units on 80 % of MNIST for 500 epochs with rate 0.1 and momentum "
    "0.9. How do training and validation error change?",
    has_figure=True,
    claims=[
        Claim(key="training", text="training error at the end", unit="%"),
        Claim(key="validation", text="validation error at the end", unit="%"),
    ],
)
def plain(context: Context) -> Answer:
    """Source: Homework 2024, Q5.2."""
    answer, table = Answer(), trained(context, [0.0])
    settings: list[Setting] = [o.config for o in table]
    answer.repeat("training", [o.result["training_error"] for o in table])
    answer.repeat("validation", [o.result["validation_error"] for o in table])
    draw(answer, context, {"": settings}, "Training and validation.")
    answer.say(extent(context, table))
    wrong = np.array([metrics(context, s, "training_error") for s in settings]).mean(axis=0)
    losses = np.array([metrics(context, s, "validation_loss") for s in settings]).mean(axis=0)
    errors = np.array([metrics(context, s, "validation_error") for s in settings]).mean(axis=0)
    least, zero = int(losses.argmin()), np.flatnonzero(wrong == 0)
    when = f"is 0 from epoch {zero[0] + 1} on" if len(zero) else f"ends at {wrong[-1]:.3f} %"
    answer.say(
        f"The training error {when}. The validation loss is least after epoch {least + 1} "
        f"({losses[least]:.4f}) and {losses[-1]:.4f} at the end, while the validation error goes from "
        f"{errors[least]:.2f} to {errors[-1]:.2f} %: the loss says over-fitting, the error does not."
        if losses[-1] > 1.05 * losses[least] and errors[-1] <= errors[least]
        else f"The training error {when}; the validation loss is least after epoch {least + 1} "
        f"({losses[least]:.4f}) and {losses[-1]:.4f} at the end, the validation error "
        f"{errors[least]:.2f} % then and {errors[-1]:.2f} % at the end."
    )
    return answer


def _search(context: Context) -> tuple[Table, dict[str, dict[float, Column]]]:
    """All levels, and each result by level, one number per seed."""
    table = trained(context, LEVELS[context.form])
    found: dict[str, dict[float, list[float]]] = {}
    for o in table:
        for what, value in o.result.items():
            found.setdefault(what, {}).setdefault(o.config.level, []).append(value)
    columns = {w: {b: np.array(v) for b, v in by.items()} for w, by in found.items()}
    return table, columns


def _best(columns: dict[str, dict[float, Column]], at_least: float = 0.0) -> float:
    """The level of least validation error, the loss deciding between equals."""
    error, loss = columns["validation_error"], columns["validation_loss"]
    return min((b for b in error if b >= at_least), key=lambda b: (error[b].mean(), loss[b].mean()))


@exercise(
    "flood/5.3",
    title="Flooding",
    question="Keep the training loss near $b$ by minimising $|R - b| + b$. Which $b$ in 0.00 … "
    "0.20 is best? Compare with 5.2.",
    has_figure=True,
    claims=[
        Claim(key="best", text="the best $b$, by validation error; 0 is no flooding"),
        Claim(
            key="gain",
            text="validation error without flooding minus that at the best $b$ above 0",
            unit="points",
        ),
        Claim(
            key="floats",
            text="the training loss floats around $b$: their ratio at the end, at the greatest $b$",
            printed=1.0,
            tolerance=0.5,
        ),
    ],
)
def flooding(context: Context) -> Answer:
    """Source: Homework 2024, Q5.3; Ishida et al. 2020, arXiv:2002.08709."""
    answer = Answer()
    table, columns = _search(context)
    error = columns["validation_error"]
    best, flooded = _best(columns), _best(columns, 1e-9)
    answer.say(extent(context, table))
    _over_levels(answer, columns)
    chosen = {b: [o.config for o in table if o.config.level == b] for b in (0.0, flooded)}
    draw(
        answer,
        context,
        {"b = 0, ": chosen[0.0], f"b = {flooded:g}, ": chosen[flooded]},
        "Without flooding, and at the best level above 0.",
    )
    answer.measure("best", best)
    answer.repeat("gain", error[0.0] - error[flooded])
    top = max(error)
    answer.repeat(
        "floats",
        columns["training_loss"][top] / top,
        why="the level is of batch losses with their noise, and training is stopped at no "
        "special moment.",
    )
    answer.say(
        f"The validation error is {error[0.0].mean():.2f} % without flooding and "
        f"{error[flooded].mean():.2f} % at the best level above 0, $b = {flooded:g}$"
        + ("." if best else ": here no level is better than none.")
    )
    return answer


def _over_levels(answer: Answer, columns: dict[str, dict[float, Column]]) -> None:
    """Errors and losses at the end, for each level."""
    levels = list(columns["validation_error"])
    fig = style.new_figure(8.6, 3.1)
    for ax, what in zip(fig.subplots(1, 2), ("error", "loss"), strict=True):
        series = {
            n: np.array([columns[f"{n}_{what}"][b] for b in levels]).T
            for n in ("training", "validation", "test")
        }
        label = what + (", %" if what == "error" else "")
        figures.lines(levels, series, ax, x_label="b", y_label=label)
    answer.show(fig, "Errors and losses at the end of training, for each level.")
    shown = ("training_error", "validation_error", "test_error", "training_loss", "validation_loss")
    head = [w.replace("_", " ") + (", %" if w.endswith("error") else "") for w in shown]
    answer.table(("b", *head), [(f"{b:.2f}", *(columns[w][b] for w in shown)) for b in levels])


@exercise(
    "flood/5.4",
    title="Is zero training loss needed?",
    question="From these experiments: do we need zero training loss after zero training error?",
    claims=[
        Claim(
            key="loss",
            text="validation loss at the best level above 0, relative to that without flooding",
        ),
        Claim(
            key="error",
            text="validation error without flooding minus that at this level, in its standard errors",
        ),
    ],
)
def needed(context: Context) -> Answer:
    """Source: Homework 2024, Q5.4. The answer is made of the measured curves of 5.2 and 5.3."""
    answer = Answer()
    table, columns = _search(context)
    error, loss = columns["validation_error"], columns["validation_loss"]
    b = _best(columns, 1e-9)
    deviation = _standard_error(error[0.0], validated_on(context))
    gain = error[0.0].mean() - error[b].mean()
    answer.repeat("loss", loss[b] / loss[0.0])
    answer.measure("error", gain / deviation)
    answer.say(
        f"The best level above 0 is $b = {b:g}$: its validation loss is {loss[b].mean():.4f}, without "
        f"flooding {loss[0.0].mean():.4f}. The validation errors are {error[b].mean():.2f} and "
        f"{error[0.0].mean():.2f} %, where chance alone makes a difference of about {deviation:.2f} "
        "points."
    )
    equal = [
        k
        for k in error
        if k
        and loss[k].mean() <= loss[0.0].mean()
        and error[k].mean() - error[0.0].mean() <= 2 * deviation
    ]
    answer.say(
        f"So no: at $b = {max(equal):g}$ the training loss stays away from zero, the validation loss "
        "is no greater than without flooding, and the error no greater than chance explains. What "
        "zero training loss buys is surety, also where the network is wrong (flood/5.1)."
        if equal
        else _not_needed_to_avoid(
            error[b].mean() - error[0.0].mean(), loss[b] / loss[0.0], deviation
        )
    )
    answer.say(extent(context, table))
    return answer


def _not_needed_to_avoid(worse: float, loss: Column, deviation: float) -> str:
    """The answer where no level above 0 was as good as none in both error and loss."""
    how = "more than chance explains" if worse > 2 * deviation else "which may be chance"
    return (
        "By these curves it does no harm: staying away from zero training loss costs "
        f"{worse:.2f} points of validation error, {how}, and makes the validation loss "
        f"{loss.mean():.2f} times what it is without flooding. It is the loss that asks for less surety, "
        "not the error. No level above 0 was as good as none in both."
    )


def _standard_error(error: Column, examples: int) -> float:
    """Of a difference of two errors in percent, each counted on so many examples for each seed."""
    share = max(error.mean() / 100, 1 / examples)
    return 100 * float(np.sqrt(2 * share * (1 - share) / (examples * len(error))))
