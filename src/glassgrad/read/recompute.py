"""A recorded graph computed again: with other values in its leaves, or with fused ops written out.

Read next: `check/formula/points.py`, `check/backward/case.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from glassgrad.engine.traversal import interpret
from glassgrad.graph import grad, topological
from glassgrad.tensor import Tensor


def recompute(
    root: Tensor, values: Mapping[int, Any] | None = None, *, write_out: bool = False
) -> dict[int, Tensor]:
    """Compute the graph under `root` again.

    Args:
        values: new values by the `id` of a leaf; the other leaves keep theirs.
        write_out: take a fused op's definition in its place, so that each small step is a node.

    Returns:
        The new node of each old one, by the old one's `id`.
    """
    values = values or {}

    def again(node: Tensor, inputs: list[Tensor]) -> Tensor:
        if node.op is None:
            value = values.get(id(node), node._array)
            return Tensor(value, node.name, requires_grad=node.requires_grad)
        compute = node.op.definition if write_out and node.op.definition else node.op
        made: Tensor = compute(*inputs)
        made.name = node.name
        return made

    return interpret(topological(root), again)


def named(root: Tensor) -> dict[str, Tensor]:
    """The nodes under `root` that have a name."""
    return {node.name: node for node in topological(root) if node.name}


def rounding(y: Tensor, keep: int = 0) -> Any:
    r"""How much `y` may owe to rounding, to first order: $u \sum_{\text{nodes}} |\bar v|\,|v|$.

    Args:
        y: a recorded tensor.
        keep: leading axes over which the bound is given separately; the others are summed.
    """
    nodes = [node for node in topological(y) if node.op is not None and node.requires_grad]
    total: Any = 0.0
    for node, g in zip(nodes, grad(y, nodes, np.ones(y.shape, y.dtype)), strict=True):
        with np.errstate(all="ignore"):
            part = np.abs(g * node._array)
            total = total + part.sum(axis=tuple(range(keep, part.ndim)))
    return total * 2.0**-53
