"""The convolutions of most networks with a third of the multiplications: kernels of 3 x 3 and 5 x 5.

`conv.py` comes here where it pays.  Why it works is in `winograd_transforms.py`, how it is done in
`loops/winograd.py`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from glassgrad.kernels.argument_row import F32, Four, Pair, Three
from glassgrad.kernels.arrays import Array, empty, steps
from glassgrad.kernels.blocking import MOST, NEAR, PAD, rows_at_once, width_for
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel

POINTS = 36
NEAREST = 1 << 14
"""Numbers that are transformed at a time, so that they stay in the nearest cache."""
FEWEST = 16
"""Channels on either side from which it pays."""


class TransformWeights(NamedTuple):
    """u[point, c, k] of w[k, c]."""

    w: F32
    u: F32
    C: int
    K: int
    width: int
    w_steps: Four


class Forward(NamedTuple):
    """y = x * w + b, w as u; `point_steps` are between the points of x and of the sums."""

    x: F32
    u: F32
    y: F32
    bias: F32
    image: Three
    x_steps: Four
    padding: Pair
    K: int
    out_size: Pair
    y_steps: Pair
    is_relu: int
    block: int
    line_step: int
    point_steps: Pair
    pad: int


class WeightGradient(NamedTuple):
    """The sums over the pieces of each part of a batch of N, at all points."""

    x: F32
    g: F32
    total: F32
    image: Three
    x_steps: Four
    padding: Pair
    K: int
    out_size: Pair
    g_steps: Four
    N: int
    batches: int
    shares: int
    block: int
    line_steps: Pair
    point_steps: Pair
    pad: int


class Collect(NamedTuple):
    """dw = the sums of all parts, transformed back."""

    total: F32
    dw: F32
    batches: int
    C: int
    K: int
    lanes: int
    dw_steps: Four


SIGNATURES = {
    "transform_weights": TransformWeights,
    "forward": Forward,
    "weight_gradient": WeightGradient,
    "collect": Collect,
}


def suits(size: Pair, channels: Pair, dilation: Pair, groups: int) -> bool:
    """Whether a convolution of stride 1 from `channels[0]` to `channels[1]` channels is done here."""
    is_plain = dilation == (1, 1) and groups == 1
    return is_plain and size in ((3, 3), (5, 5)) and min(channels) >= FEWEST


def convolve(x: Array, w: Array, y: Array, bias: Array | None, padding: Pair, relu: bool) -> None:
    r"""$y = x \star w + b$, cut off below 0 if `relu`; w may have any strides.

    x : (N, C, H, W)   w : (K, C, r, r)   bias : (K,)   y : (N, K, Ho, Wo), channels last
    """
    (n, c, height, wide), (k, _, r, _), (ho, wo) = x.shape, w.shape, y.shape[2:]
    width = width_for(k)
    panels, lanes = -(-k // width), _whole(width)
    u = empty((panels * POINTS * c * lanes,))
    weights = TransformWeights(w=w, u=u, C=c, K=k, width=width, w_steps=steps(w))
    transform = kernel("transform_weights", r)
    launch(transform, panels * c, weights, 0.06 * panels * c * lanes, 32 * r * r)
    m = 7 - r
    rows, across = -(-ho // m), -(-wo // m)
    block = rows_at_once(rows, n, across * 6 * (_whole(c) + lanes), 0, NEAREST)
    far, planes = _planes(block, across, r, c, lanes)
    args = Forward(
        x=x, u=u, y=y, bias=bias, image=(c, height, wide), x_steps=steps(x), padding=padding, K=k,
        out_size=(ho, wo), y_steps=(y.strides[0] // 4, y.strides[3] // 4), is_relu=relu, block=block,
        line_step=far, point_steps=planes, pad=PAD.address,
    )  # fmt: skip
    micros = 2e-5 * n * rows * across * POINTS * (c + 8) * panels * lanes
    halves = 6 * m * block * across * panels * lanes
    scratch = 6 * (far + sum(planes)) + halves + _padded(block, across, r, c)
    launch(kernel("forward", r, width), n * -(-rows // block), args, micros, scratch)


def weight_gradient(x: Array, g: Array, dw: Array, padding: Pair) -> None:
    """The gradient of `convolve` for w into dw, from that for y.

    x : (N, C, H, W)   g : (N, K, Ho, Wo)   dw : (K, C, r, r)
    """
    (n, c, height, wide), (k, _, r, _), (ho, wo) = x.shape, dw.shape, g.shape[2:]
    width = width_for(k)
    lanes = _whole(-(-k // width) * width)
    batches = max(1, min(n, 8, MOST // (2 * POINTS * c * lanes)))
    shares, m = min(6, -(-8 // batches)), 7 - r
    total = empty((batches * POINTS * c * lanes,))
    rows, across = -(-ho // m), -(-wo // m)
    block = rows_at_once(rows, 8, across * 6 * (_whole(c) + lanes), 0, NEAR)
    far, planes = _planes(block, across, r, c, lanes)
    far_of_g = _odd(block * across * m * lanes)
    args = WeightGradient(
        x=x, g=g, total=total, image=(c, height, wide), x_steps=steps(x), padding=padding, K=k,
        out_size=(ho, wo), g_steps=steps(g), N=n, batches=batches, shares=shares, block=block,
        line_steps=(far, far_of_g), point_steps=planes, pad=PAD.address,
    )  # fmt: skip
    micros = 2e-5 * n * rows * across * POINTS * (c + 8) * lanes
    scratch = 6 * (far + far_of_g + sum(planes)) + _padded(block, across, r, max(c, lanes))
    sized = kernel("weight_gradient", r, _height(c, width), width)
    launch(sized, batches * shares, args, micros, scratch)
    collect = Collect(
        total=total, dw=dw, batches=batches, C=c, K=k, lanes=lanes, dw_steps=steps(dw)
    )
    launch(kernel("collect", r), c, collect, 5e-4 * len(total), 16 * (POINTS + r * r))


@cache
def kernel(name: str, *sizes: int) -> Kernel:
    """One of `loops/winograd.py`, for a size of kernel and of tile; it is compiled when needed."""
    return Kernel("winograd", name, SIGNATURES[name], *sizes)


def _height(c: int, width: int) -> int:
    """Rows of a tile of the weight gradient: at most 24 registers for sums, few rows for nothing."""
    heights = {8: (16, 8), 16: (16, 8), 24: (12, 8), 32: (12, 8)}[width]
    return min(heights, key=lambda v: (-(-c // v) * v, -v))


def _whole(n: int) -> int:
    """n, made a multiple of 16: a row of vectors."""
    return -(-n // 16) * 16


def _odd(numbers: int) -> int:
    """At least so many, in an odd number of cache lines: what is that far apart does not crowd together."""
    return (-(-numbers // 16) | 1) * 16


def _planes(block: int, across: int, r: int, c: int, lanes: int) -> tuple[int, tuple[int, int]]:
    """Numbers from one point to the next: of lines, and of pieces with c channels and with `lanes`."""
    wide, pieces = across * (7 - r) + r - 1, -(-block * across // 4) * 4
    return _odd(_whole(c) * block * wide), (_odd(pieces * _whole(c)), _odd(pieces * lanes))


def _padded(block: int, across: int, r: int, c: int) -> int:
    """Numbers in the padded rows, and in the tables beside them."""
    m = 7 - r
    return (block * m + r - 1) * (across * m + r - 1) * c + 128
