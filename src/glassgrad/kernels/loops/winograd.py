"""Convolution by values at six points (`../winograd_transforms.py` says why): 36 products instead of 100.

An image is cut into pieces of 6 x 6 pixels that overlap; a kernel of r x r makes m x m outputs of each,
m = 7 - r.  Pieces and kernels are transformed to 6 x 6 points.  At one point, the sum over the channels is
a matrix product, pieces times kernels, done by `microkernel`; then the sums are transformed back.  The
weight gradient does it with other roles: pieces and cotangents are transformed, the sum is over pieces.
Read next: `pool.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.loops.microkernel import microkernel
from glassgrad.kernels.loops.padding import pad_rows
from glassgrad.kernels.pointers import as_integers, at, helper, is_given
from glassgrad.kernels.simd_memory import load, load_all, store, store_all
from glassgrad.kernels.tile import add_row, add_tile, as_tile, at_least, put, put_square
from glassgrad.kernels.vector import in_lanes, splat
from glassgrad.kernels.winograd_transforms import (
    SCALES,
    along_columns,
    both_ways,
    filter_transform,
    input_transform,
    output_transform,
)

POINTS = 36
transform_input = in_lanes(input_transform)


def scaled_filter(c):
    """The values of a kernel's row at the points, with what they count."""
    return [count * v for count, v in zip(SCALES, filter_transform(c), strict=True)]


def scaled_back(v, n):
    """The gradient for a kernel's row: the transpose of `scaled_filter`."""
    return output_transform([count * x for count, x in zip(SCALES, v, strict=True)], n)


def transform_weights(r):
    """u[point, c, k] of w[k, c]: a task is one input channel of one panel of output channels."""
    taps, transform = r * r, in_lanes(both_ways, scaled_filter, exactly=True)

    def transformed(first, last, args, scratch):
        w, u, C, K, width = args.w, args.u, args.C, args.K, args.width
        wk, wc, wh, ww = args.w_steps
        step = (width + 15) // 16 * 16
        for task in range(first, last):
            panel, c = task // C, task % C
            n = min(width, K - panel * width)
            for i in range(r * r * step):
                scratch[i] = 0.0
            for k in range(n):
                line = at(w, (panel * width + k) * wk + c * wc)
                for y in range(r):
                    for x in range(r):
                        scratch[(y * r + x) * step + k] = line[y * wh + x * ww]
            for k in range(0, step, 16):
                t = transform(load_all(at(scratch, k), step, taps))
                store_all(at(u, (panel * POINTS * C + c) * step + k), C * step, t)

    return transformed


