"""A claim of a document, what was measured, and the verdict that follows from both.

The claim is data; the measured value is computed by the run; the verdict is a comparison of the two and
is never written down by hand.  Read next: `answer.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.errors import SettingError
from glassgrad.notation.numbers import number_text
from glassgrad.validate import validated

Verdict = Literal["reproduced", "differs", "document wrong", "not judged", "no claim"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@validated
@dataclass(frozen=True, kw_only=True)
class Claim:
    """What a document says, so that it can be compared.

    Args:
        key: the name under which the run measures it.
        text: what is claimed, in our words.
        printed: the number or numbers of the document, or a formula or statement as text; None where
            the document asks and gives no number.
        tolerance: how far a measured number may be away; the document's rounding, or its "about".
        relation: whether the printed number is a value, an upper or a lower bound; where nothing is
            printed, whether `truth` is one.
        unit: printed after the numbers.
        needs: the data set that the claim speaks of; on any other it is not judged.
        truth: what we expect: from an earlier careful measurement, or for a reason that the answer gives.
        slack: how far a measured number may be from `truth`.
    """

    key: str
    text: str
    printed: float | Sequence[Any] | str | None = None
    tolerance: float = 5e-4
    relation: Literal["=", "≤", "≥"] = "="
    unit: str = ""
    needs: str = ""
    truth: float | Sequence[Any] | str | None = None
    slack: float = 5e-4


@dataclass(frozen=True)
class Measured:
    """What a run found for a claim: numbers, one row per seed, or a judgement of a formula.

    Args:
        values: (S, …), one entry per repetition.
        shown: text instead of the numbers.
        agrees: the judgement, where it is not a matter of comparing numbers.
        why: why it may differ from what is printed.
        proof: the output of a check that refutes the document; empty if there is none.
    """

    values: NDArray[np.float64] | None = None
    shown: str = ""
    agrees: bool | None = None
    why: str = ""
    proof: str = ""


@dataclass(frozen=True)
class Row:
    """One line of the table of claims, ready to be printed."""

    text: str
    printed: str
    measured: str
    verdict: Verdict
    why: str = ""
    truth: str = ""
    as_expected: bool | None = None


def compare(claim: Claim, measured: Measured, is_real: bool, instead: str) -> Row:
    """The claim beside the measurement, and what follows.

    Args:
        is_real: whether the run used the data that the claim speaks of.
        instead: what it used if not.
    """
    shown = measured.shown or number(measured.values, claim.unit)
    truth = _expected(claim)
    if claim.needs and not is_real:
        why = f"measured on {instead}; the document speaks of {claim.needs}."
        return Row(claim.text, _printed(claim), shown, "not judged", why, truth)
    relation = claim.relation if claim.printed is None else "="
    expected = _agrees(claim.truth, claim.slack, relation, measured)
    if claim.printed is None:
        return Row(claim.text, "–", shown, "no claim", measured.why, truth, expected)
    agrees = measured.agrees
    if agrees is None:
        agrees = _agrees(claim.printed, claim.tolerance, claim.relation, measured)
    verdict: Verdict = "document wrong" if measured.proof else "differs"
    verdict = "reproduced" if agrees else verdict
    why = "" if agrees else measured.proof or measured.why
    return Row(claim.text, _printed(claim), shown, verdict, why, truth, expected)


def _agrees(
    value: ArrayLike | str | None, tolerance: float, relation: str, measured: Measured
) -> bool | None:
    """Whether the mean is that value or within the bound; None where there is nothing to compare."""
    if value is None or isinstance(value, str) or measured.values is None:
        return None
    if relation == "=":
        return _near(value, tolerance, measured)
    mean, bound = measured.values.mean(axis=0), np.asarray(value, np.float64)
    away = mean - bound if relation == "≤" else bound - mean
    return bool(np.all(away <= tolerance))


def _near(value: ArrayLike, tolerance: float, measured: Measured) -> bool:
    """Whether the mean is within the tolerance, or within one deviation where chance plays."""
    assert measured.values is not None
    expected = np.asarray(value, np.float64)
    values = measured.values
    if values.shape[1:] != expected.shape:
        raise SettingError(
            f"a claim of shape {expected.shape} was measured with shape {values.shape[1:]}."
        )
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else 0.0
    return bool(np.all(np.abs(values.mean(axis=0) - expected) <= np.maximum(tolerance, spread)))


def _printed(claim: Claim) -> str:
    return "–" if claim.printed is None else _sign(claim) + written(claim.printed, claim.unit)


def _expected(claim: Claim) -> str:
    if claim.truth is None:
        return ""
    return (_sign(claim) if claim.printed is None else "") + written(claim.truth, claim.unit)


def _sign(claim: Claim) -> str:
    return "" if claim.relation == "=" else f"{claim.relation} "


def written(value: Any, unit: str = "") -> str:
    """A claimed value as text."""
    if isinstance(value, str):
        return value
    return number(np.asarray(value, np.float64)[None], unit)


def number(values: NDArray[np.float64] | None, unit: str = "") -> str:
    """Numbers as text: six digits, the mean ± the deviation where there are several.

    >>> number(np.array([[2.0], [4.0]])[:, 0], "%")
    '3.00 ± 1.41 %'
    """
    if values is None:
        return ""
    unit = f" {unit}" if unit else ""
    mean = values.mean(axis=0)
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros_like(mean)
    if np.any(spread > 1e-12 * np.abs(mean)):
        pairs = zip(np.ravel(mean), np.ravel(spread), strict=True)
        return _listed([_with_spread(m, s) for m, s in pairs], np.ndim(mean)) + unit
    return _listed([_short(m) for m in np.ravel(mean)], np.ndim(mean), np.shape(mean)) + unit


def _with_spread(mean: float, spread: float) -> str:
    places = max(0, 1 - int(np.floor(np.log10(spread)))) if spread > 0 else 2
    places = max(2, places) if abs(mean) >= 0.1 else places
    return f"{mean:.{places}f} ± {spread:.{places}f}".replace("-", "−")


def _short(value: float) -> str:
    digits = 2 if 0 < abs(value) < 1e-6 else 6
    return number_text(value, digits, "−", padded=True)


def _listed(parts: list[str], axes: int, shape: tuple[int, ...] = ()) -> str:
    """(1, 2) for a row, ((1, 2), (3, 4)) for a matrix."""
    if axes == 0:
        return parts[0]
    if axes == 2 and shape:
        width = shape[1]
        rows = [_listed(parts[i : i + width], 1) for i in range(0, len(parts), width)]
        return f"({', '.join(rows)})"
    return f"({', '.join(parts)})"
