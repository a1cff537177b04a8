"""Where things are in the memory by which threads share work: positions in an array of 64-bit integers.

What several threads write stands 64 bytes apart, so that they do not slow each other down.
"""

from __future__ import annotations

KERNEL, TASKS, CHUNK, ARGS = range(4)
"""The integers of one step of a program: addresses of kernel and arguments, tasks in all and in a chunk."""
STEP = 4

LEFT, DONE, JOB, CHUNKS, SCRATCH = 0, 8, 16, 20, 24
"""Of the job that is shared: chunks that nobody has taken, chunks done, its step, chunks in all; then the
memory of each thread."""
MOST_THREADS = 64
SIZE = SCRATCH + MOST_THREADS


def step(kernel: int, tasks: int, chunk: int, args: int) -> list[int]:
    """One step of a program: the tasks of a kernel, `chunk` at a time; 0 is for one thread alone."""
    row = [0] * STEP
    row[KERNEL], row[TASKS], row[CHUNK], row[ARGS] = kernel, tasks, chunk, args
    return row
