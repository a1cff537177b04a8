"""The fast twins of the ops, in Python down to the registers.

What is compiled: `memory.py`, `vector.py`, `functions.py`, `tile.py`, and the kernels in `loops/`, ten-line
loops over these.  What calls it: `native.py` (compile once, load afterwards), `thread_pool.py` (threads),
`launch.py` (call now, or again and again), and a module for each family: `gemm`, `conv`, `pool`, `norm`,
`loss`, `sums`, `layout`, `chain`.  Importing this package loads none of it.
Read next: `loops/gemm.py`, then `tile.py`.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from glassgrad.errors import SettingError
from glassgrad.kernels.cores import threads as threads

_off: ContextVar[bool] = ContextVar("kernels_off", default=False)


def on() -> bool:
    """Whether ops use kernels now: they are available, and not switched off by `off()`."""
    return not _off.get() and available()


@contextmanager
def off() -> Iterator[None]:
    """Within this block ops run their NumPy lines: slower, and the reference.

    >>> import glassgrad as gg, numpy as np
    >>> with off():
    ...     y = gg.tanh(np.ones(3, np.float32))
    """
    token = _off.set(True)
    try:
        yield
    finally:
        _off.reset(token)


@cache
def available() -> bool:
    """Whether kernels can be compiled and run here; if not, says why, once, and NumPy does the work.

    `GLASSGRAD_KERNELS=0` and Numba's own `NUMBA_DISABLE_JIT=1` switch them off.

    Raises:
        SettingError: `GLASSGRAD_THREADS` or `GLASSGRAD_CPU` names what there is not.
    """
    if os.environ.get("GLASSGRAD_KERNELS") == "0":
        return False
    reason = ""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        reason = "NUMBA_DISABLE_JIT is set"
    elif not all(map(importlib.util.find_spec, ("numba", "llvmlite"))):
        reason = "Numba is not installed"
    else:
        try:
            threads()
            _try()
        except SettingError:  # somebody named something that there is not
            raise
        except Exception as error:  # whatever a machine may refuse: files, memory, a processor
            reason = f"kernels do not run on this machine ({type(error).__name__}: {error})"
    if reason:
        print(f"glassgrad: {reason}: NumPy does the work, slower.", file=sys.stderr, flush=True)
    return not reason


def _try() -> None:
    """Compile or load the smallest kernel and run it, on no steps."""
    from glassgrad.kernels.native import call
    from glassgrad.kernels.thread_pool import RUN

    args = array("q", [0, 0, 0])
    call(RUN, 0, 0, args.buffer_info()[0], 0)
