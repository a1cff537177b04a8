"""One step, opened: every value between the batch and the loss, by name, with its gradient.

Read next: `records.py`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.graph import backpropagate, layer_path, topological
from glassgrad.nn import Module
from glassgrad.tensor import Tensor

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Intermediate:
    """A value on the way from the batch to the loss.

    Args:
        name: "x" and "y" for the batch, the path of a parameter, "loss", else layer and op: "0.linear".
        op: the class of the op that computed it; empty for what was given.
        layer: path of the layer that computed it; empty outside of the layers.
        inputs: names of what it was computed from.
        value: the numbers.
        gradient: of the loss with its penalty, by these numbers; None where none flows.
    """

    name: str
    op: str
    layer: str
    inputs: tuple[str, ...]
    value: Array
    gradient: Array | None


def intermediates(
    model: Module, total: Tensor, loss: Tensor, given: dict[str, Tensor]
) -> dict[str, Intermediate]:
    """Every node under `total`, inputs before the nodes that use them, by name.

    Args:
        model: gives the parameters their names.
        total: what is differentiated.
        loss: the mean loss, a node under `total` or the same.
        given: names of leaves, such as the batch.
    """
    order = topological(total)
    names = _names(
        order, model, {"loss": loss, **({"total": total} if total is not loss else {}), **given}
    )
    wanted = {id(node) for node in order if node.requires_grad}
    gradients: dict[int, Array] = {}
    if wanted:
        with np.errstate(all="ignore"):
            walk = backpropagate(order, wanted, np.ones(total.shape, total.dtype), False)
            gradients = {id(node): np.array(g) for node, g in walk}
    return {
        names[id(node)]: Intermediate(
            name=names[id(node)],
            op=type(node.op).__name__ if node.op else "",
            layer=layer_path(node),
            inputs=tuple(names[id(x)] for x in node.inputs),
            value=node._array.copy(),
            gradient=gradients.get(id(node)),
        )
        for node in order
    }


def _names(order: list[Tensor], model: Module, given: dict[str, Tensor]) -> dict[int, str]:
    """A name for each node, by identity: no two are equal."""
    names = {id(p): path for path, p in model.named_parameters()}
    names |= {id(node): name for name, node in given.items()}
    seen = Counter(names.values())
    for node in order:
        if id(node) not in names:
            op = type(node.op).__name__.lower() if node.op else node.name or "constant"
            stem = ".".join(filter(None, (layer_path(node), op)))
            seen[stem] += 1
            names[id(node)] = stem if seen[stem] == 1 else f"{stem}_{seen[stem]}"
    return names
