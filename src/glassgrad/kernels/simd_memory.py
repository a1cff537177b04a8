"""Vectors and memory: reading and writing them, whole or in part, and what their lanes come to.

`up_to(n)` is the mask of the first n lanes: with it the last numbers of an array are done like all others,
and nothing beyond its end is touched.  Read next: `functions.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic

from glassgrad.kernels.vector import I32, LANES, MASK, WIDE, WORD, V, spread


@intrinsic
def up_to(_typing, n):
    """The mask of the first n lanes: none for n <= 0, all for n >= 16."""

    def emit(_context, b, _signature, values):
        counts = ir.VectorType(WORD, LANES)
        numbers = ir.Constant(counts, list(range(LANES)))
        return b.icmp_signed("<", numbers, spread(b, values[0], counts))

    return signature(MASK, types.int64), emit


def vector_pointer(b, p, v=V):
    """The address p, as the address of a vector."""
    return b.bitcast(p, v.ir.as_pointer())


@intrinsic
def load(_typing, p):
    """16 numbers from an address; it need not be aligned."""

    def emit(_context, b, _signature, values):
        return b.load(vector_pointer(b, values[0]), align=4)

    return signature(V, p), emit


@intrinsic
def load_part(_typing, p, mask):
    """The numbers under the mask, float32 or float64, and 0 elsewhere; what is elsewhere is not touched."""
    v = V if p.dtype == types.float32 else WIDE

    def emit(_context, b, _signature, values):
        address, size = vector_pointer(b, values[0], v), 4 if v is V else 8
        kinds = [address.type, I32, MASK.ir, v.ir]
        name = f"llvm.masked.load.v{LANES}{v.kind}.p0"
        function = cgutils.get_or_insert_function(b.module, ir.FunctionType(v.ir, kinds), name)
        return b.call(function, [address, I32(size), values[1], ir.Constant(v.ir, [0.0] * LANES)])

    return signature(v, p, mask), emit


@intrinsic
def store(_typing, p, v):
    """Write 16 numbers."""

    def emit(context, b, _signature, values):
        b.store(values[1], vector_pointer(b, values[0]), align=4)
        return context.get_dummy_value()

    return signature(types.void, p, v), emit


def _places(b, p, step, count):
    """Addresses `step` numbers apart, each found from the one before."""
    places = [p]
    for _ in range(count - 1):
        places.append(b.gep(places[-1], [step]))
    return places


@intrinsic(prefer_literal=True)
def load_all(_typing, p, step, n):
    """A tuple of n vectors, from addresses `step` numbers apart."""
    count = n.literal_value

    def emit(_context, b, _signature, values):
        places = _places(b, values[0], values[1], count)
        return cgutils.pack_array(b, [b.load(vector_pointer(b, at), align=4) for at in places])

    return signature(types.UniTuple(V, count), p, types.int64, n), emit


@intrinsic
def store_all(_typing, p, step, vectors):
    """Write a tuple of vectors, to addresses `step` numbers apart."""

    def emit(context, b, _signature, values):
        places = _places(b, values[0], values[1], len(vectors))
        for at, v in zip(places, cgutils.unpack_tuple(b, values[2], len(vectors)), strict=True):
            b.store(v, vector_pointer(b, at), align=4)
        return context.get_dummy_value()

    return signature(types.void, p, types.int64, vectors), emit


@intrinsic
def store_part(_typing, p, v, mask):
    """Write the numbers under the mask and nothing else."""

    def emit(context, b, _signature, values):
        store_masked(b, values[1], values[0], values[2])
        return context.get_dummy_value()

    return signature(types.void, p, v, mask), emit


def store_masked(b, value, p, mask):
    """The instruction behind `store_part`, for vectors of any length."""
    address, bits = b.bitcast(p, value.type.as_pointer()), value.type.element.intrinsic_name[1:]
    kinds = [value.type, address.type, I32, mask.type]
    name = f"llvm.masked.store.v{value.type.count}f{bits}.p0"
    function = cgutils.get_or_insert_function(b.module, ir.FunctionType(ir.VoidType(), kinds), name)
    b.call(function, [value, address, I32(int(bits) // 8), mask])


@intrinsic
def total(_typing, v):
    """The sum of the lanes, always in the same order: halves onto halves."""
    return signature(types.float64 if v.kind == "f64" else types.float32, v), _folded(
        lambda b, x, y: b.fadd(x, y)
    )


@intrinsic
def largest(_typing, v):
    """The largest lane; NaN if one is NaN."""

    def pick(b, x, y):
        wins = b.or_(b.fcmp_ordered(">", x, y), b.fcmp_unordered("uno", x, x))
        return b.select(wins, x, y)

    return signature(types.float64 if v.kind == "f64" else types.float32, v), _folded(pick)


def _folded(combine):
    """Emit the reduction of a vector to one number, in a tree."""

    def emit(_context, b, _signature, values):
        v, n = values[0], values[0].type.count
        while n > 1:
            n //= 2
            low, high = (
                b.shuffle_vector(
                    v, v, ir.Constant(ir.VectorType(I32, n), list(range(start, start + n)))
                )
                for start in (0, n)
            )
            v = combine(b, low, high)
        return b.extract_element(v, I32(0))

    return emit
