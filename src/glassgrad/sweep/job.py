"""One run of a sweep as its process sees it.

On this machine a run writes to the store itself, step by step, so nothing is lost with its process.  On a
cluster the store may be out of reach: there it collects, and what it collected travels back with the
result.  Read next: `engines.py`.
"""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from glassgrad.runs import Store
from glassgrad.validate import validated


@validated
class Run(Protocol):
    """What the function of a sweep gets beside its settings."""

    @property
    def folder(self) -> Path:
        """A folder of this run: on this machine it is there again when an interrupted run is repeated."""

    def log(self, step: int, **metrics: float) -> None:
        """Keep metrics of a step: `run.log(3, loss=0.5, accuracy=0.8)`."""

    def keep(self, name: str, what: bytes | Path) -> None:
        """Keep an artefact: bytes, or a file."""


Function = Callable[[Any, Run], Mapping[str, Any]]


@dataclass(frozen=True)
class Job:
    """Settings, and what to do with them; `store` is None where it is out of reach."""

    number: int
    function: Function
    config: Any
    name: str
    store: Path | None


@dataclass
class Report:
    """What comes back from a process: nothing but the number if the store has the rest already.

    Args:
        lost: how the process was lost, if it was: then nothing is known of the run.
    """

    number: int
    result: Mapping[str, Any] | None = None
    error: str | None = None
    rows: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    artefacts: dict[str, bytes] = field(default_factory=dict)
    lost: str = ""


def unpack_and_work(number: int, parcel: bytes) -> Report:
    """Run a job that was packed by another process; what cannot be unpacked here is the run's error.

    The parcel is cloudpickle's, as all that goes from process to process; it never comes from a file.
    """
    import cloudpickle

    try:
        job: Job = cloudpickle.loads(parcel)
    except Exception as error:  # a module of the function's that is not installed here
        return Report(number, error=f"it could not be unpacked by its process: {_one_line(error)}")
    return work(job)


def work(job: Job) -> Report:
    """Run a job here, in this process; an error of its function is an outcome, not a failure of ours."""
    if job.store is None:
        return _collect(job)
    with Store(job.store) as store:
        run = store.begin(job.config, job.name)
        if store.entry(run).status != "done":
            result, error = _call(job, _Writing(store, run))
            settle(store, run, result, error)
    return Report(job.number)


def settle(store: Store, run: str, result: Mapping[str, Any] | None, error: str | None) -> None:
    """Finish or fail a run; a result that cannot be stored is a failure as well."""
    try:
        if error is None:
            return store.finish(run, result or {})
    except Exception as problem:
        error = _one_line(problem)
    return store.fail(run, error)


@dataclass(frozen=True)
class _Writing:
    store: Store
    run: str

    @property
    def folder(self) -> Path:
        path = self.store.folder(self.run)
        path.mkdir(parents=True, exist_ok=True)
        return path

    def log(self, step: int, **metrics: float) -> None:
        self.store.log(self.run, step, metrics)

    def keep(self, name: str, what: bytes | Path) -> None:
        self.store.keep(self.run, name, what)


@dataclass(frozen=True)
class _Collecting:
    report: Report
    folder: Path

    def log(self, step: int, **metrics: float) -> None:
        self.report.rows.append((step, {name: float(value) for name, value in metrics.items()}))

    def keep(self, name: str, what: bytes | Path) -> None:
        self.report.artefacts[name] = what if isinstance(what, bytes) else what.read_bytes()


def _collect(job: Job) -> Report:
    """On a cluster each worker has one core's worth of threads, unless its environment says otherwise."""
    os.environ.setdefault("GLASSGRAD_THREADS", "1")
    report = Report(job.number)
    with tempfile.TemporaryDirectory() as folder:
        report.result, report.error = _call(job, _Collecting(report, Path(folder)))
    return report


def _call(job: Job, run: Run) -> tuple[Mapping[str, Any] | None, str | None]:
    try:
        return dict(job.function(job.config, run)), None
    except (Exception, SystemExit) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return None, f"{_one_line(error)} ({Path(place.filename).name}, line {place.lineno})"


def _one_line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
