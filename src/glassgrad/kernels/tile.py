"""The tile: a small matrix that lives in the registers of the processor.

A matrix product, a convolution, both its gradients: all of them add outer products to a tile.  One step,
`outer(t, a, k, w)`, is t[i, j] += a_i[k] w[j]: each row i has an address of its own, so it may be a row of
a matrix, a pixel of an image or a tap of a kernel, and the step stays the same.  8 rows times 32 columns
are 16 registers that never visit memory between two steps; that is the whole secret of the speed.

Each element of a tile adds its products in the order of k, one by one, each with one rounding: what it is
does not depend on its neighbours, on the batch, or on threads.  Read next: `loops/gemm.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.extending import intrinsic, models, register_model

from glassgrad.kernels.pointers import FLOATS
from glassgrad.kernels.simd_memory import store_masked
from glassgrad.kernels.vector import LANES, WORD, call_llvm, spread

F32, BIT = ir.FloatType(), ir.IntType(1)


class Tile(types.Type):
    """The type of a tile of `rows` x `columns`: per row, vectors of 16, and one of 8 if they ask for it."""

    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        halves = [LANES // 2] * (columns % LANES // (LANES // 2))
        self.lanes = [LANES] * (columns // LANES) + halves
        self.starts = [sum(self.lanes[:j]) for j in range(len(self.lanes))]
        super().__init__(name=f"tile{rows}x{columns}")

    @property
    def ir(self):
        """How LLVM holds it: a struct of vectors, which it takes apart into registers."""
        return ir.LiteralStructType([ir.VectorType(F32, n) for n in self.lanes] * self.rows)

    def parts(self, b, value):
        """`[(row, start, vector), …]`, from the left to the right and down."""
        places = [(i, start) for i in range(self.rows) for start in self.starts]
        return [(i, start, b.extract_value(value, n)) for n, (i, start) in enumerate(places)]

    def made_of(self, b, vectors):
        """A tile of vectors in that order."""
        value = ir.Constant(self.ir, ir.Undefined)
        for n, v in enumerate(vectors):
            value = b.insert_value(value, v, n)
        return value


@register_model(Tile)
class _TileModel(models.PrimitiveModel):
    def __init__(self, manager, tile):
        super().__init__(manager, tile, tile.ir)


@intrinsic(prefer_literal=True)
def tile(_typing, rows, columns):
    """A tile of zeros.  Both sizes must be constants; `columns` is a multiple of 8."""
    t = Tile(rows.literal_value, columns.literal_value)
    return signature(t, rows, columns), lambda _c, _b, _s, _values: ir.Constant(t.ir, None)


@intrinsic
def as_tile(_typing, vectors):
    """A tile of 16 columns, whose rows are these vectors."""
    t = Tile(len(vectors), LANES)

    def emit(_context, b, _signature, values):
        return t.made_of(b, cgutils.unpack_tuple(b, values[0], t.rows))

    return signature(t, vectors), emit


@intrinsic(prefer_literal=True)
def rows(_typing, n, p, where):
    """The addresses of n rows: p + where[0], …, p + where[n - 1]."""
    count = n.literal_value

    def emit(_context, b, _signature, values):
        _, start, offsets = values
        places = [b.load(b.gep(offsets, [WORD(i)])) for i in range(count)]
        return cgutils.pack_array(b, [b.gep(start, [place]) for place in places])

    return signature(types.UniTuple(FLOATS, count), n, p, where), emit


@intrinsic
def outer(_typing, t, a, k, w):
    """t[i, j] += a_i[k] w[j]: the number a_i[k], spread over all lanes, times each vector of w.

    If there are fewer addresses than rows, each is that of a few rows that lie next to each other.
    """

    def emit(_context, b, _signature, values):
        old, addresses, step, right = values
        starts = [b.gep(p, [step]) for p in cgutils.unpack_tuple(b, addresses, len(a))]
        numbers = [b.load(b.gep(p, [WORD(i)])) for p in starts for i in range(t.rows // len(a))]
        vectors = {j: _columns(b, right, j, n) for j, n in zip(t.starts, t.lanes, strict=True)}
        new = []
        for i, start, sums in t.parts(b, old):
            factor = spread(b, numbers[i], sums.type)
            new.append(call_llvm(b, "fma", sums.type, [factor, vectors[start], sums]))
        return t.made_of(b, new)

    return signature(t, t, a, types.int64, w), emit


@intrinsic
def add_row(_typing, t, p, n):
    """t[i, j] += p[j] for the first n columns: a bias."""

    def emit(_context, b, _signature, values):
        old, right, count = values
        row = {
            start: _masked_columns(b, right, start, lanes, _mask(b, count, start, lanes))
            for start, lanes in zip(t.starts, t.lanes, strict=True)
        }
        return t.made_of(b, [b.fadd(v, row[start]) for _, start, v in t.parts(b, old)])

    return signature(t, t, p, types.int64), emit


@intrinsic(prefer_literal=True)
def get(_typing, rows, columns, p, stride, m, n):
    """The tile with p[i stride + j] in its first m rows and n columns, 0 elsewhere."""
    t = Tile(rows.literal_value, columns.literal_value)

    def emit(_context, b, _signature, values):
        _, _, start_of_all, step, m, n = values
        vectors = []
        for i in range(t.rows):
            row, within = b.gep(start_of_all, [b.mul(step, WORD(i))]), _if_within(b, i, m, n)
            for start, lanes in zip(t.starts, t.lanes, strict=True):
                vectors.append(
                    _masked_columns(b, row, start, lanes, _mask(b, within, start, lanes))
                )
        return t.made_of(b, vectors)

    words = [types.int64] * 3
    return signature(t, rows, columns, p, *words), emit


@intrinsic
def turned(_typing, t):
    """The transpose of a tile of 16 x 16, by swapping blocks of 8, 4, 2 and 1 across the diagonal."""

    def emit(_context, b, _signature, values):
        vectors = [v for _, _, v in t.parts(b, values[0])]
        for size in (8, 4, 2, 1):
            for i in range(LANES):
                if not i & size:
                    pair = vectors[i], vectors[i + size]
                    vectors[i], vectors[i + size] = (_swapped(b, *pair, size, k) for k in (0, 1))
        return t.made_of(b, vectors)

    return signature(t, t), emit


def _swapped(b, x, y, size, which):
    """Of two rows, the first (0) or second (1) after their off-diagonal blocks changed places."""
    lanes = []
    for j in range(LANES):
        from_first = j & size == 0
        lanes.append(j + size * which if from_first else j + LANES - size + size * which)
    index = ir.Constant(ir.VectorType(ir.IntType(32), LANES), lanes)
    return b.shuffle_vector(x, y, index)


@intrinsic
def add_tile(_typing, t, p, stride, m, n):
    """t[i, j] += p[i stride + j] for the first m rows and n columns."""

    def emit(_context, b, _signature, values):
        old, start_of_all, step, m, n = values
        new = []
        for i, start, v in t.parts(b, old):
            mask = _mask(b, _if_within(b, i, m, n), start, v.type.count)
            row = b.gep(start_of_all, [b.mul(step, WORD(i))])
            new.append(b.fadd(v, _masked_columns(b, row, start, v.type.count, mask)))
        return t.made_of(b, new)

    return signature(t, t, p, types.int64, types.int64, types.int64), emit


@intrinsic
def at_least(_typing, t, low):
    """max(t, low), elementwise; NaN stays NaN.  ReLU with low = 0, nothing at all with low = -∞."""

    def emit(_context, b, _signature, values):
        old, low = values
        number = b.fptrunc(low, F32)
        new = []
        for _, _, v in t.parts(b, old):
            floor = spread(b, number, v.type)
            new.append(b.select(b.fcmp_ordered("<", v, floor), floor, v))
        return t.made_of(b, new)

    return signature(t, t, types.float64), emit


@intrinsic
def put(_typing, t, p, stride, m, n):
    """p[i stride + j] = t[i, j] for the first m rows and n columns; what is beyond is not touched."""

    def emit(context, b, _signature, values):
        value, start_of_all, step, m, n = values
        rows = [b.gep(start_of_all, [b.mul(step, WORD(i))]) for i in range(t.rows)]
        within = [b.icmp_signed("<", WORD(i), m) for i in range(t.rows)]
        _put(b, t, value, rows, within, b.icmp_signed(">=", m, WORD(t.rows)), n)
        return context.get_dummy_value()

    return signature(types.void, t, p, types.int64, types.int64, types.int64), emit


@intrinsic
def put_square(_typing, t, p, line, stride, high, wide, n):
    """The rows of a tile as the pixels of a square, `high` times `wide` of them, with n channels."""
    side = int(t.rows**0.5)

    def emit(context, b, _signature, values):
        value, start_of_all, line, step, high, wide, n = values
        places = [(WORD(i // side), WORD(i % side)) for i in range(t.rows)]
        lines = [b.gep(start_of_all, [b.mul(line, WORD(i))]) for i in range(side)]
        rows = [b.gep(lines[i // side], [b.mul(step, WORD(i % side))]) for i in range(t.rows)]
        within = [
            b.and_(b.icmp_signed("<", y, high), b.icmp_signed("<", x, wide)) for y, x in places
        ]
        _put(b, t, value, rows, within, within[-1], n)
        return context.get_dummy_value()

    return signature(types.void, t, p, *[types.int64] * 5), emit


def _put(b, t, value, rows, within, all_rows, n):
    """Write the rows that are within, n columns of each; in one piece if that is the whole tile."""
    whole = b.and_(all_rows, b.icmp_signed(">=", n, WORD(t.columns)))
    with b.if_else(whole) as (everything, a_part):
        with everything:
            for i, start, v in t.parts(b, value):
                place = b.gep(rows[i], [WORD(start)])
                b.store(v, b.bitcast(place, v.type.as_pointer()), align=4)
        with a_part:
            for i, start, v in t.parts(b, value):
                count = b.select(within[i], n, WORD(0))
                mask = _mask(b, count, start, v.type.count)
                store_masked(b, v, b.gep(rows[i], [WORD(start)]), mask)


def _columns(b, p, start, lanes):
    """The vector p[start : start + lanes]."""
    place = b.gep(p, [WORD(start)])
    return b.load(b.bitcast(place, ir.VectorType(F32, lanes).as_pointer()), align=4)


def _masked_columns(b, p, start, lanes, mask):
    """The same under a mask, 0 elsewhere."""
    kind = ir.VectorType(F32, lanes)
    place = b.bitcast(b.gep(p, [WORD(start)]), kind.as_pointer())
    kinds = [place.type, ir.IntType(32), mask.type, kind]
    function = ir.FunctionType(kind, kinds)
    read = cgutils.get_or_insert_function(b.module, function, f"llvm.masked.load.v{lanes}f32.p0")
    return b.call(read, [place, ir.IntType(32)(4), mask, ir.Constant(kind, [0.0] * lanes)])


def _mask(b, count, start, lanes):
    """Which of the columns start, …, start + lanes - 1 are below `count`."""
    numbers = ir.Constant(ir.VectorType(WORD, lanes), list(range(start, start + lanes)))
    return b.icmp_signed("<", numbers, spread(b, count, numbers.type))


def _if_within(b, i, m, n):
    """n if row i is below m, else 0."""
    return b.select(b.icmp_signed("<", WORD(i), m), n, WORD(0))
