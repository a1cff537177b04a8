"""What a traced call has noted since numbers were last needed: a list of ops, and what they read.

Everything that takes part has a slot: inputs (arrays and numbers, copied when they are noted), leaves, and
results.  A slot can be computed as written, op by op, at any time; or a plan computes the whole segment,
and what somebody still holds is kept.  Read next: `trace.py`.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.recording import flush, tracing
from glassgrad.errors import GraphError
from glassgrad.graph import backpropagate, topological
from glassgrad.plan.entrance import Entrance
from glassgrad.plan.slots import Back, Noted
from glassgrad.plan.specs import clone
from glassgrad.tensor import Tensor

Array = NDArray[Any]


class Segment(Entrance):
    """What was noted, and how its numbers come about: as written, or by a plan."""

    # ---- as written

    def value(self, slot: int) -> Array:
        """The numbers of a slot, computed as written if nobody has."""
        found = self.values.get(slot)
        if found is None:
            x = self.tensors[slot]
            if slot in self.numbers:
                number, spec = self.numbers[slot]
                found = self.values[slot] = np.asarray(number, spec.dtype)
            elif x is not None and x._holder is not self:
                found = x._array
            else:
                self.materialize()
                found = self.values[slot]
        return found

    def materialize(self) -> None:
        """Compute everything that was noted, op by op, as it is written."""
        self.own_inputs()
        token = tracing.set(None)
        try:
            with np.errstate(all="ignore"):
                while self.done < len(self.log):
                    entry = self.log[self.done]
                    if isinstance(entry, Back):
                        self._back(entry)
                    else:
                        op, slots, out, _ = entry
                        if out not in self.values:
                            self.set(out, np.asarray(op.compute(*map(self.value, slots))))
                    self.done += 1
        finally:
            tracing.reset(token)

    def set(self, slot: int, array: Array) -> None:
        """The numbers of a slot are there."""
        self.values[slot] = array
        x = self.tensors[slot]
        if x is not None and "_array" not in vars(x):
            x._array = array

    def own_inputs(self) -> None:
        """Inputs that lie in a plan's memory are copied: what is made of them may last longer."""
        if self.guess is not None:
            for n, slot in enumerate(self.inputs[: len(self.guess.inputs)]):
                value = self.values.get(slot)
                if value is not None and value is self.guess.inputs[n]:
                    self.values[slot] = clone(value)
            self.guess = None

    def _back(self, back: Back) -> None:
        """A backward pass as written."""
        order = topological(self.tensors[back.root])
        leaves = [self.tensors[slot] for slot in back.leaves]
        wanted = {id(x) for x in leaves}
        seed = np.ones(order[-1].shape, order[-1].dtype)
        found = {id(n): g for n, g in backpropagate(order, wanted, seed, False) if id(n) in wanted}
        for leaf, old, new in zip(leaves, back.olds, back.news, strict=True):
            g = found[id(leaf)]
            self.set(new, np.array(g) if old is None else self.value(old) + g)

    # ---- by a plan

    def uses(self) -> list[tuple[int, int]]:
        """The slot of each result, with the number of references that the graph and we have to it."""
        results = [entry for entry in self.log if isinstance(entry, Noted)]
        uses = [2] * len(self.tensors)
        for entry in results:
            if self.tensors[entry.out].inputs:
                for slot in entry.slots:
                    uses[slot] += 1
        return [(entry.out, uses[entry.out]) for entry in results]

    def alive(self, uses: list[tuple[int, int]]) -> tuple[int, ...]:
        """The results that somebody holds besides the graph: they may be looked at later."""
        count, tensors = sys.getrefcount, self.tensors
        return tuple([out for out, n in uses if count(tensors[out]) > n])

    def planned(self, kept: dict[int, Array]) -> None:
        """A plan has computed it; `kept` says where the results lie that somebody holds."""
        self.is_open, self.guess, self.kept, tensors = False, None, kept, self.tensors
        self.marks = [(slot, tensors[slot], tensors[slot]._changed) for slot in self.leaves]
        self.tensors = [None] * len(tensors)  # who is not held goes now
        for slot in (*kept, *self.leaves):
            self.tensors[slot] = tensors[slot]

    def leave(self) -> None:
        """The plan is about to run again: whoever still holds a result of ours gets a copy."""
        for slot, array in self.kept.items():
            x = self.tensors[slot]
            if "_array" not in vars(x) and sys.getrefcount(x) > 3:
                x._array = clone(array, x._spec)
        self.kept = {}
        if getattr(tracing.get(), "serial", None) == self.serial:  # a backward pass may come yet
            self.values |= {n: clone(self.values[n]) for n in self.inputs if n in self.values}
        else:
            self.values, self.tensors, self.is_lost = {}, [], True

    def settle(self) -> None:
        """Compute everything as it is written, and let go: each tensor has its own array now."""
        self.materialize()
        for slot, x in enumerate(self.tensors):
            if x._holder is self and "_array" not in vars(x):
                x._array = self.value(slot)
        self.is_open, self.tensors, self.values = False, [], {}

    def bring(self, x: Tensor) -> Array:
        """The numbers of one of our tensors, for somebody who looks."""
        if self.is_open and self.has_back:
            flush(self)
        if "_array" in vars(x):
            return x._array
        if x._holder is not self:  # a gradient now lies beside its parameter
            return x._holder.bring(x)  # type: ignore[union-attr]
        if x._slot in self.kept:
            return clone(self.kept[x._slot], x._spec)
        return self.value(x._slot) if self.is_open else self._computed_again(x)

    def retain(self, x: Tensor) -> None:
        """A result wants its gradient."""
        if self.is_open:
            self.wanted.append(x._slot)

    def _origin(self, x: Tensor) -> str:
        """The line that made it, in brackets."""
        where = [e.where for e in self.log if isinstance(e, Noted) and e.out == x._slot]
        return f" ({where[0]})" if where else ""

    def _computed_again(self, x: Tensor) -> Array:
        """What no plan kept, if everything that it was made of is still there."""
        made = {e.out: e for e in self.log if isinstance(e, Noted)}
        needed, stack = set(), [x._slot]
        while stack:
            if (slot := stack.pop()) not in needed:
                needed.add(slot)
                stack.extend(made[slot].slots if slot in made else ())
        has_changed = any(s in needed and leaf._changed != mark for s, leaf, mark in self.marks)
        if self.is_lost or has_changed:
            raise GraphError(
                f"{x.label}{self._origin(x)} was computed inside a jitted step and not kept: return it "
                "from the function, or look at it there."
            )
        token = tracing.set(None)
        try:
            for slot in sorted(needed):
                if slot in made and slot not in self.values:
                    op, slots, *_ = made[slot]
                    found = np.asarray(op.compute(*(clone(self.value(s)) for s in slots)))
                    self.values[slot] = found
        finally:
            tracing.reset(token)
        return clone(self.value(x._slot))
