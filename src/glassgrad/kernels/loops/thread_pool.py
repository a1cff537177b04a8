"""How threads share the tasks of a job, without waiting for each other more than they must.

A job lies in memory that all see: a kernel, its arguments, a number of chunks.  Whoever has nothing to do
takes the next chunk; the caller takes chunks too, so a worker that is asleep, late or busy elsewhere costs
nothing but its help.  Which chunk is done by whom changes nothing in the numbers: chunks are cut by the
shapes alone.  Read next: `../thread_pool.py`, which calls this.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.atomics import fetch_add, load_acquire, pause, store_release, yield_core
from glassgrad.kernels.job_layout import (
    ARGS,
    CHUNK,
    CHUNKS,
    DONE,
    JOB,
    KERNEL,
    LEFT,
    SCRATCH,
    STEP,
    TASKS,
)
from glassgrad.kernels.pointers import at, call, f32, helper, i64, is_given


@helper
def take_chunks(job, me):
    """Do chunks until there are none left."""
    while load_acquire(job, LEFT) > 0:
        left = fetch_add(job, LEFT, -1)
        if left > 0:  # the job cannot end, nor be exchanged, before this chunk is done
            begin = (job[CHUNKS] - left) * job[JOB + CHUNK]
            end = min(begin + job[JOB + CHUNK], job[JOB + TASKS])
            call(job[JOB + KERNEL], begin, end, i64(job, JOB + ARGS), f32(job, SCRATCH + me))
            fetch_add(job, DONE, 1)


def work(first, last, args, scratch):
    """What a worker does, as thread number `first`: take chunks, until none came for `last` looks."""
    job, idle = args.job, 0
    while idle < last:
        if load_acquire(job, LEFT) > 0:
            take_chunks(job, first)
            idle = 0
        else:
            pause()
            idle += 1


def run(first, last, args, scratch):
    """Do the steps first … last - 1 of a program, one after the other, each with all threads that come.

    A step is a row of integers, as `../job_layout.py` has it.  Without memory for a job that all see, this
    thread does everything alone.
    """
    job, program, patience = args.job, args.program, args.patience
    for number in range(first, last):
        step = at(program, number * STEP)
        chunk = step[CHUNK]
        if chunk == 0 or not is_given(job):
            call(step[KERNEL], 0, step[TASKS], i64(step, ARGS), scratch)
            continue
        chunks = (step[TASKS] + chunk - 1) // chunk
        for i in range(STEP):
            job[JOB + i] = step[i]
        job[CHUNKS] = chunks
        store_release(job, DONE, 0)
        store_release(job, LEFT, chunks)
        take_chunks(job, 0)
        looks = 0
        while load_acquire(job, DONE) < chunks:
            looks += 1
            if looks > patience:
                yield_core()
            else:
                pause()
