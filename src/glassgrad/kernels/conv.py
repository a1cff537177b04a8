"""Convolution of images, its input gradient and its weight gradient, on channels-last memory.

Arrays have the shape (N, C, H, W) and any strides; those that are made here are channels last inside, which
is what the next kernel reads fastest.  How it is done is in `loops/conv.py`.  Read next: `pool.py`.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from glassgrad.kernels import winograd
from glassgrad.kernels.argument_row import F32, Four, Pair, Three
from glassgrad.kernels.arrays import Array, channels_last, empty, steps
from glassgrad.kernels.blocking import MOST, PAD, WIDTHS, rows_at_once, width_for
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel

Five = tuple[int, int, int, int, int]


class Forward(NamedTuple):
    """y = x * w + b: x with groups times (C, H, W) = `image`, w as `Pack` leaves it."""

    x: F32
    w: F32
    y: F32
    bias: F32
    groups: int
    image: Three
    K: int
    x_steps: Four
    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: Pair
    apart: Pair
    out_size: Pair
    y_steps: Pair
    block: int
    is_relu: int
    pad: int


class Pack(NamedTuple):
    """Weights (groups, K, C, kH, kW) in the order in which `Forward` reads them."""

    w: F32
    packed: F32
    C: int
    K: int
    kernel: Pair
    width: int
    panels: int
    w_steps: Five


class WeightGradient(NamedTuple):
    """The sums over the images of each of `pieces` pieces of a batch of N."""

    x: F32
    g: F32
    sums: F32
    groups: int
    image: Three
    K: int
    x_steps: Four
    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: Pair
    out_size: Pair
    g_steps: Four
    N: int
    pieces: int
    parts: int
    block: int
    is_direct: int
    pad: int


class Collect(NamedTuple):
    """dw = the sums of all pieces."""

    sums: F32
    dw: F32
    pieces: int
    groups: int
    C: int
    K: int
    kw: int
    taps: int
    gp: int
    dw_steps: Four


FORWARD = {width: Kernel("conv", "forward", Forward, width) for width in WIDTHS}
PACK, COLLECT = Kernel("conv", "pack", Pack), Kernel("conv", "collect", Collect)


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
    g, i, j, y_step, x_step = (s // 4 for s in w.strides)
    pack = Pack(
        w=w, packed=packed, C=c, K=k, kernel=(kh, kw), width=lanes, panels=panels,
        w_steps=(g, i, j, y_step, x_step),
    )  # fmt: skip
    launch(PACK, groups * panels * kh, pack)
    row = ((wo - 1) * stride[1] + (kw - 1) * dilation[1] + 1) * c
    block = rows_at_once(ho, n * groups, row * stride[0], row * kh * dilation[0])
    args = Forward(
        x=x, w=packed, y=y, bias=bias, groups=groups, image=(c, height, width), K=k, x_steps=steps(x),
        kernel=(kh, kw), stride=stride, dilation=dilation, padding=padding, apart=apart,
        out_size=(ho, wo), y_steps=(y.strides[0] // 4, y.strides[3] // 4), block=block, is_relu=relu,
        pad=PAD.address,
    )  # fmt: skip
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
    args = WeightGradient(
        x=x, g=g, sums=sums, groups=groups, image=(c, height, width), K=k, x_steps=steps(x),
        kernel=(kh, kw), stride=stride, dilation=dilation, padding=padding, out_size=(ho, wo),
        g_steps=steps(g), N=n, pieces=pieces, parts=parts, block=block, is_direct=is_direct,
        pad=PAD.address,
    )  # fmt: skip
    image = row * ((block - 1) * stride[0] + (kh - 1) * dilation[0] + 1)
    scratch = 2 * block + 192 + block * wo * gp + 64 + image
    micros = 2e-5 * n * ho * wo * groups * taps * gp
    sizes = _tile_of_taps(kh, kw, c, dilation[1], lanes)
    launch(weight_kernel(*sizes), pieces * groups * parts, args, micros, scratch)
    collect = Collect(
        sums=sums, dw=dw, pieces=pieces, groups=groups, C=c, K=k, kw=kw, taps=taps, gp=gp,
        dw_steps=steps(dw),
    )  # fmt: skip
    launch(COLLECT, groups * taps, collect, micros=5e-4 * len(sums), scratch=16)
    return dw


@cache
def weight_kernel(runs: int, height: int, width: int) -> Kernel:
    """`weight_gradient` of `loops/conv.py` for a size of tile; few exist, each is compiled when needed."""
    return Kernel("conv", "weight_gradient", WeightGradient, runs, height, width)


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
