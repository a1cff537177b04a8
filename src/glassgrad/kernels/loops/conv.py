"""Convolution: the tile's rows are pixels, its columns output channels.

The rows of `outer` may lie anywhere, so eight pixels of an image serve as well as eight rows of a matrix,
and walking along a row of the kernel is walking through memory: k counts kernel columns and input channels
together.  The input gradient is the same loop, over the padded cotangent with the kernel turned around; the
weight gradient swaps the parts: its rows are taps of the kernel, and k walks over pixels.
Read next: `winograd.py`, which needs fewer multiplications.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.loops.microkernel import microkernel
from glassgrad.kernels.loops.padding import pad_rows
from glassgrad.kernels.pointers import as_integers, at, helper, is_given
from glassgrad.kernels.simd_memory import load_part, store, store_part, up_to
from glassgrad.kernels.tile import add_row, add_tile, at_least, put
from glassgrad.kernels.vector import splat


def forward(width):
    """y = x * w + b: a task is a block of output rows of one image and one group of channels."""

    product = microkernel(8, width)

    def blocks(first, last, args, scratch):
        x, w, y, bias = args.x, args.w, args.y, args.bias
        groups, (C, H, W), K, (xn, xc, xh, xw) = args.groups, args.image, args.K, args.x_steps
        (kh, kw), (sh, sw), (dh, dw) = args.kernel, args.stride, args.dilation
        (Ho, Wo), (yn, yp), block = args.out_size, args.y_steps, args.block
        wide = (Wo - 1) * sw + (kw - 1) * dw + 1
        runs, run = (kh, kw * C) if dw == 1 else (kh * kw, C)
        panels, panel_size = (K + width - 1) // width, kh * kw * C * width
        per_image = (Ho + block - 1) // block
        pixels_at_most = block * Wo + 8
        row, starts = as_integers(scratch), as_integers(at(scratch, 48))
        where = as_integers(at(scratch, 48 + 2 * runs))
        image = at(scratch, (48 + 2 * runs + 2 * pixels_at_most + 15) // 16 * 16)
        for r in range(runs):
            starts[r] = run_start(r, kw, dh * wide * C, dw, C)
        for task in range(first, last):
            n, group = task // (groups * per_image), task // per_image % groups
            top = task % per_image * block
            high = min(block, Ho - top)
            pad_rows(
                args.pad, row, image, C, at(x, n * xn + group * C * xc), (C, H, W), (xc, xh, xw),
                top * sh, ((high - 1) * sh + (kh - 1) * dh + 1, wide), args.padding, args.apart
            )  # fmt: skip
            pixels = high * Wo
            for i in range(high):
                for j in range(Wo):
                    where[i * Wo + j] = (i * sh * wide + j * sw) * C
            for p in range(pixels, pixels + 7):
                where[p] = 0
            out = at(y, n * yn + top * Wo * yp + group * K)
            for panel in range(panels):
                weights, k0 = at(w, (group * panels + panel) * panel_size), panel * width
                for p in range(0, pixels, 8):
                    t = product(
                        image, at(where, p), starts, weights, runs, run, run * width, 1, width
                    )
                    if is_given(bias):
                        t = add_row(t, at(bias, group * K + k0), K - k0)
                    if args.is_relu:
                        t = at_least(t, 0.0)
                    put(t, at(out, p * yp + k0), yp, pixels - p, K - k0)

    return blocks


def pack(first, last, args, scratch):
    """Weights side by side as `forward` reads them: panel, kernel row, kernel column, channel, lane."""
    w, packed, C, K, (kh, kw) = args.w, args.packed, args.C, args.K, args.kernel
    width, panels, (wg, wk, wc, wh, ww) = args.width, args.panels, args.w_steps
    for task in range(first, last):
        panel, ky = task // kh, task % kh
        k0 = panel % panels * width
        n = min(width, K - k0)
        source, y = (
            at(w, panel // panels * wg + k0 * wk + ky * wh),
            at(packed, task * kw * C * width),
        )
        for kx in range(kw):
            for c in range(C):
                line = at(source, kx * ww + c * wc)
                for k in range(n):
                    y[k] = line[k * wk]
                for k in range(n, width):
                    y[k] = 0.0
                y = at(y, width)


def weight_gradient(runs_at_once, height, width):
    """Sums over the images of one piece: a task is a piece of the batch, a group, and a part of the taps.

    A run is a row of the kernel, with all its channels: numbers that lie next to each other in the image.
    A tile takes `height` of one run, or `runs_at_once` whole runs if they are as short as that.
    """
    product = microkernel(runs_at_once * height, width, runs_at_once)

    def pieces(first, last, args, scratch):
        x, g, sums, N, pieces, parts = args.x, args.g, args.sums, args.N, args.pieces, args.parts
        groups, (C, H, W), K, (xn, xc, xh, xw) = args.groups, args.image, args.K, args.x_steps
        (kh, kw), (sh, sw), (dh, dw) = args.kernel, args.stride, args.dilation
        (Ho, Wo), (gn, gc, gh, gw) = args.out_size, args.g_steps
        block, is_direct = args.block, args.is_direct
        wide, blocks = (Wo - 1) * sw + (kw - 1) * dw + 1, (Ho + block - 1) // block
        runs, run = (kh, kw * C) if dw == 1 else (kh * kw, C)
        per_run, taps = (run + height - 1) // height, kh * kw * C
        tiles, gp = (
            (runs + runs_at_once - 1) // runs_at_once * per_run,
            (K + width - 1) // width * width,
        )
        row, where, starts = (
            as_integers(scratch),
            as_integers(at(scratch, 48)),
            as_integers(at(scratch, 112)),
        )
        padded = at(scratch, (112 + 2 * block + 15) // 16 * 16)
        image = at(padded, 0 if is_direct else block * Wo * gp)
        for i in range(block):
            starts[i] = i * sh * wide * C
        for task in range(first, last):
            piece, group, part = task // (groups * parts), task // parts % groups, task % parts
            total = at(sums, (piece * groups + group) * taps * gp)
            begin, end = N * piece // pieces * blocks, N * (piece + 1) // pieces * blocks
            for b in range(begin, end):
                n, top = b // blocks, b % blocks * block
                high, is_first, place = min(block, Ho - top), b == begin, n * gn + group * K * gc
                pad_rows(
                    args.pad, row, image, C, at(x, n * xn + group * C * xc), (C, H, W),
                    (xc, xh, xw), top * sh, ((high - 1) * sh + (kh - 1) * dh + 1, wide),
                    args.padding, (1, 1)
                )  # fmt: skip
                cotangent, line, step = at(g, place + top * gh), gh, gw
                if not is_direct:
                    cotangent, line, step = padded, Wo * gp, gp
                    pad_rows(
                        args.pad, row, padded, gp, at(g, place), (K, Ho, Wo), (gc, gh, gw),
                        top, (high, Wo), (0, 0), (1, 1)
                    )  # fmt: skip
                for t in range(tiles * part // parts, tiles * (part + 1) // parts):
                    r, q = t // per_run * runs_at_once, t % per_run * height
                    for i in range(runs_at_once):
                        where[i] = run_start(min(r + i, runs - 1), kw, dh * wide * C, dw, C) + q
                    m = min(run - q, height) if runs_at_once == 1 else (runs - r) * run
                    for k0 in range(0, gp, width):
                        out, right = at(total, (r * run + q) * gp + k0), at(cotangent, k0)
                        v = product(image, where, starts, right, high, Wo, line, sw * C, step)
                        if not is_first:
                            v = add_tile(v, out, gp, m, width)
                        put(v, out, gp, m, width)

    return pieces


@helper
def run_start(r, kw, row, dw, C):
    """Where run r of the kernel begins: its r-th row, or its r-th tap if taps lie apart."""
    return r * row if dw == 1 else r // kw * row + r % kw * dw * C


def collect(first, last, args, scratch):
    """dw: the sums of all pieces, in order, where they belong; a task is one tap of one group."""
    sums, dw, pieces, groups = args.sums, args.dw, args.pieces, args.groups
    C, K, kw, taps, gp = args.C, args.K, args.kw, args.taps, args.gp
    dk, dc, dh, dx = args.dw_steps
    for task in range(first, last):
        group, tap = task // taps, task % taps
        here = tap // C
        y = at(dw, group * K * dk + tap % C * dc + here // kw * dh + here % kw * dx)
        for k in range(0, K, 16):
            mask, v = up_to(K - k), splat(0.0)
            for p in range(pieces):
                v = v + load_part(at(sums, ((p * groups + group) * taps + tap) * gp + k), mask)
            if dk == 1:
                store_part(at(y, k), v, mask)
            else:
                store(scratch, v)
                for i in range(min(16, K - k)):
                    y[(k + i) * dk] = scratch[i]
