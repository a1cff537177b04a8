"""A backward pass with one thing wrong in it: what a student would get who made that mistake.

The pass is linear in what it carries, so a wrong step need not be followed from the loss on: what it adds
to the right gradients is what its difference from the right step becomes on the way down.  Read next:
`mistakes/base.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.engine.traversal import cotangents
from glassgrad.errors import GlassgradError
from glassgrad.graph import accumulate, topological
from glassgrad.read.recompute import recompute
from glassgrad.tensor import Tensor

Array = NDArray[Any]
Cotangents = Sequence[Array | None]


@dataclass(frozen=True)
class Step:
    """One node's place in a backward pass: what comes in, and what rightly goes out."""

    index: int
    node: Tensor
    g: Array
    y: Array
    xs: tuple[Array, ...]
    right: tuple[Array | None, ...]

    @property
    def op(self) -> Any:
        return self.node.op

    @property
    def kind(self) -> str:
        return type(self.node.op).__name__

    @property
    def real(self) -> list[int]:
        """The inputs that get a gradient."""
        return [k for k, c in enumerate(self.right) if c is not None]

    @property
    def label(self) -> str:
        """How a sentence calls this step."""
        if self.node.name:
            return f"{self.node.name} ({self.kind})"
        inside = " and ".join(x.name for x in self.node.inputs if x.name)
        return f"{self.kind} of {inside}" if inside else self.kind

    def rule(self, g: Array, y: Array, *xs: Array) -> tuple[Array | None, ...] | None:
        """The op's rule, fed with other things than it should be; None if it cannot take them."""
        try:
            with np.errstate(all="ignore"):
                return sent_back(self.node.op, g, y, xs)
        except (GlassgradError, ValueError, IndexError):
            return None


def sent_back(op: Any, g: Array, y: Array, xs: Sequence[Array]) -> tuple[Array | None, ...]:
    """What an op's rule sends to its inputs, as arrays, broadcasting undone."""
    real = {id(x) for x in xs if x.dtype.kind == "f"}
    sent = dict(cotangents(op.vjp, xs, real, g, y, *xs))
    return tuple(ops.sum_to(sent[k], x.shape) if k in sent else None for k, x in enumerate(xs))


class Graph:
    """A recorded graph with its right backward pass, ready to be done wrongly."""

    def __init__(self, root: Tensor, leaves: Sequence[Tensor], g: Array) -> None:
        self.order = [t for t in topological(root) if t.requires_grad]
        self.place = {id(t): k for k, t in enumerate(self.order)}
        self.values = [t for t in topological(root) if t.dtype.kind == "f"]
        self.leaves = leaves
        self.g = g
        self.gradients: dict[int, Array] = {}
        self.steps: list[Step] = []
        for _ in self._down({id(root): g}, len(self.order), (), record=True):
            pass

    def written_out(self) -> Graph | None:
        """The same graph with every fused op replaced by its definition; None if it has none."""
        root, leaves = self.order[-1], list(self.leaves)
        again = False
        for _ in range(3):
            if not any(t.op is not None and t.op.definition for t in topological(root)):
                break
            made = recompute(root, write_out=True)
            leaves, root, again = [made[id(x)] for x in leaves], made[id(root)], True
        return Graph(root, leaves, self.g) if again and root.shape == self.g.shape else None

    @property
    def right(self) -> tuple[Array, ...]:
        """The gradients of the leaves."""
        return self._of_leaves(self.gradients)

    def perturbed(self, step: Step, wrong: Cotangents) -> tuple[Array, ...] | None:
        """The gradients of the leaves if one step sends `wrong`; None if that fits no shape."""
        seeds: dict[int, Array] = {}
        for x, new, old in zip(step.node.inputs, wrong, step.right, strict=True):
            if old is None:
                continue
            if new is None or np.shape(new) != old.shape:
                return None
            seeds[id(x)] = seeds.get(id(x), 0) + (new - old)
        added = self.carried(seeds, step.index)
        return tuple(r + a for r, a in zip(self.right, added, strict=True))

    def carried(
        self, seeds: Mapping[int, Array], below: int, cut: Collection[int] = ()
    ) -> tuple[Array, ...]:
        """What cotangents of some nodes become in the leaves; nodes in `cut` pass nothing on."""
        return self._of_leaves(dict(self._down(dict(seeds), below, cut)))

    def _down(
        self,
        gradients: dict[int, Array],
        below: int,
        cut: Collection[int],
        record: bool = False,
    ) -> Iterator[tuple[int, Array]]:
        def send(node: Tensor, g: Array) -> Iterator[tuple[Tensor, Array]]:
            if node.op is None or id(node) in cut:
                return
            xs = tuple(x._array for x in node.inputs)
            with np.errstate(all="ignore"):
                sent = sent_back(node.op, g, node._array, xs)
            if record:
                self.steps.append(Step(self.place[id(node)], node, g, node._array, xs, sent))
            for x, part in zip(node.inputs, sent, strict=True):
                if part is not None and x.requires_grad:
                    yield x, part

        for node, g in accumulate(self.order[:below], gradients, send):
            if record:
                self.gradients[id(node)] = g
            yield id(node), g

    def _of_leaves(self, gradients: Mapping[int, Array]) -> tuple[Array, ...]:
        return tuple(gradients.get(id(x), np.zeros(x.shape)) for x in self.leaves)

    def uses(self) -> dict[int, list[tuple[Step, int]]]:
        """By node: the steps that use it, and as which input."""
        found: dict[int, list[tuple[Step, int]]] = {}
        for step in self.steps:
            for i, x in enumerate(step.node.inputs):
                if x.requires_grad and step.right[i] is not None:
                    found.setdefault(id(x), []).append((step, i))
        return found
