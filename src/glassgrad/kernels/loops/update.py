"""The optimizers' updates: one pass over a parameter, its gradient and what the method remembers of it.

The arithmetic is that of `optim/`, operation by operation, so the bits are the same.  A task is a piece of
one parameter; where it is comes from a table.  Read next: `../update.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.lanes import load_part, store_part, up_to
from glassgrad.kernels.memory import at, f32, helper, i64
from glassgrad.kernels.vector import root, select

COLUMNS = 7
"""Of the table: new parameter, parameter, gradient, three arrays of state, numbers."""


@helper
def place(args, task):
    """(row of the table, begin, end) of a task's piece."""
    table, pieces, size = i64(args, 0), i64(args, 1), args[2]
    row = at(table, pieces[2 * task] * COLUMNS)
    begin = pieces[2 * task + 1]
    return row, begin, min(row[6], begin + size)


def sgd(first, last, args, scratch):
    """m = μ m + (1 - τ)(g + λ w);  w = w - α m, or with Nesterov's g + λ w + μ m."""
    s = f32(args, 3)
    lr, momentum, rest, decay, shrink = s[0], s[1], s[2], s[3], s[4]
    has_momentum, is_nesterov, has_decay, is_decoupled = args[4], args[5], args[6], args[7]
    for task in range(first, last):
        row, begin, end = place(args, task)
        y, x, gs, ms = f32(row, 0), f32(row, 1), f32(row, 2), f32(row, 3)
        for i in range(begin, end, 16):
            mask = up_to(end - i)
            w, g = load_part(at(x, i), mask), load_part(at(gs, i), mask)
            if has_decay and is_decoupled:
                w = w * shrink
            elif has_decay:
                g = g + w * decay
            if has_momentum:
                m = load_part(at(ms, i), mask) * momentum + g * rest
                store_part(at(ms, i), m, mask)
                g = g + m * momentum if is_nesterov else m
            store_part(at(y, i), w - g * lr, mask)


def adam(first, last, args, scratch):
    """The moments of g, and the step in units of their ratio; Adam's decay or AdamW's."""
    s = f32(args, 3)
    lr, b1, rest1, b2, rest2 = s[0], s[1], s[2], s[3], s[4]
    unbias1, unbias2, eps, decay, shrink = s[5], s[6], s[7], s[8], s[9]
    has_decay, is_decoupled, is_amsgrad = args[4], args[5], args[6]
    for task in range(first, last):
        row, begin, end = place(args, task)
        y, x, gs = f32(row, 0), f32(row, 1), f32(row, 2)
        ms, vs, tops = f32(row, 3), f32(row, 4), f32(row, 5)
        for i in range(begin, end, 16):
            mask = up_to(end - i)
            w, g = load_part(at(x, i), mask), load_part(at(gs, i), mask)
            if has_decay and not is_decoupled:
                g = g + w * decay
            m = load_part(at(ms, i), mask) * b1 + g * rest1
            v = load_part(at(vs, i), mask) * b2 + (g * g) * rest2
            store_part(at(ms, i), m, mask)
            store_part(at(vs, i), v, mask)
            if is_amsgrad:
                top = load_part(at(tops, i), mask)
                v = select((v > top) | ~(v == v), v, top)
                store_part(at(tops, i), v, mask)
            if has_decay and is_decoupled:
                w = w * shrink
            store_part(at(y, i), w - (m / unbias1 / (root(v / unbias2) + eps)) * lr, mask)


def rmsprop(first, last, args, scratch):
    """s = ρ s + (1 - ρ) g²;  the step is g / (√s + ϵ), with momentum and centring if wanted."""
    s = f32(args, 3)
    lr, rho, rest, eps, decay, momentum = s[0], s[1], s[2], s[3], s[4], s[5]
    has_decay, has_momentum, is_centered = args[4], args[5], args[6]
    for task in range(first, last):
        row, begin, end = place(args, task)
        y, x, gs = f32(row, 0), f32(row, 1), f32(row, 2)
        squares, buffers, means = f32(row, 3), f32(row, 4), f32(row, 5)
        for i in range(begin, end, 16):
            mask = up_to(end - i)
            w, g = load_part(at(x, i), mask), load_part(at(gs, i), mask)
            if has_decay:
                g = g + w * decay
            size = load_part(at(squares, i), mask) * rho + (g * g) * rest
            store_part(at(squares, i), size, mask)
            if is_centered:
                mean = load_part(at(means, i), mask) * rho + g * rest
                store_part(at(means, i), mean, mask)
                size = size - mean * mean
                size = select(size < 0.0, 0.0, size)
            d = g / (root(size) + eps)
            if has_momentum:
                d = load_part(at(buffers, i), mask) * momentum + d
                store_part(at(buffers, i), d, mask)
            store_part(at(y, i), w - d * lr, mask)


def adagrad(first, last, args, scratch):
    """s = s + g²;  the step is g / (√s + ϵ)."""
    s = f32(args, 3)
    lr, eps, decay = s[0], s[1], s[2]
    has_decay = args[4]
    for task in range(first, last):
        row, begin, end = place(args, task)
        y, x, gs, sums = f32(row, 0), f32(row, 1), f32(row, 2), f32(row, 3)
        for i in range(begin, end, 16):
            mask = up_to(end - i)
            w, g = load_part(at(x, i), mask), load_part(at(gs, i), mask)
            if has_decay:
                g = g + w * decay
            total = load_part(at(sums, i), mask) + g * g
            store_part(at(sums, i), total, mask)
            store_part(at(y, i), w - (g * lr) / (root(total) + eps), mask)
