"""The catalogue of mistakes, in the order in which they are tried: the plain before the far-fetched.

A mistake in a file of its own, beside those named here, is found because it lies there, and tried last.
"""

from glassgrad.check.backward.mistakes import known, layout, paths, rules, scale, special
from glassgrad.check.backward.mistakes.base import Mistake
from glassgrad.discovery import instances

_ORDERED = (
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
MISTAKES: tuple[Mistake, ...] = tuple(dict.fromkeys((*_ORDERED, *instances(__name__, Mistake))))
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
