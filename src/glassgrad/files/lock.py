"""A lock on a file or a folder that the system takes back when its holder dies, however it dies.

It is SQLite's own: whoever has begun an exclusive transaction on a database is alone, on every system, and
a process that was killed holds nothing.  Read next: `runs/folder.py`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from glassgrad.errors import SettingError


@contextmanager
def locked(lock: Path, what: str) -> Iterator[None]:
    """Hold the lock, whose file is made if need be and stays.

    Args:
        lock: the file that is locked; nothing is ever written to it.
        what: for the message: "a store that no other sweep is using, got runs.sqlite".

    Raises:
        SettingError: another process, or another place in this one, holds it.
        OSError: there can be no lock: the folder is missing or read-only, or its system has no locks.
    """
    with tried(lock) as is_held:
        if not is_held:
            raise SettingError(f"expected {what}: wait until the other is done, or give another.")
        yield


@contextmanager
def tried(lock: Path) -> Iterator[bool]:
    """Hold the lock if nobody else does, and tell whether it is held.

    Args:
        lock: the file that is locked; nothing is ever written to it.

    Raises:
        OSError: there can be no lock: the folder is missing or read-only, or its system has no locks.
    """
    try:
        connection = sqlite3.connect(lock, timeout=0, isolation_level=None)
    except sqlite3.Error as error:
        raise OSError(f"expected a place for a lock, got {lock}: {error}.") from error
    try:
        yield _begun(connection, lock)
    finally:
        connection.close()


def _begun(connection: sqlite3.Connection, lock: Path) -> bool:
    try:
        connection.execute(
            "PRAGMA journal_mode = OFF"
        )  # a file beside the lock, for what is never written
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            return False
        raise OSError(f"expected a place for a lock, got {lock}: {error}.") from error
    return True
