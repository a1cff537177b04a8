"""The rules, in the order in which their findings are told: causes before consequences.

A rule in a file of its own, beside those named here, is found because it lies there.  Its findings are told
after the causes; before under-fitting, which is said only where nothing else is.
"""

from __future__ import annotations

from glassgrad.discovery import instances
from glassgrad.doctor.rule import Rule
from glassgrad.doctor.rules import data, finite, fitting, gradients, loss, rate, units, updates

_CAUSES = (
    data.leak,
    data.labels,
    data.inputs,
    loss.squashed,
    loss.contradiction,
    updates.frozen,
    updates.alike,
    finite.not_finite,
    units.dead,
    units.saturated,
    gradients.exploding,
    gradients.vanishing,
    rate.batch,
    rate.high,
    rate.low,
    fitting.over,
)
_LAST = (fitting.under, updates.ratio, loss.stuck)

RULES: tuple[Rule, ...] = (
    *_CAUSES,
    *(found for found in instances(__name__, Rule) if found not in (*_CAUSES, *_LAST)),
    *_LAST,
)
