"""Which arrays the kernels take, where they lie, and how to make good ones.  Read next: `launch.py`."""

from __future__ import annotations

import sys
from ctypes import c_size_t
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]


def _by_numpy(a: NDArray[Any]) -> int:
    return int(a.ctypes.data)


def _by_c(a: NDArray[Any]) -> int:
    """The first field after the object's head, as NumPy's C interface has it: 7 times faster to get."""
    return _pointer_at(id(a) + _HEAD).value


_pointer_at, _HEAD = c_size_t.from_address, object.__basicsize__
_probe = [np.empty(n) for n in (1, 5)]
_is_c = sys.implementation.name == "cpython" and all(_by_c(a) == _by_numpy(a) for a in _probe)
address = _by_c if _is_c else _by_numpy
"""Where an array's numbers begin."""


def aligned(count: int, dtype: Any = np.float32) -> NDArray[Any]:
    """An uninitialised array that begins on a cache line: vectors then never straddle two."""
    size = np.dtype(dtype).itemsize
    room = np.empty(count * size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + count * size].view(dtype)


def empty(shape: tuple[int, ...]) -> Array:
    """An uninitialised float32 array that begins on a cache line."""
    return aligned(int(np.prod(shape))).reshape(shape)


def channels_last(shape: tuple[int, ...]) -> Array:
    """An uninitialised (N, C, H, W) array whose channels lie side by side."""
    n, c, h, w = shape
    return empty((n, h, w, c)).transpose(0, 3, 1, 2)


def pair_of_steps(a: Array) -> tuple[int, int]:
    """Strides of a matrix, counted in numbers."""
    i, j = a.strides
    return i // 4, j // 4


def steps(a: Array) -> tuple[int, int, int, int]:
    """Strides of images or weights, counted in numbers."""
    i, j, k, m = a.strides
    return i // 4, j // 4, k // 4, m // 4
