"""Rules about units: those that are dead, and those that are saturated.

Read next: `gradients.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassgrad.doctor import plots
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.finding import Finding, Plot
from glassgrad.doctor.look import Look, Units
from glassgrad.doctor.rule import rule

DEAD = 0.6
SATURATED = 0.6
_DEAD_OF_A_GOOD_RUN = 0.85
_SATURATED_OF_A_GOOD_RUN = 0.75


@rule("dead units")
def dead(case: Case) -> Iterator[Finding]:
    """More than 60 % of the ReLU units of a layer (85 % if the network does well all the same) are 0
    for every example looked at: their slope is 0, so nothing will wake them.  Units that were alive at
    the beginning were killed by too long a step, and the rate is to blame first.

    Source: Maas, Hannun & Ng 2013; Lu et al. 2019, Dying ReLU and initialization, arXiv:1903.06733.
    """
    limit = DEAD if case.lags else _DEAD_OF_A_GOOD_RUN
    last = _worst(case.looks[-1:], "dead")
    if last is None or last.dead <= limit:
        return
    first = next((u.dead for u in case.looks[0].units if u.layer == last.layer), 0.0)
    born_dead = first > limit
    lr = case.steps[-1].lr if case.steps else 0.0
    change = Change("lr", lr, lr / 10)
    when = f"{first:.0%} before training"
    if born_dead:
        change = Change("init", "as given", "he_normal")
    yield Finding(
        "dead units",
        f"{last.dead:.0%} of the {last.count} ReLU units of layer {last.layer} are 0 for every example "
        f"looked at ({when}): no gradient passes them.",
        "Start with He's weights and biases of 0."
        if born_dead
        else "They died in training: lower the learning rate to a tenth, or take LeakyReLU.",
        change,
        {"dead": last.dead, "before training": first, "units": last.count},
        _over_looks(case, "dead", "Dead units", limit),
        layer=last.layer,
        severity="serious" if case.lags else "warning",
        consequence=not born_dead,
    )


@rule("saturated units")
def saturated(case: Case) -> Iterator[Finding]:
    """In a layer of sigmoid or tanh units more than 60 % of the slopes are below a twentieth of the
    steepest before training (75 % if the network does well all the same): the weights
    or the inputs are too large, and little gradient passes.

    Source: Glorot & Bengio 2010, Understanding the difficulty of training deep feedforward networks.
    """
    if not case.looks:
        return
    limit = SATURATED if case.lags else _SATURATED_OF_A_GOOD_RUN
    first, last = _worst(case.looks[:1], "saturated"), _worst(case.looks[-1:], "saturated")
    born = first is not None and first.saturated > limit
    found = first if born else last
    if found is None or found.saturated <= limit or not (born or case.lags):
        return
    lr = case.steps[-1].lr if case.steps else 0.0
    yield Finding(
        "saturated units",
        f"{found.saturated:.0%} of the outputs of the {found.count} {found.op.__name__} units of layer "
        f"{found.layer} are where the curve is flat, {'before training' if born else 'at the end'}: little "
        "gradient passes.",
        "Start with smaller weights: init='xavier_normal'."
        if born
        else "Lower the learning rate to a tenth.",
        Change("init", "as given", "xavier_normal") if born else Change("lr", lr, lr / 10),
        {"saturated": found.saturated, "units": found.count},
        _over_looks(case, "saturated", "Saturated outputs", SATURATED),
        layer=found.layer,
        severity="serious" if case.lags else "warning",
        consequence=not born,
    )


def _worst(looks: Sequence[Look], what: str) -> Units | None:
    """The layer with the largest share; those before the scores do not count."""
    units = [u for look in looks for u in look.units]
    return max(units, key=lambda u: getattr(u, what), default=None)


def _over_looks(case: Case, what: str, title: str, limit: float) -> Plot:
    series: dict[str, list[float | None]] = {}
    for u in case.looks[0].units[:6]:
        series[f"{u.layer} {u.op.__name__}"] = [
            next((getattr(v, what) for v in k.units if v.layer == u.layer), None)
            for k in case.looks
        ]
    return plots.over_steps(
        case, title, "share", series, limit=limit, limit_label="limit", shares=True
    )
