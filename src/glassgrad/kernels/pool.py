"""Max- and average-pooling and their derivatives, on channels-last memory.

x has the shape (N, C, H, W); if its channels do not lie side by side it is copied first.  The settings are
those of the ops in `ops/max_pool.py` and `ops/average_pool.py`.  Read next: `elementwise.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from glassgrad.kernels.argument_row import F32, Pair, Three
from glassgrad.kernels.arrays import Array, channels_last, steps
from glassgrad.kernels.launch import launch
from glassgrad.kernels.layout import with_channels_last
from glassgrad.kernels.loading import Kernel


class MaxPool(NamedTuple):
    """y = the largest of each window of x."""

    x: F32
    y: F32
    C: int
    size: Pair
    out_size: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    x_steps: Three
    y_steps: Three


class MaxPoolGradient(NamedTuple):
    """dx = g where x is the first largest of its window; `is_gated`, only where x > 0."""

    g: F32
    x: F32
    dx: F32
    is_gated: int
    C: int
    size: Pair
    out_size: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    dilation: Pair
    x_steps: Three
    g_steps: Three


class Halved(NamedTuple):
    """`MaxPool` of windows of 2 x 2 side by side."""

    x: F32
    y: F32
    C: int
    out_size: Pair
    x_steps: Three


class HalvedGradient(NamedTuple):
    """`MaxPoolGradient` of windows of 2 x 2 side by side."""

    g: F32
    x: F32
    dx: F32
    is_gated: int
    C: int
    out_size: Pair
    x_steps: Three
    g_steps: Three


class AveragePool(NamedTuple):
    """y = the mean of each window of x, with `margin` of its padding."""

    x: F32
    y: F32
    C: int
    size: Pair
    out_size: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    margin: Pair
    x_steps: Three
    y_steps: Three


class AveragePoolGradient(NamedTuple):
    """dx = g of each window, in equal parts to its elements."""

    g: F32
    dx: F32
    C: int
    size: Pair
    out_size: Pair
    kernel: Pair
    stride: Pair
    padding: Pair
    margin: Pair
    g_steps: Three


MAX_POOL = Kernel("pool", "max_pool", MaxPool)
MAX_POOL_GRADIENT = Kernel("pool", "max_pool_gradient", MaxPoolGradient)
MAX_POOL_2X2 = Kernel("pool", "max_pool_2x2", Halved)
MAX_POOL_2X2_GRADIENT = Kernel("pool", "max_pool_2x2_gradient", HalvedGradient)
AVERAGE_POOL = Kernel("pool", "average_pool", AveragePool)
AVERAGE_POOL_GRADIENT = Kernel("pool", "average_pool_gradient", AveragePoolGradient)
HALVES = ((2, 2), (2, 2), (0, 0), (1, 1))
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
    if are_halves((h, w), size, kernel, stride, padding, dilation):
        halved = Halved(x=x, y=y, C=c, out_size=size, x_steps=_lines(x))
        launch(MAX_POOL_2X2, n * size[0], halved, MICROS * x.size)
    else:
        args = MaxPool(
            x=x, y=y, C=c, size=(h, w), out_size=size, kernel=kernel, stride=stride, padding=padding,
            dilation=dilation, x_steps=_lines(x), y_steps=_lines(y),
        )  # fmt: skip
        launch(MAX_POOL, n * size[0], args, 2 * MICROS * x.size)
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
    _, _, *size = g.shape
    out_size = size[0], size[1]
    if are_halves((h, w), out_size, kernel, stride, padding, dilation):
        halved = HalvedGradient(
            g=g, x=x, dx=dx, is_gated=gated, C=c, out_size=out_size, x_steps=_lines(x), g_steps=_lines(g)
        )  # fmt: skip
        launch(MAX_POOL_2X2_GRADIENT, n * size[0], halved, 1.5 * MICROS * x.size)
    else:
        args = MaxPoolGradient(
            g=g, x=x, dx=dx, is_gated=gated, C=c, size=(h, w), out_size=out_size, kernel=kernel,
            stride=stride, padding=padding, dilation=dilation, x_steps=_lines(x), g_steps=_lines(g),
        )  # fmt: skip
        launch(MAX_POOL_GRADIENT, n, args, 4 * MICROS * x.size)
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
    args = AveragePool(
        x=x, y=y, C=c, size=(h, w), out_size=size, kernel=kernel, stride=stride, padding=padding,
        margin=margin, x_steps=_lines(x), y_steps=_lines(y),
    )  # fmt: skip
    launch(AVERAGE_POOL, n * size[0], args, MICROS * x.size)
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
    args = AveragePoolGradient(
        g=g, dx=dx, C=c, size=size, out_size=(ho, wo), kernel=kernel, stride=stride, padding=padding,
        margin=margin, g_steps=_lines(g),
    )  # fmt: skip
    launch(AVERAGE_POOL_GRADIENT, n, args, 2 * MICROS * dx.size)
    return dx


def are_halves(size: Pair, out_size: Pair, *settings: Pair) -> bool:
    """Whether each window is 2 x 2, and they lie side by side."""
    return settings == HALVES and size == (2 * out_size[0], 2 * out_size[1])


def _lines(a: Array) -> Three:
    """Steps to the next image, row and pixel."""
    n, _, h, w = steps(a)
    return n, h, w
