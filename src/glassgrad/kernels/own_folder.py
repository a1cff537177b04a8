"""A folder of this user's alone, for what will be run: whoever can write there can run code as this user.

So it must belong to the user, nobody else may write to it, and nobody else may put another in its place:
the same is asked of every folder above it.  Only the system's own may be open to all, if it is as `/tmp`
is: there everybody makes files, but renames and removes only his own.  Read next: `object_files.py`.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

OTHERS = stat.S_IWGRP | stat.S_IWOTH


class NotOurs(Exception):
    """A folder that others could have put something into; the message says which, and the cure."""


def own_folder(folder: Path) -> Path:
    """Make the folder if need be, for this user alone; gives where it really is, links followed.

    Raises:
        NotOurs: others may write there, or exchange it.
        OSError: it cannot be made.
        RuntimeError: links lead in a circle.
    """
    for part in reversed([folder, *folder.parents]):
        if not part.exists():
            part.mkdir(mode=0o700, exist_ok=True)
    place = folder.resolve(strict=True)
    if hasattr(os, "geteuid"):  # on Windows a user's folders are his own
        for above in reversed(place.parents):
            _check(above, {0, system_owner(place), os.geteuid()}, stat.S_ISVTX)
        _check(place, {os.geteuid()}, 0)
    return place


def system_owner(place: Path) -> int:
    """Who owns the root of all folders: root, which in some containers has another number."""
    return Path(place.anchor).stat().st_uid


def _check(folder: Path, owners: set[int], excused: int) -> None:
    """See that nobody but the owners may write; `excused` by a bit of the mode."""
    found = folder.lstat()
    mode = found.st_mode
    if not stat.S_ISDIR(mode):
        raise NotADirectoryError(f"expected a folder, got {folder}")
    if found.st_uid not in owners:
        raise NotOurs(f"{folder} belongs to user {found.st_uid}: name a folder of yours")
    if mode & OTHERS and not mode & excused:
        raise NotOurs(f"others may write to {folder}: chmod go-w {folder}, or name another folder")
