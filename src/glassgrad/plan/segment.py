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

from glassgrad.engine.recording import Spec, tracing
from glassgrad.errors import GraphError
from glassgrad.graph import backpropagate, topological
from glassgrad.ops.base import Op
from glassgrad.plan.specs import blank, clone
from glassgrad.tensor import Tensor

Array = NDArray[Any]


class Back:
    """A noted backward pass: from slot `root`, to leaves, each with its old gradient and its new one."""

    __slots__ = ("leaves", "news", "olds", "root")

    def __init__(self, root: int, leaves: Any, olds: Any, news: Any) -> None:
        self.root, self.leaves, self.olds, self.news = root, leaves, olds, news


class Segment:
    """Slots, and the ops between them, in order.

    Args:
        guess: the plan that will probably run; inputs are copied straight to where it reads them.
    """

    def __init__(self, trace: Any, guess: Any) -> None:
        self.trace, self.guess = trace, guess
        self.tensors: list[Any] = []
        self.values: list[Array | None] = []
        self.uses: list[int] = []
        self.log: list[tuple[Op, tuple[int, ...], int] | Back] = []
        self.inputs: list[int] = []
        self.numbers: dict[int, Any] = {}
        self.leaves: list[int] = []
        self.wanted: list[int] = []
        self.index: dict[int, int] = {}
        self.backs: list[Back] = []
        self.is_open, self.is_mixed, self.done = True, False, 0
        self.kept: dict[int, Array] = {}
        self.marks: dict[int, int] = {}

    # ---- slots

    def add(self, x: Tensor, value: Array | None = None) -> int:
        """A new slot."""
        slot = len(self.tensors)
        self.tensors.append(x)
        self.values.append(value)
        self.uses.append(0)
        return slot

    def stand_in(self, spec: Spec, value: Array | None = None) -> Tensor:
        """A tensor without history and without numbers, in a slot of its own."""
        x = Tensor.__new__(Tensor)
        x._holder, x._spec, x.requires_grad = self, spec, False
        x._slot = self.add(x, value)
        return x

    def take_in(self, array: Array, spec: Spec) -> Array:
        """A copy of an input's numbers: where the plan wants them, if we guess right."""
        guess, n = self.guess, len(self.inputs)
        if guess is not None and n < len(guess.inputs) and guess.specs[n] is spec:
            if guess.tenant is not None:
                guess.vacate()
            place: Array = guess.inputs[n]
        else:
            place = blank(spec)
        np.copyto(place, array)
        return place

    def forget(self, slots: int, inputs: int, leaves: int) -> None:
        """Take back what an op added that could not be computed."""
        for slot in [s for s in self.index.values() if s >= slots]:
            self.index = {k: v for k, v in self.index.items() if v != slot}
        del self.tensors[slots:], self.values[slots:], self.uses[slots:]
        del self.inputs[inputs:], self.leaves[leaves:]
        self.wanted = [slot for slot in self.wanted if slot < slots]

    # ---- as written

    def value(self, slot: int) -> Array:
        """The numbers of a slot, computed as written if nobody has."""
        found = self.values[slot]
        if found is None:
            x = self.tensors[slot]
            if slot in self.numbers:
                found = self.values[slot] = np.asarray(self.numbers[slot], x._spec.dtype)
            elif x is not None and x._holder is not self:
                found = x._array
            else:
                self.materialize()
                found = self.values[slot]
        assert found is not None
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
                        if self.is_open:
                            self._back(entry)
                    else:
                        op, slots, out = entry
                        if self.values[out] is None:
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
                value = self.values[slot]
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

    def alive(self) -> tuple[int, ...]:
        """The results that somebody holds besides the graph: they may be looked at later."""
        count, uses, tensors = sys.getrefcount, self.uses, self.tensors
        found = []
        for entry in self.log:
            if type(entry) is tuple:
                slot = entry[2]
                if count(tensors[slot]) > uses[slot] + 2:
                    found.append(slot)
        return tuple(found)

    def planned(self, plan: Any, kept: dict[int, Array]) -> None:
        """A plan has computed it; `kept` says where the results lie that somebody holds."""
        self.is_open, self.trace, self.guess, self.kept = False, None, None, kept
        self.marks = {slot: self.tensors[slot]._changed for slot in self.leaves}
        for entry in self.log:
            for slot in entry.news if isinstance(entry, Back) else entry[2:]:
                if slot not in kept:
                    self.tensors[slot] = None

    def leave(self) -> None:
        """The plan is about to run again: whoever still holds a result of ours gets a copy."""
        for slot, array in self.kept.items():
            x = self.tensors[slot]
            if "_array" not in vars(x) and sys.getrefcount(x) > 3:
                x._array = clone(array, x._spec)
        self.kept = {}
        if self.done < len(self.log):
            self.values, self.tensors = [], []

    def bring(self, x: Tensor) -> Array:
        """The numbers of one of our tensors, for somebody who looks."""
        if self.is_open and self.backs and self.trace.is_here(self):
            self.trace.flush()
        if "_array" in vars(x):
            return x._array
        if x._holder is not self:  # a gradient now lies beside its parameter
            return x._holder.bring(x)  # type: ignore[union-attr]
        if x._slot in self.kept:
            return clone(self.kept[x._slot], x._spec)
        if not self.is_open:
            self._recover(x)
        return self.value(x._slot)

    def retain(self, x: Tensor) -> None:
        """A result wants its gradient."""
        if self.is_open:
            self.wanted.append(x._slot)

    def _recover(self, x: Tensor) -> None:
        """Compute again what no plan kept, if everything that was read is still there."""
        is_there = all(self.tensors[s]._changed == m for s, m in self.marks.items() if self.tensors)
        if not self.tensors or not is_there:
            raise GraphError(
                f"{x.label} was computed inside a jitted step and not kept: return it from the function."
            )
        if self.done < len(self.log):
            for slot in self.inputs:
                if (value := self.values[slot]) is not None:
                    self.values[slot] = clone(value)
