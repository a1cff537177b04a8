"""Question 1: the spiral of the playground, by hundreds of small trainings instead of by hand.

Read next: `../graph/gradient.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, nn, ops, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset
from glassgrad.data.points import spiral
from glassgrad.figures import style
from glassgrad.nn import Module
from glassgrad.sweep import Choice, LogUniform, Run, random, sweep
from glassgrad.sweep.space import Distribution
from glassgrad.train import Epoch, Step

ACTIVATIONS = {"tanh": nn.Tanh, "relu": nn.ReLU, "sigmoid": nn.Sigmoid}


@dataclass(frozen=True)
class Setting:
    """What the playground lets one choose; `hidden` as in "8-8"."""

    lr: float = 0.1
    activation: str = "tanh"
    hidden: str = "8-8"
    features: str = "all"
    l1: float = 0.0
    l2: float = 0.0
    batch: int = 10
    epochs: int = 100
    seed: int = 0


@dataclass(frozen=True)
class Fitted:
    """A trained network and its curves: training and test loss, test error, one row per epoch."""

    model: Module
    rows: NDArray[np.float64]


def halves() -> tuple[Dataset, Dataset]:
    """250 points to train and 250 to test, without noise, as the playground begins."""
    ds = spiral(500, rng=1)
    return ds[:250], ds[250:]


def inputs(x: NDArray[np.float32], features: str) -> NDArray[np.float32]:
    """The playground's features: the coordinates, or with squares, product and sines."""
    if features == "xy":
        return x
    u, v = x.T
    return np.stack([u, v, u * u, v * v, u * v, np.sin(u), np.sin(v)], 1).astype(np.float32)


def network(s: Setting) -> nn.Sequential:
    """The layers of a setting."""
    rng = np.random.default_rng(s.seed)
    sizes = [2 if s.features == "xy" else 7, *map(int, s.hidden.split("-")), 2]
    parts: list[Module] = []
    for i, (a, b) in enumerate(pairwise(sizes)):
        parts += [ACTIVATIONS[s.activation]()] if i else []
        parts.append(nn.Linear(a, b, init="xavier_normal", rng=rng))
    return nn.Sequential(*parts)


def fitted(s: Setting) -> Fitted:
    """Train a setting; the features are scaled to deviation 1."""
    training, test = (replace(ds, x=inputs(ds.x, s.features)) for ds in halves())
    scale = training.x.std(axis=0)
    training, test = (replace(ds, x=ds.x / scale) for ds in (training, test))
    model, rows = network(s), []

    def look(record: Step | Epoch) -> None:
        if isinstance(record, Epoch):
            judged = train.evaluate(model, test)
            rows.append([record.loss, judged.loss, 100 - 100 * float(judged.accuracy or 0)])

    weights = [p for p in model.parameters() if p.ndim == 2]
    train.fit(
        model,
        training,
        optimizer=optim.SGD(model.parameters(), lr=s.lr),
        epochs=s.epochs,
        batch_size=s.batch,
        penalty=(lambda _: _penalty(weights, s)) if s.l1 or s.l2 else None,
        callbacks=[look],
        rng=s.seed,
    )
    return Fitted(model, np.array(rows))


def _penalty(weights: list[nn.Parameter], s: Setting) -> Any:
    return ops.l1_penalty(weights, s.l1) + ops.l2_penalty(weights, s.l2)


def trial(s: Setting, run: Run) -> dict[str, Any]:
    """One run of the search."""
    rows = fitted(s).rows
    return {"test_loss": rows[-1, 1], "test_error": rows[-1, 2]}


FACTORS: dict[str, tuple[str, Sequence[Any]]] = {
    "learning rate": ("lr", (0.003, 0.03, 0.1, 0.3)),
    "activation": ("activation", ("tanh", "relu", "sigmoid")),
    "hidden layers": ("hidden", ("8", "8-8", "8-8-8")),
    "L2 penalty": ("l2", (0.0, 0.001, 0.01, 0.1)),
}


@exercise(
    "flood/1",
    title="The playground's spiral",
    question="Find the best configuration for the spiral. How do learning rate, activation, "
    "hidden layers and regularisation act? Do small weights mean that a smaller model would do?",
    has_figure=True,
    claims=[
        Claim(key="best", text="test error of the best configuration found", unit="%"),
        Claim(
            key="kept",
            text="least share of weights that keeps the accuracy within 1 point, smallest "
            "removed first",
            unit="%",
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
    answer.measure("best", found[0].result["test_error"])
    best: Setting = found[0].config
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
    ends = []
    for ax, (name, (field, values)) in zip(
        np.ravel(fig.subplots(2, 2)), FACTORS.items(), strict=True
    ):
        series = {}
        for value in values:
            rows = [
                fitted(replace(base, **{field: value}, seed=s)).rows
                for s in range(min(2, context.seeds))
            ]
            series[str(value)] = np.array(rows)[:, :, 1]
            error = float(np.mean([r[-1, 2] for r in rows]))
            ends.append((name, value, float(series[str(value)][:, -1].mean()), error))
        figures.lines(
            range(1, base.epochs + 1),
            series,
            ax,
            title=name,
            x_label="epoch",
            y_label="test loss",
            marks=False,
        )
    answer.show(fig, "Q1.2: one factor at a time, mean and deviation over two seeds.")
    answer.table(("factor", "value", "test loss at the end", "test error, %"), ends)
    best = {n: min((e for e in ends if e[0] == n), key=lambda e: e[2])[1] for n in FACTORS}
    answer.say("Best of each at the end: " + "; ".join(f"{n}: {v}" for n, v in best.items()) + ".")


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
    enough = min(100 * k for k, a in zip(kept, right, strict=True) if a >= right[-1] - 1)
    answer.measure("kept", enough)
    small = 100 * float((every < 0.1 * np.abs(every).max()).mean())
    answer.say(
        f"{small:.0f} % of the weights are below a tenth of the largest. Keeping the largest "
        f"{enough:.0f} % costs at most one point: a smaller model would do, if one knew which; "
        "but it may be harder to train from the beginning."
    )
