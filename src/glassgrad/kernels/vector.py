"""Vectors: 16 float32 numbers that the processor treats as one.

One register on a processor with AVX-512; LLVM takes two with AVX2 and four with NEON, so the kernels are
right everywhere.  A vector has `+ - * /` and comparisons, which give masks; `load` and `store` take a mask
to leave numbers beyond the end alone.  `a * b + c` rounds twice and `fma(a, b, c)` once, always: the
compiler is never allowed to choose, so the same numbers come out on every machine.  NaN and infinity are
respected.  Read next: `functions.py`, then `tile.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

import operator
from functools import partial

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.core.typing.templates import ConcreteTemplate, infer_global
from numba.extending import intrinsic, lower_builtin, models, register_model

LANES = 16
I32, WORD = ir.IntType(32), ir.IntType(64)
ELEMENTS = {"f32": ir.FloatType(), "f64": ir.DoubleType(), "mask": ir.IntType(1)}


class Vector(types.Type):
    """The type of a vector: which numbers, how many."""

    def __init__(self, kind, lanes):
        self.kind, self.lanes = kind, lanes
        self.ir = ir.VectorType(ELEMENTS[kind], lanes)
        super().__init__(name=f"{kind}x{lanes}")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    """How LLVM holds it: as a vector."""

    def __init__(self, manager, vector):
        super().__init__(manager, vector, vector.ir)


V, HALF = Vector("f32", LANES), Vector("f32", LANES // 2)
WIDE, MASK = Vector("f64", LANES), Vector("mask", LANES)


def spread(b, x, vector_ir):
    """The number x in every lane."""
    undefined = ir.Constant(vector_ir, ir.Undefined)
    first = b.insert_element(undefined, x, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, vector_ir.count), [0] * vector_ir.count)
    return b.shuffle_vector(first, undefined, zeros)


def call_llvm(b, name, result, values):
    """Call one of LLVM's own functions, `llvm.<name>.v16f32`."""
    kind = "f32" if isinstance(result.element, ir.FloatType) else "f64"
    function = ir.FunctionType(result, [v.type for v in values])
    full = f"llvm.{name}.v{result.count}{kind}"
    return b.call(cgutils.get_or_insert_function(b.module, function, full), values)


def _as_vector(b, value, given, wanted):
    """A number of the kernel's as a vector; a vector as it is."""
    if isinstance(given, Vector):
        return value
    element = wanted.ir.element
    if isinstance(given, types.Integer):
        return spread(b, b.sitofp(value, element), wanted.ir)
    if given == types.float64 and wanted.kind == "f32":
        value = b.fptrunc(value, element)
    if given == types.float32 and wanted.kind == "f64":
        value = b.fpext(value, element)
    return spread(b, value, wanted.ir)


def _define(function, wanted, result, emit):
    """`function(vector, vector)`, and with a plain number on either side."""
    number = (types.float64, types.float32, types.int64)
    pairs = [(wanted, wanted), *((wanted, n) for n in number), *((n, wanted) for n in number)]

    @infer_global(function)
    class _(ConcreteTemplate):
        cases = [signature(result, *pair) for pair in pairs]  # noqa: RUF012

    for pair in pairs:

        @lower_builtin(function, *pair)
        def _(_context, b, sig, values):
            x, y = (_as_vector(b, v, t, wanted) for v, t in zip(values, sig.args, strict=True))
            return emit(b, x, y)


def _compare(sign, b, x, y):
    return b.fcmp_ordered(sign, x, y)


for _kind in (V, WIDE):
    _define(operator.add, _kind, _kind, lambda b, x, y: b.fadd(x, y))
    _define(operator.sub, _kind, _kind, lambda b, x, y: b.fsub(x, y))
    _define(operator.mul, _kind, _kind, lambda b, x, y: b.fmul(x, y))
    _define(operator.truediv, _kind, _kind, lambda b, x, y: b.fdiv(x, y))
    for _sign, _name in {
        "<": operator.lt,
        ">": operator.gt,
        ">=": operator.ge,
        "==": operator.eq,
    }.items():
        _define(_name, _kind, MASK, partial(_compare, _sign))


