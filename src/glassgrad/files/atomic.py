"""Writing a file so that it is always the old one or the new one, never a part of one.

The recipe: a temporary file in the same folder (elsewhere the rename may become a copy), written and
synced; then the rename, which the file system does at once or not at all; then the folder is synced, or
the rename itself could be lost with the power.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO

from glassgrad.errors import SettingError


def write(path: Path, data: bytes, keep: Path | None = None, mode: int = 0o666) -> None:
    """Put `data` under `path`; if anything fails, what was there stays and nothing else remains.

    Args:
        path: the file.
        data: its whole content.
        keep: the name under which the old file is kept, in the same folder.  Between the two renames
            there is no file called `path`, but there is that one.
        mode: who may read and write it; the umask takes away from that, as always.
    """
    if not path.name:
        raise SettingError(f"expected the path of a file, got {str(path)!r}: write 'folder/file'.")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.touch(mode)
        with temporary.open("wb") as file:
            write_all(file, data)
            os.fsync(file.fileno())
        if keep is not None and path.exists():
            path.replace(keep)
        temporary.replace(path)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)  # a full disk does not say what it had no room for
        raise
    sync_folder(path.parent)


def check_folder(folder: Path) -> None:
    """Make the folder, and see that files can be written there, before hours of work are.

    Raises:
        SettingError: it cannot be made, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SettingError(
            f"expected a folder to write to, got {folder}: {error.strerror}. Write --out DIR."
        ) from error


def write_all(file: BinaryIO, data: bytes) -> None:
    """Hand everything to the operating system."""
    file.write(data)
    file.flush()


def sync_folder(folder: Path) -> None:
    """Make renames in `folder` last; where folders cannot be opened (Windows) this is a no-op."""
    with contextlib.suppress(PermissionError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files of a process that was killed while it wrote."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)
