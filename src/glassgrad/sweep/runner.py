"""Running a sweep: what is done is left alone, what was interrupted or lost is run again.

The store decides: a configuration whose run is done there is never computed again, today or next year.  So
an interrupted sweep is resumed by calling it once more.  Read next: `engines.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from glassgrad.errors import SettingError
from glassgrad.files.lock import locked
from glassgrad.runs import Store
from glassgrad.runs.entry import key_of, settings_of
from glassgrad.sweep.engines import engine_for
from glassgrad.sweep.job import Function, Job, Report, settle
from glassgrad.sweep.table import Outcome, Table
from glassgrad.validate import validated

OnDone = Callable[[Outcome, int, int], None]
"""Called after each run with its outcome, how many are settled, and how many there are."""


@validated
def sweep(
    function: Function,
    configs: Sequence[Any],
    *,
    store: Store | str | Path,
    jobs: int = 2,
    engine: str = "local",
    name: str | None = None,
    retries: int = 5,
    on_done: OnDone | None = None,
) -> Table:
    """Call `function(config, run)` for every configuration, in parallel processes, and store every run.

    Finished runs are taken from the store; failed and interrupted ones are run again.  An exception makes
    its run "failed" and the sweep goes on.  If you change what the function does, change the name too, or
    delete the runs: the store knows settings, not programs.

    Args:
        function: gets the settings and a `Run` (`run.log`, `run.keep`, `run.folder`); returns a mapping
            of names to numbers or texts.
        configs: settings, as made by `grid` or `random`; equal ones are run once.
        store: a store, or the path of its file.
        jobs: processes at a time on this machine; 1 runs everything in this process.
        engine: "local", or "dask://HOST:PORT", "ray", "ray://HOST:PORT" for all workers of a cluster.
        name: the experiment; by default the function's module and name.
        retries: how often a run is repeated whose process was killed, before it counts as failed.
        on_done: called with each outcome as it comes.

    Raises:
        SettingError: settings out of range, an engine that is missing, a function without a name, or a
            store that another sweep is using.

    >>> import tempfile
    >>> from glassgrad.sweep import grid
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Config:
    ...     lr: float = 0.1
    >>> def trial(config, run):
    ...     run.log(1, loss=1 - config.lr)
    ...     return {"loss": 1 - config.lr}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(sweep(trial, grid(Config(), lr=[0.25, 0.5]), store=f"{folder}/runs.sqlite", jobs=1))
      lr  status  loss
    0.25    done  0.75
     0.5    done   0.5
    """
    if jobs < 1 or retries < 0:
        raise SettingError(f"expected jobs >= 1 and retries >= 0, got {jobs} and {retries}.")
    name = _name_of(function) if name is None else name
    run_all, reaches_store = engine_for(engine, jobs)
    with ExitStack() as stack:
        opened = store if isinstance(store, Store) else stack.enter_context(Store(store))
        lock = opened.path.with_name(f".{opened.path.name}.sweep")
        stack.enter_context(
            locked(lock, f"a store that no other sweep is using, got {opened.path}")
        )
        runner = _Runner(opened, name, list(configs), on_done)
        for _ in range(1 + retries):
            todo = runner.jobs(function, opened.path if reaches_store else None)
            for report in run_all(todo) if todo else ():
                runner.take(report)
        runner.give_up(1 + retries)
        return runner.table()


class _Runner:
    """What is settled and what is still to do; equal configurations have one key and one run."""

    def __init__(self, store: Store, name: str, configs: list[Any], on_done: OnDone | None) -> None:
        self.store, self.name, self.configs, self.on_done = store, name, configs, on_done
        self.keys = [key_of(name, settings_of(config)) for config in configs]
        self.settled = {key for i, key in enumerate(self.keys) if self._is_done(i)}
        self.lost: dict[str, str] = {}

    def jobs(self, function: Function, path: Path | None) -> list[Job]:
        """What is still to do; of equal configurations the first."""
        first: dict[str, Job] = {}
        for i, key in enumerate(self.keys):
            if key not in self.settled:
                first.setdefault(key, Job(i, function, self.configs[i], self.name, path))
        return list(first.values())

    def take(self, report: Report) -> None:
        """Note a run that ended, and store it if its process could not."""
        i, key = report.number, self.keys[report.number]
        if report.lost and not self._is_done(i):
            self.lost[key] = report.lost
            return
        if report.result is not None or report.error is not None:
            run = self.store.begin(self.configs[i], self.name)
            for step, metrics in report.rows:
                self.store.log(run, step, metrics)
            for name, data in report.artefacts.items():
                self.store.keep(run, name, data)
            settle(self.store, run, report.result, report.error)
        self.settled.add(key)
        if self.on_done is not None:
            count = sum(key in self.settled for key in self.keys)
            self.on_done(self._outcome(i), count, len(self.keys))

    def give_up(self, times: int) -> None:
        """What is still not settled has failed."""
        for i, key in enumerate(self.keys):
            if key not in self.settled:
                why = f"its process was lost {times} times, the last time so: {self.lost[key]}"
                self.take(Report(i, error=why))

    def table(self) -> Table:
        """All outcomes, as they stand in the store."""
        return Table(tuple(map(self._outcome, range(len(self.keys)))))

    def _outcome(self, number: int) -> Outcome:
        entry = self.store.find(self.configs[number], self.name)
        assert entry is not None, "a run was deleted while its sweep went on"
        return Outcome(self.configs[number], entry)

    def _is_done(self, number: int) -> bool:
        entry = self.store.find(self.configs[number], self.name)
        return entry is not None and entry.status == "done"


def _name_of(function: Function) -> str:
    name = getattr(function, "__qualname__", "<no name>")
    if name.endswith(">"):
        raise SettingError(
            f"expected a function with a name, got {function!r}: finished runs are known by it, so "
            "write sweep(…, name='what it does')."
        )
    return f"{function.__module__}.{name}"