@helper
def transform_columns(image, wide, C, m, high, lines, far):
    """lines[point, 16 channels, band, x]: the columns of each band of 6 rows, at 6 points."""
    for c in range(0, C, 16):
        for i in range(high):
            for x in range(wide):
                d = load_all(at(image, (i * m * wide + x) * C + c), wide * C, 6)
                store_all(
                    at(lines, ((c // 16 * high + i) * wide + x) * 16), far, transform_input(d)
                )


@helper
def transform_rows(lines, wide, C, m, high, across, v, plane, step):
    """v[point, piece, c]: the rows of the pieces, at one of the points of `transform_columns`."""
    for c in range(0, C, 16):
        for i in range(high):
            for j in range(across):
                d = load_all(at(lines, ((c // 16 * high + i) * wide + j * m) * 16), 16, 6)
                store_all(at(v, (i * across + j) * step + c), plane, transform_input(d))


@helper
def pieces_of(args, m, r):
    """Pieces from top to bottom and from left to right, the width of all, and tasks to an image."""
    Ho, Wo = args.out_size
    rows, across = (Ho + m - 1) // m, (Wo + m - 1) // m
    return rows, across, across * m + r - 1, (rows + args.block - 1) // args.block


@helper
def pad_pieces(args, row, to, n, top, high, wide):
    """The rows top … top + high - 1 of image n, with their padding."""
    C, H, W = args.image
    xn, xc, xh, xw = args.x_steps
    x, size = at(args.x, n * xn), (high, wide)
    pad_rows(args.pad, row, to, C, x, (C, H, W), (xc, xh, xw), top, size, args.padding, (1, 1))


def forward(r, width):
    """y = x * w + b: a task is a few rows of pieces of one image.

    Of 6 x 6 points only 6 are in work at a time, so that what is transformed stays in the nearest cache.
    """
    m = 7 - r
    many, few = microkernel(8, width), microkernel(4, width)
    back_along, back_down = (
        in_lanes(output_transform, m),
        in_lanes(along_columns, m, output_transform, m),
    )
    outputs = 6 * m

    def blocks(first, last, args, scratch):
        u, y, bias, C, K, (Ho, Wo) = args.u, args.y, args.bias, args.image[0], args.K, args.out_size
        (yn, yp), block, far, (plane, plane_of_sums) = (
            args.y_steps, args.block, args.line_step, args.point_steps
        )  # fmt: skip
        rows, across, wide, per_image = pieces_of(args, m, r)
        step, lanes = (C + 15) // 16 * 16, (width + 15) // 16 * 16
        all_lanes = (K + width - 1) // width * lanes
        row, where = as_integers(scratch), as_integers(at(scratch, 48))
        start, v = as_integers(at(scratch, 64)), at(scratch, 80)
        s = at(v, 6 * plane)
        lines = at(s, 6 * plane_of_sums)
        halves = at(lines, 6 * far)
        image = at(halves, outputs * block * across * all_lanes)
        start[0] = 0
        for i in range(8):
            where[i] = i * step
        for task in range(first, last):
            n, top = task // per_image, task % per_image * block
            high = min(block, rows - top)
            pieces = high * across
            pad_pieces(args, row, image, n, top * m, high * m + r - 1, wide)
            transform_columns(image, wide, C, m, high, lines, far)
            for point in range(6):
                transform_rows(at(lines, point * far), wide, C, m, high, across, v, plane, step)
                for k in range(0, K, width):
                    for e in range(6):
                        a, c = at(v, e * plane), at(s, e * plane_of_sums)
                        b = at(u, (k // width * POINTS + point * 6 + e) * C * lanes)
                        p = 0
                        while p < pieces:
                            if pieces - p > 4:
                                t = many(at(a, p * step), where, start, b, 1, C, 0, 1, lanes)
                                put(t, at(c, p * lanes), lanes, 8, width)
                            else:
                                t = few(at(a, p * step), where, start, b, 1, C, 0, 1, lanes)
                                put(t, at(c, p * lanes), lanes, 4, width)
                            p += 8
                    for p in range(pieces):
                        for q in range(0, lanes, 16):
                            t = back_along(load_all(at(s, p * lanes + q), plane_of_sums, 6))
                            out = ((p * all_lanes + k // width * lanes + q) * 6 + point * 16) * m
                            store_all(at(halves, out), 16, t)
            for p in range(pieces):
                i, j = (top + p // across) * m, p % across * m
                for k in range(0, K, width):
                    for q in range(0, min(width, K - k), 16):
                        here = at(halves, (p * all_lanes + k // width * lanes + q) * outputs)
                        t = as_tile(back_down(load_all(here, 16, outputs)))
                        if is_given(bias):
                            t = add_row(t, at(bias, k + q), K - k - q)
                        if args.is_relu:
                            t = at_least(t, 0.0)
                        out = at(y, n * yn + (i * Wo + j) * yp + k + q)
                        put_square(t, out, Wo * yp, yp, Ho - i, Wo - j, K - k - q)

    return blocks


def weight_gradient(r, height, width):
    """Sums over the pieces of one part of the batch, at some of the points: a task."""
    m = 7 - r
    product, transform = microkernel(height, width, 1), in_lanes(filter_transform)

    def parts(first, last, args, scratch):
        g, total, C, K, (Ho, Wo) = args.g, args.total, args.image[0], args.K, args.out_size
        N, batches, shares, block = args.N, args.batches, args.shares, args.block
        (gn, gc, gh, gw), (far, far_of_g), (plane, plane_of_g) = (
            args.g_steps, args.line_steps, args.point_steps
        )  # fmt: skip
        rows, across, wide, per_image = pieces_of(args, m, r)
        step, lanes = (C + 15) // 16 * 16, ((K + width - 1) // width * width + 15) // 16 * 16
        row, nowhere, v = as_integers(scratch), as_integers(at(scratch, 48)), at(scratch, 64)
        s = at(v, 6 * plane)
        lines = at(s, 6 * plane_of_g)
        lines_of_g = at(lines, 6 * far)
        image = at(lines_of_g, 6 * far_of_g)
        nowhere[0] = 0
        for task in range(first, last):
            batch, share = task // shares, task % shares
            begin, end = N * batch // batches * per_image, N * (batch + 1) // batches * per_image
            for b in range(begin, end):
                n, top = b // per_image, b % per_image * block
                high = min(block, rows - top)
                pieces = high * across
                pad_pieces(args, row, image, n, top * m, high * m + r - 1, wide)
                transform_columns(image, wide, C, m, high, lines, far)
                pad_rows(
                    args.pad, row, image, lanes, at(g, n * gn), (K, Ho, Wo), (gc, gh, gw),
                    top * m, (high * m, across * m), (0, 0), (1, 1)
                )  # fmt: skip
                for p in range(pieces):
                    for k in range(0, lanes, 16):
                        place = (p // across * across * m + p % across) * m * lanes + k
                        for d in range(m):
                            t = load_all(at(image, place + d * lanes), across * m * lanes, m)
                            store_all(
                                at(lines_of_g, (p * lanes + k) * m + d * 16), far_of_g, transform(t)
                            )
                for point in range(6 * share // shares, 6 * (share + 1) // shares):
                    transform_rows(at(lines, point * far), wide, C, m, high, across, v, plane, step)
                    for p in range(0, pieces * lanes, 16):
                        t = transform(load_all(at(lines_of_g, point * far_of_g + p * m), 16, m))
                        store_all(at(s, p), plane_of_g, t)
                    for e in range(6):
                        for c in range(0, C, height):
                            a, left = at(v, e * plane + c), min(height, C - c)
                            for k in range(0, K, width):
                                here = at(s, e * plane_of_g + k)
                                t = product(a, nowhere, nowhere, here, 1, pieces, 0, step, lanes)
                                place = ((batch * POINTS + point * 6 + e) * C + c) * lanes + k
                                if b != begin:
                                    t = add_tile(t, at(total, place), lanes, left, width)
                                put(t, at(total, place), lanes, left, width)

    return parts


def collect(r):
    """dw: the sums of all parts of the batch, in order, transformed back; a task is one input channel."""
    transform_back = in_lanes(both_ways, scaled_back, r, exactly=True)

    def transformed_back(first, last, args, scratch):
        total, dw, batches, C, K = args.total, args.dw, args.batches, args.C, args.K
        lanes, (dk, dc, dh, dx) = args.lanes, args.dw_steps
        taps = at(scratch, POINTS * 16)
        for c in range(first, last):
            for k in range(0, K, 16):
                for point in range(POINTS):
                    t = splat(0.0)
                    for batch in range(batches):
                        t = t + load(at(total, ((batch * POINTS + point) * C + c) * lanes + k))
                    store(at(scratch, point * 16), t)
                store_all(taps, 16, transform_back(load_all(scratch, 16, POINTS)))
                for i in range(min(16, K - k)):
                    out = at(dw, (k + i) * dk + c * dc)
                    for y in range(r):
                        for x in range(r):
                            out[y * dh + x * dx] = taps[(y * r + x) * 16 + i]

    return transformed_back
