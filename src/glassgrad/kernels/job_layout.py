"""Where things are on the board by which threads share work: positions in an array of 64-bit integers.

What several threads write stands 64 bytes apart, so that they do not slow each other down.
"""

from __future__ import annotations

STEP = 4
"""Integers in one step of a program: kernel, tasks, tasks per chunk, address of the arguments."""

TICKETS, DONE, JOB, CHUNKS, SCRATCH = 0, 8, 16, 20, 24
MOST_THREADS = 64
SIZE = SCRATCH + MOST_THREADS
