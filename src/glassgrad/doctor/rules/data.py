"""Rules about the data: the same examples on both sides, labels of other rows, inputs without scale.

Read next: `loss.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from glassgrad.doctor import neighbours
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding, Plot
from glassgrad.doctor.neighbours import Neighbours
from glassgrad.doctor.rule import rule
from glassgrad.doctor.words import counted
from glassgrad.nn import BatchNorm, Conv2d, Linear

FEW_FEATURES = 50


@rule("evaluation on training data")
def leak(case: Case) -> Iterator[Finding]:
    """Rows of the validation set are in the training set, bit for bit, and more of them than occur
    twice in the training set itself.

    Source: Kaufman et al. 2012, Leakage in data mining; the "test" error of Exercise 2.3, whose
    notebook evaluates the first training images.
    """
    if case.setup is None or case.setup.validation is None:
        return
    train, held = case.setup.loader.ds, case.setup.validation
    ours, theirs = neighbours.fingerprints(train.x), neighbours.fingerprints(held.x)
    there, counts = np.unique(ours, return_counts=True)
    twice = float(counts[counts > 1].sum() / len(ours))
    shared = float(np.isin(theirs, there).mean())
    if shared <= 0.02 + 2 * twice:
        return
    gone = float(np.isin(ours, theirs).mean())
    yield Finding(
        "evaluation on training data",
        f"{shared:.0%} of the {len(theirs)} validation examples are also in the training set, bit for bit, "
        f"so its loss and accuracy say how well they are remembered, not what was learnt.",
        "Hold out examples that training never sees: data.split(train, 0.2).",
        Change(
            "validation", "shared", "held out" if gone > 0.5 else "shared rows left out of training"
        ),
        {"shared": shared, "twice in training": twice, "validation examples": len(theirs)},
        _bars(
            "Where validation examples come from",
            {"also in training": shared, "new": 1 - shared},
            "share of validation",
        ),
        expect="worse",
    )


@rule("labels not aligned")
def labels(case: Case) -> Iterator[Finding]:
    """The five nearest neighbours know no more of a label than chance, and so does the network on
    examples that it has not seen: labels and inputs were shuffled or moved apart, or there is nothing
    to learn.  If the labels fit once they are moved by a few rows, that is said.

    Source: Zhang et al. 2017, Understanding deep learning requires rethinking generalization,
    arXiv:1611.03530 (networks fit random labels).
    """
    if case.setup is None or case.sample is None or case.neighbours is None:
        return
    x, y = case.sample
    if y.dtype.kind in "iu" and len(np.unique(y)) < 2:
        yield _one_class(case, int(y[0]))
        return
    found, held = case.neighbours, case.setup.validation
    moved = 0 if found.score > found.chance + 0.3 else _moved(case)
    if (moved or not found.know) and not _generalises(case, "training"):
        yield _misaligned(found, "training", moved)
    elif found.know and held is not None and len(held.y) >= 30:
        theirs = neighbours.ask(x, y, *neighbours.sample(held.x, held.y))
        if not theirs.know and not _generalises(case, "validation"):
            yield _misaligned(theirs, "validation", 0)


def _generalises(case: Case, what: str) -> bool:
    """Whether the network knows something of labels that it was not taught."""
    assert case.setup is not None
    assert case.neighbours is not None
    held, last, chance = case.setup.validation, case.epochs[-1:], case.neighbours.chance
    if held is not None and last and last[0].validation_loss is not None:
        right = last[0].validation_accuracy
        if right is not None:
            return neighbours.beyond_chance(right, chance, len(held.y))
        return last[0].validation_loss < 0.8 * float(np.var(held.y))
    if what == "training" and case.epochs and (first := case.epochs[0]).accuracy is not None:
        return neighbours.beyond_chance(
            first.accuracy, chance, sum(s.size for s in case.steps[: first.step])
        )
    return False


def _moved(case: Case) -> int:
    """By how many rows the labels must be moved to fit; 0 if that does not help."""
    assert case.setup is not None
    ds = case.setup.loader.ds
    if ds.y.dtype.kind not in "iu":
        return 0
    x, y = ds.x[: neighbours.MOST], ds.y[: neighbours.MOST]
    near = neighbours.nearest(x)
    scores = {by: neighbours.rolled(y, near, by) for by in (-3, -2, -1, 0, 1, 2, 3)}
    best = max(scores, key=lambda by: scores[by])
    return best if scores[best] > scores[0] + 0.2 else 0


def _misaligned(found: Neighbours, what: str, moved: int) -> Finding:
    numbers = {"neighbours": found.score, "chance": found.chance}
    sentence = (
        f"the five nearest neighbours of an example know no more of its {what} label than chance "
        f"({found.score:.0%} right, {found.chance:.0%} by chance), nor does the network on "
        "examples that it has not seen."
    )
    remedy = "Sort, shuffle and cut inputs and labels together: x[order], y[order] with one order."
    after = "shuffled"
    if moved:
        sentence = (
            f"the five nearest neighbours of an example are right about {found.score:.0%} of the {what} "
            f"labels, {found.chance:.0%} would be chance; moved by {counted(moved, 'row')}, the labels fit."
        )
        remedy = f"Move the labels by {counted(moved, 'row')}, and look for the row too many."
        after = f"moved by {moved}"
    bars = {"neighbours": found.score, "chance": found.chance}
    return Finding(
        "labels not aligned",
        sentence,
        remedy,
        Change("labels", "as given", after),
        numbers,
        _bars(f"Who knows the {what} labels?", bars, "right"),
        expect="better" if moved else "same",
    )


def _one_class(case: Case, label: int) -> Finding:
    return Finding(
        "labels not aligned",
        f"every training example has the label {label}: there is nothing to tell apart.",
        "Look at the column that the labels were read from, and at the slice that made the training set.",
        Change("labels", "as given", "shuffled"),
        {"classes present": 1.0},
        _bars("Labels of the training set", {str(label): 1.0}, "share"),
        expect="same",
    )


@rule("inputs not scaled")
def inputs(case: Case) -> Iterator[Finding]:
    """Inputs whose size is far from 1, whose mean is far from 0 beside their deviation, or whose columns
    differ by orders of magnitude: the loss is then steep along some weights and flat along others.

    Source: LeCun et al. 1998, Efficient BackProp, section 4.3.
    """
    if case.setup is None or case.sample is None:
        return
    first = next(
        (m for m in case.setup.model.modules() if isinstance(m, Linear | Conv2d | BatchNorm)), None
    )
    x = case.sample[0].reshape(len(case.sample[0]), -1).astype(np.float64)
    if case.setup.loader.transform is not None or isinstance(first, BatchNorm):
        return
    std, mean = x.std(axis=0), x.mean(axis=0)
    moving = std > 0
    if not moving.any():
        return
    numbers = {
        "size": float(np.sqrt(np.mean(x**2))),
        "offset": float(abs(mean.mean()) / x.std()),
        "ratio": float(std[moving].max() / std[moving].min())
        if x.shape[1] <= FEW_FEATURES
        else 1.0,
    }
    if sentence := _unscaled(numbers, case.lags):
        yield Finding(
            "inputs not scaled",
            sentence,
            "Subtract the mean and divide by the deviation of the training set: "
            "data.Normalize.fit(train), or --normalize standard.",
            Change("normalize", "none", "standard"),
            numbers,
            _columns(mean, std),
            severity="serious" if case.lags else "warning",
        )


def _unscaled(numbers: dict[str, float], lags: bool) -> str:
    """What is wrong with the scale, if something is; a run that is well may be a little further off."""
    size, offset, ratio = numbers.values()
    slack = 1 if lags else 4
    if ratio > 25 * slack:
        return f"the deviations of the input columns differ by a factor of {ratio:.3g}."
    if size > 12 * slack or size < 0.02 / slack:
        return (
            f"the inputs have a root mean square of {size:.3g}; about 1 suits the initial weights."
        )
    if offset > 4 * slack:
        return (
            f"the mean of the inputs is {offset:.3g} times their deviation; 0 suits a network best."
        )
    return ""


def _columns(mean: Any, std: Any) -> Plot:
    order = np.argsort(std)
    return Plot(
        "Inputs, column by column",
        "column, sorted by deviation",
        "size",
        tuple(range(1, len(std) + 1)),
        {"deviation": tuple(std[order].tolist()), "|mean|": tuple(np.abs(mean[order]).tolist())},
        log_y=True,
        limit=1.0,
        limit_label="1",
    )


def _bars(title: str, values: dict[str, float], label: str) -> Plot:
    return Plot(title, "", label, tuple(values), {"share": tuple(values.values())}, shares=True)
