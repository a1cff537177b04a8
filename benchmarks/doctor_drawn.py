"""Runs for `truth_doctor.py` that are drawn by chance: nobody chose them.

A drawn run is healthy if it ends well, and a planted fault counts if it does harm: both are measured
without the doctor.  Kinds of faults that need do no harm to the run (a leaked validation set) count as
they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import doctor_held_out as held_out
import doctor_runs as runs
import numpy as np
from doctor_runs import Trial

from glassgrad import train
from glassgrad.errors import Diverged

RATES = {
    "sgd": (0.1, 0.5),
    "momentum": (0.02, 0.1),
    "nesterov": (0.02, 0.1),
    "adam": (0.002, 0.02),
    "adamw": (0.002, 0.02),
    "rmsprop": (0.001, 0.005),
}
SETS = ("digits", "digits", "circle", "xor", "gauss", "moons", "quadratic", "curve", "curves")
HARM = 0.05

# fault, what it needs of the run, and whether it has to do harm to count
FAULTS: list[tuple[Callable[..., Trial], Callable[[Trial], bool], bool]] = [
    (lambda t, rng: runs.too_high(t, 10 ** rng.uniform(2, 3)), lambda t: True, True),
    (lambda t, rng: runs.too_low(t, 10 ** rng.uniform(-4, -2.5)), lambda t: True, True),
    (lambda t, rng: runs.shuffled(t), lambda t: True, False),
    (
        lambda t, rng: held_out.moved(t, int(rng.integers(1, 4))),
        lambda t: t.data == "digits",
        False,
    ),
    (lambda t, rng: runs.leaked(t, rng.uniform(0.2, 1)), lambda t: True, False),
    (lambda t, rng: runs.same_set(t), lambda t: True, False),
    (
        lambda t, rng: runs.unscaled(t, 10 ** rng.uniform(1.8, 3)),
        lambda t: "norm" not in t.net,
        True,
    ),
    (
        lambda t, rng: runs.one_column(t, 10 ** rng.uniform(2, 3)),
        lambda t: t.data not in ("digits", "curve"),
        True,
    ),
    (lambda t, rng: runs.dead(t), lambda t: bool(t.net) and t.net != "cnn-norm", True),
    (
        lambda t, rng: runs.saturating(t, rng.uniform(6, 12)),
        lambda t: t.data == "digits" and bool(t.net) and t.net != "cnn-norm",
        True,
    ),
    (
        lambda t, rng: runs.deep_sigmoid(t, int(rng.integers(5, 9))),
        lambda t: t.data not in ("curve", "curves"),
        True,
    ),
    (
        lambda t, rng: runs.tiny_weights(t, rng.uniform(0.005, 0.02)),
        lambda t: t.data not in ("curve", "curves"),
        True,
    ),
    (
        lambda t, rng: runs.huge_weights(t, rng.uniform(0.6, 1.5)),
        lambda t: t.data not in ("curve", "curves"),
        True,
    ),
    (lambda t, rng: runs.frozen(replace(t, net=(4,))), lambda t: bool(t.net), True),
    (lambda t, rng: runs.zeros(t), lambda t: bool(t.net) and t.net != "cnn-norm", True),
    (lambda t, rng: runs.twice_softmax(t), lambda t: not t.data.startswith("curve"), False),
    (lambda t, rng: runs.summed(t), lambda t: not t.data.startswith("curve"), False),
    (lambda t, rng: runs.divided(t), lambda t: not t.data.startswith("curve"), False),
    (lambda t, rng: runs.log_of_scores(t), lambda t: not t.data.startswith("curve"), True),
    (lambda t, rng: runs.overfitted(t), lambda t: t.data == "digits", True),
    (lambda t, rng: runs.too_small(t), lambda t: t.data in ("circle", "xor", "curve"), True),
    (lambda t, rng: runs.decayed(t), lambda t: t.data == "digits" and t.net != "cnn-norm", True),
    (
        lambda t, rng: runs.tiny_batch(replace(t, lr=rng.uniform(0.2, 1))),
        lambda t: t.data == "digits" and t.net != "cnn-norm",
        True,
    ),
]


def draw(rng: np.random.Generator) -> Trial:
    """A run with settings that usually work."""
    name, optimizer = str(rng.choice(SETS)), str(rng.choice([*RATES]))
    low, high = RATES[optimizer]
    activation = str(rng.choice(["relu", "tanh", "leaky", "sigmoid"]))
    net: Any = tuple(int(n) for n in rng.integers(16, 65, int(rng.integers(1, 4))))
    if name == "digits" and rng.random() < 0.3:
        net = str(rng.choice(["cnn", "cnn-norm"]))
    if name in ("digits", "gauss") and rng.random() < 0.15:
        net = ()
    lr = float(np.exp(rng.uniform(np.log(low), np.log(high))))
    batch, seed = int(rng.choice([16, 32, 50])), int(rng.integers(1000, 9999))
    epochs = (8 if isinstance(net, str) else 20) if name == "digits" else 60
    return Trial(name, net, activation, optimizer, lr, batch, epochs, seed)


def score(t: Trial) -> float:
    """How well it ends, on validation data that are right: accuracy, or explained share; -1 for a NaN."""
    settings = t.settings()
    _, held = (
        runs.sets(t.data, t.seed) if t.kind in ("healthy",) else (None, settings["validation"])
    )
    settings["validation"] = held
    try:
        last = train.fit(**settings).epochs[-1]
    except Diverged:
        return -1.0
    if last.validation_accuracy is not None:
        return last.validation_accuracy
    return 1 - last.validation_loss / float(np.var(held.y))


def healthy(count: int, seed: int) -> Iterator[Trial]:
    """Drawn runs that end well: 93 % right on validation data, or of the variance explained."""
    rng = np.random.default_rng(seed)
    while count:
        t = draw(rng)
        if score(t) >= 0.93:
            count -= 1
            yield t


def planted(count: int, seed: int) -> Iterator[Trial]:
    """Faults in drawn healthy runs, each kind in turn."""
    rng, made = np.random.default_rng(seed), 0
    while made < count:
        fault, fits, harmful = FAULTS[made % len(FAULTS)]
        t = draw(rng)
        if not fits(t) or (before := score(t)) < 0.93:
            continue
        spoiled = fault(t, rng)
        if harmful and score(spoiled) > before - HARM:
            continue
        made += 1
        yield spoiled
