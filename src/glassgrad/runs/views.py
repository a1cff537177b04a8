"""What a person asks of a store: which runs there are, what one came to, how several differ.

Each function opens the file, answers with plain records and closes it; a missing file is refused rather
than made.  A run may be called by the beginning of its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glassgrad.arguments import did_you_mean
from glassgrad.errors import SettingError
from glassgrad.runs.entry import STATUSES, Artefact, Entry, short, table
from glassgrad.runs.store import Store
from glassgrad.validate import validated


@validated
@dataclass(frozen=True)
class Details:
    """One run with everything that was kept of it.

    Args:
        entry: the run.
        metrics: its last values, by name.
        artefacts: its files.
    """

    entry: Entry
    metrics: dict[str, list[tuple[int, float]]]
    artefacts: list[Artefact]

    def last(self) -> dict[str, float]:
        """Each metric's value at its last step."""
        return {name: values[-1][1] for name, values in self.metrics.items()}

    def __str__(self) -> str:
        """Everything but the curves, of which the last values."""
        e = self.entry
        parts = {
            "settings": e.config,
            "result": e.result or {},
            "metrics": {
                n: f"{short(v[-1][1])} at step {v[-1][0]}" for n, v in self.metrics.items()
            },
            "artefacts": {
                a.name: f"{a.size:,} bytes, {a.path or 'in the store'}" for a in self.artefacts
            },
            "machine": e.machine | {"commit": e.commit, "attempt": e.attempt},
        }
        lines = [e.line()]
        for title, values in parts.items():
            lines += [title] if values else []
            lines += [f"  {name:20} {short(value)}" for name, value in values.items()]
        return "\n".join(lines)


@validated
@dataclass(frozen=True)
class Comparison:
    """Several runs side by side.

    Args:
        runs: their entries, in the order asked for.
        settings: the settings in which they differ, one value per run; None where a run has none.
        results: their results, one value per run.
        last: the last values of their metrics, one value per run.
    """

    runs: list[Entry]
    settings: dict[str, list[Any]]
    results: dict[str, list[Any]]
    last: dict[str, list[Any]]

    def rows(self) -> list[list[Any]]:
        """A table: a line of ids, then one line per setting, result and metric, its name first."""
        head = [
            ["", *(run.id for run in self.runs)],
            ["status", *(run.status for run in self.runs)],
        ]
        groups = (self.settings, self.results, self.last)
        return head + [[name, *values] for group in groups for name, values in group.items()]

    def __str__(self) -> str:
        return table(self.rows())


@validated
def list_runs(
    path: str | Path, *, name: str | None = None, status: str | None = None
) -> list[Entry]:
    """The runs of a store, the oldest first.

    Args:
        name: only those of this experiment.
        status: only those that are "running", "done" or "failed".
        path: of the store.

    Raises:
        SettingError: no such file, or an unknown status.
        DataError: the file is no run store.
    """
    if status is not None and status not in STATUSES:
        raise SettingError(f"expected status in {', '.join(STATUSES)}, got {status!r}.")
    with _open(path) as store:
        runs = store.entries()
    return [r for r in runs if name in (None, r.name) and status in (None, r.status)]


@validated
def show(path: str | Path, run: str) -> Details:
    """One run: settings, origin, result, metrics and artefacts.

    Args:
        path: of the store.

    Raises:
        SettingError: no such file, no such run, or several whose ids begin so.
    """
    with _open(path) as store:
        entry = _resolve(store, [run])[0]
        return Details(entry, store.metrics(entry.id), store.artefacts(entry.id))


@validated
def compare(path: str | Path, runs: Sequence[str]) -> Comparison:
    """In which settings runs differ, and what each came to.

    Args:
        path: of the store.
        runs: their numbers or names.

    Raises:
        SettingError: fewer than two runs, or as for `show`.
    """
    with _open(path) as store:
        entries = _resolve(store, runs)
        if len(entries) < 2:
            raise SettingError(f"expected at least two runs to compare, got {len(entries)}.")
        metrics = [Details(e, store.metrics(e.id), []).last() for e in entries]
    settings = _side_by_side([e.config for e in entries])
    differing = {k: v for k, v in settings.items() if any(x != v[0] for x in v)}
    results = _side_by_side([e.result or {} for e in entries])
    return Comparison(entries, differing, results, _side_by_side(metrics))


@validated
def delete(path: str | Path, runs: Sequence[str]) -> list[Entry]:
    """Forget runs with their metrics and artefacts, and give what they were: all of them, or none.

    Args:
        path: of the store.
        runs: their numbers or names.

    Raises:
        SettingError: as for `show`; then nothing is deleted.
    """
    with _open(path) as store:
        entries = _resolve(store, runs)
        store.delete(*(entry.id for entry in entries))
    return entries


def _open(path: str | Path) -> Store:
    if not Path(path).is_file():
        raise SettingError(
            f"expected a run store, got {path}, where there is no file: a sweep makes one, "
            "glassgrad sweep --help."
        )
    return Store(path)


def _resolve(store: Store, wanted: Sequence[str]) -> list[Entry]:
    """The runs whose ids begin so, each once."""
    entries = store.entries()
    found = {}
    for text in wanted:
        fitting = [e for e in entries if text and e.id.startswith(text)]
        if len(fitting) > 1:
            raise SettingError(
                f"expected the id of one run, got {text!r}, with which {len(fitting)} begin: "
                f"{', '.join(e.id for e in fitting[:5])}."
            )
        if not fitting:
            ids = [e.id for e in entries]
            hint = did_you_mean(text, ids, "glassgrad runs list shows them.")
            raise SettingError(f"expected the id of a run, got {text!r}: there is none; {hint}")
        found[fitting[0].id] = fitting[0]
    return list(found.values())


def _side_by_side(columns: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for column in columns for name in column)
    return {name: [column.get(name) for column in columns] for name in names}
