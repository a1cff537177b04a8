"""What a sweep came to: one outcome per configuration, in the order in which they were given.

A table says nothing of times, processes or repetitions, so an interrupted sweep ends with the very bytes of
an undisturbed one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from glassgrad.errors import SettingError
from glassgrad.runs import Entry
from glassgrad.runs.entry import table
from glassgrad.validate import validated


@validated
@dataclass(frozen=True)
class Outcome:
    """One configuration and what became of it.

    Args:
        config: as it was given.
        entry: the run as it stands in the store.
    """

    config: Any
    entry: Entry

    @property
    def result(self) -> dict[str, Any]:
        """What the function returned; empty if it failed."""
        return self.entry.result or {}


@validated
@dataclass(frozen=True)
class Table:
    """All outcomes.

    Args:
        outcomes: one per configuration, in their order.
    """

    outcomes: tuple[Outcome, ...]

    def __len__(self) -> int:
        return len(self.outcomes)

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    @property
    def failed(self) -> list[Outcome]:
        """Those that failed; `outcome.entry.error` says why."""
        return [o for o in self.outcomes if o.entry.status == "failed"]

    def best(self, metric: str, *, smallest: bool = False) -> Outcome:
        """The outcome with the largest (or smallest) value of a result; the first of equals, never NaN.

        Raises:
            SettingError: no outcome has such a result.
        """
        sign = 1 if smallest else -1
        ranked = [(sign * v, i) for i, v in enumerate(self.column(metric)) if _is_number(v)]
        if not ranked:
            names = ", ".join(self._names("result")) or "none"
            raise SettingError(f"expected a number as result {metric!r}; there are: {names}.")
        return self.outcomes[min(ranked)[1]]

    def column(self, name: str) -> list[Any]:
        """One result of every outcome; None where it has none."""
        return [o.result.get(name) for o in self.outcomes]

    def rows(self) -> list[list[Any]]:
        """A line of names, then one line per outcome: the settings that vary, status, results."""
        settings = [n for n in self._names("config") if self._varies(n)]
        results = self._names("result")
        lines = [
            [*(o.entry.config.get(n) for n in settings), o.entry.status]
            + [o.result.get(n) for n in results]
            for o in self.outcomes
        ]
        return [[*settings, "status", *results], *lines]

    def to_csv(self) -> str:
        """The same as text, every number to its last digit."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(self.rows())
        return text.getvalue()

    def __str__(self) -> str:
        return table(self.rows())

    def _names(self, part: str) -> list[str]:
        """Names of settings or results, in the order in which they first come up."""
        return list(dict.fromkeys(n for o in self.outcomes for n in getattr(o.entry, part) or {}))

    def _varies(self, name: str) -> bool:
        values = [o.entry.config.get(name) for o in self.outcomes]
        return any(v != values[0] for v in values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and value == value
