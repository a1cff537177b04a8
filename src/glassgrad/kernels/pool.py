"""Max- and average-pooling and their derivatives, on channels-last memory.

x has the shape (N, C, H, W); if its channels do not lie side by side it is copied first.  The settings are
those of the ops in `ops/max_pool.py` and `ops/average_pool.py`.  Read next: `chain.py`.
"""

from __future__ import annotations

from glassgrad.kernels.arrays import Array, channels_last, steps
from glassgrad.kernels.launch import launch
from glassgrad.kernels.layout import with_channels_last
from glassgrad.kernels.loading import Kernel

Pair = tuple[int, int]
LARGEST, TO_LARGEST = Kernel("pool", "largest"), Kernel("pool", "to_largest")
OF_FOUR, TO_FIRST_OF_FOUR = Kernel("pool", "of_four"), Kernel("pool", "to_first_of_four")
MEAN, TO_ALL = Kernel("pool", "mean"), Kernel("pool", "to_all")
HALVES = [2, 2, 2, 2, 0, 0, 1, 1]
"""The settings of windows of 2 x 2 side by side, for which there are kernels of their own."""
MICROS = 2e-4
"""Microseconds that one number takes: it comes from memory, and goes there."""


def max_pool(
    x: Array,
    size: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    out: Array | None = None,
) -> Array:
    """The largest element of each window; NaN wins, padding never does.

    x : (N, C, H, W)   y : (N, C, *size), channels last
    """
    (n, c, h, w), x = x.shape, with_channels_last(x)
    y = channels_last((n, c, *size)) if out is None else out
    settings = [*kernel, *stride, *padding, *dilation]
    if settings == HALVES and (h, w) == (2 * size[0], 2 * size[1]):
        launch(OF_FOUR, n * size[0], [x, y, c, *size, *_lines(x)], MICROS * x.size)
    else:
        args = [x, y, c, h, w, *size, *settings, *_lines(x), *_lines(y)]
        launch(LARGEST, n * size[0], args, 2 * MICROS * x.size)
    return y


def max_pool_input(
    g: Array,
    x: Array,
    kernel: Pair,
    stride: Pair,
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    gated: bool = False,
    out: Array | None = None,
) -> Array:
    """The gradient of `max_pool` for x: each g goes to the first largest element of its window.

    g : the shape of the output   x : (N, C, H, W)   dx : (N, C, H, W), channels last without gaps

    If x is the output of a ReLU and `gated`, dx is the gradient for the input of that ReLU.
    """
    (n, c, h, w), x, g = x.shape, with_channels_last(x), with_channels_last(g)
    dx = channels_last((n, c, h, w)) if out is None else out
    settings, size = [*kernel, *stride, *padding, *dilation], g.shape[2:]
    if settings == HALVES and (h, w) == (2 * size[0], 2 * size[1]):
        args = [g, x, dx, int(gated), c, *size, *_lines(x), *_lines(g)]
        launch(TO_FIRST_OF_FOUR, n * size[0], args, 1.5 * MICROS * x.size)
    else:
        args = [g, x, dx, int(gated), c, h, w, *size, *settings, *_lines(x), *_lines(g)]
        launch(TO_LARGEST, n, args, 4 * MICROS * x.size)
    return dx


def average_pool(
    x: Array,
    size: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair = (0, 0),
    count_include_pad: bool = True,
    out: Array | None = None,
) -> Array:
    """The mean of each window; the padding counts as zeros, or not at all.

    x : (N, C, H, W)   y : (N, C, *size), channels last
    """
    (n, c, h, w), x = x.shape, with_channels_last(x)
    y = channels_last((n, c, *size)) if out is None else out
    margin = padding if count_include_pad else (0, 0)
    args = [x, y, c, h, w, *size, *kernel, *stride, *padding, *margin, *_lines(x), *_lines(y)]
    launch(MEAN, n * size[0], args, MICROS * x.size)
    return y


def average_pool_input(
    g: Array,
    size: Pair,
    kernel: Pair,
    stride: Pair,
    padding: Pair = (0, 0),
    count_include_pad: bool = True,
    out: Array | None = None,
) -> Array:
    """The gradient of `average_pool` for its input of height and width `size`.

    g : (N, C, Ho, Wo)   dx : (N, C, *size), channels last without gaps
    """
    (n, c, ho, wo), g = g.shape, with_channels_last(g)
    dx = channels_last((n, c, *size)) if out is None else out
    margin = padding if count_include_pad else (0, 0)
    args = [g, dx, c, *size, ho, wo, *kernel, *stride, *padding, *margin, *_lines(g)]
    launch(TO_ALL, n, args, 2 * MICROS * dx.size)
    return dx


def _lines(a: Array) -> list[int]:
    """Steps to the next image, row and pixel."""
    n, _, h, w = steps(a)
    return [n, h, w]
