"""Runs for `truth_doctor.py` that were written after the thresholds: other nets, data, seeds and sizes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import doctor_runs as runs
import numpy as np
from doctor_runs import Trial

from glassgrad import nn, ops, optim


def healthy() -> list[Trial]:
    """Healthy runs, most of them with something that no run of the first set has."""
    return [
        Trial("digits", (100,), "relu", "adam", 0.003, epochs=20, seed=11),
        Trial("digits", (20,), "sigmoid", "adam", 0.02, epochs=25, seed=12),
        Trial("digits", (30, 20), "sigmoid", "adam", 0.02, epochs=30, seed=13),
        Trial("digits", (40,), "tanh", "nesterov", 0.03, epochs=15, seed=14),
        Trial("digits", (64,), "relu", "momentum", 0.1, epochs=100, seed=15),
        Trial(
            "digits",
            (64,),
            "relu",
            "sgd",
            0.5,
            epochs=20,
            seed=16,
            schedule=optim.CosineAnnealingLR(),
        ),
        Trial(
            "digits", (64,), "relu", "adam", 0.02, epochs=15, seed=17, schedule=optim.OneCycleLR()
        ),
        Trial("digits", (64,), "relu", "momentum", 0.1, epochs=15, seed=18, clip=1.0),
        Trial("digits", (64,), "relu", "momentum", 0.1, epochs=20, seed=19, decay=1e-3),
        Trial("digits", (200, 100), "relu", "adam", 0.002, epochs=15, seed=20, init="he_normal"),
        Trial(
            "digits", (50, 50, 50, 50), "relu", "adam", 0.003, epochs=20, seed=21, init="he_uniform"
        ),
        Trial(
            "digits", (50, 50, 50), "tanh", "adam", 0.003, epochs=15, seed=22, init="xavier_normal"
        ),
        Trial("digits", (32,), "relu", "sgd", 0.02, batch=4, epochs=10, seed=23),
        Trial("digits", (32,), "relu", "adam", 0.002, batch=2, epochs=6, seed=24),
        Trial("digits", (), optimizer="momentum", lr=0.1, epochs=20, seed=25),
        Trial("digits", "cnn", "tanh", "adam", 0.003, epochs=8, seed=26),
        Trial("digits", "cnn", "leaky", "nesterov", 0.02, epochs=8, seed=27),
        Trial("digits", "cnn", "relu", "rmsprop", 0.002, epochs=8, seed=28),
        Trial("digits", "cnn-norm", "relu", "momentum", 0.03, epochs=6, seed=29, batch=64),
        Trial("digits", "cnn-norm", "sigmoid", "adam", 0.01, epochs=12, seed=30),
        with_dropout(Trial("digits", (64,), "relu", "adam", 0.01, epochs=25, seed=31), 0.3),
        with_dropout(Trial("digits", "cnn", "relu", "adam", 0.005, epochs=8, seed=61), 0.5),
        Trial("digits", (64,), "relu", "adamw", 0.01, epochs=20, seed=32, batch=100),
        Trial("quadratic", (16,), "relu", "adam", 0.02, epochs=40, seed=33),
        Trial("quadratic", (16,), "tanh", "sgd", 0.5, epochs=60, seed=34),
        Trial("inseparable", (), optimizer="sgd", lr=1.0, epochs=20, seed=35),
        Trial("separable", (8,), "sigmoid", "adam", 0.05, epochs=30, seed=36),
        Trial("gauss", (8,), "relu", "nesterov", 0.05, epochs=15, seed=37),
        Trial("circle", (12, 12), "leaky", "adam", 0.01, epochs=40, seed=38),
        Trial("circle", (16,), "sigmoid", "momentum", 0.5, epochs=80, seed=39),
        Trial("xor", (12,), "sigmoid", "adam", 0.05, epochs=60, seed=40),
        Trial("moons", (24,), "sigmoid", "rmsprop", 0.02, epochs=60, seed=41),
        Trial("moons", (16,), "relu", "adam", 0.01, epochs=60, seed=42, batch=10),
        Trial("spiral", (48, 24), "leaky", "adam", 0.01, epochs=100, seed=43),
        Trial("curve", (64,), "sigmoid", "adam", 0.03, epochs=100, seed=44),
        Trial("curve", (24, 24), "leaky", "nesterov", 0.02, epochs=80, seed=45),
        Trial("curves", (64,), "tanh", "adam", 0.01, epochs=80, seed=46),
        Trial("curves", (48, 48), "relu", "momentum", 0.02, epochs=80, seed=47, batch=16),
        replace(
            unbalanced(Trial("digits", (64,), "relu", "adam", 0.01, epochs=15, seed=48)),
            kind="healthy",
        ),
        replace(noisy(Trial("moons", (16,), "relu", "adam", 0.01, epochs=30, seed=49)), best=0.75),
        replace(noisy(Trial("digits", (32,), "relu", "adam", 0.003, epochs=8, seed=50)), best=0.7),
    ]


def with_dropout(t: Trial, share: float) -> Trial:
    """Dropout before the last layer."""

    def after(model: nn.Module) -> None:
        names = [name for name in vars(model) if name.isdecimal()]
        last = vars(model)[names[-1]]
        vars(model)[names[-1]] = nn.Sequential(nn.Dropout(share, rng=t.seed), last)

    return replace(t, after=after)


def unbalanced(t: Trial) -> Trial:
    """One class is half of all examples."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        parts = []
        for ds, seed in ((train, 0), (held, 1)):
            keep = (ds.y == 3) | (np.random.default_rng(seed).random(len(ds)) < 0.12)
            parts.append(ds[keep])
        return parts[0], parts[1]

    return replace(t, spoil=spoil)


