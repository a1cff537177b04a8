"""The list that a traced call writes: a slot for everything that takes part, and the ops in order.

Read next: `entrance.py`, then `segment.py`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.recording import Spec
from glassgrad.ops.base import Op
from glassgrad.plan.specs import blank
from glassgrad.tensor import Tensor

Array = NDArray[Any]


class Noted(NamedTuple):
    """A noted op: what it reads, the slot of its result, and the line that came here first."""

    op: Op
    slots: tuple[int, ...]
    out: int
    where: str


class Back:
    """A noted backward pass: from slot `root`, to leaves, each with its old gradient and its new one."""

    __slots__ = ("leaves", "news", "olds", "root")

    def __init__(self, root: int, leaves: Any, olds: Any, news: Any) -> None:
        self.root, self.leaves, self.olds, self.news = root, leaves, olds, news


class Slots:
    """Slots, and the ops between them, in order.

    Args:
        guess: the plan that will probably run; inputs are copied straight to where it reads them.
        serial: the number of the call.
    """

    def __init__(self, guess: Any, serial: int) -> None:
        self.guess, self.serial = guess, serial
        self.tensors: list[Any] = []
        self.values: dict[int, Array] = {}
        self.log: list[Noted | Back] = []
        self.inputs: list[int] = []
        self.numbers: dict[int, Any] = {}
        self.leaves: list[int] = []
        self.wanted: list[int] = []
        self.index: dict[int, int] = {}
        self.has_back = False
        self.is_open, self.is_mixed, self.done = True, False, 0
        self.kept: dict[int, Array] = {}
        self.is_lost = False
        self.marks: list[tuple[int, Tensor, int]] = []

    def stand_in(self, spec: Spec, value: Array | None = None) -> Tensor:
        """A tensor without history and without numbers, in a slot of its own."""
        x: Any = Tensor.__new__(Tensor)
        x._holder, x._spec, x.requires_grad, x._slot = self, spec, False, len(self.tensors)
        self.tensors.append(x)
        if value is not None:
            self.values[x._slot] = value
        found: Tensor = x
        return found

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
        del self.tensors[slots:]
        self.values = {slot: v for slot, v in self.values.items() if slot < slots}
        del self.inputs[inputs:], self.leaves[leaves:]
        self.wanted = [slot for slot in self.wanted if slot < slots]
