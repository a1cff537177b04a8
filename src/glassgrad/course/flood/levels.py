"""Questions 5.2 to 5.5: 500 ReLU units, flooding at many levels, and a convolutional network.

The full form is what the sheet asks: 500 epochs, 21 levels.  The others say how much less they do.
Read next: `playground.py`.
"""

from __future__ import annotations

import numpy as np

from glassgrad import figures
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.flood.training import Setting, metrics, trained
from glassgrad.figures import style
from glassgrad.sweep import Table

LEVELS = {
    "quick": (0.0, 0.02, 0.05, 0.1, 0.2),
    "normal": tuple(k / 100 for k in range(0, 21, 2)),
    "full": tuple(k / 100 for k in range(21)),
}


def _extent(context: Context, table: Table, levels: int = 1) -> str:
    """What was computed, in words."""
    s: Setting = next(iter(table)).config
    asked = (
        ""
        if context.form == "full"
        else " (the sheet asks 500 epochs" + (", 21 levels)" if levels > 1 else ")")
    )
    many = f"{levels} levels, " if levels > 1 else ""
    return f"Computed in the {context.form} form: {many}{s.epochs} epochs, batches of {s.batch}{asked}."


def errors(answer: Answer, context: Context, settings: dict[str, Setting], title: str) -> None:
    """Training and validation error, and both losses, over the epochs."""
    fig = style.new_figure(8.6, 3.1)
    for ax, what in zip(fig.subplots(1, 2), ("error", "loss"), strict=True):
        series = {
            f"{name}{part}": metrics(context, s, f"{part}_{what}")
            for name, s in settings.items()
            for part in ("training", "validation")
        }
        length = min(len(v) for v in series.values())
        shown = {name: np.maximum(v[:length], 1e-6) for name, v in series.items()}
        unit = ", %" if what == "error" else ""
        figures.lines(
            range(1, length + 1),
            shown,
            ax,
            x_label="epoch",
            y_label=what + unit,
            log_y=what == "loss",
            marks=False,
        )
    answer.show(fig, title)


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
    answer, table = Answer(), trained(context, [0.0], seeds=context.seeds)
    answer.repeat("training", [o.result["training_error"] for o in table])
    answer.repeat("validation", [o.result["validation_error"] for o in table])
    first = next(iter(table)).config
    errors(answer, context, {"": first}, "Training and validation, first seed.")
    losses = metrics(context, first, "validation_loss")
    answer.say(_extent(context, table))
    answer.say(
        f"The validation loss is least after epoch {int(losses.argmin()) + 1} "
        f"({losses.min():.4f}) and {losses[-1]:.4f} at the end, while the validation error goes "
        f"from {metrics(context, first, 'validation_error')[int(losses.argmin())]:.2f} to "
        f"{metrics(context, first, 'validation_error')[-1]:.2f} %."
    )
    return answer


def _search(context: Context) -> tuple[Table, float]:
    """All levels, and the best by validation error, the loss deciding between equals."""
    table = trained(context, LEVELS[context.form])
    best = min(table, key=lambda o: (o.result["validation_error"], o.result["validation_loss"]))
    return table, float(best.config.level)


@exercise(
    "flood/5.3",
    title="Flooding",
    question="Keep the training loss near $b$ by minimising $|R - b| + b$. Which $b$ in 0.00 … "
    "0.20 is best? Compare with 5.2.",
    has_figure=True,
    claims=[
        Claim(key="best", text="the best $b$, by validation error"),
        Claim(
            key="gain",
            text="validation error without flooding minus that at the best $b$",
            unit="points",
        ),
        Claim(
            key="floats",
            text="at the greatest $b$ the training loss at the end is near $b$: their ratio",
            printed=1.0,
            tolerance=0.5,
        ),
    ],
)
def flooding(context: Context) -> Answer:
    """Source: Homework 2024, Q5.3; Ishida et al. 2020, arXiv:2002.08709."""
    answer = Answer()
    table, best = _search(context)
    results = {o.config.level: o.result for o in table}
    answer.say(_extent(context, table, len(results)))
    levels = list(results)
    fig = style.new_figure(8.6, 3.1)
    for ax, what in zip(fig.subplots(1, 2), ("error", "loss"), strict=True):
        series = {
            n: [results[b][f"{n}_{what}"] for b in levels]
            for n in ("training", "validation", "test")
            if f"{n}_{what}" in results[0.0]
        }
        figures.lines(
            levels, series, ax, x_label="b", y_label=what + (", %" if what == "error" else "")
        )
    answer.show(fig, "Errors and losses at the end of training, for each level.")
    rows = [
        (
            f"{b:.2f}",
            *(
                r[k]
                for k in (
                    "training_error",
                    "validation_error",
                    "test_error",
                    "training_loss",
                    "validation_loss",
                )
            ),
        )
        for b, r in results.items()
    ]
    head = (
        "b",
        "training error, %",
        "validation error, %",
        "test error, %",
        "training loss",
        "validation loss",
    )
    answer.table(head, rows)
    chosen = {o.config.level: o.config for o in table}
    errors(
        answer,
        context,
        {"b = 0, ": chosen[0.0], f"b = {best:g}, ": chosen[best]},
        "Without flooding, and at the best level.",
    )
    answer.measure("best", best)
    answer.measure("gain", results[0.0]["validation_error"] - results[best]["validation_error"])
    top = max(levels)
    answer.measure(
        "floats",
        results[top]["training_loss"] / top,
        why="the level is of batch losses with their noise, and training is stopped at no "
        "special moment.",
    )
    return answer


