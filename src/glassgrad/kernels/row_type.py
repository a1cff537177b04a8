"""What `args` is in a loop: the address of a row of integers that are read, and written, by name.

`args.bias` is an address of numbers, `args.block` an integer, `H, W = args.size` a tuple: as the kernel's
signature says (`argument_row.py`).  Each is one instruction, or none; a name that the signature does not
have is an error when the loop is compiled.  Read next: `vector.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from numba import types
from numba.core import cgutils
from numba.core.typing import signature
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    lower_setattr_generic,
    models,
    register_model,
)

from glassgrad.kernels.argument_row import fields
from glassgrad.kernels.pointers import DOUBLES, FLOATS, INTEGERS, WORD

KINDS = {
    "f32": FLOATS,
    "f64": DOUBLES,
    "i64": INTEGERS,
    "address": INTEGERS,
    "arrays": INTEGERS,
    "int": types.int64,
    "float": types.float64,
}


class Row(types.Type):
    """The type of the arguments of kernels with this signature."""

    def __init__(self, of):
        self.of, self.fields = of, fields(of)
        super().__init__(name=f"row of {of.__module__}.{of.__qualname__}{self.fields}")

    def type_of(self, field):
        """What Numba holds a field to be."""
        if field.kind == "integers":
            return types.UniTuple(types.int64, field.size)
        return KINDS.get(field.kind, types.int64)


@register_model(Row)
class _RowModel(models.PrimitiveModel):
    def __init__(self, manager, row):
        super().__init__(manager, row, WORD.as_pointer())


@infer_getattr
class _RowAttributes(AttributeTemplate):
    """`args.name`, if there is such a name."""

    key = Row

    def generic_resolve(self, row, name):
        field = row.fields.get(name)
        return field and row.type_of(field)


@lower_getattr_generic(Row)
def _read(context, b, row, value, name):
    field = row.fields[name]
    if field.kind == "arrays":
        return b.gep(value, [WORD(field.place)])
    places = [b.gep(value, [WORD(field.place + i)]) for i in range(field.size)]
    words = [b.load(place) for place in places]
    if field.kind == "integers":
        return cgutils.pack_array(b, words)
    if field.kind == "int":
        return words[0]
    kind = context.get_value_type(KINDS[field.kind])
    return b.bitcast(words[0], kind) if field.kind == "float" else b.inttoptr(words[0], kind)


@lower_setattr_generic(Row)
def _write(_context, b, sig, values, name):
    (row, value), field = values, sig.args[0].fields[name]
    if field.kind == "integers":
        words = cgutils.unpack_tuple(b, value, field.size)
    else:
        words = [value if value.type == WORD else b.ptrtoint(value, WORD)]
    for i, word in enumerate(words):
        b.store(word, b.gep(row, [WORD(field.place + i)]))


def row_at(of):
    """An intrinsic `(p)`: the row of arguments with this signature that is, or will be, at an address."""
    row = Row(of)

    @intrinsic
    def seen(_typing, p):
        return signature(row, p), lambda _c, b, _s, values: b.bitcast(values[0], WORD.as_pointer())

    return seen
