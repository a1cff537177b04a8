"""Pooling: 16 channels at a time through the window, the edges of the image cutting it short.

Nothing is remembered from the forward pass: which element was the largest is seen again from x, and that is
cheaper than writing it down.  Read next: `elementwise.py`.
"""

# mypy: ignore-errors
# Numba compiles this file, and checks its types while it does.
from __future__ import annotations

from glassgrad.kernels.loops.padding import zero
from glassgrad.kernels.pointers import at, helper
from glassgrad.kernels.simd_memory import load_part, store_part, up_to
from glassgrad.kernels.vector import select, splat

NO_LESS = float("-inf")


@helper
def inside(i, s, p, d, k, size):
    """Which elements of a window lie on the image, begin … end - 1, and where the window starts."""
    start = i * s - p
    begin, end = 0, k
    while start + begin * d < 0:
        begin += 1
    while end > begin and start + (end - 1) * d >= size:
        end -= 1
    return start, begin, end


@helper
def greatest(x, mask, r, u0, u1, dh, xh, q, v0, v1, dw, xw):
    """The largest element of a window; NaN if there is one."""
    m = splat(NO_LESS)
    for u in range(u0, u1):
        for v in range(v0, v1):
            e = load_part(at(x, (r + u * dh) * xh + (q + v * dw) * xw), mask)
            m = select(~(e < m) & (m == m), e, m)
    return m


@helper
def larger(x, y):
    """The larger of two vectors; NaN wins."""
    return select((y > x) | ~(y == y), y, x)


def max_pool(first, last, args, scratch):
    """y = the largest of each window of x; a task is one row of windows."""
    x, y, C, (H, W), (Ho, Wo) = args.x, args.y, args.C, args.size, args.out_size
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = args.kernel, args.stride, args.padding, args.dilation
    (xn, xh, xw), (yn, yh, yw) = args.x_steps, args.y_steps
    for task in range(first, last):
        n, i = task // Ho, task % Ho
        r, u0, u1 = inside(i, sh, ph, dh, kh, H)
        for j in range(Wo):
            q, v0, v1 = inside(j, sw, pw, dw, kw, W)
            for c in range(0, C, 16):
                mask = up_to(C - c)
                m = greatest(at(x, n * xn + c), mask, r, u0, u1, dh, xh, q, v0, v1, dw, xw)
                store_part(at(y, n * yn + i * yh + j * yw + c), m, mask)


def max_pool_gradient(first, last, args, scratch):
    """dx = g where an element is the first largest of its window, 0 elsewhere; a task is one image."""
    g, x, dx, is_gated = args.g, args.x, args.dx, args.is_gated
    C, (H, W), (Ho, Wo) = args.C, args.size, args.out_size
    (kh, kw), (sh, sw), (ph, pw), (dh, dw) = args.kernel, args.stride, args.padding, args.dilation
    (xn, xh, xw), (gn, gh, gw) = args.x_steps, args.g_steps
    for n in range(first, last):
        out = at(dx, n * H * W * C)
        zero(out, H * W * C)
        for i in range(Ho):
            r, u0, u1 = inside(i, sh, ph, dh, kh, H)
            for j in range(Wo):
                q, v0, v1 = inside(j, sw, pw, dw, kw, W)
                for c in range(0, C, 16):
                    mask = up_to(C - c)
                    image = at(x, n * xn + c)
                    m = greatest(image, mask, r, u0, u1, dh, xh, q, v0, v1, dw, xw)
                    left = load_part(at(g, n * gn + i * gh + j * gw + c), mask)
                    if is_gated:
                        left = select(m > 0.0, left, 0.0)
                    is_free = mask
                    for u in range(u0, u1):
                        for v in range(v0, v1):
                            row, column = r + u * dh, q + v * dw
                            e = load_part(at(image, row * xh + column * xw), mask)
                            hit = is_free & ((e >= m) | ~(e == e))
                            is_free = is_free & ~hit
                            place = at(out, (row * W + column) * C + c)
                            store_part(place, load_part(place, hit) + left, hit)