def noisy(t: Trial) -> Trial:
    """A tenth of all labels are wrong, in both sets: the best that can be had is less than 100 %."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        parts = []
        for ds, seed in ((train, 0), (held, 1)):
            rng, y = np.random.default_rng(seed), ds.y.copy()
            wrong = rng.random(len(y)) < 0.1
            y[wrong] = rng.integers(0, len(ds.classes), int(wrong.sum()))
            parts.append(replace(ds, y=y))
        return parts[0], parts[1]

    return replace(t, spoil=spoil)


def bases() -> dict[str, Trial]:
    """Other runs than those of the first set."""
    return {
        "wide": Trial("digits", (128,), "relu", "adam", 0.003, epochs=10, seed=51),
        "sigmoid": Trial("digits", (30,), "sigmoid", "momentum", 0.3, epochs=20, seed=52),
        "norm": Trial("digits", "cnn-norm", "relu", "adam", 0.01, epochs=4, seed=53),
        "cnn": Trial("digits", "cnn", "tanh", "momentum", 0.03, epochs=6, seed=54),
        "logistic": Trial("digits", (), optimizer="sgd", lr=0.5, epochs=15, seed=55),
        "quadratic": Trial("quadratic", (16,), "relu", "adam", 0.02, epochs=30, seed=56),
        "gauss": Trial("gauss", (8,), "tanh", "sgd", 0.2, epochs=20, seed=57),
        "spiral": Trial("spiral", (32, 32), "tanh", "adam", 0.01, epochs=60, seed=58),
        "curves": Trial("curves", (48,), "relu", "adam", 0.005, epochs=60, seed=59),
        "deep": Trial(
            "digits", (40, 40, 40), "relu", "momentum", 0.03, epochs=12, seed=60, init="he_normal"
        ),
    }


def planted() -> Iterator[Trial]:
    """Faults in them, in other sizes."""
    b = bases()
    for name, times in (
        ("wide", 300.0),
        ("deep", 100.0),
        ("cnn", 300.0),
        ("spiral", 100.0),
        ("curves", 200.0),
        ("logistic", 1000.0),
    ):
        yield runs.too_high(b[name], times)
    for name, times in (
        ("wide", 1e-3),
        ("sigmoid", 1e-3),
        ("spiral", 1e-3),
        ("curves", 3e-4),
        ("logistic", 1e-4),
        ("cnn", 1e-3),
    ):
        yield runs.too_low(b[name], times)
    for name in ("wide", "norm", "gauss", "curves", "logistic"):
        yield runs.shuffled(b[name])
    for name in ("sigmoid", "cnn"):
        yield moved(b[name], 2)
    yield held_only(b["wide"])
    yield held_only(b["gauss"])
    for name, share in (("sigmoid", 0.3), ("norm", 0.5), ("spiral", 1.0), ("curves", 0.4)):
        yield runs.leaked(b[name], share)
    yield runs.same_set(b["logistic"])
    yield runs.same_set(b["quadratic"])
    yield runs.unscaled(b["wide"], 1000.0)
    yield runs.unscaled(b["sigmoid"], 100.0)
    yield runs.unscaled(b["deep"], 0.005)
    yield runs.unscaled(b["gauss"], 1.0, offset=50.0)
    yield runs.one_column(b["quadratic"], 1000.0)
    yield runs.one_column(b["curves"], 200.0)
    yield runs.dead(b["wide"])
    yield runs.dead(b["deep"])
    yield runs.dead(b["quadratic"])
    yield runs.saturating(b["sigmoid"], 5.0)
    yield runs.saturating(b["spiral"], 30.0)
    yield runs.saturating(b["cnn"], 6.0)
    yield runs.deep_sigmoid(b["wide"], 5)
    yield runs.deep_sigmoid(b["gauss"], 8)
    yield runs.tiny_weights(b["deep"], 0.02)
    yield runs.huge_weights(b["wide"], 0.7)
    yield runs.huge_weights(b["quadratic"], 1.5)
    yield runs.frozen(replace(b["logistic"], net=(10,)))
    yield runs.frozen(replace(b["spiral"], net=(6, 6)))
    yield runs.zeros(b["sigmoid"])
    yield runs.zeros(b["spiral"])
    yield runs.twice_softmax(b["logistic"])
    yield runs.twice_softmax(b["norm"])
    yield replace(runs.twice_softmax(b["wide"]), ends_in=nn.Sigmoid, kind="sigmoid before softmax")
    yield replace(runs.twice_softmax(b["sigmoid"]), ends_in=nn.ReLU, kind="ReLU before softmax")
    yield runs.summed(b["wide"])
    yield runs.divided(b["gauss"])
    yield runs.log_of_scores(b["deep"])
    yield runs.root_of_zero(b["norm"])
    yield divided_by_zero(b["wide"])
    yield runs.overfitted(replace(b["wide"], net=(200,)))
    yield runs.overfitted(b["cnn"])
    yield runs.too_small(b["spiral"])
    yield runs.too_small(replace(b["curves"], data="curve"))
    yield runs.decayed(b["wide"])
    yield runs.decayed(b["gauss"])
    yield runs.tiny_batch(replace(b["deep"], lr=0.2), 2)
    yield runs.tiny_batch(replace(b["spiral"], lr=1.0))


def moved(t: Trial, by: int) -> Trial:
    """Labels some rows too early, in both sets."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        return replace(train, y=np.roll(train.y, -by)), replace(held, y=np.roll(held.y, -by))

    return replace(t, spoil=spoil, fault=("labels not aligned",), kind="labels moved")


def held_only(t: Trial) -> Trial:
    """Only the labels of the validation set are shuffled."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        return train, replace(held, y=held.y[np.random.default_rng(4).permutation(len(held))])

    return replace(t, spoil=spoil, fault=("labels not aligned",), kind="validation labels shuffled")


class Standard(nn.Module):
    """Each row divided by its deviation, which is 0 for rows without light."""

    def forward(self, x: Any) -> Any:
        centred = x - ops.mean(x, axis=1, keepdims=True)
        return x / ops.sqrt(ops.mean(centred * centred, axis=1, keepdims=True))


def divided_by_zero(t: Trial) -> Trial:
    """A division by a deviation that is 0 once all outputs are equal: here, of one output."""
    return replace(
        t,
        ends_in=lambda: nn.Sequential(nn.ReLU(), Top(), Standard()),
        fault=("not finite",),
        kind="division by 0",
    )


class Top(nn.Module):
    """The same number in every column: the largest."""

    def forward(self, x: Any) -> Any:
        return x * 0.0 + ops.max(x, axis=1, keepdims=True)
