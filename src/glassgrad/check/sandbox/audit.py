"""What a student's code cannot do while it is checked: write files, start processes, use the network.

It keeps accidents away (a script that trains and saves as it is imported), not attackers: who wants to
get out of a Python process can.  Read next: `child.py`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FILES = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"),
    *("shutil.rmtree", "shutil.move", "os.chmod", "os.chown"),
)
_PROCESSES = ("subprocess.Popen", "os.system", "os.fork", "os.forkpty", "os.posix_spawn", "os.exec")
_NETWORK = ("socket.connect", "socket.bind", "socket.getaddrinfo")
_ADVICE = (
    "a check runs without writing files, starting processes or using the network: put this under "
    "if __name__ == '__main__':"
)


def forbid(folder: Path, scratch: Path) -> None:
    """Refuse what code of `folder` asks for, from now on; it may write into `scratch`.

    What glassgrad itself does on its behalf, such as keeping a compiled kernel, is let through.
    """
    own, ours = f"{folder}{os.sep}", f"{Path(__file__).parents[1]}{os.sep}"

    def hook(event: str, args: tuple[Any, ...]) -> None:
        doing = _what(event, args, scratch)
        if doing and _asked_by(own, ours):
            raise PermissionError(f"{doing}; {_ADVICE}")

    sys.addaudithook(hook)


def _what(event: str, args: tuple[Any, ...], scratch: Path) -> str:
    """What is being done, in words; nothing if it does no harm."""
    if event == "open":
        path, _, flags = args
        harmless = isinstance(path, int) or path == os.devnull or not flags & _WRITING
        if harmless or Path(os.fsdecode(path)).absolute().is_relative_to(scratch):
            return ""
        return f"writes to {os.fsdecode(path)}"
    if event in _FILES:
        inside = Path(os.fsdecode(args[0])).absolute().is_relative_to(scratch)
        return "" if inside else f"{event} of {args[0]}"
    if event in _PROCESSES:
        return f"starts a process ({event})"
    return f"uses the network ({event})" if event in _NETWORK else ""


def _asked_by(own: str, ours: str) -> bool:
    """Whether the innermost of both, the student's code and glassgrad, is the student's."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(ours):
            return False
        if file.startswith(own):
            return True
        frame = frame.f_back
    return False
