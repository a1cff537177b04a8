"""The few instructions by which threads agree: what one writes, another reads, in a known order.

They are named as in C and on processors.  Read next: `loops/thread_pool.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic


@intrinsic
def load_acquire(_typing, p, i):
    """Read an integer that other threads write; whatever they wrote before it can be seen afterwards."""

    def emit(_context, b, _signature, values):
        return b.load_atomic(b.gep(*_indexed(values)), "acquire", 8)

    return signature(types.int64, p, i), emit


@intrinsic
def store_release(_typing, p, i, value):
    """Write an integer that other threads read, after everything that was written before it."""

    def emit(_context, b, _signature, values):
        b.store_atomic(values[2], b.gep(*_indexed(values)), "release", 8)

    return signature(types.void, p, i, types.int64), emit


@intrinsic
def fetch_add(_typing, p, i, value):
    """Add to an integer in one step, as if no other thread were there; gives what it was before."""

    def emit(_context, b, _signature, values):
        return b.atomic_rmw("add", b.gep(*_indexed(values)), values[2], "acq_rel")

    return signature(types.int64, p, i, types.int64), emit


def _indexed(values):
    return values[0], [values[1]]


@intrinsic
def pause(_typing):
    """Tell the processor that this thread is waiting in a loop."""

    def emit(context, b, _signature, _values):
        if platform.machine().lower() in ("x86_64", "amd64"):
            nothing = ir.FunctionType(ir.VoidType(), [])
            b.call(cgutils.get_or_insert_function(b.module, nothing, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return signature(types.void), emit


@intrinsic
def yield_core(_typing):
    """Let another thread have this core: the one that is waited for may be in the queue behind us."""

    def emit(context, b, _signature, _values):
        if platform.system() != "Windows":
            kind = ir.FunctionType(ir.IntType(32), [])
            b.call(cgutils.get_or_insert_function(b.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return signature(types.void), emit
