"""Where a run comes from: the commit of the program and the machine.

Read next: `views.py`.
"""

from __future__ import annotations

import os
import platform
import subprocess
from typing import Any

import numpy as np

from glassgrad.version import __version__


def commit() -> str | None:
    """The commit of the folder that the program runs in, with "+" if tracked files differ from it.

    None outside of a repository, or where git is not installed.
    """
    head = _git("rev-parse", "HEAD")
    if not head:
        return None
    return head + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")


def machine() -> dict[str, Any]:
    """Name, system, processor, cores, and the versions that decide results.

    Both the folder of a run and the run store keep it, for whoever wants to repeat the run.
    """
    return {
        "node": platform.node(),
        "system": platform.platform(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "glassgrad": __version__,
    }


def _git(*arguments: str) -> str:
    """The answer of git, empty if there is none."""
    try:
        answer = subprocess.run(["git", *arguments], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
