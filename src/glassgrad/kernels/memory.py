"""Addresses, and the few instructions by which threads agree: the ground the kernels stand on.

A kernel gets its arguments as one row of 64-bit integers: addresses, sizes, strides.  `f32(args, 0)` reads
the first as the address of float32 numbers, `at(p, i)` is the address i numbers further, and `p[i]` reads
or writes there.  What other threads see is said explicitly, by `peek`, `post` and `add`.  Imported only
where something is compiled.  Read next: `vector.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

import platform

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic, register_jitable

FLOATS = types.CPointer(types.float32)
DOUBLES = types.CPointer(types.float64)
INTEGERS = types.CPointer(types.int64)
WORD = ir.IntType(64)

helper = register_jitable(no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""Marks a function that kernels call: compiled into each of them, with no other way to it."""


def _read_address(kind):
    """An intrinsic `(args, i)`: the i-th argument, as an address of numbers of one kind."""

    @intrinsic
    def read(_typing, args, i):
        def emit(context, b, _signature, values):
            word = b.load(b.gep(values[0], [values[1]]))
            return b.inttoptr(word, context.get_value_type(kind))

        return signature(kind, args, i), emit

    return read


f32 = _read_address(FLOATS)
f64 = _read_address(DOUBLES)
i64 = _read_address(INTEGERS)


@intrinsic
def at(_typing, p, i):
    """The address `i` numbers after `p`."""
    return signature(p, p, i), lambda _c, b, _s, values: b.gep(values[0], [values[1]])


def _seen_as(kind):
    """An intrinsic `(p)`: the same address, to hold numbers of another kind."""

    @intrinsic
    def seen(_typing, p):
        def emit(context, b, _signature, values):
            return b.bitcast(values[0], context.get_value_type(kind))

        return signature(kind, p), emit

    return seen


as_integers, as_doubles = _seen_as(INTEGERS), _seen_as(DOUBLES)


@intrinsic
def number(_typing, p):
    """An address as an integer, to be an argument of another kernel."""
    return signature(types.int64, p), lambda _c, b, _s, values: b.ptrtoint(values[0], WORD)


@intrinsic
def is_given(_typing, p):
    """Whether an address is there at all: 0 stands for an argument that was left out."""

    def emit(_context, b, _signature, values):
        return b.icmp_unsigned("!=", b.ptrtoint(values[0], WORD), WORD(0))

    return signature(types.boolean, p), emit


@intrinsic
def peek(_typing, p, i):
    """Read an integer that other threads write; whatever they wrote before it can be seen afterwards."""

    def emit(_context, b, _signature, values):
        return b.load_atomic(b.gep(*_indexed(values)), "acquire", 8)

    return signature(types.int64, p, i), emit


@intrinsic
def post(_typing, p, i, value):
    """Write an integer that other threads read, after everything that was written before it."""

    def emit(_context, b, _signature, values):
        b.store_atomic(values[2], b.gep(*_indexed(values)), "release", 8)

    return signature(types.void, p, i, types.int64), emit


@intrinsic
def add(_typing, p, i, value):
    """Add to an integer in one step, as if no other thread were there; gives what it was before."""

    def emit(_context, b, _signature, values):
        return b.atomic_rmw("add", b.gep(*_indexed(values)), values[2], "acq_rel")

    return signature(types.int64, p, i, types.int64), emit


def _indexed(values):
    return values[0], [values[1]]


@intrinsic
def breathe(_typing):
    """Tell the processor that this thread is waiting in a loop."""

    def emit(context, b, _signature, _values):
        if platform.machine().lower() in ("x86_64", "amd64"):
            nothing = ir.FunctionType(ir.VoidType(), [])
            b.call(cgutils.get_or_insert_function(b.module, nothing, "llvm.x86.sse2.pause"), [])
        return context.get_dummy_value()

    return signature(types.void), emit


@intrinsic
def call(_typing, function, first, last, args, scratch):
    """Call the kernel at an address; every kernel has the same four arguments and gives a status."""

    def emit(context, b, _signature, values):
        result = cgutils.alloca_once(b, WORD)  # Numba's functions write one, though ours is None
        kinds = [result.type, result.type, WORD, WORD, values[3].type, values[4].type]
        kernel = b.inttoptr(values[0], ir.FunctionType(ir.IntType(32), kinds).as_pointer())
        b.call(kernel, [result, result, *values[1:]])
        return context.get_dummy_value()

    return signature(types.void, function, first, last, args, scratch), emit


@intrinsic
def step_aside(_typing):
    """Let another thread have this core: the one that is waited for may be in the queue behind us."""

    def emit(context, b, _signature, _values):
        if platform.system() != "Windows":
            kind = ir.FunctionType(ir.IntType(32), [])
            b.call(cgutils.get_or_insert_function(b.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return signature(types.void), emit


@intrinsic
def plain(_typing, x):
    """x itself, but the compiler shall not reason about it: it takes a loop as it is written.

    Left to reason, it trades one number that counts for eight addresses that do, and runs out of registers.
    """

    def emit(_context, b, _signature, values):
        kind = values[0].type
        return b.asm(ir.FunctionType(kind, [kind]), "", "=r,0", values, side_effect=False)

    return signature(types.unliteral(x), x), emit
