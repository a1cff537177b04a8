"""The convolutions of most networks with a third of the multiplications: kernels of 3 x 3 and 5 x 5.

`conv.py` comes here where it pays.  Why it works is in `points.py`, how it is done in `loops/winograd.py`.
"""

from __future__ import annotations

from functools import cache

from glassgrad.kernels.arrays import Array, empty, steps
from glassgrad.kernels.frames import FRAME, MOST, NEAR, Pair, rows_at_once, width_for
from glassgrad.kernels.launch import launch
from glassgrad.kernels.native import Kernel

POINTS = 36
FEWEST = 16
"""Channels on either side from which it pays."""


def suits(kernel: Pair, channels: Pair, dilation: Pair, groups: int) -> bool:
    """Whether a convolution of stride 1 from `channels[0]` to `channels[1]` channels is done here."""
    is_plain = dilation == (1, 1) and groups == 1
    return is_plain and kernel in ((3, 3), (5, 5)) and min(channels) >= FEWEST


def convolve(x: Array, w: Array, y: Array, bias: Array | None, padding: Pair, relu: bool) -> None:
    r"""$y = x \star w + b$, cut off below 0 if `relu`; w may have any strides.

    x : (N, C, H, W)   w : (K, C, r, r)   bias : (K,)   y : (N, K, Ho, Wo), channels last
    """
    (n, c, height, wide), (k, _, r, _), (ho, wo) = x.shape, w.shape, y.shape[2:]
    width = width_for(k)
    panels, lanes = -(-k // width), _whole(width)
    u = empty((panels * POINTS * c * lanes,))
    args = [w, u, c, k, width, *steps(w)]
    launch(_kernel("kernels", r), panels * c, args, 0.06 * panels * c * lanes, 32 * r * r)
    m = 7 - r
    down, across = -(-ho // m), -(-wo // m)
    block = rows_at_once(down, n, across * POINTS * (_whole(c) + lanes), 0, 2 * NEAR)
    planes = _plane(block * across, _whole(c)), _plane(block * across, lanes)
    args = [
        x, u, y, bias, c, height, wide, *steps(x), *padding, k, ho, wo, y.strides[0] // 4,
        y.strides[3] // 4, int(relu), block, *planes, FRAME.address,
    ]  # fmt: skip
    micros = 2e-5 * n * down * across * POINTS * (c + 8) * panels * lanes
    scratch = _scratch(block * m, across * m, r, c, planes)
    launch(_kernel("forward", r, width), n * -(-down // block), args, micros, scratch)


def weight_gradient(x: Array, g: Array, dw: Array, padding: Pair) -> None:
    """The gradient of `convolve` for w into dw, from that for y.

    x : (N, C, H, W)   g : (N, K, Ho, Wo)   dw : (K, C, r, r)
    """
    (n, c, height, wide), (k, _, r, _), (ho, wo) = x.shape, dw.shape, g.shape[2:]
    width = width_for(k)
    lanes = _whole(-(-k // width) * width)
    batches = max(1, min(n, 16, MOST // (POINTS * c * lanes)))
    shares, m = -(-8 // batches), 7 - r
    total = empty((batches * POINTS * c * lanes,))
    down, across = -(-ho // m), -(-wo // m)
    block = rows_at_once(down, 8, across * POINTS * (_whole(c) + lanes), 0, 2 * NEAR)
    planes = _plane(block * across, _whole(c)), _plane(block * across, lanes)
    args = [
        x, g, total, c, height, wide, *steps(x), *padding, k, ho, wo, *steps(g), n, batches, shares,
        block, *planes, FRAME.address,
    ]  # fmt: skip
    micros = 2e-5 * n * down * across * POINTS * (c + 8) * lanes
    scratch = _scratch(block * m, across * m, r, max(c, lanes), planes)
    kernel = _kernel("weight_gradient", r, _height(c, width), width)
    launch(kernel, batches * shares, args, micros, scratch)
    more = [total, dw, batches, c, k, lanes, *steps(dw)]
    launch(_kernel("collect", r), c, more, 5e-4 * len(total), 16 * (POINTS + r * r))


@cache
def _kernel(name: str, *sizes: int) -> Kernel:
    return Kernel("winograd", name, *sizes)


def _height(c: int, width: int) -> int:
    """Rows of a tile of the weight gradient: at most 24 registers for sums, few rows for nothing."""
    heights = {8: (16, 8), 16: (16, 8), 24: (12, 8), 32: (12, 8)}[width]
    return min(heights, key=lambda v: (-(-c // v) * v, -v))


def _whole(n: int) -> int:
    """n, made a multiple of 16: a row of vectors."""
    return -(-n // 16) * 16


def _plane(pieces: int, step: int) -> int:
    """Numbers at one point: an odd number of cache lines, so that points do not crowd the same lines."""
    return (-(-pieces // 4) * 4 * step // 16 | 1) * 16


def _scratch(high: int, wide: int, r: int, c: int, planes: tuple[int, int]) -> int:
    """Numbers that a thread needs: tables, a band of lines, both looks, and a frame."""
    across = wide + r - 1
    return 96 + 96 * across + POINTS * sum(planes) + (high + r - 1) * across * c + 64
