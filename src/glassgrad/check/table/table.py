"""A table somebody printed, held against itself: scores and parameter counts that cannot be.

Read next: `scores.py` for precision and recall, `layers.py` for parameters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.check.shared.verdict import Verdict
from glassgrad.check.table import cells, scores
from glassgrad.check.table.cells import Printed
from glassgrad.check.table.layers import check_layers
from glassgrad.check.table.scores import Finding, Scores
from glassgrad.errors import SettingError
from glassgrad.notation.lines import Line
from glassgrad.validate import validated


@dataclass(frozen=True, repr=False)
class TableVerdict(Verdict):
    """Whether a table agrees with itself; its contradictions, and the accuracy that it implies."""

    findings: tuple[Finding, ...] = ()
    accuracy: float | None = None


@validated(
    but=(
        "source",
        "accuracy",
        "counts",
    )
)
def table(
    source: str | Mapping[str, Sequence[Any]] | Sequence[Sequence[Any]],
    *,
    counts: Sequence[int] | str | None = None,
    accuracy: float | None = None,
    channels: int | None = None,
) -> TableVerdict:
    r"""Whether a printed table can be true.

    Args:
        source: the table as text (Markdown, LaTeX, CSV, columns), as columns by name, or as rows.
        counts: images per class, or the name of a test set (`scores.COUNTS`).
        accuracy: the accuracy claimed for the same predictions, as 0.58.
        channels: channels of the input, for a table of layers.

    Raises:
        SettingError: a table that has neither scores nor parameter counts; counts of another length;
            an accuracy outside of 0 … 1.

    >>> print(table({"precision": ["0.500", "1.000"], "recall": ["1.000", "0.200"]}, counts=[10, 10]))
    contradictory: a table of 2 classes.
      total: the columns add up to 22.0 predictions (21.9 to 22.1 by their last digits) for 20 images.
    """
    if not isinstance(source, str | Mapping | Sequence):
        raise SettingError(f"expected a table as text, columns or rows, got {source!r}.")
    for name, value in (("accuracy", accuracy), ("channels", channels)):
        if value is not None and not isinstance(value, int | float | np.number):
            raise SettingError(f"{name} must be a number, got {value!r}.")
    if accuracy is not None and not 0 <= accuracy <= 1:
        raise SettingError(
            f"accuracy must lie between 0 and 1, as 0.58 for 58 %, got {accuracy:g}."
        )
    rows = cells.rows(source)
    found = Scores.read(rows)
    if found is not None:
        return _scores(found, counts, accuracy)
    if any("param" in cell.lower() for row in rows[:2] for cell in row):
        findings = check_layers(rows[1:], channels)
        return _verdict(f"a table of {len(rows) - 1} layers", findings)
    raise SettingError(
        "the table needs columns 'precision' and 'recall', or a column of parameters whose head "
        "contains 'param'."
    )


def _verdict(what: str, findings: list[Finding], accuracy: float | None = None) -> TableVerdict:
    if not findings:
        implied = f" It implies an accuracy of {accuracy:.1%}." if accuracy is not None else ""
        return TableVerdict(True, (Line(f"{what}.{implied}", "consistent"),), (), accuracy)
    kinds = [f.kind for f in findings]
    head = "swapped" if "swapped" in kinds else "contradictory"
    lines = (Line(f"{what}.", head), *(Line(f.sentence, f.kind, indent=2) for f in findings))
    return TableVerdict(False, lines, tuple(findings), accuracy)


def _scores(
    found: Scores, given: Sequence[int] | str | None, claimed: float | None
) -> TableVerdict:
    precision, recall = found.columns.get("precision", []), found.columns.get("recall", [])
    if not precision and not recall:
        raise SettingError("the columns of precision and recall hold no numbers.")
    if len(precision) != len(recall):
        raise SettingError(
            f"precision has {len(precision)} numbers and recall {len(recall)}: one of each per class."
        )
    what = f"a table of {len(recall)} classes"
    findings = [*_outside(precision, recall), *_f1(found, precision, recall)]
    counts = scores.class_counts(given, found, len(recall))
    if counts is None:
        return _verdict(what, [*findings, *_any_counts(precision, recall)])
    findings += _totals(precision, recall, counts)
    if "swapped" in [f.kind for f in findings]:
        precision, recall = recall, precision
    implied = scores.accuracy(recall, counts)
    findings += _fractions(recall, counts, findings)
    findings += _claims(found, claimed, implied, recall)
    return _verdict(what, findings, implied)


def _outside(*columns: Sequence[Printed]) -> list[Finding]:
    wrong = [p.value for column in columns for p in column if not 0 <= p.value <= 1]
    return (
        [Finding("range", f"a score lies between 0 and 1; {wrong[0]:g} does not.")] if wrong else []
    )


def _f1(found: Scores, precision: Sequence[Printed], recall: Sequence[Printed]) -> list[Finding]:
    for k, f1 in enumerate(found.columns.get("f1", ())[: len(recall)]):
        p, r = precision[k].value, recall[k].value
        right = 2 * p * r / (p + r) if p + r else 0.0
        if abs(right - f1.value) > 2 * max(f1.open, precision[k].open, recall[k].open):
            sentence = (
                f"class {k}: precision {p:g} and recall {r:g} give {right:.4g}, not {f1.value:g}."
            )
            return [Finding("f1", sentence)]
    return []


def _any_counts(precision: Sequence[Printed], recall: Sequence[Printed]) -> list[Finding]:
    """Without class counts: if every class is called too often, no counts can make up for it."""
    pairs = list(zip(precision, recall, strict=True))
    for word, impossible in (
        ("more", all(r.low > p.high for p, r in pairs)),
        ("less", all(r.high < p.low for p, r in pairs)),
    ):
        if impossible:
            sentence = (
                f"every class is predicted {word} often than it occurs, whatever the counts are."
            )
            return [Finding("total", sentence)]
    return []


def _totals(
    precision: Sequence[Printed], recall: Sequence[Printed], counts: Sequence[int]
) -> list[Finding]:
    n = sum(counts)
    as_printed = scores.predictions(precision, recall, counts)
    if as_printed.allows(n):
        return []
    turned = scores.predictions(recall, precision, counts)
    if turned.allows(n):
        sentence = (
            f"as printed, the columns add up to {as_printed.value:,.0f} predictions for {n:,} images; "
            f"with precision and recall swapped, to {turned.value:,.0f}."
        )
        return [Finding("swapped", sentence)]
    sentence = (
        f"the columns add up to {as_printed.value:,.1f} predictions ({as_printed.low:,.1f} to "
        f"{as_printed.high:,.1f} by their last digits) for {n:,} images."
    )
    return [Finding("total", sentence)]


def _fractions(
    recall: Sequence[Printed], counts: Sequence[int], so_far: list[Finding]
) -> list[Finding]:
    wrong = scores.not_fractions(recall, counts)
    if not wrong:
        return []
    k = wrong[0]
    swapped = ", even swapped back" if any(f.kind == "swapped" for f in so_far) else ""
    return [
        Finding(
            "fraction",
            f"{len(wrong)} of {len(counts)} recalls are no whole number of images{swapped}: class {k} has "
            f"{counts[k]:,}, and {recall[k].value:g} of them is {recall[k].value * counts[k]:,.2f}.",
        )
    ]


def _claims(
    found: Scores, claimed: float | None, implied: float, recall: Sequence[Printed]
) -> list[Finding]:
    """An accuracy that was claimed, in words or in the table's last rows."""
    open_digits = max((r.open for r in recall), default=0.0)
    claims = [("claimed", claimed)] if claimed is not None else []
    for label, row in found.averages.items():
        last = row.get("recall") or row.get("f1")
        if "accuracy" in label and last:
            claims.append((f"in the row '{label}'", last.value))
        if "weighted" in label and "recall" in row:
            claims.append((f"in the row '{label}'", row["recall"].value))
    return [
        Finding(
            "accuracy", f"the recalls imply an accuracy of {implied:.1%}; {value:.1%} is {where}."
        )
        for where, value in claims
        if abs(value - implied) > max(2 * open_digits, 0.0051)
    ]
