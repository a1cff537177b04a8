"""The threads that run kernels: the caller's own, and helpers that sleep when there is nothing to do.

One team for the process.  A Python thread that finds it taken works alone, so two trainings at once are
slower, never wrong.  Helpers wait for work inside compiled code, without the interpreter's lock, for a
fifth of a millisecond; then they sleep until the bell rings.  Read next: `launch.py`.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from array import array
from collections.abc import Callable
from ctypes import CDLL
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels import job_layout
from glassgrad.kernels.arrays import aligned
from glassgrad.kernels.loading import Kernel, call

PATIENCE = 200e-6
"""Seconds for which a helper looks for more work: longer than Python takes between two ops."""


SERVE, RUN = Kernel("thread_pool", "serve"), Kernel("thread_pool", "run")


class Team:
    """The caller and `size - 1` helpers, with the board they share (`loops/thread_pool.py` says how)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.taken = threading.Lock()
        self._board = aligned(job_layout.SIZE, np.int64)
        self._board[:] = 0
        self._scratch: list[NDArray[Any]] = []
        self.reserve(1 << 16)
        self._row = array("q", [self._board.ctypes.data, 0, 0])
        self._row_address = self._row.buffer_info()[0]
        self._glances = self._glances_within(PATIENCE)
        self._row[2] = self._glances // 8
        self._bells = [threading.Lock() for _ in range(size - 1)]
        self._sleeps = [False] * (size - 1)
        self._closed = False
        self._helpers = [
            threading.Thread(target=self._help, args=(i,), daemon=True, name=f"glassgrad-{i}")
            for i in range(size - 1)
        ]
        for bell, helper in zip(self._bells, self._helpers, strict=True):
            bell.acquire()
            helper.start()
        atexit.register(self.close)

    def run(self, program: int, steps: int) -> None:
        """Run a program at an address; the caller holds `taken`."""
        for i, sleeps in enumerate(self._sleeps):
            if sleeps:
                self._sleeps[i] = False
                _send_away(self._helpers[i])
                self._bells[i].release()
        self._row[1] = program
        call(RUN, 0, steps, self._row_address, self._first_scratch)

    def reserve(self, floats: int) -> None:
        """Give every thread at least that much memory of its own; the caller holds `taken`."""
        if not self._scratch or len(self._scratch[0]) < floats:
            self._scratch = [aligned(floats) for _ in range(self.size)]
            addresses = [s.ctypes.data for s in self._scratch]
            self._first_scratch = addresses[0]
            self._board[job_layout.SCRATCH : job_layout.SCRATCH + self.size] = addresses

    def close(self) -> None:
        """Send the helpers home and see them off: none may look at the board when it is gone."""
        atexit.unregister(self.close)
        self._closed = True
        is_free = self.taken.acquire(timeout=1)  # it never is in a forked child of a running job
        for bell, helper in zip(self._bells, self._helpers, strict=True):
            if bell.locked():
                bell.release()
            helper.join(timeout=1)
        if is_free:
            self.taken.release()

    def _help(self, i: int) -> None:
        address = np.array([self._board.ctypes.data])
        while not self._closed:
            call(SERVE, i + 1, self._glances, address.ctypes.data, 0)
            self._sleeps[i] = True
            self._bells[i].acquire()

    def _glances_within(self, seconds: float) -> int:
        """How often a waiting thread looks at the board in that time; at its fastest, if disturbed."""
        address, best = np.array([self._board.ctypes.data]), 1.0
        for _ in range(5):
            started = time.perf_counter()
            call(SERVE, 1, 200, address.ctypes.data, 0)
            best = min(best, time.perf_counter() - started)
        return max(1, int(200 * seconds / best))


def _send_away(helper: threading.Thread) -> None:
    """Let a helper wake on another core than this one.

    Linux wakes a thread beside the one that woke it, and for many milliseconds may leave both on one core,
    each waiting for the other, while the next core is idle.
    """
    if _core is None or helper.native_id is None:
        return
    with contextlib.suppress(OSError):
        others = os.sched_getaffinity(0) - {_core()}
        if others:
            os.sched_setaffinity(helper.native_id, others)


def _find_core() -> Callable[[], int] | None:
    """The function that tells which core this thread runs on, where there is one."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        return CDLL(None).sched_getcpu
    except (OSError, AttributeError):
        return None


_core = _find_core()
