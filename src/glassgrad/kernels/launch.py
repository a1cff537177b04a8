"""Calling kernels: one now, or many later as a `Program`.

A kernel is launched with what its signature names: `launch(SQUARES, tasks, Everything(x=x, sums=y, …))`.
Inside `with Program() as program:` calls are noted as well as done, and `program.run()` does all of them
again by one call into compiled code, reading and writing the same arrays.
Read next: `gemm.py`.
"""

from __future__ import annotations

import os
import threading
from array import array
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from glassgrad.kernels import job_layout
from glassgrad.kernels.argument_row import packed
from glassgrad.kernels.arrays import aligned
from glassgrad.kernels.loading import Kernel, call
from glassgrad.kernels.thread_count import threads, when_changed
from glassgrad.kernels.thread_pool import RUN, Run, ThreadPool

SHORT = 10.0
"""Microseconds of work under which a job is not shared: waking and meeting would cost as much."""
PIECE = 8.0
"""Microseconds of work in one chunk, at least."""

_recording: ContextVar[Program | None] = ContextVar("_recording", default=None)
_private = threading.local()
_changing = threading.Lock()


def launch(kernel: Kernel, tasks: int, args: Any, micros: float = 0.0, scratch: int = 0) -> None:
    """Do the tasks 0 … tasks - 1 of a kernel.

    Args:
        kernel: what to run.
        tasks: how many tasks; if they are shared among threads does not change any number.
        args: the kernel's signature, filled in.
        micros: about how many microseconds all of it takes on one core.
        scratch: float32 numbers that each thread needs for itself.

    Raises:
        TypeError: those are the arguments of another kernel, or one of them is not of its kind.
    """
    if tasks <= 0:
        return
    if type(args) is not kernel.signature:
        raise TypeError(f"{kernel.file} expects {kernel.signature.__name__}, got {args!r}")
    row = packed(args)
    chunk = _chunk(tasks, micros)
    program = _recording.get()
    if program is not None:
        program.note(kernel, tasks, chunk, row, args, scratch)
    if chunk:
        step = job_layout.step(kernel.address, tasks, chunk, row.buffer_info()[0])
        _together(array("q", step), scratch)
    else:
        call(kernel, 0, tasks, row.buffer_info()[0], _own_scratch(scratch))


def _chunk(tasks: int, micros: float) -> int:
    """Tasks in a chunk, 0 for a job that is better done alone."""
    if micros < SHORT or tasks < 2 or threads() < 2:
        return 0
    chunks = max(2, min(tasks, int(micros / PIECE), 8 * threads()))
    return -(-tasks // chunks)


class Program:
    """Kernel calls that have been noted, to be run again.

    It keeps the arrays that it reads and writes alive; whoever changes their contents changes what the next
    run reads, and that is how a batch and a learning rate get in.
    """

    def __init__(self) -> None:
        self._steps = array("q")
        self._kept: list[Any] = []
        self._scratch, self._is_shared = 0, False
        self._token: Any = None

    def __len__(self) -> int:
        return len(self._steps) // job_layout.STEP

    def note(
        self, kernel: Kernel, tasks: int, chunk: int, row: array[int], args: Any, scratch: int
    ) -> None:
        """Add a call at the end."""
        self._steps.extend(job_layout.step(kernel.address, tasks, chunk, row.buffer_info()[0]))
        self._kept.append((row, args))
        self._scratch = max(self._scratch, scratch)
        self._is_shared = self._is_shared or chunk > 0

    def run(self) -> None:
        """Do all calls again, in order; workers are woken only if one of them is to be shared."""
        (_together if self._is_shared else _alone)(self._steps, self._scratch)

    def __enter__(self) -> Program:
        self._token = _recording.set(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _recording.reset(self._token)


def _together(steps: array[int], scratch: int) -> None:
    """Run a program with the pool, or alone if another Python thread uses the pool."""
    pool = _pool()
    if pool.in_use.acquire(blocking=False):
        try:
            program, integers = steps.buffer_info()
            pool.reserve(scratch)
            pool.run(program, integers // job_layout.STEP)
        finally:
            pool.in_use.release()
    else:
        _alone(steps, scratch)


def _alone(steps: array[int], scratch: int) -> None:
    """Run a program on this thread."""
    program, integers = steps.buffer_info()
    row = packed(Run(job=None, program=program, patience=0))
    call(RUN, 0, integers // job_layout.STEP, row.buffer_info()[0], _own_scratch(scratch))


def _own_scratch(floats: int) -> int:
    """Memory of this Python thread for a kernel that it runs alone."""
    if getattr(_private, "size", -1) < floats:
        _private.size, _private.memory = floats, aligned(floats)
        _private.address = _private.memory.ctypes.data
    return _private.address


_pools: list[ThreadPool] = []
"""The one pool of the process, once there is one: cores are there once, whoever uses them."""


def _pool() -> ThreadPool:
    if not _pools:
        with _changing:
            if not _pools:
                _pools.append(ThreadPool(threads()))
    return _pools[0]


def _close_pool(_size: int) -> None:
    """The next job gets a new pool."""
    with _changing:
        for pool in _pools:
            pool.close()
        _pools.clear()


when_changed(_close_pool)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.clear)  # the workers stay with the parent
