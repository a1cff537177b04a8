"""The threads that run kernels: the caller's own, and workers that sleep when there is nothing to do.

One pool for the process.  A Python thread that finds it in use works alone, so two trainings at once are
slower, never wrong.  Workers wait for a job inside compiled code, without the interpreter's lock, for a
fifth of a millisecond; then they sleep until they are woken.  Read next: `launch.py`.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Callable
from ctypes import CDLL
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels import job_layout
from glassgrad.kernels.argument_row import I64, Address, fields, packed
from glassgrad.kernels.arrays import aligned
from glassgrad.kernels.loading import Kernel, call

PATIENCE = 200e-6
"""Seconds for which a worker looks for more work: longer than Python takes between two ops."""


class Work(NamedTuple):
    """What a worker looks at (`job_layout.py`)."""

    job: I64


class Run(NamedTuple):
    """A program, and how often a thread looks whether others are done before it lets them have its core."""

    job: I64
    program: Address
    patience: int


WORK, RUN = Kernel("thread_pool", "work", Work), Kernel("thread_pool", "run", Run)


class ThreadPool:
    """The caller and `size - 1` workers, with the job they share (`loops/thread_pool.py` says how)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.in_use = threading.Lock()
        self._job = aligned(job_layout.SIZE, np.int64)
        self._job[:] = 0
        self._work = packed(Work(job=self._job))
        self._scratch: list[NDArray[Any]] = []
        self.reserve(1 << 16)
        self._looks = self._looks_within(PATIENCE)
        self._run = packed(Run(job=self._job, program=0, patience=self._looks // 8))
        self._program = fields(Run)["program"].place
        self._wake = [threading.Lock() for _ in range(size - 1)]
        self._sleeps = [False] * (size - 1)
        self._closed = False
        self._workers = [
            threading.Thread(
                target=self._work_and_sleep, args=(i,), daemon=True, name=f"glassgrad-{i}"
            )
            for i in range(size - 1)
        ]
        for wake, worker in zip(self._wake, self._workers, strict=True):
            wake.acquire()
            worker.start()
        atexit.register(self.close)

    def run(self, program: int, steps: int) -> None:
        """Run a program at an address; the caller holds `in_use`."""
        for i, sleeps in enumerate(self._sleeps):
            if sleeps:
                self._sleeps[i] = False
                _move_to_another_core(self._workers[i])
                self._wake[i].release()
        self._run[self._program] = program
        call(RUN, 0, steps, self._run.buffer_info()[0], self._first_scratch)

    def reserve(self, floats: int) -> None:
        """Give every thread at least that much memory of its own; the caller holds `in_use`."""
        if not self._scratch or len(self._scratch[0]) < floats:
            self._scratch = [aligned(floats) for _ in range(self.size)]
            addresses = [s.ctypes.data for s in self._scratch]
            self._first_scratch = addresses[0]
            self._job[job_layout.SCRATCH : job_layout.SCRATCH + self.size] = addresses

    def close(self) -> None:
        """End the workers and wait for them: none may look at the job when its memory is gone."""
        atexit.unregister(self.close)
        self._closed = True
        is_free = self.in_use.acquire(timeout=1)  # it never is in a forked child of a running job
        for wake, worker in zip(self._wake, self._workers, strict=True):
            if wake.locked():
                wake.release()
            worker.join(timeout=1)
        if is_free:
            self.in_use.release()

    def _work_and_sleep(self, i: int) -> None:
        """What the thread of a worker does: work, and sleep until it is woken."""
        while not self._closed:
            call(WORK, i + 1, self._looks, self._work.buffer_info()[0], 0)
            self._sleeps[i] = True
            self._wake[i].acquire()

    def _looks_within(self, seconds: float) -> int:
        """How often a waiting thread looks for a job in that time; at its fastest, if disturbed."""
        best = 1.0
        for _ in range(5):
            started = time.perf_counter()
            call(WORK, 1, 200, self._work.buffer_info()[0], 0)
            best = min(best, time.perf_counter() - started)
        return max(1, int(200 * seconds / best))


def _move_to_another_core(worker: threading.Thread) -> None:
    """Let a worker wake on another core than this one.

    Linux wakes a thread beside the one that woke it, and for many milliseconds may leave both on one core,
    each waiting for the other, while the next core is idle.
    """
    if _core is None or worker.native_id is None:
        return
    with contextlib.suppress(OSError):
        others = os.sched_getaffinity(0) - {_core()}
        if others:
            os.sched_setaffinity(worker.native_id, others)


def _find_core() -> Callable[[], int] | None:
    """The function that tells which core this thread runs on, where there is one."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    try:
        return CDLL(None).sched_getcpu
    except (OSError, AttributeError):
        return None


_core = _find_core()
