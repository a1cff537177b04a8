"""Ways through a graph: computing it with another meaning, and what a step of the way back needs.

The same nodes can be computed in arrays, in tensors, in expressions, in SymPy: only the meaning of a leaf
and of an op differs.  Read next: `graph.py`, where the way back is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from glassgrad.tensor import Tensor

T = TypeVar("T")


def interpret(
    order: Sequence[Tensor],
    meaning: Callable[[Tensor, list[T]], T],
    known: Mapping[int, T] | None = None,
) -> dict[int, T]:
    """Compute a graph again, with another meaning of its nodes.

    Args:
        order: the nodes, inputs before the nodes that use them.
        meaning: what a node comes to, given what its inputs have come to.
        known: what some nodes come to already, by their `id`.

    Returns:
        What every node comes to, by its `id`.

    >>> import glassgrad as gg
    >>> from glassgrad.graph import topological
    >>> x = gg.tensor(2.0, "x")
    >>> y = gg.exp(x * x)
    >>> depth = interpret(topological(y), lambda node, inputs: 1 + max(inputs, default=0))
    >>> depth[id(y)]
    3
    """
    found = dict(known or {})
    for node in order:
        if id(node) not in found:
            found[id(node)] = meaning(node, [found[id(x)] for x in node.inputs])
    return found


def on_the_way(order: Sequence[Tensor], wanted: Container[int]) -> set[int]:
    """The nodes through which a gradient reaches what is wanted; the others need not be visited."""
    found: set[int] = set()
    for node in order:
        if id(node) in wanted or (node.requires_grad and any(id(x) in found for x in node.inputs)):
            found.add(id(node))
    return found


def cotangents(
    rule: Callable[..., Any],
    inputs: Sequence[Any],
    wanted: Container[int],
    g: Any,
    y: Any,
    *xs: Any,
) -> Iterator[tuple[int, Any]]:
    """What a rule, fed with `g, y, *xs`, sends to the inputs whose `id` is wanted: (place, cotangent)."""
    sent = rule(g, y, *xs)
    parts = sent if isinstance(sent, tuple) else (sent,)
    for k, (x, part) in enumerate(zip(inputs, parts, strict=True)):
        if id(x) in wanted:
            part = part() if callable(part) else part
            if part is not None:
                yield k, part
