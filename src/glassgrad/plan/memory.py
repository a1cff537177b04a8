"""Where the values of a plan lie: a place is given back when its last reader is done, and used again.

A training step needs far less memory than the sum of its values; this is the bookkeeping that finds out
how little.  Blocks are bytes, aligned to cache lines; a value is a view into one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
ALIGNMENT = 64


class Layout(NamedTuple):
    """How a value lies in memory: `order` lists the axes from the slowest to the fastest."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    order: tuple[int, ...]

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    def array(self, block: Array) -> Array:
        """The value's array in a block of bytes."""
        flat = block[: self.size * self.dtype.itemsize].view(self.dtype)
        return flat.reshape([self.shape[i] for i in self.order]).transpose(np.argsort(self.order))


def layout_of(array: Array) -> Layout:
    """The layout of an array."""
    order = np.argsort([-stride for stride in array.strides], kind="stable")
    return Layout(array.shape, array.dtype, tuple(order.tolist()))


class Memory:
    """Places by key; `place` may be filled beforehand for values whose array is given."""

    def __init__(self, given: Mapping[int, Array]) -> None:
        self.place: dict[int, Array] = dict(given)
        self.block: dict[int, Array] = {}  # the bytes under a value; views share them
        self.free: list[Array] = []
        self.total = 0

    def allocate(self, key: int, layout: Layout, lasts: bool = False) -> Array:
        """A place for a value, unless it has one; memory that nobody had before, if the value lasts."""
        if key not in self.place:
            self.free, spare = [] if lasts else self.free, self.free
            self.block[key] = self._block(max(layout.size, 1) * layout.dtype.itemsize)
            self.free = spare if lasts else self.free
            self.place[key] = layout.array(self.block[key])
        return self.place[key]

    def view(self, key: int, array: Array, source: int) -> None:
        """Note that `array` is a view of the value `source`, and keeps its bytes alive."""
        self.place[key] = array
        if source in self.block:
            self.block[key] = self.block[source]

    def release(self, line: int, last: Mapping[int, int]) -> None:
        """Free the blocks that no line after this one reads."""
        alive = {id(b) for k, b in self.block.items() if last.get(k, -1) > line}
        for key in [k for k in self.block if id(self.block[k]) not in alive]:
            block = self.block.pop(key)
            if not any(b is block for b in (*self.free, *self.block.values())):
                self.free.append(block)

    def _block(self, size: int) -> Array:
        fitting = [b for b in self.free if b.size >= size]
        if fitting:
            best = min(fitting, key=lambda b: b.size)
            self.free = [b for b in self.free if b is not best]
            return best
        self.total += size
        raw = np.empty(size + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        return raw[start : start + size]


def is_number(array: Array) -> bool:
    """Whether it is one number, perhaps repeated without memory."""
    return array.size == 1 or not any(array.strides)
