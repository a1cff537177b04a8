"""Rules about the loss: scores that were squashed, a loss that cannot be, a loss that stays at guessing.

Read next: `updates.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from glassgrad import ops
from glassgrad.doctor import plots
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding, Plot
from glassgrad.doctor.look import SQUASHING
from glassgrad.doctor.rule import rule


@rule("squashed scores")
def squashed(case: Case) -> Iterator[Finding]:
    r"""The scores went through softmax, sigmoid, tanh or ReLU before the cross-entropy, which takes the
    softmax itself.  With probabilities for scores the loss cannot fall below
    $\ln(e + K - 1) - 1$, 1.46 for ten classes.

    Source: Goodfellow, Bengio & Courville 2016, Deep Learning, 6.2.2.3 (losses on logits).
    """
    if case.setup is None or not case.classes or not case.looks:
        return
    look = case.looks[0]
    same = [k.times_cross_entropy for k in case.looks if k.times_cross_entropy is not None]
    if look.last_op is None or look.last_op not in SQUASHING:
        return
    if not same or max(abs(c - 1) for c in same) > 0.01:
        return
    floor = math.log(math.e + case.classes - 1) - 1
    last, is_share = look.last_op.__name__, look.last_op in (ops.Softmax, ops.Sigmoid)
    bound = f": it cannot fall below {floor:.2f}" if is_share else ""
    yield Finding(
        "squashed scores",
        f"the network ends in {last}, and the cross-entropy takes the softmax of that{bound}. The "
        f"loss ended at {case.loss:.3g} with {case.reached:.0%} right.",
        "Let the network end in its last linear layer; predict_proba gives probabilities.",
        Change("last_layer", last, "none"),
        {"floor": floor, "loss": case.loss, "accuracy": case.reached},
        plots.losses(case, floor if bound else None, f"{floor:.2f}"),
    )


@rule("loss and accuracy contradict each other")
def contradiction(case: Case) -> Iterator[Finding]:
    r"""Whoever is wrong gives the true class a probability of at most ½, so a mean cross-entropy is at
    least $(1 - a) \ln 2$ at accuracy a; and at a = 1 each true class has at least 1/K, so it is at most
    $\ln K$.  A loss outside of that is not the mean cross-entropy of these answers: summed, divided
    twice, or of other labels.

    Source: from the definition; the last table of Assignment 1 (2023) prints a loss of 7.6e-5 beside an
    accuracy of 0.1428.
    """
    if not case.classes or not len(case.losses) or math.isnan(case.reached):
        return
    times = [k.times_cross_entropy for k in case.looks if k.times_cross_entropy is not None]
    if len(times) >= 2 and max(times) / max(min(times), 1e-30) < 1.02 and not 0.2 < times[0] < 5:
        yield _scaled(case, times[0])
        return
    least = (1 - case.reached) * math.log(2)
    if case.setup is not None and (not times or max(abs(t - 1) for t in times) > 0.05):
        return  # another loss: hinge, squared error, …
    if case.loss < 0.9 * least - 1e-6:
        said = f"cannot be below {least:.3g} = (1 − {case.reached:.2f}) ln 2"
    elif case.reached == 1 and case.loss > 1.1 * math.log(case.classes):
        said = f"cannot be above ln {case.classes} = {math.log(case.classes):.3g} if all are right"
    else:
        return
    yield _impossible(case, said, least)


def _scaled(case: Case, times: float) -> Finding:
    return Finding(
        "loss and accuracy contradict each other",
        f"the loss is {times:.4g} times the mean cross-entropy of the same scores, at every look; it ended "
        f"at {case.loss:.3g} with {case.reached:.0%} right. A sum for a mean, or a mean of a mean.",
        "Take ops.cross_entropy, the mean over the batch; the learning rate then means what it says.",
        Change("loss", "as given", "cross_entropy"),
        {"times": times, "loss": case.loss, "accuracy": case.reached},
        plots.over_steps(
            case,
            "Loss over mean cross-entropy",
            "factor",
            {"factor": [k.times_cross_entropy for k in case.looks]},
            limit=1.0,
            limit_label="mean cross-entropy",
        ),
        expect="gone",
    )


def _impossible(case: Case, said: str, least: float) -> Finding:
    return Finding(
        "loss and accuracy contradict each other",
        f"a mean cross-entropy {said}, but {case.loss:.3g} was recorded.",
        "Compute both from the same outputs and the same labels, in one place: train.evaluate.",
        Change("loss", "as given", "cross_entropy"),
        {"loss": case.loss, "accuracy": case.reached, "least": least},
        Plot(
            "What the accuracy allows",
            "",
            "loss",
            ("recorded", "least possible"),
            {"loss": (case.loss, least)},
        ),
        expect="gone",
    )


@rule("loss stuck at guessing")
def stuck(case: Case) -> Iterator[Finding]:
    r"""In the second half of the run the loss stays within 3 % of what one pays who says the same for
    every example: $\ln K$ for K classes that are equally frequent, the variance of real labels.

    Source: Karpathy 2019, A recipe for training neural networks ("verify loss @ init"); Assignment 1
    (2023), questions 6 and 7, where four batch losses lie about ln 10.
    """
    if len(case.losses) < 4 or math.isnan(case.blind_loss) or not case.lags:
        return
    half = case.losses[len(case.losses) // 2 :]
    if abs(half.mean() - case.blind_loss) > 0.03 * case.blind_loss:
        return
    k = case.classes
    guess = (
        f"ln {k} = {math.log(k):.4f}" if k else f"{case.blind_loss:.4g}, the variance of the labels"
    )
    if k and abs(case.blind_loss - math.log(k)) > 0.005:
        guess = f"{case.blind_loss:.4f}, what the frequencies of the classes alone give"
    says = "the network says the same for every example and has not learnt anything"
    spread = f" Its outputs vary by {case.looks[-1].spread:.1%}." if case.looks else ""
    lr = case.steps[-1].lr
    yield Finding(
        "loss stuck at guessing",
        f"the loss stands at {half.mean():.4f}, and {guess}: {says}.{spread}",
        "See whether the gradient reaches every layer; if it does, try ten times the rate.",
        Change("lr", lr, 10 * lr),
        {"loss": float(half.mean()), "guessing": case.blind_loss, "deviation": float(np.std(half))},
        plots.losses(case, case.blind_loss, "guessing"),
        consequence=True,
    )
