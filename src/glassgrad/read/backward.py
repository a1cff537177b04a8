"""The backward pass as a list of uses: what each op sends back to each of its inputs, and why.

The walk is that of the engine (`graph.accumulate`): a node is left when all its uses have sent their
part.  Read next: `source.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassgrad.engine.masks import Masks
from glassgrad.engine.traversal import on_the_way
from glassgrad.graph import accumulate
from glassgrad.tensor import Tensor
from glassgrad.terms.rules import Rule, rules
from glassgrad.terms.terms import evaluate


@dataclass(frozen=True)
class Use:
    """Input number `place` of `node`: the rule of the op there, and what it comes to."""

    node: Tensor
    place: int
    rule: Rule
    value: Any

    @property
    def target(self) -> Tensor:
        """The input that receives."""
        return self.node.inputs[self.place]


@dataclass
class Pass:
    """All the uses, in order, and the gradient of every node on the way, by id; None where it is 0."""

    order: list[Tensor]
    uses: list[Use]
    gradients: dict[int, Any]

    def uses_of(self, node: Tensor) -> list[Use]:
        """Where a node is used, on the way from the result."""
        return [u for u in self.uses if u.target is node]


def backward_pass(order: list[Tensor], wrt: Sequence[Tensor], seed: Any) -> Pass:
    """Every step from the last node of `order` to the tensors `wrt`, in float64."""
    worth = on_the_way(order, {id(x) for x in wrt})
    nodes = [node for node in order if id(node) in worth]
    found = Pass(order, [], {id(node): None for node in (order[-1], *reversed(nodes))})

    masks = Masks(order, worth, lambda x: as_float64(x._array), seed)

    def send(node: Tensor, g: Any) -> Iterator[tuple[Tensor, Any]]:
        for use in _uses(node, g, worth) if node.op is not None else ():
            if (asked := masks.of_input(node, use.place)) is not None:
                use = replace(use, value=np.where(np.not_equal(asked, 0), use.value, 0.0))
            masks.note(node, use.place)
            found.uses.append(use)
            yield use.target, use.value

    begin = {id(order[-1]): as_float64(np.asarray(seed))}
    for node, g in accumulate(nodes, begin, send):
        found.gradients[id(node)] = g
    return found


def _uses(node: Tensor, g: Any, worth: set[int]) -> Iterator[Use]:
    assert node.op is not None
    arrays = [as_float64(x._array) for x in node.inputs]
    wanted = [id(x) in worth for x in node.inputs]
    for place, rule in enumerate(
        rules(node.op, g, as_float64(node._array), *arrays, wanted=wanted)
    ):
        if rule is not None:
            yield Use(node, place, rule, evaluate(rule.term))


def as_float64(array: Any) -> Any:
    """Real numbers as float64; labels and masks as they are."""
    return array.astype(np.float64) if array.dtype.kind == "f" else array
