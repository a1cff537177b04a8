r"""Zeros that were chosen: where nothing is asked of an op, an infinity in its rule must not answer.

$0 \cdot \infty$ is NaN if the 0 was computed, and 0 if `where`, an index or a maximum chose other elements.
Numbers cannot tell; so beside the cotangent walks how much of each element was asked for.  That is needed
only between an op that selects and a singular op below it.  Read next: `graph.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from glassgrad.engine.traversal import cotangents, on_the_way
from glassgrad.tensor import Tensor


class Masks:
    """How much each node is asked for in one walk back: nothing (0), or something; None is everything.

    Args:
        order: the nodes, inputs before the nodes that use them.
        worth: the `id` of those on the way.
        read: a node as its rule is to see it, an array or a tensor.
        seed: the cotangent of the last node.
    """

    def __init__(
        self, order: Sequence[Tensor], worth: set[int], read: Callable[[Tensor], Any], seed: Any
    ):
        singular = {id(x) for x in order if x.op is not None and x.op.singular and id(x) in worth}
        self._above = on_the_way(order, singular) if singular else singular
        self._asked: dict[int, Any] = {}
        self._read = read
        # A seed of constants chooses what is not 0 in it; a tensor is a variable that is 0 just now.
        if singular and not isinstance(seed, Tensor) and not np.all(seed):
            self._asked[id(order[-1])] = np.not_equal(seed, 0).astype(order[-1].dtype)

    def pass_on(self, node: Tensor, sent: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
        """What the rule of a node sends to its inputs: 0 where nothing was asked of the node."""
        asked, op = self._asked.get(id(node)), node.op
        for k, part in sent:
            self.note(node, k)
            if asked is None or op is None or op.asks is None:
                yield k, part
            else:
                yield k, op.masked(part, op.asks(asked, part))

    def note(self, node: Tensor, k: int) -> None:
        """Note what this node asks of its k-th input."""
        x = node.inputs[k]
        if id(x) not in self._above:
            return
        asked, seen = self.of_input(node, k), id(x) in self._asked
        if not seen:
            self._asked[id(x)] = asked
        elif asked is None or self._asked[id(x)] is None:
            self._asked[id(x)] = None
        else:
            self._asked[id(x)] = self._asked[id(x)] + asked

    def of_input(self, node: Tensor, k: int) -> Any:
        """How much of its k-th input this node asks for, alone."""
        op, asked, x = node.op, self._asked.get(id(node)), node.inputs[k]
        assert op is not None
        if asked is None and not op.selects:
            return None
        if op.asks is not None and not op.selects:
            part = op.asks(asked, x)
            return part if part.shape == x.shape else op.undo_broadcast(part, x.shape)
        if not op.selects and not op.moves:
            return None  # it mixes elements, by numbers that may be 0 themselves
        if asked is None:
            asked = np.ones(node.shape, node.dtype)
        values = [self._read(t) for t in (node, *node.inputs)]
        sent = dict(cotangents(op.vjp, node.inputs, {id(x)}, asked, *values))
        part = abs(sent[k])
        return part if part.shape == x.shape else op.undo_broadcast(part, x.shape)
