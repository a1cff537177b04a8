"""Batch normalisation: moments by pieces, put together in order, and everything in float64.

x is (rows, C): all pixels of all images, one after the other.  A piece is measured from its first row, so
little cancels; two pieces are joined as Chan, Golub & LeVeque (1979) do it, so nothing does.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.pointers import at
from glassgrad.kernels.simd_memory import load_part, store_part, up_to
from glassgrad.kernels.vector import fma, narrow, root, wide


def moments(first, last, args, scratch):
    """Mean and sum of squared deviations of each channel; a task is one piece of the rows."""
    x, found, rows, C, piece = args.x, args.found, args.rows, args.C, args.piece
    for task in range(first, last):
        begin, end = task * piece, min(rows, (task + 1) * piece)
        for c in range(0, C, 16):
            mask, sum, squares = up_to(C - c), wide(0.0), wide(0.0)
            start = wide(load_part(at(x, begin * C + c), mask))
            for i in range(begin + 1, end):
                d = wide(load_part(at(x, i * C + c), mask)) - start
                sum = sum + d
                squares = fma(d, d, squares)
            mean = sum / (end - begin)
            store_part(at(found, 2 * task * C + c), mean + start, mask)
            store_part(at(found, (2 * task + 1) * C + c), squares - mean * sum, mask)


def join(first, last, args, scratch):
    """Mean and variance of all rows, from those of the pieces; a task is 16 channels."""
    found, moments, rows, C, piece = args.found, args.moments, args.rows, args.C, args.piece
    for c in range(16 * first, min(C, 16 * last), 16):
        mask, mean, squares = up_to(C - c), wide(0.0), wide(0.0)
        for n in range(0, rows, piece):
            more, p = min(piece, rows - n), n // piece
            d = load_part(at(found, 2 * p * C + c), mask) - mean
            mean = mean + d * (more / (n + more))
            squares = squares + load_part(at(found, (2 * p + 1) * C + c), mask)
            squares = squares + d * d * (n * more / (n + more))
        store_part(at(moments, c), mean, mask)
        store_part(at(moments, C + c), squares / rows, mask)


def normalise(first, last, args, scratch):
    """y = (x - mean) w / √(variance + ϵ) + b; a task is one piece of the rows."""
    x, moments, w, b, y = args.x, args.moments, args.w, args.b, args.y
    eps, rows, C, piece = args.eps, args.rows, args.C, args.piece
    for task in range(first, last):
        for c in range(0, C, 16):
            mask = up_to(C - c)
            mean, variance = load_part(at(moments, c), mask), load_part(at(moments, C + c), mask)
            scale = wide(load_part(at(w, c), mask)) / root(variance + eps)
            shift = wide(load_part(at(b, c), mask))
            for i in range(task * piece, min(rows, (task + 1) * piece)):
                d = wide(load_part(at(x, i * C + c), mask)) - mean
                store_part(at(y, i * C + c), narrow(d * scale + shift), mask)


def follow(first, last, args, scratch):
    """Running values, moved towards the batch's moments; a task is 16 channels."""
    mean, var, moments, y, C = args.mean, args.var, args.moments, args.y, args.C
    for c in range(16 * first, min(C, 16 * last), 16):
        mask = up_to(C - c)
        m, v = wide(load_part(at(mean, c), mask)), wide(load_part(at(var, c), mask))
        m = m * args.keep + load_part(at(moments, c), mask) * args.of_mean
        v = v * args.keep + load_part(at(moments, C + c), mask) * args.of_variance
        store_part(at(y, c), narrow(m), mask)
        store_part(at(y, C + c), narrow(v), mask)


def sum_gradients(first, last, args, scratch):
    """The sums of g and of g z over some rows, with z = (x - mean) / √(variance + ϵ); a task is a piece."""
    x, moments, g, found = args.x, args.moments, args.g, args.found
    eps, rows, C, piece = args.eps, args.rows, args.C, args.piece
    for task in range(first, last):
        for c in range(0, C, 16):
            mask, s, sz = up_to(C - c), wide(0.0), wide(0.0)
            mean, variance = load_part(at(moments, c), mask), load_part(at(moments, C + c), mask)
            for i in range(task * piece, min(rows, (task + 1) * piece)):
                v = wide(load_part(at(g, i * C + c), mask))
                s = s + v
                sz = fma(v, wide(load_part(at(x, i * C + c), mask)) - mean, sz)
            store_part(at(found, 2 * task * C + c), s, mask)
            store_part(at(found, (2 * task + 1) * C + c), sz / root(variance + eps), mask)


def collect(first, last, args, scratch):
    """Both sums over all pieces, in order; a task is 16 channels."""
    found, y, pieces, C = args.found, args.y, args.pieces, args.C
    for c in range(16 * first, min(C, 16 * last), 16):
        mask, s, sz = up_to(C - c), wide(0.0), wide(0.0)
        for p in range(pieces):
            s = s + load_part(at(found, 2 * p * C + c), mask)
            sz = sz + load_part(at(found, (2 * p + 1) * C + c), mask)
        store_part(at(y, c), narrow(s), mask)
        store_part(at(y, C + c), narrow(sz), mask)


def input_gradient(first, last, args, scratch):
    """dx = (g - mean(g) - z mean(g z)) w / √(variance + ϵ); a task is one piece of the rows."""
    x, moments, g, sums, w, dx = args.x, args.moments, args.g, args.sums, args.w, args.dx
    eps, rows, C, piece = args.eps, args.rows, args.C, args.piece
    for task in range(first, last):
        for c in range(0, C, 16):
            mask = up_to(C - c)
            mean, variance = load_part(at(moments, c), mask), load_part(at(moments, C + c), mask)
            rate = 1.0 / root(variance + eps)
            scale = wide(load_part(at(w, c), mask)) * rate
            back = scale / (0.0 - 1.0 * rows)
            shift = wide(load_part(at(sums, c), mask)) * back
            slope = wide(load_part(at(sums, C + c), mask)) * back * rate
            for i in range(task * piece, min(rows, (task + 1) * piece)):
                v = wide(load_part(at(g, i * C + c), mask))
                d = wide(load_part(at(x, i * C + c), mask)) - mean
                store_part(at(dx, i * C + c), narrow(fma(v, scale, fma(d, slope, shift))), mask)
