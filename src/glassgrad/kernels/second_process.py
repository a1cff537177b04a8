"""Compiling on two cores: while this process compiles what it needs now, another does what comes later.

Only on the first use ever, when nothing is kept yet.  The other process runs `precompile.py`, and ends when
this one does; if it fails, it is not missed.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from functools import cache

from glassgrad.kernels.thread_count import cores

SWITCH = "GLASSGRAD_PRECOMPILE"
"""The variable that is 0 where no other process shall be started."""


@cache
def start() -> subprocess.Popen[bytes] | None:
    """Start it, once; None where there is but one core, or no Python to start."""
    if cores() < 2 or not sys.executable or os.environ.get(SWITCH) == "0":
        return None
    try:
        other = (
            subprocess.Popen(  # -P: a module that happens to lie in the current folder is not run
                [sys.executable, "-P", "-m", "glassgrad.kernels.precompile"],
                env=os.environ | {SWITCH: "0"},
                stdin=subprocess.PIPE,  # open as long as this process lives
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        )
    except OSError:
        return None
    atexit.register(_end, other)
    return other


def _end(other: subprocess.Popen[bytes]) -> None:
    """End it with this process; what it had half compiled is compiled by whoever needs it."""
    other.kill()
    other.communicate()
