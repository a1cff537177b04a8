"""Addresses: the ground the kernels stand on.

`at(p, i)` is the address i numbers after p, and `p[i]` reads or writes there; `args.x` of a kernel's
arguments (`row_type.py`) is such an address.  What several threads write is in `atomics.py`.  Imported
only where something is compiled.  Read next: `row_type.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

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
    """An intrinsic `(p, i)`: the i-th integer there, as an address of numbers of one kind."""

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
def is_given(_typing, p):
    """Whether an address is there at all: 0 stands for an argument that was left out."""

    def emit(_context, b, _signature, values):
        return b.icmp_unsigned("!=", b.ptrtoint(values[0], WORD), WORD(0))

    return signature(types.boolean, p), emit


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
def opaque(_typing, x):
    """x itself, but the compiler shall not reason about it: it takes a loop as it is written.

    Left to reason, it trades one number that counts for eight addresses that do, and runs out of registers.
    """

    def emit(_context, b, _signature, values):
        kind = values[0].type
        return b.asm(ir.FunctionType(kind, [kind]), "", "=r,0", values, side_effect=False)

    return signature(types.unliteral(x), x), emit
