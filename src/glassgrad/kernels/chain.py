"""A chain of elementwise ops in one pass over memory.

`g * sigmoid'(x)` as two NumPy calls writes an array to memory and reads it back.  Here a block of 1,024
numbers goes through all instructions while it sits in the first-level cache.  One machine runs every
chain (`loops/chain.py`), so a new chain needs no compilation; a larger one knows smooth activations, too.
"""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel

RUN, RUN_SMOOTH = Kernel("chain", "run"), Kernel("chain", "run_smooth")
BLOCK = 1024
NAMES = (
    *("multiply_add", "multiply_subtract", "subtract_product"),
    *("add", "subtract", "multiply", "divide", "maximum", "minimum", "leaky_relu", "step"),
    *("fill", "negative", "abs", "sqrt", "relu", "exp", "log"),
    *("sigmoid", "sigmoid_derivative", "tanh", "tanh_derivative"),
    *("softplus", "silu", "silu_derivative", "gelu", "gelu_derivative", "elu", "elu_derivative"),
)
"""The instructions, by opcode; an op names its own as `Op.instruction`."""
OPCODE = {name: code for code, name in enumerate(NAMES)}
SMOOTH = frozenset(NAMES[NAMES.index("softplus") :])

Row = tuple[str, int, int, int, int]
Slot = NDArray[Any] | None


def chain(rows: list[Row], slots: list[Slot]) -> None:
    """Run a program: instructions `(name, destination, a, b, c)` over slots.

    Args:
        rows: operands that an instruction does not have are ignored; "fill" repeats the one number of a.
        slots: float32 arrays of one size and memory order, single numbers (read by "fill" alone), or None
            for scratch.
    """
    fills = [row for row in rows if row[0] == "fill"]
    ordered = fills + [row for row in rows if row[0] != "fill"]
    code = array("q", [n for name, *places in ordered for n in (OPCODE[name], *places)])
    size = max(s.size for s in slots if s is not None)
    advance = array("q", [-1 if s is None else 1 if any(s.strides) else 0 for s in slots])
    args: list[Any] = [np.frombuffer(code, np.int64), np.frombuffer(advance, np.int64)]
    args += [len(fills), len(rows), size, 6, *slots]
    blocks = -(-size // BLOCK)
    smooth = sum(row[0] in SMOOTH for row in rows)
    micros = 2e-4 * size * (len(rows) + 4 * smooth)
    launch(RUN_SMOOTH if smooth else RUN, blocks, args, micros, scratch=len(slots) * BLOCK)


def apply(name: str, out: NDArray[Any] | None, x: NDArray[Any], setting: float = 0.0) -> Any:
    """One instruction on one array, which may lie in memory in any order but without gaps."""
    y = np.empty_like(x) if out is None else out
    number = np.full((), setting, np.float32)
    chain([("fill", 2, 3, 3, 3), (name, 1, 0, 2, 2)], [x, y, None, number])
    return y
