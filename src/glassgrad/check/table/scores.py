"""Precision and recall, held against the number of images: what one column says binds the other.

Of the n images of a class, recall r finds n·r; if that is the share p of all that were called so, then
n·r/p were called so, and these add up to all images, because each image is called something once.  A
table whose columns were swapped fails this at once, and passes it when they are swapped back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from glassgrad.check.table.cells import Printed, printed
from glassgrad.errors import SettingError

COUNTS: dict[str, tuple[int, ...]] = {
    "mnist": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
    "fashion-mnist": (1000,) * 10,
    "cifar-10": (1000,) * 10,
}
"""Images per class in the test sets: counted in t10k-labels-idx1-ubyte and in test_batch.bin."""

_NAMES = {
    "precision": "precision",
    "ppv": "precision",
    "recall": "recall",
    "sensitivity": "recall",
    "f1": "f1",
    "f1-score": "f1",
    "f1 score": "f1",
    "support": "support",
    "count": "support",
    "images": "support",
}


@dataclass(frozen=True)
class Scores:
    """The columns of a table of scores; `averages` are rows such as 'macro avg'."""

    columns: dict[str, list[Printed]]
    averages: dict[str, dict[str, Printed]] = field(default_factory=dict)

    @classmethod
    def read(cls, rows: list[list[str]]) -> Scores | None:
        """The scores in a table, whichever way it lies; None if it has no precision or recall."""
        heads = [
            _NAMES.get(row[0].lower().strip(" :")) if any(map(printed, row[1:])) else None
            for row in rows
        ]
        if "precision" in heads or "recall" in heads:
            lying = {h: row[1:] for h, row in zip(heads, rows, strict=True) if h}
            return cls({h: [p for c in row if (p := printed(c))] for h, row in lying.items()})
        for i, row in enumerate(rows):
            names = [_NAMES.get(cell.lower().strip(" :")) for cell in row]
            if "precision" in names or "recall" in names:
                return cls._standing(names, rows[i + 1 :])
        return None

    @classmethod
    def _standing(cls, names: list[str | None], body: list[list[str]]) -> Scores:
        columns: dict[str, list[Printed]] = {n: [] for n in names if n}
        averages: dict[str, dict[str, Printed]] = {}
        for row in body:
            cells = row[len(row) - len(names) :] if len(row) >= len(names) else row[1:]
            missing: list[Printed | None] = [None] * (len(names) - len(cells))
            values = missing + [
                printed(c) for c in cells
            ]  # 'accuracy   0.97   10000' is a short row
            found = {n: v for n, v in zip(names, values, strict=True) if n and v}
            label = row[0].lower()
            if any(word in label for word in ("avg", "average", "total", "mean", "accuracy")):
                averages[label] = found
            elif found:
                for name, value in found.items():
                    columns[name].append(value)
        return cls(columns, averages)


@dataclass(frozen=True)
class Finding:
    """One contradiction in a table: what kind it is, and a sentence with the numbers."""

    kind: str
    sentence: str


@dataclass(frozen=True)
class Totals:
    """How many predictions two columns imply, and between which bounds their last digits leave it."""

    low: float
    value: float
    high: float

    def allows(self, n: int) -> bool:
        return self.low - 0.5 <= n <= self.high + 0.5


def class_counts(
    given: Sequence[int] | str | None, scores: Scores, classes: int
) -> tuple[int, ...] | None:
    """Images per class: given, of a known test set, or the table's own column."""
    if isinstance(given, str):
        if given.lower() not in COUNTS:
            raise SettingError(
                f"counts must be numbers or one of {', '.join(COUNTS)}; got {given!r}."
            )
        counts: tuple[int, ...] | None = COUNTS[given.lower()]
    elif given is not None:
        counts = _whole(given)
    else:
        own = scores.columns.get("support")
        counts = tuple(round(n.value) for n in own) if own else None
    if counts is not None and len(counts) != classes:
        raise SettingError(
            f"{len(counts)} class counts were given for a table of {classes} classes."
        )
    return counts


def _whole(given: Any) -> tuple[int, ...]:
    try:
        counts = tuple(int(n) for n in given)
    except (TypeError, ValueError):
        counts = ()
    if not counts or min(counts) < 0 or not sum(counts):
        raise SettingError(f"counts must be the numbers of images per class, got {given!r}.")
    return counts


def predictions(
    precision: Sequence[Printed], recall: Sequence[Printed], counts: Sequence[int]
) -> Totals:
    """The predictions that the columns add up to."""

    def total(sign: int) -> float:
        return sum(
            n * max(r.value + sign * r.open, 0) / max(p.value - sign * p.open, 1e-9)
            for n, p, r in zip(counts, precision, recall, strict=True)
            if r.value + sign * r.open > 0
        )

    return Totals(total(-1), total(0), total(1))


def accuracy(recall: Sequence[Printed], counts: Sequence[int]) -> float:
    """The share of images that were found: recall, weighted by the class counts."""
    return sum(n * r.value for n, r in zip(counts, recall, strict=True)) / sum(counts)


def not_fractions(shares: Sequence[Printed], counts: Sequence[int]) -> list[int]:
    """Classes whose share of its n images is no whole number of images."""
    wrong = []
    for k, (share, n) in enumerate(zip(shares, counts, strict=True)):
        low, high = n * share.low, n * share.high
        if 2 * n * share.open < 0.5 and math.floor(high) < math.ceil(low):
            wrong.append(k)
    return wrong
