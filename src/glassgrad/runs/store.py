"""The store: one SQLite file that loses no row it has acknowledged, whoever is killed when.

Write-ahead logging lets several processes write and read at once.  A call that has returned survives
`kill -9`; beginning, finishing and failing a run, with its metrics, survive a loss of power as well.  Every
attempt has a number: a process thought dead, and replaced, can write no more.  Read next: `schema.py`.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from glassgrad.errors import DataError, SettingError
from glassgrad.runs import environment, schema
from glassgrad.runs.entry import Artefact, Entry, key_of, metric, settings_of, to_json
from glassgrad.validate import validated

PATIENCE = 60.0
"""Seconds to wait for another process that is writing."""
_RUN = 'id, name, status, config, seed, "commit", machine, attempt, begun, ended, result, error'


@validated
class Store:
    """Runs in an SQLite file, which is made if need be.  Close it, or use it in a `with` block.

    Args:
        path: the file; SQLite puts two more beside it while it is open.

    Raises:
        DataError: the file is no run store, or of a newer glassgrad.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, Store(f"{folder}/runs.sqlite") as store:
    ...     run = store.begin({"lr": 0.1, "seed": 3})
    ...     store.log(run, 1, {"loss": 0.5})
    ...     store.finish(run, {"accuracy": 0.9})
    ...     store.entry(run).status, store.metrics(run), store.begin({"seed": 3, "lr": 0.1}) == run
    ('done', {'loss': [(1, 0.5)]}, True)
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).absolute()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._attempts: dict[str, int] = {}  # of the runs that this object began
        self._db = schema.connect(self.path, PATIENCE)

    # ---- writing

    def begin(self, config: Any, name: str = "") -> str:
        """Begin a run, or begin it anew, and give its id; equal settings always give the same id.

        A run that is done stays done: look at `entry(run).status`.  One that failed, or whose process
        went away, becomes this process's; its metrics stay, and are overwritten step by step.

        Args:
            config: a dataclass, or a dict, of numbers, texts and lists.
            name: the experiment: what is done with these settings.
        """
        settings = settings_of(config)
        key = key_of(name, settings)
        run, seed = key[:12], settings.get("seed")
        begun = {
            "id": run,
            "name": name,
            "config": json.dumps(settings),
            "seed": seed if isinstance(seed, int) else None,
            "commit": environment.commit(),
            "machine": json.dumps(environment.machine()),
            "begun": time.time(),
            "key": key,
        }
        with self._writing(durable=True) as db:
            row = db.execute("SELECT status, attempt FROM runs WHERE id = ?", (run,)).fetchone()
            if row and (
                row[0] == "done" or (row[0], row[1]) == ("running", self._attempts.get(run))
            ):
                return run
            db.execute(
                'INSERT INTO runs (id, name, status, config, seed, "commit", machine, attempt, begun, key)'
                " VALUES (:id, :name, 'running', :config, :seed, :commit, :machine, 1, :begun, :key)"
                " ON CONFLICT (id) DO UPDATE SET status = 'running', attempt = attempt + 1,"
                ' "commit" = :commit, machine = :machine, begun = :begun, ended = NULL, error = NULL',
                begun,
            )
        self._attempts[run] = row[1] + 1 if row else 1
        return run

    def log(self, run: str, step: int, metrics: Mapping[str, float]) -> None:
        """Keep the metrics of a step; those of the same step and name are replaced.

        Raises:
            SettingError: a value that is no number, or a run that is not this object's to write.
        """
        rows = [(run, step, name, metric(name, value)) for name, value in metrics.items()]
        with self._writing() as db:
            self._require_mine(run)
            db.executemany("INSERT OR REPLACE INTO metrics VALUES (?, ?, ?, ?)", rows)

    def finish(self, run: str, result: Mapping[str, Any]) -> None:
        """Say that a run is done, and what it came to.

        Raises:
            SettingError: a result that JSON cannot hold, or a run that is not this object's to write.
        """
        self._end(run, "done", to_json(dict(result), "a result"), None)

    def fail(self, run: str, error: str) -> None:
        """Say that a run failed, and why; it may be begun anew.

        Raises:
            SettingError: a run that is not this object's to write.
        """
        self._end(run, "failed", None, error)

    def keep(self, run: str, name: str, what: bytes | Path) -> str:
        """Keep an artefact, and give the id under which `artefact` finds it.

        Args:
            name: what to call it; another of the same name and run is replaced.
            what: bytes, which go into the store, or the path of a file, which stays where it is.
        """
        data = what if isinstance(what, bytes) else what.read_bytes()
        path = None if isinstance(what, bytes) else str(what.absolute())
        identity = hashlib.sha256(f"{run}/{name}".encode()).hexdigest()[:16]
        digest = hashlib.sha256(data).hexdigest()
        row = (identity, run, name, len(data), digest, path, data if path is None else None)
        with self._writing(durable=True) as db:
            self._require_mine(run)
            db.execute("INSERT OR REPLACE INTO artefacts VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return identity

    def folder(self, run: str) -> Path:
        """Where the files of a run lie, checkpoints for instance: beside the store."""
        return self.path.with_suffix("") / run

    def delete(self, *runs: str) -> None:
        """Forget runs with metrics, artefacts and folder; files that they left elsewhere stay."""
        with self._writing(durable=True) as db:
            known = [
                r for r in runs if db.execute("SELECT 1 FROM runs WHERE id = ?", (r,)).fetchone()
            ]
            db.executemany("DELETE FROM runs WHERE id = ?", [(run,) for run in known])
        for run in known:
            shutil.rmtree(self.folder(run), ignore_errors=True)

    # ---- reading

    def entries(self) -> list[Entry]:
        """All runs, the oldest first."""
        return [
            Entry.from_row(row) for row in self._read(f"SELECT {_RUN} FROM runs ORDER BY begun, id")
        ]

    def entry(self, run: str) -> Entry:
        """One run.

        Raises:
            SettingError: there is none of that id.
        """
        rows = self._read(f"SELECT {_RUN} FROM runs WHERE id = ?", run)
        if not rows:
            raise SettingError(
                f"expected the id of a run in {self.path}, got {run!r}: there is none."
            )
        return Entry.from_row(rows[0])

    def find(self, config: Any, name: str = "") -> Entry | None:
        """The run of these settings, if it was ever begun."""
        rows = self._read(
            f"SELECT {_RUN} FROM runs WHERE key = ?", key_of(name, settings_of(config))
        )
        return Entry.from_row(rows[0]) if rows else None

    def metrics(self, run: str) -> dict[str, list[tuple[int, float]]]:
        """The metrics of a run by name, each as (step, value) in order."""
        found: dict[str, list[tuple[int, float]]] = {}
        query = "SELECT name, step, value FROM metrics WHERE run = ? ORDER BY name, step"
        for name, step, value in self._read(query, run):
            found.setdefault(name, []).append((step, float("nan") if value is None else value))
        return found

    def artefacts(self, run: str) -> list[Artefact]:
        """What was kept of a run, without its content."""
        query = (
            "SELECT id, run, name, size, sha256, path FROM artefacts WHERE run = ? ORDER BY name"
        )
        return [Artefact(*row) for row in self._read(query, run)]

    def artefact(self, identity: str) -> bytes:
        """The content of an artefact.

        Raises:
            SettingError: there is none of that id.
            DataError: its file is gone, or is not what was kept.
        """
        rows = self._read("SELECT path, data, sha256 FROM artefacts WHERE id = ?", identity)
        if not rows:
            raise SettingError(f"expected the id of an artefact, got {identity!r}: there is none.")
        path, data, digest = rows[0]
        if path is not None:
            data = Path(path).read_bytes() if Path(path).is_file() else b""
        if hashlib.sha256(data).hexdigest() != digest:
            raise DataError(
                f"expected the artefact that was kept, got {path or self.path}, which is missing or "
                "altered: run it again."
            )
        return bytes(data)

    def check(self) -> None:
        """Look through the whole file.

        Raises:
            DataError: it is damaged; the message is SQLite's.
        """
        found = [str(row[0]) for row in self._read("PRAGMA integrity_check")]
        found += [
            f"{row[0]} refers to a lost run" for row in self._read("PRAGMA foreign_key_check")
        ]
        if found != ["ok"]:
            raise DataError(f"expected a whole run store, got {self.path}: {'; '.join(found)}.")

    def close(self) -> None:
        """Close the file; what was written is in it already."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    # ---- within

    @contextmanager
    def _writing(self, durable: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing, and nobody else writes meanwhile."""
        with self._lock, self._failures():
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _read(self, query: str, *values: Any) -> list[Any]:
        with self._lock, self._failures():
            return self._db.execute(query, values).fetchall()

    @contextmanager
    def _failures(self) -> Iterator[None]:
        """What SQLite refuses, said with the name of the file."""
        try:
            yield
        except sqlite3.Error as error:
            raise DataError(
                f"expected to read and write the run store {self.path}, got: {error}. What was "
                "acknowledged before is safe; see that the disk has room and nobody holds the file."
            ) from error

    def _require_mine(self, run: str) -> None:
        """Raise unless this object began the run, and nobody did so after it."""
        row = self._db.execute("SELECT status, attempt FROM runs WHERE id = ?", (run,)).fetchone()
        if row is None or row != ("running", self._attempts.get(run)):
            now = (
                "deleted"
                if row is None
                else "done"
                if row[0] == "done"
                else "begun by another process"
            )
            raise SettingError(
                f"expected a run that this Store began and that still runs, got {run!r}, which is "
                f"{now}: call begin(config) first, and write from one process only."
            )

    def _end(self, run: str, status: str, result: str | None, error: str | None) -> None:
        with self._writing(durable=True) as db:
            self._require_mine(run)
            db.execute(
                "UPDATE runs SET status = ?, ended = ?, result = ?, error = ? WHERE id = ?",
                (status, time.time(), result, error, run),
            )