for _function, _method in ((operator.and_, "and_"), (operator.or_, "or_")):

    @infer_global(_function)
    class _(ConcreteTemplate):
        cases = [signature(MASK, MASK, MASK)]  # noqa: RUF012

    @lower_builtin(_function, MASK, MASK)
    def _(_context, b, _signature, values, method=_method):
        return getattr(b, method)(*values)


@infer_global(operator.invert)
class _(ConcreteTemplate):
    cases = [signature(MASK, MASK)]  # noqa: RUF012


@lower_builtin(operator.invert, MASK)
def _(_context, b, _signature, values):
    return b.not_(values[0])


@intrinsic
def splat(_typing, x):
    """The number x in all 16 lanes."""
    return signature(V, x), lambda _c, b, sig, values: _as_vector(b, values[0], sig.args[0], V)


@intrinsic
def wide(_typing, x):
    """The same numbers in float64; a plain number in all lanes."""
    if isinstance(x, Vector):
        return signature(WIDE, x), lambda _c, b, _s, values: b.fpext(values[0], WIDE.ir)
    return signature(WIDE, x), lambda _c, b, s, values: _as_vector(b, values[0], s.args[0], WIDE)


@intrinsic
def narrow(_typing, v):
    """The same numbers in float32, rounded once."""
    return signature(V, WIDE), lambda _c, b, _s, values: b.fptrunc(values[0], V.ir)


@intrinsic
def fma(_typing, a, x, c):
    """a x + c, rounded once; each of them a vector or a number."""
    kind = next(t for t in (a, x, c) if isinstance(t, Vector))

    def emit(_context, b, sig, values):
        return call_llvm(
            b,
            "fma",
            kind.ir,
            [_as_vector(b, v, t, kind) for v, t in zip(values, sig.args, strict=True)],
        )

    return signature(kind, a, x, c), emit


@intrinsic
def select(_typing, mask, yes, no):
    """`yes` in the lanes under the mask, `no` in the others."""
    kind = next(t for t in (yes, no) if isinstance(t, Vector))

    def emit(_context, b, sig, values):
        pair = (_as_vector(b, v, t, kind) for v, t in zip(values[1:], sig.args[1:], strict=True))
        return b.select(values[0], *pair)

    return signature(kind, mask, yes, no), emit


def _of_each(name):
    """An intrinsic of one vector that is one of LLVM's own functions."""

    @intrinsic
    def each(_typing, v):
        return signature(v, v), lambda _c, b, _s, values: call_llvm(b, name, v.ir, values)

    return each


absolute, root, whole = _of_each("fabs"), _of_each("sqrt"), _of_each("rint")


@intrinsic
def with_sign(_typing, v, sign):
    """|v| with the sign of `sign`."""
    return signature(v, v, v), lambda _c, b, _s, values: call_llvm(b, "copysign", v.ir, values)


class Lanes:
    """A vector while code is emitted, so that Python written for numbers can be applied to vectors."""

    def __init__(self, b, value):
        self.b, self.value = b, value

    def __add__(self, other):
        return Lanes(self.b, self.b.fadd(self.value, other.value))

    def __sub__(self, other):
        return Lanes(self.b, self.b.fsub(self.value, other.value))

    def __rmul__(self, number):
        return Lanes(self.b, self.b.fmul(self._all(number), self.value))

    def times_plus(self, number, other):
        """number x + other, rounded once."""
        values = [self._all(number), self.value, other.value]
        return Lanes(self.b, call_llvm(self.b, "fma", self.value.type, values))

    def _all(self, number):
        return ir.Constant(self.value.type, [number] * self.value.type.count)


def in_lanes(function, *settings, exactly=False):
    """An intrinsic that applies a function of lists to a tuple of vectors; `exactly`: within float64."""

    @intrinsic
    def apply(_typing, vectors):
        size = len(function([0.0] * len(vectors), *settings))

        def emit(_context, b, _signature, values):
            given = cgutils.unpack_tuple(b, values[0], len(vectors))
            lanes = [Lanes(b, b.fpext(v, WIDE.ir) if exactly else v) for v in given]
            found = [y.value for y in function(lanes, *settings)]
            return cgutils.pack_array(b, [b.fptrunc(y, V.ir) if exactly else y for y in found])

        return signature(types.UniTuple(V, size), vectors), emit

    return apply
