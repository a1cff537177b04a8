"""More backward passes, in the form of `activations.py`: networks, attention, strides, norms, powers."""

import functools  # noqa: F401  (for the programs made of this one)

import numpy as np


def affine(g, x, w, b):
    dx = g @ w.T
    #! upstream forgotten | dx = np.ones_like(g) @ w.T
    #! sign | dx = -g @ w.T
    dw = x.T @ g
    #! transpose | dw = g.T @ x
    #! one sample only | dw = np.outer(x[0], g[0])
    #! mean for sum | dw = x.T @ g / len(x)
    #! off by one | dw = x[:-1].T @ g[:-1]
    db = g.sum(0)
    #! not summed | db = g
    #! axis | db = g.sum(1)
    #! zero | db = np.zeros_like(b)
    return dx, dw, db


def silu(g, x):
    s = 1 / (1 + np.exp(-x))
    return g * (s + x * s * (1 - s))
    #! path missing | return g * s
    #! path missing | return g * x * s * (1 - s)
    #! sign / path missing | return g * (s - x * s * (1 - s))
    #! upstream forgotten | return s + x * s * (1 - s)
    #! derivative forgotten | return g
    #! wrong place | y = x * s; s = 1 / (1 + np.exp(-y)); return g * (s + y * s * (1 - s))


def exponential(g, x):
    return g * np.exp(x)
    #! derivative forgotten | return g
    #! wrong place | return g * x
    #! upstream forgotten | return np.exp(x)
    #! extra factor | return g * x * np.exp(x)
    #! derivative twice | return g * np.exp(2 * x)


def logarithm(g, x):
    return g / x
    #! derivative forgotten | return g
    #! wrong place | return g / np.log(x)
    #! upstream forgotten | return 1 / x
    #! derivative twice / extra factor | return g / x**2


def square_root(g, x):
    return g / (2 * np.sqrt(x))
    #! factor | return g / np.sqrt(x)
    #! wrong place | return g / (2 * x)
    #! wrong place | return g / (2 * np.sqrt(np.sqrt(x)))
    #! upstream forgotten | return 1 / (2 * np.sqrt(x))


