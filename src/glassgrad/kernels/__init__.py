"""The fast twins of the ops, in Python down to the registers.

What is compiled: `pointers.py`, `vector.py`, `functions.py`, `tile.py`, and the kernels in `loops/`,
ten-line loops over these.  What calls it: `loading.py` (compile once, load afterwards), `thread_pool.py`
(threads), `launch.py` (call now, or again and again), and a module for each family: `gemm`, `conv`, `pool`,
`norm`, `loss`, `sums`, `layout`, `elementwise`.  Importing this package loads none of it.
Read next: `loops/gemm.py`, then `tile.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from glassgrad.kernels.thread_count import threads as threads

_off: ContextVar[bool] = ContextVar("kernels_off", default=False)


def on() -> bool:
    """Whether ops use kernels now: they are available, and not switched off by `off()`."""
    return not _off.get() and available()


off_here = _off.get
"""Whether they are switched off by `off()`; available or not."""


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

    `GLASSGRAD_KERNELS=0` and Numba's own `NUMBA_DISABLE_JIT=1` switch them off.  So does a machine without
    Numba, with one that does not start, or with a processor that LLVM does not know; nothing else does.

    Raises:
        SettingError: `GLASSGRAD_THREADS` or `GLASSGRAD_CPU` names what there is not.
    """
    if os.environ.get("GLASSGRAD_KERNELS") == "0":
        return False
    reason = _reason_against()
    if reason:
        print(f"glassgrad: {reason}: NumPy does the work, slower.", file=sys.stderr, flush=True)
    return not reason


def _reason_against() -> str:
    """Why no kernels can run here.  A mistake in a kernel is not among the reasons: it is raised."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return "NUMBA_DISABLE_JIT is set"
    if not all(map(importlib.util.find_spec, ("numba", "llvmlite"))):
        return "Numba is not installed"
    try:
        importlib.import_module("llvmlite.binding")
    except Exception as error:  # whatever somebody else's package may raise as it starts
        return f"llvmlite does not start ({type(error).__name__}: {error})"
    threads()
    return _reason_of_first_kernel()


def _reason_of_first_kernel() -> str:
    """Compile or load the smallest kernel and run it, on no steps."""
    from glassgrad.kernels.argument_row import packed
    from glassgrad.kernels.compiler import Unsupported
    from glassgrad.kernels.loading import call
    from glassgrad.kernels.thread_pool import RUN, Run

    row = packed(Run(job=None, program=0, patience=0))
    try:
        call(RUN, 0, 0, row.buffer_info()[0], 0)
    except Unsupported as error:
        return str(error)
    return ""
