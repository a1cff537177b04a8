"""The arguments of a kernel, described once: whoever launches it and the loop both go by the names.

A kernel gets one row of 64-bit integers.  What is in it is a `NamedTuple` beside the kernel, such as
`Tiles` in `gemm.py`: arrays, numbers, and pairs of whole numbers.  Here it becomes the row; a loop reads
from it by `args.bias` (`row_type.py`).  Where a name stands is decided here alone: order means nothing.
Read next: `launch.py`.
"""

from __future__ import annotations

from array import array
from functools import cache
from struct import pack, unpack
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels.arrays import address

F32 = Annotated[NDArray[np.float32] | None, "f32"]
"""An array of float32, or None: a loop gets the address of its first number, or 0."""
F64 = Annotated[NDArray[np.float64] | None, "f64"]
I64 = Annotated[NDArray[np.int64] | None, "i64"]
Address = Annotated[int, "address"]
"""Where 64-bit integers are."""
Arrays = Annotated[tuple[NDArray[np.float32] | None, ...], "arrays"]
"""Any number of arrays of float32, last in the row: a loop gets the address of their addresses."""
Pair = tuple[int, int]
Three = tuple[int, int, int]
Four = tuple[int, int, int, int]

DTYPES = {"f32": np.dtype(np.float32), "f64": np.dtype(np.float64), "i64": np.dtype(np.int64)}


class Field(NamedTuple):
    """One name: what kind of value it has, its place in the row, and how many integers it takes there."""

    kind: str
    place: int
    size: int


@cache
def fields(signature: type) -> dict[str, Field]:
    """Where each name of a signature stands in the row.

    Raises:
        TypeError: a value of this type has no place in a row.
    """
    found: dict[str, Field] = {}
    place = 0
    for name, hint in get_type_hints(signature, include_extras=True).items():
        kind, count = _kind(hint)
        found[name] = Field(kind, place, count)
        place += count
    kinds = [field.kind for field in found.values()]
    if "arrays" in kinds[:-1]:
        raise TypeError(f"{signature.__name__} expects its arrays last: their number is open")
    return found


def _kind(hint: Any) -> tuple[str, int]:
    if get_origin(hint) is Annotated:
        return get_args(hint)[1], 1
    if get_origin(hint) is tuple and set(get_args(hint)) == {int}:
        return "integers", len(get_args(hint))
    if hint in (int, float):
        return hint.__name__, 1
    raise TypeError(f"a row holds arrays and whole numbers, got {hint}")


@cache
def _unlike_integers(signature: type) -> tuple[tuple[tuple[int, Any], ...], tuple[Any, ...]]:
    """Which values are arrays, of what numbers; and which others are not one integer, the last first."""
    kinds = list(enumerate(fields(signature).items()))
    arrays = tuple((i, DTYPES[field.kind]) for i, (_, field) in kinds if field.kind in DTYPES)
    plain = (*DTYPES, "int", "address")
    others = [(i, name, field) for i, (name, field) in kinds if field.kind not in plain]
    return arrays, tuple(reversed(others))


def packed(args: Any) -> array[int]:
    """The row.

    Args:
        args: what a kernel's signature was called with; its arrays must outlive the row.

    Raises:
        TypeError: a value is not of its kind.
    """
    arrays, others = _unlike_integers(args.__class__)
    row = list(args)
    for i, dtype in arrays:
        a = row[i]
        if a is None:
            row[i] = 0
            continue
        if a.__class__ is not np.ndarray or a.dtype is not dtype:
            _check(a, dtype, args._fields[i])
        row[i] = address(a)
    for i, name, field in others:
        row[i : i + 1] = _spread(row[i], name, field)
    return array("q", row)


def _check(a: Any, dtype: Any, name: str) -> None:
    """See that it is an array of these numbers, whose type may be equal and still another object."""
    if not isinstance(a, np.ndarray) or a.dtype != dtype:
        raise TypeError(f"{name} expects an array of {dtype}, got {a!r}")


def _spread(value: Any, name: str, field: Field) -> Any:
    """The integers that one value takes."""
    if field.kind == "arrays":
        return [0 if a is None else address(a) for a in value]
    if field.kind == "float":
        return unpack("q", pack("d", value))
    if len(value) != field.size:
        raise TypeError(f"{name} expects {field.size} whole numbers, got {value!r}")
    return value