def max_pool_2x2(first, last, args, scratch):
    """`max_pool` for windows of 2 x 2 side by side, which almost every network has; a task is one row."""
    x, y, C, (Ho, Wo), (xn, xh, xw) = args.x, args.y, args.C, args.out_size, args.x_steps
    for task in range(first, last):
        image = at(x, task // Ho * xn + task % Ho * 2 * xh)
        for j in range(Wo):
            out = at(y, (task * Wo + j) * C)
            for c in range(0, C, 16):
                mask, e = up_to(C - c), at(image, 2 * j * xw + c)
                top = larger(load_part(e, mask), load_part(at(e, xw), mask))
                bottom = larger(load_part(at(e, xh), mask), load_part(at(e, xh + xw), mask))
                store_part(at(out, c), larger(top, bottom), mask)


def max_pool_2x2_gradient(first, last, args, scratch):
    """`max_pool_gradient` for windows of 2 x 2 side by side; a task is one row of windows.

    If x is the output of a ReLU and `is_gated`, nothing goes to windows without anything above 0.
    """
    g, x, dx, is_gated, C, (Ho, Wo) = args.g, args.x, args.dx, args.is_gated, args.C, args.out_size
    (xn, xh, xw), (gn, gh, gw) = args.x_steps, args.g_steps
    line = 2 * Wo * C
    for task in range(first, last):
        n, i = task // Ho, task % Ho
        for j in range(Wo):
            for c in range(0, C, 16):
                mask, e = up_to(C - c), at(x, n * xn + 2 * i * xh + 2 * j * xw + c)
                e0, e1 = load_part(e, mask), load_part(at(e, xw), mask)
                e2, e3 = load_part(at(e, xh), mask), load_part(at(e, xh + xw), mask)
                m = larger(larger(e0, e1), larger(e2, e3))
                left = load_part(at(g, n * gn + i * gh + j * gw + c), mask)
                if is_gated:
                    left = select(m > 0.0, left, 0.0)
                is0, is1 = (e0 >= m) | ~(e0 == e0), (e1 >= m) | ~(e1 == e1)
                is2 = (e2 >= m) | ~(e2 == e2)
                is_one = is0 | is1
                out = at(dx, 2 * task * line + 2 * j * C + c)
                store_part(out, select(is0, left, 0.0), mask)
                store_part(at(out, C), select(is1 & ~is0, left, 0.0), mask)
                store_part(at(out, line), select(is2 & ~is_one, left, 0.0), mask)
                store_part(at(out, line + C), select(~(is_one | is2), left, 0.0), mask)


def average_pool(first, last, args, scratch):
    """y = the mean of each window of x; a task is one row of windows."""
    x, y, C, (H, W), (Ho, Wo) = args.x, args.y, args.C, args.size, args.out_size
    (kh, kw), (sh, sw), (ph, pw), (mh, mw) = args.kernel, args.stride, args.padding, args.margin
    (xn, xh, xw), (yn, yh, yw) = args.x_steps, args.y_steps
    for task in range(first, last):
        n, i = task // Ho, task % Ho
        r, u0, u1 = inside(i, sh, ph, 1, kh, H)
        for j in range(Wo):
            q, v0, v1 = inside(j, sw, pw, 1, kw, W)
            count = within(r, kh, H, mh) * within(q, kw, W, mw)
            for c in range(0, C, 16):
                mask, s = up_to(C - c), splat(0.0)
                for u in range(u0, u1):
                    for v in range(v0, v1):
                        s = s + load_part(at(x, n * xn + (r + u) * xh + (q + v) * xw + c), mask)
                store_part(at(y, n * yn + i * yh + j * yw + c), s / count, mask)


def average_pool_gradient(first, last, args, scratch):
    """dx = g of each window, in equal parts to its elements; a task is one image."""
    g, dx, C, (H, W), (Ho, Wo) = args.g, args.dx, args.C, args.size, args.out_size
    (kh, kw), (sh, sw), (ph, pw), (mh, mw) = args.kernel, args.stride, args.padding, args.margin
    gn, gh, gw = args.g_steps
    for n in range(first, last):
        out = at(dx, n * H * W * C)
        zero(out, H * W * C)
        for i in range(Ho):
            r, u0, u1 = inside(i, sh, ph, 1, kh, H)
            for j in range(Wo):
                q, v0, v1 = inside(j, sw, pw, 1, kw, W)
                count = within(r, kh, H, mh) * within(q, kw, W, mw)
                for c in range(0, C, 16):
                    mask = up_to(C - c)
                    part = load_part(at(g, n * gn + i * gh + j * gw + c), mask) / count
                    for u in range(u0, u1):
                        for v in range(v0, v1):
                            place = at(out, ((r + u) * W + q + v) * C + c)
                            store_part(place, load_part(place, mask) + part, mask)


@helper
def within(start, k, size, margin):
    """How many elements of a window count: those on the image and on `margin` of its padding."""
    return min(start + k, size + margin) - max(start, -margin)
