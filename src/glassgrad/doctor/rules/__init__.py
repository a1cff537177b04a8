"""The rules, in the order in which their findings are told: causes before consequences."""

from __future__ import annotations

from glassgrad.doctor.rule import Rule
from glassgrad.doctor.rules import data, finite, fitting, gradients, loss, rate, units, updates

RULES: tuple[Rule, ...] = (
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
    fitting.under,
    updates.ratio,
    loss.stuck,
)
