"""How threads share the tasks of a job, without waiting for each other more than they must.

A job is published on a board: a kernel, its arguments, a number of chunks.  Whoever has nothing to do takes
the next ticket and does that chunk; the caller takes tickets too, so a helper that is asleep, late or busy
elsewhere costs nothing but its help.  Which chunk is done by whom changes nothing in the numbers: chunks
are cut by the shapes alone.  Read next: `../thread_pool.py`, which calls this.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.job_layout import CHUNKS, DONE, JOB, SCRATCH, STEP, TICKETS
from glassgrad.kernels.memory import (
    add,
    at,
    breathe,
    call,
    f32,
    helper,
    i64,
    is_given,
    peek,
    post,
    step_aside,
)


@helper
def help_out(board, me):
    """Take tickets until there are none."""
    while peek(board, TICKETS) > 0:
        ticket = add(board, TICKETS, -1)
        if ticket > 0:  # the job cannot end, nor the board change, before this chunk is done
            begin = (board[CHUNKS] - ticket) * board[JOB + 2]
            end = min(begin + board[JOB + 2], board[JOB + 1])
            call(board[JOB], begin, end, i64(board, JOB + 3), f32(board, SCRATCH + me))
            add(board, DONE, 1)


def serve(first, last, args, scratch):
    """What a helper does, as thread number `first`: help, until nothing came for `last` glances."""
    board, idle = i64(args, 0), 0
    while idle < last:
        if peek(board, TICKETS) > 0:
            help_out(board, first)
            idle = 0
        else:
            breathe()
            idle += 1


def run(first, last, args, scratch):
    """Do the steps first … last - 1 of a program, one after the other, each with all threads that come.

    A step is a row of integers: kernel, tasks, tasks per chunk (0: for this thread alone), arguments.
    Without a board, this thread does everything alone.
    """
    board, program, patience = i64(args, 0), i64(args, 1), args[2]
    for number in range(first, last):
        step = at(program, number * STEP)
        chunk = step[2]
        if chunk == 0 or not is_given(board):
            call(step[0], 0, step[1], i64(step, 3), scratch)
            continue
        chunks = (step[1] + chunk - 1) // chunk
        for i in range(4):
            board[JOB + i] = step[i]
        board[CHUNKS] = chunks
        post(board, DONE, 0)
        post(board, TICKETS, chunks)
        help_out(board, 0)
        glances = 0
        while peek(board, DONE) < chunks:
            glances += 1
            if glances > patience:
                step_aside()
            else:
                breathe()
