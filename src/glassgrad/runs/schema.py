"""The tables of the store, and how its file is opened.

Read next: `entry.py`.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from glassgrad.errors import DataError

VERSION = 1
MARK = 0x676C6173
"""SQLite's application_id, "glas": this file is ours."""
TABLES = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed')),
    config TEXT NOT NULL, seed INTEGER, "commit" TEXT, machine TEXT NOT NULL,
    attempt INTEGER NOT NULL, begun REAL NOT NULL, ended REAL, result TEXT, error TEXT,
    key TEXT NOT NULL UNIQUE
);
CREATE TABLE metrics (
    run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    step INTEGER NOT NULL, name TEXT NOT NULL, value REAL, -- NULL is NaN
    PRIMARY KEY (run, step, name)
) WITHOUT ROWID;
CREATE TABLE artefacts (
    id TEXT PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    name TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL, path TEXT, data BLOB,
    UNIQUE (run, name)
);
"""


def connect(path: Path, patience: float) -> sqlite3.Connection:
    """Open a store, and make its tables if the file is new.

    Args:
        patience: seconds to wait for another process that is writing.

    Raises:
        DataError: the file is no run store, or of a newer glassgrad, or cannot be opened.
    """
    try:  # transactions are begun by hand; the store has a lock of its own for threads
        db = sqlite3.connect(path, patience, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise DataError(f"expected a run store at {path}, got: {error}.") from error
    try:
        db.execute("PRAGMA foreign_keys = ON")
        _prepare(db, path)
    except sqlite3.Error as error:
        db.close()
        raise DataError(
            f"expected a run store, got {path}, which is none ({error}): give another path."
        ) from error
    except DataError:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    """Of several processes that open a new file at once, the first makes the tables."""
    if _number(db, "application_id") == 0:
        db.execute("BEGIN EXCLUSIVE")
        if _number(db, "application_id") == 0 and not _number(db, "schema_version"):
            for statement in (*TABLES.split(";\n"), f"PRAGMA user_version = {VERSION}"):
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {MARK}")
        db.execute("COMMIT")
    if _number(db, "application_id") != MARK:
        raise DataError(f"expected a run store, got another database at {path}: give another path.")
    if (version := _number(db, "user_version")) != VERSION:
        raise DataError(
            f"expected a run store of version {VERSION}, got version {version} at {path}: "
            "open it with the glassgrad that wrote it, or a newer one."
        )
    if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        db.execute("PRAGMA journal_mode = WAL")


def _number(db: sqlite3.Connection, pragma: str) -> int:
    return int(db.execute(f"PRAGMA {pragma}").fetchone()[0])
