"""The catalogue of mistakes, in the order in which they are tried: the plain before the far-fetched."""

from glassgrad.check.backward.mistakes import known, layout, paths, rules, scale, special
from glassgrad.check.backward.mistakes.base import Mistake

MISTAKES: tuple[Mistake, ...] = (
    *scale.ALL,
    *layout.ALL,
    *special.ALL,
    paths.statistics,
    scale.part,
    *rules.ALL,
    *paths.ALL,
    *known.ALL,
    *paths.LAST,
    *rules.LAST,
    *layout.LAST,
)
"""Tried on the graph as it was recorded."""

INSIDE: tuple[Mistake, ...] = (
    paths.statistics,
    scale.part,
    *rules.ALL,
    *paths.ALL,
    *known.ALL,
    *paths.LAST,
)
"""Tried on the small steps of fused ops, when nothing above fits."""
