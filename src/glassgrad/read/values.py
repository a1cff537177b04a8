"""Which way each value of a recorded graph is computed when it is replayed.

Constants are computed once, views cost nothing, elementwise ops join into chains, the rest are calls.
Read next: `memory.py`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from glassgrad.graph import layer_path
from glassgrad.ops.base import Op
from glassgrad.ops.fast import dense
from glassgrad.read.memory import Layout, is_number, layout_of
from glassgrad.tensor import Tensor


@dataclass(frozen=True)
class Value:
    """What the plan remembers of a recorded tensor: everything but the numbers."""

    key: int
    op: Op
    inputs: tuple[int, ...]
    layout: Layout
    layer: str
    kind: str
    """How it is computed: "constant" (once), "view" (no copy), "call" (a kernel, or NumPy), "chain"
    (elementwise, one pass), or "absorbed" into the chain that uses it."""


def names_of(nodes: list[Tensor], recorded: list[Tensor]) -> dict[int, str]:
    names, constants = {}, 0
    for leaf in nodes:
        if leaf.op is None:
            constants += leaf.name is None
            number = repr(leaf._array.item()) if leaf.size == 1 else f"c{constants}"
            names[id(leaf)] = leaf.name or number
    return names | {id(n): f"z{i}" for i, n in enumerate(recorded, 1)}


def values_of(recorded: list[Tensor], outputs: set[int], inputs: set[int]) -> list[Value]:
    """The recorded tensors as values, each with the way in which it will be computed."""
    uses = Counter(id(x) for n in recorded for x in n.inputs)
    user = {id(x): n for n in recorded for x in n.inputs}
    fixed: set[int] = set()
    values = []
    for n in recorded:
        kind = "call"
        if (
            all(id(x) in fixed or _is_constant(x, inputs) for x in n.inputs)
            and id(n) not in outputs
        ):
            kind = "constant"
            fixed.add(id(n))
        elif _is_view(n):
            kind = "view"
        elif _chainable(n):
            single = uses[id(n)] == 1 and id(n) not in outputs
            joins = single and _chainable(user[id(n)]) and user[id(n)].shape == n.shape
            kind = "absorbed" if joins else "chain"
        assert n.op is not None
        keys = tuple(id(x) for x in n.inputs)
        values.append(Value(id(n), n.op, keys, layout_of(n._array), layer_path(n), kind))
    return values


def _is_constant(x: Tensor, inputs: set[int]) -> bool:
    """A leaf that neither the caller nor training changes."""
    return x.op is None and not x.requires_grad and id(x) not in inputs


def _is_view(n: Tensor) -> bool:
    return n._array.base is not None and np.may_share_memory(n._array, n.inputs[0]._array)


def _chainable(n: Tensor) -> bool:
    """Whether the elementwise machine can compute it: float32, no repeated axes, one memory order."""
    if n.op is None or not n.op.instruction or n.dtype != np.float32 or not dense(n._array):
        return False
    return all(
        x.dtype == np.float32
        and (is_number(x._array) or (x.shape == n.shape and x._array.strides == n._array.strides))
        for x in n.inputs
    )
