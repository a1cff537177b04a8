"""Rules about what the updates do: layers that never move, units that stay alike, steps out of proportion.

Read next: `finite.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassgrad.doctor import plots
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding, Plot
from glassgrad.doctor.rule import rule

USUAL = 1e-3
"""The ratio of update to weight that is said to be about right."""


@rule("layer not trained")
def frozen(case: Case) -> Iterator[Finding]:
    """The update-to-weight ratio of a parameter is 0, though its gradient is not: the optimizer was never
    given it.

    Source: Karpathy 2015, CS231n, Neural networks part 3, ratio of weights to updates.
    """
    looks = case.looks
    if case.setup is None or len(looks) < 2:
        return
    known = {id(p) for p in case.setup.optimizer.params}
    outside = [path for path, p in case.setup.model.named_parameters() if id(p) not in known]
    still = [path for path in outside if any(k.named(path).gradient for k in looks)]
    if not still:
        return
    layer = ", ".join(still)
    yield Finding(
        "layer not trained",
        f"{layer} never moved, though a gradient of {looks[0].named(still[0]).gradient:.2g} arrives: the "
        f"optimizer holds {len(case.setup.optimizer.params)} of {len(looks[0].weights)} parameters.",
        "Make the optimizer with model.parameters(), after the model is complete.",
        Change("trained", "some parameters", "all parameters"),
        {"still": len(still), "of": len(looks[0].weights)},
        plots.layers(
            "Update over weight at the last look",
            "ratio",
            {w.path: w.ratio for w in looks[-1].weights},
        ),
        layer=still[0].rpartition(".")[0],
        severity="serious" if case.lags else "warning",
    )


@rule("units all alike")
def alike(case: Case) -> Iterator[Finding]:
    """All units of a hidden layer begin with the same weights, so they get the same gradient and stay one
    unit for ever; at zero the layers before it get no gradient at all.

    Source: Goodfellow, Bengio & Courville 2016, Deep Learning, section 8.4 (breaking symmetry).
    """
    if not case.looks:
        return
    hidden = case.looks[0].matrices[:-1]
    found = [w for w in hidden if w.rows_equal]
    if not found or not case.lags:
        return
    value = "0" if found[0].rms == 0 else "the same"
    yield Finding(
        "units all alike",
        f"all weights of {found[0].path} begin at {value} for every unit, so all units get the same "
        f"gradient and the layer is worth one of them; {case.reached:.0%} was reached.",
        "Draw the weights by chance: init='he_normal' for ReLU, 'xavier_normal' for sigmoid and tanh.",
        Change("init", "constant", "he_normal"),
        {"layers": len(found), "reached": case.reached},
        Plot(
            "Weights at the beginning",
            "layer",
            "deviation between units",
            tuple(w.path for w in case.looks[0].matrices),
            {
                "here": tuple(0.0 if w.rows_equal else w.rms for w in case.looks[0].matrices),
                "He's": tuple(w.expected for w in case.looks[0].matrices),
            },
        ),
        layer=found[0].path.rpartition(".")[0],
    )


@rule("update-to-weight ratio")
def ratio(case: Case) -> Iterator[Finding]:
    """An update moves a weight matrix by about a thousandth of its length if all is well.  Found if the
    median over looks and layers is above a tenth or below a hundred-thousandth, and the network lags.

    Source: Karpathy 2015, CS231n, Neural networks part 3, ratio of weights to updates.
    """
    if case.setup is None or not case.lags or not case.looks or case.error is not None:
        return
    later = case.looks[len(case.looks) // 2 :]
    ratios = [w.ratio for look in later for w in look.matrices if np.isfinite(w.ratio)]
    middle = float(np.median(ratios)) if ratios else USUAL
    if 1e-5 <= middle <= 0.1:
        return
    lr, up = case.steps[-1].lr if case.steps else case.setup.optimizer.lr, middle < USUAL
    factor = 10.0 if up else 0.1
    yield Finding(
        "update-to-weight ratio",
        f"an update changes the weights by {middle:.1e} of their length; {USUAL:g} is usual.",
        "Raise the learning rate tenfold." if up else "Lower the learning rate to a tenth.",
        Change("lr", lr, factor * lr),
        {"ratio": middle, "usual": USUAL},
        plots.over_steps(
            case,
            "Update over weight",
            "ratio",
            {
                w.path: [k.named(w.path).ratio for k in case.looks]
                for w in case.looks[0].matrices[:6]
            },
            log_y=True,
            limit=USUAL,
            limit_label="usual",
        ),
        severity="warning",
        consequence=True,
    )
