"""Which way each value of a recorded graph is computed when it is replayed.

Constants are computed once, views cost nothing, elementwise ops join into chains, the rest are calls.
Read next: `memory.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.graph import layer_path
from glassgrad.ops.base import Op
from glassgrad.ops.shared.fast import dense
from glassgrad.plan.memory import Layout, is_number, layout_of
from glassgrad.tensor import Tensor

Array = NDArray[Any]


@dataclass(frozen=True)
class Value:
    """What the plan remembers of a recorded tensor: everything but the numbers."""

    key: int
    op: Op
    inputs: tuple[int, ...]
    layout: Layout
    layer: str
    kind: str
    how: tuple[tuple[str, Any], ...] = ()
    """What the call does besides: an epilogue, a gate."""
    besides: Callable[[Array, Sequence[Array]], Array] | None = None
    """The same on plain arrays, from the op's result and its inputs."""
    """How it is computed: "constant" (once), "early" (when a number changes), "view" (no copy), "call" (a
    kernel, or NumPy), "chain" (elementwise, one pass), "absorbed" into the chain that uses it, or "merged"
    into the next call."""


def names_of(nodes: list[Tensor], recorded: list[Tensor]) -> dict[int, str]:
    """Names for a program: "0.w" is the w of layer 0, a number is itself, what is computed is z1, z2, …"""
    names, constants = {}, 0
    layer_of = {id(x): layer_path(n) for n in reversed(recorded) for x in n.inputs}
    for leaf in nodes:
        if leaf.op is None:
            constants += leaf.name is None
            number = repr(leaf._array.item()) if leaf.size == 1 else f"c{constants}"
            layer = layer_of.get(id(leaf)) if leaf.requires_grad and leaf.name else ""
            names[id(leaf)] = f"{layer}.{leaf.name}" if layer else leaf.name or number
    return names | {id(n): f"z{i}" for i, n in enumerate(recorded, 1)}


def values_of(
    recorded: list[Tensor], outputs: set[int], inputs: set[int], numbers: AbstractSet[int]
) -> list[Value]:
    """The recorded tensors as values, each with the way in which it will be computed."""
    uses = Counter(id(x) for n in recorded for x in n.inputs)
    user = {id(x): n for n in recorded for x in n.inputs}
    fixed: set[int] = set()
    early = set(numbers)
    values: dict[int, Value] = {}
    for n in recorded:
        kind = "call"
        if (
            all(id(x) in fixed or _is_constant(x, inputs) for x in n.inputs)
            and id(n) not in outputs
        ):
            kind = "constant"
            fixed.add(id(n))
        elif id(n) not in outputs and all(
            id(x) in early or id(x) in fixed or _is_constant(x, inputs) for x in n.inputs
        ):
            kind = "view" if _is_view(n) else "early"
            early.add(id(n))
        elif _is_view(n):
            kind = "view"
        elif _chainable(n):
            single = uses[id(n)] == 1 and id(n) not in outputs
            joins = single and _chainable(user[id(n)]) and user[id(n)].shape == n.shape
            kind = "absorbed" if joins else "chain"
        assert n.op is not None
        keys = tuple(id(x) for x in n.inputs)
        values[id(n)] = Value(id(n), n.op, keys, layout_of(n._array), layer_path(n), kind)
    for n in recorded:
        if values[id(n)].kind == "chain":
            _merge(n, values, {k for k in values if uses[k] == 1 and k not in outputs})
    return list(values.values())


def _merge(n: Tensor, values: dict[int, Value], private: set[int]) -> None:
    """Let the call before an elementwise value do it on the way, if it can: an epilogue, a gate."""
    me = values[id(n)]
    before = [values[key] for key in me.inputs if key in private]
    source = next((v for v in before if v.kind == "call"), None)
    if source is None:
        return
    others = [v for v in before if v is not source]
    if len(me.inputs) == 1 and me.op.instruction in source.op.epilogues:
        how: tuple[tuple[str, Any], ...] = (("then", me.op.instruction),)
        besides = partial(_then, me.op)
    elif me.op.instruction == "multiply" and others and _is_gate(others[0], source):
        how, besides = (("gated", True),), partial(_gated, others[0].op, source.op.gate or 0)
    else:
        return
    for merged in (source, *others):
        values[merged.key] = replace(merged, kind="merged")
    values[me.key] = replace(
        me, op=source.op, inputs=source.inputs, kind="call", how=how, besides=besides
    )


def _is_gate(v: Value, source: Value) -> bool:
    """Whether a factor is the step of the input that the source can gate by."""
    if source.op.gate is None or v.op.instruction != "step" or v.op.instruction_setting:
        return False
    return v.inputs == (source.inputs[source.op.gate],)


def _then(after: Op, y: Array, _inputs: Sequence[Array]) -> Array:
    return after.compute(y)


def _gated(step: Op, gate: int, y: Array, inputs: Sequence[Array]) -> Array:
    return y * step.compute(inputs[gate])


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