def log_sum_exp(g, x):
    e = np.exp(x - x.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    return g[:, None] * p
    #! upstream forgotten | return p
    #! derivative forgotten | return np.repeat(g[:, None], x.shape[1], 1)
    #! mask / wrong value | return g[:, None] * (x == x.max(1, keepdims=True))
    #! extra factor / diagonal / derivative twice | return g[:, None] * p * (1 - p)


def mean_rows(g, x):
    return np.repeat(g[None], len(x), 0) / len(x)
    #! sum for mean | return np.repeat(g[None], len(x), 0)
    #! mean for sum | return np.repeat(g[None], len(x), 0) / x.size
    #! one sample only | return np.vstack([g[None], np.zeros((len(x) - 1, len(g)))]) / len(x)


def product_of_three(g, a, b, c):
    da = g * b * c
    #! missing factor / derivative forgotten | da = g * b
    #! upstream forgotten | da = b * c
    db = g * a * c
    #! wrong value / wrong node | db = g * a * b
    dc = g * a * b
    #! sign | dc = -g * a * b
    return da, db, dc
    #! swapped | return db, da, dc
    #! swapped | return db, dc, da


def regression_network(x, w, b, v, t):
    k = x @ w + b
    h = np.maximum(k, 0)
    y = h @ v
    dy = 2 * (y - t) / y.size
    #! factor | dy = (y - t) / y.size
    #! sum for mean | dy = 2 * (y - t)
    #! sign | dy = 2 * (t - y) / y.size
    #! path missing / wrong value | dy = 2 * y / y.size
    dh = dy @ v.T
    dk = dh * (k > 0)
    #! derivative forgotten / mask | dk = dh
    #! mask | dk = dh * (dh > 0)
    #! upstream forgotten | dk = 1.0 * (k > 0)
    #! extra factor | dk = dh * h
    dw = x.T @ dk
    #! wrong node | dw = x.T @ dh
    db = dk.sum(0)
    #! wrong node | db = dh.sum(0)
    #! not summed | db = dk
    dv = h.T @ dy
    #! wrong value | dv = k.T @ dy
    #! extra term | dv = h.T @ dy + 0.05 * v
    return dk @ w.T, dw, db, dv
    #! wrong node | return dh @ w.T, dw, db, dv


def attention(g, q, k, v):
    s = q @ k.T / np.sqrt(q.shape[1])
    e = np.exp(s - s.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    dp = g @ v.T
    ds = p * (dp - (dp * p).sum(1, keepdims=True)) / np.sqrt(q.shape[1])
    #! diagonal | ds = dp * p * (1 - p) / np.sqrt(q.shape[1])
    #! factor / derivative forgotten | ds = p * (dp - (dp * p).sum(1, keepdims=True))
    #! derivative forgotten | ds = dp / np.sqrt(q.shape[1])
    #! axis | ds = p * (dp - (dp * p).sum(0, keepdims=True)) / np.sqrt(q.shape[1])
    dq = ds @ k
    #! wrong value | dq = ds @ q
    dk = ds.T @ q
    #! transpose / wrong value | dk = ds @ q
    dv = p.T @ g
    #! transpose / wrong value | dv = p @ g
    #! wrong value | dv = s.T @ g
    return dq, dk, dv
    #! swapped | return dk, dq, dv


def strided_conv(g, x, w):
    back, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(w.shape[2]):
        for j in range(w.shape[3]):
            rows, columns = slice(i, i + 2 * g.shape[2], 2), slice(j, j + 2 * g.shape[3], 2)
            dw[:, :, i, j] = np.einsum("nkhv,nchv->kc", g, x[:, :, rows, columns])
            #! one sample only | dw[:, :, i, j] = np.einsum("khv,chv->kc", g[0], x[0, :, rows, columns])
            #! flipped | dw[:, :, 2 - i, 2 - j] = np.einsum("nkhv,nchv->kc", g, x[:, :, rows, columns])
            back[:, :, rows, columns] += np.einsum("nkhv,kc->nchv", g, w[:, :, i, j])
            #! path missing | back[:, :, rows, columns] = np.einsum("nkhv,kc->nchv", g, w[:, :, i, j])
            #! flipped | back[:, :, rows, columns] += np.einsum("nkhv,kc->nchv", g, w[:, :, 2 - i, 2 - j])
    return back, dw
    #! factor | return 0.1 * back, dw


def columns(g, w, x, b):
    """W X + b with a sample per column, as Matlab courses have it."""
    dw = g @ x.T
    #! transpose | dw = x @ g.T
    #! mean for sum | dw = g @ x.T / x.shape[1]
    #! upstream forgotten | dw = np.ones_like(g) @ x.T
    dx = w.T @ g
    #! sign | dx = -(w.T @ g)
    #! upstream forgotten | dx = w.T @ np.ones_like(g)
    db = g.sum(1, keepdims=True)
    #! not summed | db = g
    #! summed too far | db = g.sum()
    #! mean for sum | db = g.mean(1, keepdims=True)
    return dw, dx, db


def gated(g, a, b):
    s = 1 / (1 + np.exp(-b))
    da = g * s
    #! derivative forgotten / missing factor | da = g
    #! wrong value | da = g * b
    #! upstream forgotten | da = s
    db = g * a * s * (1 - s)
    #! derivative forgotten | db = g * a
    #! derivative forgotten / missing factor | db = g * s * (1 - s)
    #! missing factor | db = g * a * s
    #! wrong place | db = g * a * b * (1 - b)
    return da, db
    #! swapped | return db, da


def residual(g, x, w):
    k = x @ w
    dk = g * (1 - np.tanh(k) ** 2)
    #! derivative forgotten | dk = g
    #! wrong place | dk = g * (1 - k**2)
    #! derivative twice | dk = g * (1 - np.tanh(k) ** 2) ** 2
    dx = g + dk @ w.T
    #! path missing | dx = dk @ w.T
    #! path missing | dx = g
    #! transpose / wrong value | dx = g + dk @ w
    #! sign | dx = g - dk @ w.T
    dw = x.T @ dk
    #! wrong node | dw = x.T @ g
    #! one sample only | dw = np.outer(x[-1], dk[-1])
    return dx, dw


def standardise(g, x):
    d = x - x.mean(1, keepdims=True)
    s = np.sqrt((d * d).mean(1, keepdims=True))
    z = d / s
    return (g - g.mean(1, keepdims=True) - z * (g * z).mean(1, keepdims=True)) / s
    #! statistics | return g / s
    #! path missing | return (g - g.mean(1, keepdims=True)) / s
    #! path missing | return (g - z * (g * z).mean(1, keepdims=True)) / s
    #! missing factor / derivative forgotten / extra factor | return (g - g.mean(1, keepdims=True) - z * (g * z).mean(1, keepdims=True))  # noqa: E501


def absolute_loss(x, t):
    return np.sign(x - t) / x.size
    #! sum for mean | return np.sign(x - t)
    #! sign | return np.sign(t - x) / x.size
    #! derivative forgotten / wrong value / mask | return np.ones_like(x) / x.size
    #! extra factor / derivative forgotten / wrong value | return (x - t) / x.size


def cube(g, x):
    return 3 * g * x**2
    #! factor | return g * x**2
    #! extra factor | return 3 * g * x**3
    #! missing factor | return 3 * g * x
    #! upstream forgotten | return 3 * x**2
    #! path missing / factor | return 2 * g * x**2


def distance(g, a, b):
    d = a - b
    length = np.sqrt((d * d).sum(1, keepdims=True))
    da = g[:, None] * d / length
    #! missing factor / derivative forgotten / extra factor | da = g[:, None] * d
    #! factor | da = 2 * g[:, None] * d / length
    #! upstream forgotten | da = d / length
    db = -da
    #! sign | db = da
    return da, db


def convolution_network(w, b, v, x, labels):
    n, _, h, c = x.shape
    k = np.zeros((n, len(w), h - 2, c - 2))
    for i in range(3):
        for j in range(3):
            k += np.einsum("nchv,kc->nkhv", x[:, :, i : i + h - 2, j : j + c - 2], w[:, :, i, j])
    k += b[:, None, None]
    y = np.maximum(k, 0).mean((2, 3))
    s = y @ v
    e = np.exp(s - s.max(1, keepdims=True))
    ds = (e / e.sum(1, keepdims=True) - np.eye(v.shape[1])[labels]) / n
    #! sum for mean | ds = e / e.sum(1, keepdims=True) - np.eye(v.shape[1])[labels]
    #! sign | ds = (np.eye(v.shape[1])[labels] - e / e.sum(1, keepdims=True)) / n
    dy = ds @ v.T
    dk = (k > 0) * dy[:, :, None, None] / k[0, 0].size
    #! derivative forgotten / mask | dk = np.ones_like(k) * dy[:, :, None, None] / k[0, 0].size
    #! sum for mean | dk = (k > 0) * dy[:, :, None, None]
    dw = np.zeros_like(w)
    for i in range(3):
        for j in range(3):
            part = x[:, :, i : i + h - 2, j : j + c - 2]
            dw[:, :, i, j] = np.einsum("nkhv,nchv->kc", dk, part)
            #! flipped | dw[:, :, 2 - i, 2 - j] = np.einsum("nkhv,nchv->kc", dk, part)
    return dw, dk.sum((0, 2, 3)), y.T @ ds
    #! not summed | return dw, dk.sum((2, 3)), y.T @ ds
    #! transpose | return dw, dk.sum((0, 2, 3)), ds.T @ y
