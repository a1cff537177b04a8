"""The backward pass as a list of uses: what each op sends back to each of its inputs, and why.

The order is that of the engine (`graph.pullback`): a node is left when all its uses have sent their
part.  Read next: `source.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

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
    found = Pass(order, [], {id(order[-1]): wide(np.asarray(seed))})
    parts: dict[int, list[Any]] = {}
    worth = _worth(order, {id(x) for x in wrt})
    for node in reversed(order):
        if id(node) not in worth:
            continue
        if node is not order[-1]:
            received = parts.get(id(node))
            found.gradients[id(node)] = np.sum(received, axis=0) if received else None
        if node.op is not None and found.gradients[id(node)] is not None:
            for use in _uses(node, found.gradients[id(node)], worth):
                found.uses.append(use)
                parts.setdefault(id(use.target), []).append(use.value)
    return found


def _worth(order: list[Tensor], wanted: set[int]) -> set[int]:
    """The nodes between the result and what is wanted; the others are left out."""
    worth: set[int] = set()
    for node in order:
        if id(node) in wanted or (node.requires_grad and any(id(x) in worth for x in node.inputs)):
            worth.add(id(node))
    return worth


def _uses(node: Tensor, g: Any, worth: set[int]) -> Iterator[Use]:
    assert node.op is not None
    arrays = [wide(x._array) for x in node.inputs]
    wanted = [id(x) in worth for x in node.inputs]
    for place, rule in enumerate(rules(node.op, g, wide(node._array), *arrays, wanted=wanted)):
        if rule is not None:
            yield Use(node, place, rule, evaluate(rule.term))


def wide(array: Any) -> Any:
    """Real numbers as float64; labels and masks as they are."""
    return array.astype(np.float64) if array.dtype.kind == "f" else array
