"""Rules about the end of a run that learns: it fits more than there is to know, or less.

Read next: `../diagnosis.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from glassgrad.doctor import plots
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding, Plot
from glassgrad.doctor.rule import rule

RISE = 1.3
GAP = 0.08


@rule("over-fitting")
def over(case: Case) -> Iterator[Finding]:
    """The validation loss has risen by 30 % above its least value while the training loss fell on, and the
    network is right on the training set more often than on the validation set, by 8 points and more.

    Source: Prechelt 1998, Early stopping, but when?
    """
    seen = [e for e in case.epochs if e.validation_loss is not None]
    if case.setup is None or len(seen) < 3 or case.setup.validation is None:
        return
    best = min(seen, key=lambda e: e.validation_loss or 0.0)
    last = seen[-1]
    assert best.validation_loss is not None
    assert last.validation_loss is not None
    rise = last.validation_loss / max(best.validation_loss, 1e-12)
    if rise < RISE or last.loss > best.loss:
        return
    gap = (last.accuracy or 0.0) - (last.validation_accuracy or 0.0)
    noise = 2 * math.sqrt(0.25 / len(case.setup.validation.y))
    if last.accuracy is not None and gap < max(GAP, noise):
        return
    if last.accuracy is None and last.validation_loss < 3 * last.loss:
        return
    accuracy = (
        f", {last.accuracy:.0%} right there and {last.validation_accuracy:.0%} here"
        if last.accuracy
        else ""
    )
    yield Finding(
        "over-fitting",
        f"the validation loss was least after epoch {best.epoch} ({best.validation_loss:.3g}) and is "
        f"{rise:.3g} times that at the end, while the training loss fell to {last.loss:.3g}{accuracy}.",
        f"Stop after epoch {best.epoch} (EarlyStopping, --patience), or take more data or weight decay.",
        Change("steps", len(case.steps), best.step),
        {"rise": rise, "best epoch": best.epoch, "gap": gap},
        plots.epochs(case),
    )


@rule("under-fitting", alone=True)
def under(case: Case) -> Iterator[Finding]:
    """The loss is finite and the network is behind the five nearest neighbours of its own training
    examples.  If the loss still falls, it was trained too short a time; if not, it is too small, or held
    down by weight decay.

    Source: Goodfellow, Bengio & Courville 2016, Deep Learning, section 5.2 (capacity).
    """
    if case.setup is None or case.neighbours is None or not case.lags or case.error is not None:
        return
    decay = float(getattr(case.setup.optimizer, "weight_decay", 0.0))
    falling = case.is_falling
    guesses = abs(case.loss - case.blind_loss) < 0.03 * case.blind_loss
    if guesses and decay <= 0.02 and len(case.looks[0].matrices) > 1:
        return  # whoever guesses with hidden layers lacks no capacity
    if decay > 0.02:
        change, remedy = Change("weight_decay", decay, 0.0), "Take the weight decay away."
    elif falling:
        steps = 4 * case.setup.steps
        change, remedy = (
            Change("steps", case.setup.steps, steps),
            "Train longer: four times as many steps.",
        )
    else:
        change = Change("model", type(case.setup.model).__name__, "64 ReLU units")
        remedy = "Take a larger network: a hidden layer more, or more units."
    what = "of the training labels" if case.classes else "of the variance of the labels"
    standing = "and the loss still falls" if falling else "and the loss stands"
    yield Finding(
        "under-fitting",
        f"the network knows {case.reached:.0%} {what}, five nearest neighbours know "
        f"{case.neighbours.score:.0%}, {standing}.",
        remedy,
        change,
        {"network": case.reached, "neighbours": case.neighbours.score, "weight decay": decay},
        Plot(
            "What is known of the training labels",
            "",
            "share",
            ("network", "neighbours", "chance"),
            {"share": (case.reached, case.neighbours.score, case.neighbours.chance)},
            shares=True,
        ),
    )
