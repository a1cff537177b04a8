"""How numbers stand in a sentence.  Read next: `plots.py`."""

from __future__ import annotations

import math

from glassgrad.notation.numbers import number_text


def number(x: float) -> str:
    """Three digits, and words for what is no number.

    >>> number(0.12345), number(float("inf"))
    ('0.123', 'infinity')
    """
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "infinity" if x > 0 else "-infinity"
    if 1000 <= abs(x) < 1e6:
        return f"{x:,.0f}"
    return number_text(x, 3)


def counted(n: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "update"), counted(1200, "update")
    ('1 update', '1,200 updates')
    """
    return f"{n:,} {what}{'s' * (n != 1)}"
