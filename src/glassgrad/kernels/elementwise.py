"""A chain of elementwise ops in one pass over memory.

`g * sigmoid'(x)` as two NumPy calls writes an array to memory and reads it back.  Here a block of 1,024
numbers goes through all instructions while it sits in the first-level cache.  One machine runs every chain
(`loops/elementwise.py`), so a new one needs no compilation; a larger machine knows long activations, too.
"""

from __future__ import annotations

from array import array
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels.argument_row import I64, Arrays
from glassgrad.kernels.instructions import LONG, Opcode
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel

BLOCK = 1024
"""Numbers that go through all instructions together."""


class Steps(NamedTuple):
    """A program of `rows` instructions, the first `fills` of which are "fill"; arrays of `size` numbers."""

    code: I64
    advance: I64
    fills: int
    rows: int
    size: int
    slots: Arrays


BASIC, ALL = Kernel("elementwise", "run_basic", Steps), Kernel("elementwise", "run_all", Steps)

Row = tuple[str, int, int, int, int]
Slot = NDArray[Any] | None


def run(rows: list[Row], slots: list[Slot]) -> None:
    """Run a program: instructions `(name, destination, a, b, c)` over slots.

    Args:
        rows: operands that an instruction does not have are ignored; "fill" repeats the one number of a.
        slots: float32 arrays of one size and memory order, single numbers (read by "fill" alone), or None
            for scratch.
    """
    fills = [row for row in rows if row[0] == "fill"]
    ordered = fills + [row for row in rows if row[0] != "fill"]
    code = array("q", [n for name, *places in ordered for n in (Opcode[name], *places)])
    size = max(s.size for s in slots if s is not None)
    advance = array("q", [-1 if s is None else 1 if any(s.strides) else 0 for s in slots])
    args = Steps(
        code=np.frombuffer(code, np.int64), advance=np.frombuffer(advance, np.int64),
        fills=len(fills), rows=len(rows), size=size, slots=tuple(slots),
    )  # fmt: skip
    long = sum(Opcode[row[0]] >= LONG for row in rows)
    micros = 2e-4 * size * (len(rows) + 4 * long)
    launch(ALL if long else BASIC, -(-size // BLOCK), args, micros, scratch=len(slots) * BLOCK)


def apply(name: str, out: NDArray[Any] | None, x: NDArray[Any], setting: float = 0.0) -> Any:
    """One instruction on one array, which may lie in memory in any order but without gaps."""
    y = np.empty_like(x) if out is None else out
    number = np.full((), setting, np.float32)
    run([("fill", 2, 3, 3, 3), (name, 1, 0, 2, 2)], [x, y, None, number])
    return y
