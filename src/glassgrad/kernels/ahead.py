"""Compiling on two cores: while this process compiles what it needs now, another does what comes later.

Only on the first use ever, when nothing is in the cache.  The other process takes the kernels that almost
every training step needs, in the order in which steps need them, and ends.  Whoever begins a kernel leaves
a mark beside its place in the cache, so that nothing is compiled twice; if the other process fails, it is
not missed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

USUAL = (
    *("gemm.tiles", "chain.run", "loss.cross_entropy", "image.frame", "pool.of_four"),
    *("sums.everything", "sums.columns", "sums.collect", "pool.to_first_of_four", "conv.collect"),
    *("conv.pack", "team.serve"),
)
PATIENCE = 10.0
"""Seconds to wait for a kernel that the other process has begun."""


@cache
def other_process(folder: Path) -> subprocess.Popen[bytes] | None:
    """Start it, once; None where there is but one core, or no Python to start."""
    if (os.cpu_count() or 1) < 2 or not sys.executable or "GLASSGRAD_AHEAD" in os.environ:
        return None
    program = f"from glassgrad.kernels.ahead import compile_usual; compile_usual({str(folder)!r})"
    nothing = subprocess.DEVNULL
    try:
        other = subprocess.Popen(
            [sys.executable, "-c", program],
            env=os.environ | {"GLASSGRAD_AHEAD": "0"},
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
        )
    except OSError:
        return None
    threading.Thread(target=other.wait, daemon=True).start()
    return other


def compile_usual(folder: str) -> None:
    """What the other process does."""
    from glassgrad.kernels.native import Kernel, compile_kernel, write_checked

    for name in USUAL:
        path = Path(folder) / f"{name}.o"
        if not path.exists() and not _mark(path).exists():
            with marked(path):
                module, function = name.split(".")
                write_checked(path, compile_kernel(Kernel(module, function)))


def wait_for(path: Path) -> None:
    """Wait while the other process compiles just this."""
    other, began = other_process(path.parent), time.monotonic()
    while other is not None and _mark(path).exists() and other.poll() is None:
        if path.exists() or time.monotonic() - began > PATIENCE:
            return
        time.sleep(0.005)


@contextmanager
def marked(path: Path) -> Iterator[None]:
    """Within this block, others see that the kernel of this place is being compiled."""
    try:
        _mark(path).touch()
        yield
    finally:
        _mark(path).unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    return path.with_suffix(".begun")
