"""Elementwise values that are computed together, in one pass over memory.

A value that is used once, by another elementwise op, never reaches memory: it lives in a scratch block of
the machine (`kernels/elementwise.py`).  Neighbouring chains of one size share a pass, too: what one writes
the next one finds in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.plan.memory import is_number
from glassgrad.plan.values import Value

Array = NDArray[Any]
WITH_PRODUCT = {
    "add": ("multiply_add", "multiply_add"),
    "subtract": ("multiply_subtract", "subtract_product"),
}
"""The instruction that also multiplies, if the first or the second operand is a product."""


class Pass:
    """A program for the machine as it grows.

    Args:
        values: every value of the plan, by key.
        place: where each value that reaches memory lies.
    """

    def __init__(self, values: Mapping[int, Value], place: Mapping[int, Array]) -> None:
        self.values, self.place, self.size = values, place, 0
        self.rows: list[tuple[str, int, int, int, int]] = []
        self.slots: list[Array | None] = []
        self.slot_of: dict[int, int] = {}

    def add(self, value: Value) -> None:
        """Compute a value into its place, and what was absorbed into it on the way."""
        self.size = value.layout.size
        self.slot_of[value.key] = self._emit(value, self._new(self.place[value.key]))

    def run(self) -> bool:
        """Launch it; tells that something was launched."""
        from glassgrad.kernels import elementwise

        elementwise.run(self.rows, self.slots)
        return True

    def _emit(self, value: Value, into: int) -> int:
        name, keys = self._instruction(value)
        operands = [self._operand(key) for key in keys]
        if len(operands) == 1:
            setting = np.full((), value.op.instruction_setting, np.float32)
            operands.append(self._repeated(self._new(setting)))
        a, b, c = (*operands, operands[-1])[:3]
        self.rows.append((name, into, a, b, c))
        return into

    def _instruction(self, value: Value) -> tuple[str, tuple[int, ...]]:
        """What to do with which values: a product that is used only here is taken along."""
        names = WITH_PRODUCT.get(value.op.instruction, ())
        for name, key, other in zip(names, value.inputs, reversed(value.inputs), strict=False):
            inner = self.values.get(key)
            is_new = inner is not None and inner.kind == "absorbed" and key not in self.slot_of
            if inner is not None and is_new and inner.op.instruction == "multiply":
                return name, (*inner.inputs, other)
        return value.op.instruction, value.inputs

    def _operand(self, key: int) -> int:
        if key not in self.slot_of:
            inner = self.values.get(key)
            if inner is not None and inner.kind == "absorbed":
                slot = self._emit(inner, self._new(None))
            else:
                slot = self._new(self.place[key])
                if is_number(self.place[key]) and self.size != 1:
                    slot = self._repeated(slot)
            self.slot_of[key] = slot
        return self.slot_of[key]

    def _repeated(self, number: int) -> int:
        """A scratch block full of one number."""
        block = self._new(None)
        self.rows.append(("fill", block, number, number, number))
        return block

    def _new(self, slot: Array | None) -> int:
        self.slots.append(slot)
        return len(self.slots) - 1
