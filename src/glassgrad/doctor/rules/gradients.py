"""Rules about gradients between layers: those that vanish on their way back, and those that explode.

Read next: `rate.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from glassgrad import ops
from glassgrad.doctor import plots
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding
from glassgrad.doctor.look import Look, Weights
from glassgrad.doctor.rule import rule
from glassgrad.doctor.words import counted, number

VANISHES = 0.02
"""Gradient of the first layer over that of the last."""
SMALL = 0.3
"""Weights over what He's initialisation gives, below which they are to blame."""
TOO_LARGE = 3.0
"""Weights over what He's initialisation gives."""


def first_over_last(look: Look) -> float:
    """Gradient of the first weights over that of the last layer; NaN for fewer than three layers."""
    if len(look.matrices) < 3:
        return math.nan
    last = _last(look)
    return look.matrices[0].gradient / last.gradient if last.gradient > 0 else math.nan


def _last(look: Look) -> Weights:
    """Weights or bias of the last layer, by the longer gradient: small signals leave the bias."""
    layer = look.matrices[-1].path.rpartition(".")[0]
    return max(
        (w for w in look.weights if w.path.rpartition(".")[0] == layer), key=lambda w: w.gradient
    )


@rule("vanishing gradients")
def vanishing(case: Case) -> Iterator[Finding]:
    """In a network of three layers or more that stays behind, the gradient of the first weight matrix is
    less than a fiftieth of that of the last layer, at the beginning or in the median of the looks.  A
    sigmoid multiplies what flows back by at most ¼, small weights by less.

    Source: Hochreiter 1991; Bengio, Simard & Frasconi 1994; Exercise 2, 2.3 g.
    """
    if not case.looks or not case.lags:
        return
    ratios = [first_over_last(k) for k in case.looks]
    seen = [r for r in ratios if math.isfinite(r)]
    if not seen or min(ratios[0], float(np.median(seen))) >= VANISHES:
        return
    look = case.looks[0] if ratios[0] < VANISHES else case.looks[-1]
    value, acts = first_over_last(look), {u.op for u in look.units}
    small = min((w.rms / w.expected for w in look.matrices if w.expected), default=1.0)
    change = Change("init", "as given", "he_normal")
    remedy = "Start with larger weights: init='he_normal'."
    if small > SMALL and acts & {ops.Sigmoid, ops.Tanh}:
        change = Change("activation", ", ".join(sorted(op.__name__ for op in acts)), "ReLU")
        remedy = "Take ReLU in the hidden layers, or fewer of them, or batch norm between them."
    yield Finding(
        "vanishing gradients",
        f"the gradient of {look.matrices[0].path} is {value:.1e} of that of {_last(look).path} after "
        f"{counted(look.step, 'update')}: the first layers hardly learn.",
        remedy,
        change,
        {"ratio": value, "smallest weights over He's": small},
        plots.layers(
            f"Gradient of each layer, after {counted(look.step, 'update')}",
            "length",
            {w.path: w.gradient for w in (*look.matrices, _last(look))},
            log_y=True,
        ),
        layer=look.matrices[0].path.rpartition(".")[0],
        consequence=ratios[0] >= VANISHES,
    )


@rule("exploding gradients")
def exploding(case: Case) -> Iterator[Finding]:
    """Before training, weights several times larger than He's make signals and gradients grow from layer
    to layer: the loss begins far above guessing, and the gradient is as long as the weights or longer.

    Source: Pascanu, Mikolov & Bengio 2013, arXiv:1211.5063; Hanin & Rolnick 2018, arXiv:1803.01719.
    """
    if not case.looks or not case.looks[0].matrices:
        return
    look = case.looks[0]
    large = max((w.rms / w.expected for w in look.matrices if w.expected), default=0.0)
    steep = max(w.gradient / w.length if w.length else 0.0 for w in look.matrices)
    guess = case.blind_loss
    high = look.loss / guess if math.isfinite(guess) and guess > 0 else math.nan
    clipped = large < TOO_LARGE
    above = high > 5 if math.isfinite(look.loss) else not clipped
    if not case.lags or not above or steep < 1:
        return
    worst = max(look.matrices, key=lambda w: w.gradient)
    yield Finding(
        "exploding gradients",
        f"before training the loss is {number(look.loss)}, {number(high)} times that of guessing, and the "
        f"gradient of {worst.path} is {number(worst.gradient)} at a length of {number(worst.length)}; "
        f"weights are up to {number(large)} times those of He's initialisation.",
        "Clip the gradient: clip=1.0."
        if clipped
        else "Start with smaller weights: init='he_normal'.",
        Change("clip", "none", 1.0) if clipped else Change("init", "as given", "he_normal"),
        {
            "loss": look.loss,
            "times guessing": high,
            "gradient over weights": steep,
            "weights over He's": large,
        },
        plots.layers(
            "Gradient of each layer before training",
            "length",
            {w.path: w.gradient for w in look.matrices},
            log_y=True,
        ),
        layer=worst.path.rpartition(".")[0],
    )
