"""How something enters a segment: a slot for each input of an op, and what the key says of it.

A result that was noted before is its slot.  A leaf that lasts is its place.  Everything else is an input:
of it the key knows shape, dtype and strides, never a number, and never a name.  Read next: `segment.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad.arguments import as_array
from glassgrad.engine.mutation import use
from glassgrad.engine.recording import Spec
from glassgrad.plan.place import Place, place_of
from glassgrad.plan.slots import Slots
from glassgrad.plan.specs import Unusual, number_spec, spec_of
from glassgrad.tensor import Tensor

LEAF = object()
"""The mark of an input that takes a gradient."""


class Entrance(Slots):
    """The part of a segment that lets things in."""

    def enter(self, x: Any, inputs: tuple[Any, ...], parts: list[Any]) -> int:
        """The slot of an input, a new one if it has none; adds to the key what is to be known of it."""
        if not isinstance(x, Tensor):
            return self._constant(x, inputs, parts)
        if x._part is not None:
            use(x)
        holder: Any = x._holder
        if holder is self:
            slot = x._slot
            parts.append(slot if x.requires_grad else ~slot)
            return slot
        if x._seen is not None:
            use(x)
            if x._seen is not None:
                if x.requires_grad:
                    raise Unusual  # somebody may write into it at any time
                return self._outer(x, parts)
        known = self.index.get(id(x))
        if known is not None:
            parts.append(known)
            return known
        if type(holder) is not Place or x.op is not None:
            return self._outer(x, parts)
        tensors = self.tensors
        slot = self.index[id(x)] = len(tensors)
        tensors.append(x)
        self.leaves.append(slot)
        if x.requires_grad:
            self.wanted.append(slot)
        parts.append(holder if x.requires_grad else holder.frozen)
        return slot

    def _outer(self, x: Tensor, parts: list[Any]) -> int:
        """A slot for a tensor from outside: a place for a leaf that lasts, else a copy of its numbers."""
        slot = self.index[id(x)] = len(self.tensors)
        self.tensors.append(x)
        if x.op is None and x._seen is None and self._lasts(x):
            place = place_of(x)
            parts.append(place if x.requires_grad else place.frozen)
            self.leaves.append(slot)
        else:
            array, spec = x._array, spec_of(x._array)
            if not array.flags.aligned:
                raise Unusual
            if x.requires_grad:
                parts.append(LEAF)
                self.is_mixed |= x.op is not None
            parts.append(spec)
            self.values[slot] = self.take_in(array, spec)
            self.inputs.append(slot)
        if x.requires_grad and x.op is None:
            self.wanted.append(slot)
        return slot

    def _lasts(self, x: Tensor) -> bool:
        """Whether a leaf was there in an earlier call, so that it will be there in the next one."""
        if x._sighted == 0:
            x._sighted = self.serial
        return x._sighted != self.serial

    def _constant(self, x: Any, inputs: tuple[Any, ...], parts: list[Any]) -> int:
        """A slot for an array or a number."""
        if isinstance(x, int | float) and not isinstance(x, bool):
            spec = next((s.number for t in inputs if (s := _spec(t)) and s.number), None)
            value = None
            if spec is None or type(x) is not float:
                value = np.asarray(x, spec and spec.dtype)
                spec = spec or number_spec(value.dtype)
            slot = self.stand_in(spec, value)._slot
            self.numbers[slot] = x, spec
        else:
            array = x if type(x) is np.ndarray else as_array(x)
            if not array.flags.aligned:
                raise Unusual
            spec = spec_of(array)
            slot = self.stand_in(spec, self.take_in(array, spec))._slot
        self.inputs.append(slot)
        parts.append(spec)
        return slot


def _spec(x: Any) -> Spec | None:
    """What is known of an input that is a tensor."""
    return None if not isinstance(x, Tensor) else x._spec or spec_of(x._array)
