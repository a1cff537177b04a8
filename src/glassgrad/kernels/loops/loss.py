"""Softmax and cross-entropy in one pass over each row, in float64, rounded once.

With the largest logit m taken out, e_k = exp(x_k - m) is 1 for the winner; `others` is the sum of all e but
the winner's, so that -log p of a sure winner is log(1 + others), not log(1) = 0, and its gradient
-others / (1 + others), not 1 - 1.  Read next: `norm.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.functions import exp_wide, log1p_wide
from glassgrad.kernels.pointers import as_doubles, at, is_given
from glassgrad.kernels.simd_memory import largest, load, load_part, store, store_part, total, up_to
from glassgrad.kernels.tile import get, put, turned
from glassgrad.kernels.vector import narrow, select, splat, wide

NO_LESS = float("-inf")


def cross_entropy(first, last, args, scratch):
    """losses and g (softmax - target), of which either may be left out; a task is 16 rows."""
    x, labels, losses, dx, g = args.x, args.labels, args.losses, args.dx, args.g
    N, K, step, out_step, g_step = args.N, args.K, args.x_step, args.dx_step, args.g_step
    for task in range(first, last):
        count = min(16, N - 16 * task)
        right, others_of_all = wide(0.0), wide(0.0)
        for r in range(count):
            n = 16 * task + r
            row, label = at(x, n * step), labels[n]
            m = splat(NO_LESS)
            for k in range(0, K, 16):
                v = select(up_to(K - k), load_part(at(row, k), up_to(K - k)), NO_LESS)
                m = select((v > m) | ~(v == v), v, m)
            high = largest(m)
            winner = 0
            while winner < K - 1 and row[winner] != high:
                winner += 1
            others = 0.0
            for k in range(0, K, 16):
                e = exp_wide(wide(load_part(at(row, k), up_to(K - k))) - high)
                counted = up_to(K - k) & ~(up_to(winner + 1 - k) & ~up_to(winner - k))
                others += total(select(counted, e, 0.0))
            others += high - high  # NaN for an infinite or undefined row
            here = up_to(r + 1) & ~up_to(r)
            others_of_all = select(here, others, others_of_all)
            right = select(here, row[label] * 1.0 - high, right)
            if is_given(dx):
                factor = 1.0 * g[n * g_step] if is_given(g) else 1.0
                for k in range(0, K, 16):
                    p = exp_wide(wide(load_part(at(row, k), up_to(K - k))) - high) / (1.0 + others)
                    at_label = up_to(label + 1 - k) & ~up_to(label - k)
                    wrong = wide(others / (1.0 + others)) if label == winner else 1.0 - p
                    d = select(at_label, 0.0 - wrong, p)
                    store_part(at(dx, n * out_step + k), narrow(d * factor), up_to(K - k))
        if is_given(losses):
            y = log1p_wide(others_of_all) - right
            store_part(at(losses, 16 * task), narrow(y), up_to(count))


def few_classes(first, last, args, scratch):
    """The same for at most 16 classes: 16 rows side by side, so that a lane is a row and none is idle."""
    x, labels, losses, dx, g = args.x, args.labels, args.losses, args.dx, args.g
    N, K, step, out_step, g_step = args.N, args.K, args.x_step, args.dx_step, args.g_step
    columns, marks, e = scratch, at(scratch, 256), as_doubles(at(scratch, 288))
    for task in range(first, last):
        n, count = 16 * task, min(16, N - 16 * task)
        put(turned(get(16, 16, at(x, n * step), step, count, K)), columns, 16, 16, 16)
        for r in range(16):
            row = n + min(r, count - 1)
            marks[r], marks[16 + r] = labels[row], g[row * g_step] if is_given(g) else 1.0
        label, factor = load(marks), load(at(marks, 16))
        high, winner = splat(NO_LESS), splat(K - 1)
        for k in range(K):
            v = load(at(columns, 16 * k))
            high = select((v > high) | ~(v == v), v, high)
        for k in range(K - 1, -1, -1):
            winner = select(load(at(columns, 16 * k)) == high, k, winner)
        others, right = wide(high) - wide(high), wide(0.0)  # NaN for a row that is not finite
        for k in range(K):
            below = wide(load(at(columns, 16 * k))) - wide(high)
            right = select(label == k, below, right)
            power = exp_wide(below)
            store_part(at(e, 16 * k), power, up_to(16))
            others = others + select(winner == k, 0.0, power)
        if is_given(losses):
            store_part(at(losses, n), narrow(log1p_wide(others) - right), up_to(count))
        if is_given(dx):
            share = 1.0 / (1.0 + others)
            for k in range(K):
                p = load_part(at(e, 16 * k), up_to(16)) * share
                wrong = select(label == winner, others * share, 1.0 - p)
                d = select(label == k, 0.0 - wrong, p)
                store(at(columns, 16 * k), narrow(d * wide(factor)))
            t = turned(get(16, 16, columns, 16, 16, 16))
            put(t, at(dx, n * out_step), out_step, count, K)
