"""Images into frames: a block of rows, channels last, with zeros around it, close at hand.

A convolution reads each number of an image many times, so the rows it works on are first copied to the
thread's own memory.  There they are channels last and have their padding, wherever they come from, and
the loops of `conv.py` need no case for an edge, a layout or an unaligned array.  Copying costs 1 to 3
percent of the time.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.memory import at, call, f32, helper, number
from glassgrad.kernels.simd_memory import load_part, store_part, up_to
from glassgrad.kernels.vector import splat


@helper
def copy(y, x, n):
    """y[:n] = x[:n]."""
    for i in range(0, n, 16):
        mask = up_to(n - i)
        store_part(at(y, i), load_part(at(x, i), mask), mask)


@helper
def zero(y, n):
    """y[:n] = 0."""
    for i in range(0, n, 16):
        store_part(at(y, i), splat(0.0), up_to(n - i))


def frame(first, last, args, scratch):
    """The rows top … top + height - 1 of the padded image, (height, width, step) with C <= step channels.

    Row i of the image is row ph + i uh of the padded one, and column j is pw + j uw: with u > 1 there are
    zeros between them, as the input gradient of a strided convolution wants it.
    """
    y, x, step = f32(args, 0), f32(args, 1), args[2]
    C, H, W, xc, xh, xw = args[3], args[4], args[5], args[6], args[7], args[8]
    top, height, width, ph, pw, uh, uw = (
        args[9], args[10], args[11], args[12], args[13], args[14], args[15]
    )  # fmt: skip
    for r in range(height):
        i, row = (top + r - ph) // uh, at(y, r * width * step)
        if i * uh != top + r - ph or i < 0 or i >= H:
            zero(row, width * step)
        elif uw == 1 and xc == 1 and xw == C and step == C and pw >= 0:
            inside = max(0, min(W, width - pw))
            zero(row, min(pw, width) * C)
            copy(at(row, pw * C), at(x, i * xh), inside * C)
            zero(at(row, (pw + inside) * C), (width - pw - inside) * C)
        else:
            zero(row, width * step)
            for j in range(max(0, (uw - 1 - pw) // uw), min(W, (width - pw - 1) // uw + 1)):
                pixel(at(row, (pw + j * uw) * step), at(x, i * xh + j * xw), xc, C)


@helper
def make_frame(kernel, row, y, step, x, C, H, W, xc, xh, xw, top, height, width, ph, pw, uh, uw):
    """Call `frame`, which is compiled once for all kernels that need one, with these arguments."""
    row[0], row[1], row[2] = number(y), number(x), step
    row[3], row[4], row[5], row[6], row[7], row[8] = C, H, W, xc, xh, xw
    row[9], row[10], row[11] = top, height, width
    row[12], row[13], row[14], row[15] = ph, pw, uh, uw
    call(kernel, 0, 1, row, y)


@helper
def pixel(y, x, xc, C):
    """One pixel whose channels lie xc apart."""
    if xc == 1:
        copy(y, x, C)
    else:
        for c in range(C):
            y[c] = x[c * xc]
