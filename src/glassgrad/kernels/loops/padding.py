"""Padding: a block of rows of an image, channels last, with zeros around it, close at hand.

A convolution reads each number of an image many times, so the rows it works on are first copied to the
thread's own memory.  There they are channels last and have their padding, wherever they come from, and
the loops of `conv.py` need no case for an edge, a layout or an unaligned array.  Copying costs 1 to 3
percent of the time.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.blocking import Pad
from glassgrad.kernels.pointers import at, call, helper
from glassgrad.kernels.row_type import row_at
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


def pad(first, last, args, scratch):
    """The rows top … top + height - 1 of the padded image, (height, width, step) with C <= step channels.

    Row i of the image is row ph + i uh of the padded one, and column j is pw + j uw: with u > 1 there are
    zeros between them, as the input gradient of a strided convolution wants it.
    """
    y, x, step, (C, H, W), (xc, xh, xw) = args.y, args.x, args.y_step, args.image, args.x_steps
    top, (height, width), (ph, pw), (uh, uw) = args.top, args.size, args.padding, args.apart
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
def pad_rows(kernel, row, y, y_step, x, image, x_steps, top, size, padding, apart):
    """Call `pad`, which is compiled once for all kernels that need it, with these arguments."""
    args = row_of_pad(row)
    args.y = y
    args.x = x
    args.y_step = y_step
    args.image = image
    args.x_steps = x_steps
    args.top = top
    args.size = size
    args.padding = padding
    args.apart = apart
    call(kernel, 0, 1, args, y)


row_of_pad = row_at(Pad)


@helper
def pixel(y, x, xc, C):
    """One pixel whose channels lie xc apart."""
    if xc == 1:
        copy(y, x, C)
    else:
        for c in range(C):
            y[c] = x[c * xc]
