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
    """
    connection = sqlite3.connect(lock, timeout=0, isolation_level=None)
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise SettingError(
                f"expected {what}: wait until the other is done, or give another."
            ) from error
        yield
    finally:
        connection.close()