@exercise(
    "flood/5.4",
    title="Is zero training loss needed?",
    question="From these experiments: do we need zero training loss after zero training error?",
    claims=[
        Claim(
            key="loss", text="validation loss at the best level, relative to that without flooding"
        ),
        Claim(
            key="error",
            text="validation error without flooding minus that at the best level, in its "
            "standard errors",
        ),
    ],
)
def needed(context: Context) -> Answer:
    """Source: Homework 2024, Q5.4. The answer is made of the measured curves of 5.2 and 5.3."""
    answer = Answer()
    table, best = _search(context)
    results = {o.config.level: o.result for o in table}
    plain_result, flooded = results[0.0], results[best]
    count = 12_000 if context.is_real("mnist") else 288
    share = plain_result["validation_error"] / 100
    deviation = 100 * float(np.sqrt(2 * share * (1 - share) / count))
    gain = plain_result["validation_error"] - flooded["validation_error"]
    answer.measure("loss", flooded["validation_loss"] / plain_result["validation_loss"])
    answer.measure("error", gain / deviation)
    equal = [b for b, r in results.items() if b and _as_good(r, plain_result, deviation)]
    answer.say(
        f"The best level is $b = {best:g}$; its validation loss is "
        f"{flooded['validation_loss']:.4f}, without flooding "
        f"{plain_result['validation_loss']:.4f}. The validation errors are "
        f"{flooded['validation_error']:.2f} and {plain_result['validation_error']:.2f} %, a "
        f"difference of {gain:.2f} points where chance alone makes about {deviation:.2f}."
    )
    answer.say(
        f"So no: at $b = {max(equal):g}$ the training loss stays away from zero, the validation loss "
        "is no greater than without flooding, and the error no greater than chance explains. What "
        "zero training loss buys is surety, also where the network is wrong (flood/5.1)."
        if equal
        else "Not shown in this form: no level above 0 was as good as none in both error and loss."
    )
    answer.say(_extent(context, table, len(results)))
    return answer


def _as_good(r: dict[str, float], plain_result: dict[str, float], deviation: float) -> bool:
    """No greater validation loss, and an error that chance cannot tell from it."""
    worse = r["validation_error"] - plain_result["validation_error"]
    return r["validation_loss"] <= plain_result["validation_loss"] and worse <= 2 * deviation


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
            printed=0.0,
            relation="≥",
            unit="points",
        ),
        Claim(key="error", text="test error of the convolutional network", unit="%"),
    ],
)
def convolutional(context: Context) -> Answer:
    """Source: Homework 2024, Q5.5."""
    answer = Answer()
    dense_table, table = trained(context, [0.0]), trained(context, [0.0], "cnn")
    dense, cnn = next(iter(dense_table)), next(iter(table))
    answer.measure("gain", dense.result["validation_error"] - cnn.result["validation_error"])
    answer.measure("error", cnn.result["test_error"])
    errors(answer, context, {"": cnn.config}, "The convolutional network.")
    sizes = {"500 units": _parameters(context, "mlp"), "convolutional": _parameters(context, "cnn")}
    rows = [
        (
            name,
            sizes[name],
            o.config.epochs,
            *(o.result[k] for k in ("training_error", "validation_error", "test_error")),
        )
        for name, o in (("500 units", dense), ("convolutional", cnn))
    ]
    head = (
        "network",
        "parameters",
        "epochs",
        "training error, %",
        "validation error, %",
        "test error, %",
    )
    answer.table(head, rows)
    answer.say(
        "The convolutional network has fewer weights and uses each at every place of the image: "
        "what it learns of a stroke in one corner it knows everywhere. The dense one must learn "
        "it for each place by itself."
    )
    answer.say(_extent(context, table))
    return answer


def _parameters(context: Context, name: str) -> int:
    from glassgrad.course.flood.training import build

    training, _ = context.load("mnist")
    return sum(p.size for p in build(name, training, np.random.default_rng(0)).parameters())
