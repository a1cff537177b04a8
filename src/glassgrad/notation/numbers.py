"""Numbers as people write them: as text with a few digits, or as a formula: 1/3, −1.25·10⁻⁷.

Read next: `names.py`.
"""

from __future__ import annotations

import math
from typing import Any

from glassgrad.notation.formula import Atom, Formula, Frac, Script, operator, row, upright

_DENOMINATORS = (3, 6, 7, 9, 12)


def number_text(value: Any, digits: int = 6, minus: str = "-", padded: bool = False) -> str:
    """A number with a few digits, no trailing zeros.

    Args:
        value: the number.
        digits: how many digits count.
        minus: the sign in front of negative numbers and exponents: "−" in a formula or a report.
        padded: whether an exponent has two digits, as Python writes it.

    >>> number_text(0.1 + 0.2), number_text(-1e-7, minus="−"), number_text(1e-7, padded=True)
    ('0.3', '−1e−7', '1e-07')
    """
    mantissa, mark, exponent = f"{float(value):.{digits}g}".partition("e")
    text = mantissa + mark + (exponent if padded or not mark else str(int(exponent)))
    return text.replace("-", minus)


def rounded(value: Any, digits: int = 6) -> float:
    """The number that is printed with so many digits."""
    return float(f"{float(value):.{digits}g}")


def number(value: float) -> Formula:
    """The formula of a number: 2, 0.5, 1/3, −1.25·10⁻⁷, ∞."""
    minus = (operator("−", "-"),) if value < 0 else ()
    if math.isnan(value):
        return upright("NaN")
    if math.isinf(value):
        return row(*minus, Atom("letter", "∞", r"\infty"))
    if rounded(value) != value and (fraction := _fraction(abs(value))):
        return row(*minus, fraction)
    mantissa, mark, exponent = f"{abs(value):.6g}".partition("e")
    if not mark:
        text = f"{value:.6g}"
        return Atom("number", text.replace("-", "−"), text)
    times = () if mantissa == "1" else (_whole(mantissa), operator("·", r"\cdot"))
    return row(*minus, *times, _power_of_ten(int(exponent)))


def _fraction(value: float) -> Formula | None:
    """A third, a sixth, a seventh, …, if the number is one."""
    for q in _DENOMINATORS:
        p = round(value * q)
        if abs(value * q - p) < 1e-12 * q and 0 < p < 100:
            return Frac(_whole(p), _whole(q))
    return None


def _whole(value: int | str) -> Atom:
    return Atom("number", str(value), str(value))


def _power_of_ten(exponent: int) -> Formula:
    minus = (operator("−", "-"),) if exponent < 0 else ()
    return Script(_whole(10), None, row(*minus, _whole(abs(exponent))))
