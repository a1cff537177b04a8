"""Compiling on two cores: while this process compiles what it needs now, another does what comes later.

Only on the first use ever, when nothing is in the cache.  The other process takes the kernels that almost
every training step needs, in the order in which steps need them, and ends.  Whoever of the two begins a
kernel leaves a mark beside its place in the cache, so that nothing is compiled twice; if the other process
fails, it is not missed.  Marks bear the number of the first process: what another one left that was killed
is swept away and misleads nobody.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from glassgrad.kernels.cores import cores

if TYPE_CHECKING:
    from glassgrad.kernels.native import Kernel

USUAL = (
    *("chain.run", "gemm.tiles", "loss.few_classes", "sums.everything", "sums.columns"),
    *("sums.collect", "pool.of_four", "pool.to_first_of_four", "winograd.collect.5"),
    *("conv.weight_gradient.5.5.16", "conv.collect", "layout.copy", "image.frame", "conv.pack"),
    "thread_pool.serve",
)
"""What the other process compiles, in this order: first what all steps need, then what those need that
begin with a 5 × 5 convolution.  The first process meets the convolutions early: they are left to it."""
PATIENCE = 10.0
"""Seconds to wait for a kernel that the other process has begun."""
OLD = 60.0
"""Seconds after which a mark was left by somebody who is no more."""


@cache
def other_process(folder: Path) -> subprocess.Popen[bytes] | None:
    """Start it, once; None where there is but one core, or no Python to start."""
    _sweep(folder)
    if cores() < 2 or not sys.executable or "GLASSGRAD_AHEAD" in os.environ:
        return None
    program = (
        f"from glassgrad.kernels.precompile import compile_usual; compile_usual({str(folder)!r})"
    )
    nothing = subprocess.DEVNULL
    try:
        other = subprocess.Popen(
            [sys.executable, "-c", program],
            env=os.environ | {"GLASSGRAD_AHEAD": str(os.getpid())},
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
    from glassgrad.kernels.native import compile_kernel, write_checked

    for name in USUAL:
        path = Path(folder) / f"{name}.o"
        if not path.exists() and not _mark(path).exists():
            with marked(path):
                write_checked(path, compile_kernel(named(name)))


def named(name: str) -> Kernel:
    """The kernel of a name of the list, "module.function" with sizes after it."""
    from glassgrad.kernels.native import Kernel

    module, function, *sizes = name.split(".")
    return Kernel(module, function, *map(int, sizes))


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
    mark = _mark(path)
    try:
        with suppress(OSError):  # without a mark something may be compiled twice, no more
            mark.touch()
        yield
    finally:
        with suppress(OSError):
            mark.unlink(missing_ok=True)


def _mark(path: Path) -> Path:
    first = os.environ.get("GLASSGRAD_AHEAD") or str(os.getpid())
    return path.with_suffix(f".{first}.begun")


def _sweep(folder: Path) -> None:
    """Remove the marks of processes that were killed, and what they had half written."""
    for left in (*folder.glob("*.begun"), *folder.glob("tmp*")):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > OLD:
                left.unlink()
