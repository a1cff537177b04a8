"""Question 1: the spiral of the playground, by hundreds of small trainings instead of by hand.

Read next: `../graph/gradient.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim, number
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.course.flood.spiral import Setting, fitted, halves, inputs, trial
from glassgrad.figures import style
from glassgrad.sweep import Choice, LogUniform, random, sweep
from glassgrad.sweep.space import Distribution

FACTORS: dict[str, tuple[str, Sequence[Any]]] = {
    "learning rate": ("lr", (0.003, 0.03, 0.1, 0.3)),
    "activation": ("activation", ("tanh", "relu", "sigmoid")),
    "hidden layers": ("hidden", ("8", "8-8", "8-8-8")),
    "L2 penalty": ("l2", (0.0, 0.001, 0.01, 0.1)),
}


@exercise(
    "flood/1",
    title="The playground's spiral",
    question="Find the best configuration for the spiral. How do learning rate, activation, hidden "
    "layers and regularisation act on the result and on how fast it comes? Do small weights mean that a "
    "smaller model would do?",
    has_figure=True,
    claims=[
        Claim(key="best", text="test error of the best configuration found", unit="%"),
        Claim(
            key="kept",
            text="least share of weights that keeps the accuracy within 1 point, smallest "
            "removed first",
            unit="%",
        ),
        Claim(
            key="smaller",
            text="accuracy of a network with half the units, trained anew, minus that of the best",
            unit="points",
        ),
    ],
)
def playground(context: Context) -> Answer:
    """Source: Homework 2024, Q1.1 to Q1.3; TensorFlow Playground."""
    answer = Answer()
    base = Setting(batch=context.pick(25, 10), epochs=context.pick(40, 200, 500))
    best = _search(context, base, answer)
    context.say("effects")
    _effects(context, base, answer)
    _pruned(answer, best)
    return answer


def _search(context: Context, base: Setting, answer: Answer) -> Setting:
    """Random configurations, all kept in a store; the best of them is drawn."""
    axes: dict[str, Distribution] = {
        "lr": LogUniform(0.01, 0.5),
        "activation": Choice(("tanh", "relu")),
        "hidden": Choice(("8", "8-8", "8-8-8")),
        "features": Choice(("xy", "all")),
        "l2": Choice((0.0, 0.0003, 0.001)),
    }
    configs = random(base, context.pick(10, 60), 0, **axes)
    table = sweep(
        trial,
        configs,
        store=context.folder / "runs.sqlite",
        jobs=1 if context.quick else context.jobs,
    )
    found = sorted((o for o in table if o.result), key=lambda o: o.result["test_loss"])
    rows = [
        (
            f"{o.config.lr:.3f}",
            o.config.activation,
            o.config.hidden,
            o.config.features,
            o.config.l2,
            o.result["test_loss"],
            o.result["test_error"],
        )
        for o in found[:5]
    ]
    head = ("rate", "activation", "hidden", "features", "L2", "test loss", "test error, %")
    answer.table(
        head,
        rows,
        f"Q1.1: the five best of {len(configs)} random configurations after {base.epochs} epochs",
    )
    best: Setting = found[0].config
    again = [fitted(replace(best, seed=s)).rows[-1, 2] for s in range(context.seeds)]
    answer.repeat("best", again)
    _draw_best(answer, best)
    return best


def _draw_best(answer: Answer, best: Setting) -> None:
    done, (training, _) = fitted(best), halves()
    scale = inputs(training.x, best.features).std(axis=0)
    fig = style.new_figure(8.4, 3.6)
    left, right = fig.subplots(1, 2)
    figures.decision_map(
        lambda p: done.model(inputs(p.astype(np.float32), best.features) / scale),
        training.x,
        training.y,
        left,
    )
    at = range(1, len(done.rows) + 1)
    series = {"training": done.rows[:, 0], "test": done.rows[:, 1]}
    figures.lines(at, series, right, x_label="epoch", y_label="loss", log_y=True, marks=False)
    answer.show(fig, "The best configuration: what it says, and its losses.")


def _effects(context: Context, base: Setting, answer: Answer) -> None:
    """One factor at a time, the others as they are."""
    fig = style.new_figure(8.8, 5.6)
    ends: list[tuple[str, str, Any, Any, str]] = []
    for ax, (name, (field, values)) in zip(
        np.ravel(fig.subplots(2, 2)), FACTORS.items(), strict=True
    ):
        series = {}
        for value in values:
            chosen = [replace(base, **{field: value}, seed=s) for s in range(context.seeds)]
            rows = np.array([fitted(s).rows for s in chosen])
            series[str(value)] = rows[:, :, 1]
            ends.append((name, str(value), rows[:, -1, 1], rows[:, -1, 2], _when(rows[:, :, 2])))
        figures.lines(
            range(1, base.epochs + 1),
            series,
            ax,
            title=name,
            x_label="epoch",
            y_label="test loss",
            marks=False,
        )
    answer.show(fig, f"Q1.2: one factor at a time, mean and deviation over {context.seeds} seeds.")
    answer.table(
        ("factor", "value", "test loss at the end", "test error, %", "below 10 % after"), ends
    )
    answer.say(" ".join(_finding(name, [e for e in ends if e[0] == name]) for name in FACTORS))
    answer.say(
        "Why: too small a rate has not arrived when training ends, a larger one gets there sooner and "
        "jumps about at the end. Sigmoid passes on at most a quarter of each gradient and starts "
        "slowly. Another layer can bend the boundary more often. A penalty that is large against the "
        "loss keeps the weights too small to bend it at all; a small one can steady a long training."
    )


def _when(errors: NDArray[np.float64]) -> str:
    """The epoch in which every seed is below 10 % for the first time, on average, as text."""
    below = [np.flatnonzero(row < 10) for row in errors]
    if not all(len(b) for b in below):
        return "not reached"
    return f"{np.mean([b[0] + 1 for b in below]):.0f} epochs"


def _finding(name: str, ends: list[tuple[str, str, Any, Any, str]]) -> str:
    """Which value errs least and which most, whether that is more than chance, and how fast they were."""
    ranked = sorted(ends, key=lambda e: float(np.mean(e[3])))
    (_, best, _, right, soon), (_, worst, _, wrong, late) = ranked[0], ranked[-1]
    near = [e[1] for e in ranked[1:] if np.mean(e[3] - right) < np.std(e[3]) + np.std(right)]
    equal = f"; within chance {' and '.join(near)} as good" if near else ""
    return (
        f"{name.capitalize()}: least errors with {best}, {number(right, '%')} (below 10 %: {soon}{equal}); "
        f"most with {worst}, {number(wrong, '%')} (below 10 %: {late})."
    )


def _pruned(answer: Answer, best: Setting) -> None:
    """Set the smallest weights to 0, more and more of them."""
    done, (_, test) = fitted(best), halves()
    scale = inputs(halves()[0].x, best.features).std(axis=0)
    test = replace(test, x=inputs(test.x, best.features) / scale)
    weights = [p for p in done.model.parameters() if p.ndim == 2]
    named = {f"layer {i}": np.abs(w.numpy()) for i, w in enumerate(weights, 1)}
    answer.show(
        figures.histograms(named, x_label="|weight|"),
        "Q1.3: the sizes of the weights after training.",
    )
    originals, every = (
        [w.numpy() for w in weights],
        np.concatenate([v.ravel() for v in named.values()]),
    )
    kept, right = np.linspace(0, 1, 21), []
    for share in kept:
        limit = np.quantile(every, 1 - share) if share else np.inf
        for w, old in zip(weights, originals, strict=True):
            w._assign(np.where(np.abs(old) >= limit, old, 0).astype(np.float32))
        right.append(100 * float(train.evaluate(done.model, test).accuracy or 0))
    ax = figures.lines(
        100 * kept, {"test": right}, x_label="weights kept, %", y_label="right, %", marks=True
    )
    answer.show(ax, "Accuracy when the smallest weights are set to 0, without training again.")
    whole = right[-1]
    enough = 100 * next(k for i, k in enumerate(kept) if all(r >= whole - 1 for r in right[i:]))
    answer.measure("kept", enough)
    small = 100 * float((every < 0.1 * np.abs(every).max()).mean())
    smaller = 100 - fitted(replace(best, hidden=_halved(best.hidden))).rows[-1, 2]
    answer.measure("smaller", smaller - whole)
    answer.say(
        f"{small:.0f} % of the weights are below a tenth of the largest. The smallest "
        f"{100 - enough:.0f} % can be set to 0 without costing more than one point, "
        + (
            "most of the small ones. "
            if 100 - enough > small / 2
            else "far from all the small ones. "
        )
        + f"A network with half the units ({_halved(best.hidden)}), trained from the beginning, is right "
        f"for {smaller:.1f} %, the whole one for {whole:.1f} %. So small weights are a hint, no proof: "
        "many small ones can matter together, and whether a smaller network does as well has to be "
        "tried."
    )


def _halved(hidden: str) -> str:
    return "-".join(str(max(1, int(n) // 2)) for n in hidden.split("-"))
