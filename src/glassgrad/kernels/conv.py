"""Convolution of images, its input gradient and its weight gradient, on channels-last memory.

Arrays have the shape (N, C, H, W) and any strides; those that are made here are channels last inside, which
is what the next kernel reads fastest.  How it is done is in `loops/conv.py`.  Read next: `pool.py`.
"""

from __future__ import annotations

from functools import cache

from glassgrad.kernels import winograd
from glassgrad.kernels.arrays import Array, channels_last, empty, steps
from glassgrad.kernels.frames import FRAME, MOST, WIDTHS, Pair, rows_at_once, width_for
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel

FORWARD = {width: Kernel("conv", "forward", width) for width in WIDTHS}
PACK, COLLECT = Kernel("conv", "pack"), Kernel("conv", "collect")


def conv2d(
    x: Array,
    w: Array,
    bias: Array | None = None,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
    relu: bool = False,
    out: Array | None = None,
) -> Array:
    r"""$y = x \star w + b$, cut off below 0 if `relu`.

    x : (N, C, H, W)   w : (K, C/groups, kH, kW)   bias : (K,)   y : (N, K, Ho, Wo), channels last
    """
    size = _output_size(x.shape[2:], w.shape[2:], stride, padding, dilation)
    y = channels_last((len(x), len(w), *size)) if out is None else out
    _convolve(x, w, y, bias, stride, dilation, padding, (1, 1), groups, relu)
    return y


def conv2d_input(
    g: Array,
    w: Array,
    size: Pair,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
    out: Array | None = None,
) -> Array:
    """The gradient of `conv2d` for its input of height and width `size`.

    It is the convolution of g, its elements `stride` apart, with the kernels turned by 180 degrees.
    """
    k, c, kh, kw = w.shape
    turned = w.reshape(groups, k // groups, c, kh, kw)[..., ::-1, ::-1].swapaxes(1, 2)
    around = tuple(d * (n - 1) - p for d, n, p in zip(dilation, (kh, kw), padding, strict=True))
    y = channels_last((len(g), c * groups, *size)) if out is None else out
    _convolve(g, turned, y, None, (1, 1), dilation, around, stride, groups, False)
    return y


def _convolve(x, w, y, bias, stride, dilation, padding, apart, groups, relu):
    """Pack the weights, then all images; w may have its axes as (groups, K/groups, C/groups, kH, kW)."""
    (n, channels, height, width), (kh, kw) = x.shape, w.shape[-2:]
    c, k, (ho, wo) = channels // groups, y.shape[1] // groups, y.shape[2:]
    if stride == apart == (1, 1) and winograd.suits((kh, kw), (c, k), dilation, groups):
        winograd.convolve(x, w.reshape(k, c, kh, kw), y, bias, padding, relu)
        return
    if w.ndim == 4:
        w = w.reshape(groups, k, c, kh, kw)
    lanes = width_for(k)
    panels = -(-k // lanes)
    packed = empty((groups * panels * kh * kw * c * lanes,))
    launch(PACK, groups * panels * kh, [w, packed, c, k, kh, kw, lanes, panels, *steps(w)])
    row = ((wo - 1) * stride[1] + (kw - 1) * dilation[1] + 1) * c
    block = rows_at_once(ho, n * groups, row * stride[0], row * kh * dilation[0])
    args = [
        x, packed, y, bias, groups, c, height, width, k, *steps(x), kh, kw, *stride, *dilation,
        *padding, *apart, ho, wo, y.strides[0] // 4, y.strides[3] // 4, block, int(relu), FRAME.address,
    ]  # fmt: skip
    micros = 2e-5 * n * groups * ho * wo * kh * kw * c * panels * lanes
    scratch = (
        row * ((block - 1) * stride[0] + (kh - 1) * dilation[0] + 1)
        + 2 * (block * wo + kh * kw)
        + 192
    )
    launch(FORWARD[lanes], n * groups * -(-ho // block), args, micros, scratch)


def conv2d_weight(
    x: Array,
    g: Array,
    kernel: Pair,
    stride: Pair = (1, 1),
    padding: Pair = (0, 0),
    dilation: Pair = (1, 1),
    groups: int = 1,
    out: Array | None = None,
) -> Array:
    """The gradient of `conv2d` for its weights.

    The batch is cut into pieces by its size alone, whose sums are added in order: the same bits on any
    number of threads.
    """
    (n, channels, height, width), (kh, kw), (ho, wo) = x.shape, kernel, g.shape[2:]
    c, k = channels // groups, g.shape[1] // groups
    dw = empty((g.shape[1], c, kh, kw)) if out is None else out
    if not n * ho * wo:
        dw[...] = 0
        return dw
    if stride == (1, 1) and winograd.suits(kernel, (c, k), dilation, groups):
        winograd.weight_gradient(x, g, dw, padding)
        return dw
    taps, lanes = kh * kw * c, width_for(k)
    gp = -(-k // lanes) * lanes
    pieces = max(1, min(n, 16, MOST // (groups * taps * gp)))
    parts = -(-8 // (pieces * groups))
    sums = empty((pieces * groups * taps * gp,))
    row = ((wo - 1) * stride[1] + (kw - 1) * dilation[1] + 1) * c
    block = rows_at_once(ho, 8, row * stride[0] + wo * gp, row * kh * dilation[0])
    is_direct = g.strides[1] == 4 and k == gp
    args = [
        x, g, sums, groups, c, height, width, k, *steps(x), kh, kw, *stride, *dilation,
        *padding, ho, wo, *steps(g), n, pieces, parts, block, int(is_direct), FRAME.address,
    ]  # fmt: skip
    image = row * ((block - 1) * stride[0] + (kh - 1) * dilation[0] + 1)
    scratch = 2 * block + 192 + block * wo * gp + 64 + image
    micros = 2e-5 * n * ho * wo * groups * taps * gp
    sizes = _tile_of_taps(kh, kw, c, dilation[1], lanes)
    launch(weight_kernel(*sizes), pieces * groups * parts, args, micros, scratch)
    more = [sums, dw, pieces, groups, c, k, kw, taps, gp, *steps(dw)]
    launch(COLLECT, groups * taps, more, micros=5e-4 * len(sums), scratch=16)
    return dw


@cache
def weight_kernel(runs: int, height: int, width: int) -> Kernel:
    """`weight_gradient` of `loops/conv.py` for a size of tile; few exist, each is compiled when needed."""
    return Kernel("conv", "weight_gradient", runs, height, width)


def _tile_of_taps(kh: int, kw: int, c: int, dilation: int, lanes: int) -> tuple[int, int, int]:
    """The sizes of a `weight_gradient` tile: about 24 registers for sums, if the kernel is that large."""
    runs, run = (kh, kw * c) if dilation == 1 else (kh * kw, c)
    most = 25 // -(-lanes // 16)
    if run < 8:
        return min(runs, max(1, most // run)), run, lanes
    heights = (16, 15, 8) if lanes <= 16 else (12, 8)
    return 1, min(heights, key=lambda v: (-(-run // v) * v, -v)), lanes


def _output_size(size, kernel, stride, padding, dilation):
    """Height and width of the output; as in `ops/shared/windows.py`, which also says what is wrong."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )
