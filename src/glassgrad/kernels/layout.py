"""The same numbers in another order in memory."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glassgrad.kernels.argument_row import F32, Four
from glassgrad.kernels.arrays import Array, channels_last, empty
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel


class Copy(NamedTuple):
    """y = x, axes named from the slowest to the fastest of y, whose step is 1."""

    x: F32
    y: F32
    size: Four
    x_steps: Four


COPY = Kernel("layout", "copy", Copy)


def contiguous(x: Array, out: Array | None = None) -> Array:
    """A copy of x, of at most four axes, in row-major order."""
    y = empty(x.shape) if out is None else out
    _copy(x, y, tuple(range(x.ndim)))
    return y


def with_channels_last(x: Array, out: Array | None = None) -> Array:
    """x itself if its channels lie side by side and no `out` is given, else a copy in which they do."""
    is_so = out is None and (x.strides[1] == 4 or x.shape[1] == 1)
    return x if is_so else copied(x, out)


def copied(x: Array, out: Array | None = None) -> Array:
    """A copy whose channels lie side by side."""
    y = channels_last(x.shape) if out is None else out
    _copy(x, y, (0, 2, 3, 1))
    return y


def _copy(x: Array, y: Array, order: tuple[int, ...]) -> None:
    missing = 4 - x.ndim
    sizes = [1] * missing + [x.shape[i] for i in order]
    steps = [0] * missing + [x.strides[i] // 4 for i in order]
    args = Copy(x=x, y=y, size=_four(sizes), x_steps=_four(steps))
    launch(COPY, sizes[0], args, micros=1e-3 * float(np.prod(sizes)))


def _four(numbers: list[int]) -> Four:
    a, b, c, d = numbers
    return a, b, c, d
