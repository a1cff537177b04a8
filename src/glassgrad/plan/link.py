"""From a segment to a plan: the noted ops, with the backward pass written out, as one graph.

The rules of ops are written in ops, so the backward pass is a graph like the forward pass; it is recorded
once, here, with the numbers of this call, and read off by the plan.  Read next: `plan.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad.engine.modes import recorded
from glassgrad.engine.mutation import clock
from glassgrad.graph import backpropagate, topological
from glassgrad.ops.arithmetic import add
from glassgrad.plan.place import Place, place_of
from glassgrad.plan.plan import Plan
from glassgrad.plan.segment import Segment
from glassgrad.plan.slots import Back, Noted
from glassgrad.plan.specs import clone
from glassgrad.tensor import Tensor


def plan_of(segment: Segment, alive: tuple[int, ...]) -> Plan:
    """A plan that computes what a segment noted, for the results `alive` and all gradients."""
    return recorded(lambda: _Copy(segment).plan(alive))


class _Copy:
    """The segment's graph again, in tensors of our own: with every op, needed for a gradient or not."""

    @np.errstate(all="ignore")
    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        self.of: list[Tensor] = []
        self.places: dict[int, Place] = {}
        made: dict[int, Any] = {}
        leaves = set(segment.leaves)
        for entry in segment.log:
            for slot in entry.news if isinstance(entry, Back) else (entry.out,):
                made[slot] = entry
        for slot, x in enumerate(segment.tensors):
            source = made.get(slot)
            if isinstance(source, Noted):
                self.of.append(self._result(x, source.op, source.slots))
            elif isinstance(source, Back):
                self._back(source, slot)
            else:
                self.of.append(self._leaf(slot, x) if slot in leaves else self._input(slot, x))

    @np.errstate(all="ignore")
    def plan(self, alive: tuple[int, ...]) -> Plan:
        """The plan, and what it is bound to."""
        last: dict[int, int] = {}
        for entry in self.segment.log:
            if isinstance(entry, Back):
                last |= dict(zip(entry.leaves, entry.news, strict=True))
        slots = [*alive, *last.values()]
        gradients = {
            slot: place
            for leaf, slot in last.items()
            if (place := self.places.get(leaf))
            and place.gradient is not None
            and place.gradient.dtype == self.of[slot].dtype  # not where float64 meets float32
        }
        into = {
            n: there
            for n, s in enumerate(slots)
            if s in gradients and (there := gradients[s].gradient) is not None
        }
        plan = Plan(
            [self.of[s] for s in slots],
            [self.of[s] for s in self.segment.inputs],
            into,
            numbers={id(self.of[s]) for s in self.segment.numbers},
        )
        plan.bind(slots, self.segment, gradients, list(self.places.values()))
        return plan

    def _leaf(self, slot: int, x: Tensor) -> Tensor:
        place = place_of(x)
        place.settle_in()
        place.fetch(x)
        self.places[slot] = place
        assert place.home is not None
        new = Tensor._constant(place.home)
        new.requires_grad, new.name = x.requires_grad, x.name
        return new

    def _input(self, slot: int, x: Tensor) -> Tensor:
        new = Tensor._constant(clone(self.segment.value(slot)))
        new.requires_grad, new.name = x.requires_grad, x.name
        return new

    def _result(self, x: Tensor, op: Any, slots: tuple[int, ...]) -> Tensor:
        inputs = tuple(self.of[s] for s in slots)
        new = Tensor._constant(np.asarray(op.compute(*[t._array for t in inputs])))
        new.requires_grad, new.op = x.requires_grad, op
        new.inputs, new.layer, new.born = inputs, x.layer, next(clock)
        return new

    def _back(self, back: Back, slot: int) -> None:
        """The gradients of a backward pass, when the first of them comes up."""
        if slot != min(back.news):
            return
        order = topological(self.of[back.root])
        leaves = [self.of[s] for s in back.leaves]
        wanted = {id(x) for x in leaves}
        seed = np.ones(order[-1].shape, order[-1].dtype)
        walk = backpropagate(order, wanted, seed, True, fast=True)
        found = {id(n): g for n, g in walk if id(n) in wanted}
        for leaf, old in zip(leaves, back.olds, strict=True):
            g = found[id(leaf)]
            self.of.append(g if old is None else add.written((self.of[old], g)))
