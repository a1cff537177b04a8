"""Backward passes as students write them, right ones, each line with the mistakes that can be made in it.

Below a line, `#! name | other line` is a mistake: its name in the catalogue, and what stands in place of the
line.  `truth_check.py` makes one program of each and asks `check.backward` what is wrong with it.  A name
such as `mask / derivative forgotten` means that both say the same about these numbers.
"""

import functools  # noqa: F401  (for the programs made of this one)

import numpy as np


def tanh(g, x):
    y = np.tanh(x)
    #! wrong place | y = x
    #! wrong place | y = np.tanh(np.tanh(x))
    return g * (1 - y * y)
    #! upstream forgotten | return 1 - y * y
    #! derivative forgotten | return g
    #! derivative twice | return g * (1 - y * y) ** 2
    #! sign | return g * (y * y - 1)
    #! wrong place | return g * (1 - np.tanh(y) ** 2)
    #! off by one | return np.vstack([(g * (1 - y * y))[:-1], 0 * g[-1:]])


def sigmoid(g, x):
    y = 1 / (1 + np.exp(-x))
    return g * y * (1 - y)
    #! wrong place | return g * x * (1 - x)
    #! wrong place | return g / (1 + np.exp(-y)) * (1 - 1 / (1 + np.exp(-y)))
    #! upstream forgotten | return y * (1 - y)
    #! derivative forgotten | return g
    #! derivative twice | return g * (y * (1 - y)) ** 2
    #! missing factor | return g * y
    #! missing factor | return g * (1 - y)
    #! off by one | return np.vstack([0 * g[:1], (g * y * (1 - y))[1:]])


def relu(g, x):
    return g * (x > 0)
    #! mask | return g * (g > 0)
    #! mask | return g * (x < 0)
    #! derivative forgotten / mask | return g
    #! upstream forgotten | return 1.0 * (x > 0)
    #! extra factor | return g * np.maximum(x, 0)
    #! off by one | return np.vstack([(g * (x > 0))[:-1], 0 * g[-1:]])


def leaky_relu(g, x):
    return np.where(x > 0, g, 0.01 * g)
    #! mask | return np.where(x > 0, g, 0)
    #! mask | return np.where(g > 0, g, 0.01 * g)
    #! mask | return np.where(x > 0, 0.01 * g, g)
    #! derivative forgotten / mask | return g
    #! upstream forgotten | return np.where(x > 0, 1, 0.01)


def elu(g, x):
    return np.where(x > 0, g, g * np.exp(x))
    #! mask | return np.where(x > 0, g, 0)
    #! mask | return np.where(x > 0, 0, g * np.exp(x))
    #! mask / wrong place | return np.where(x > 0, g, g * (x + 1))
    #! derivative forgotten / mask | return g
    #! upstream forgotten | return np.where(x > 0, 1, np.exp(x))
    #! derivative twice | return np.where(x > 0, g, g * np.exp(2 * x))


def softplus(g, x):
    return g / (1 + np.exp(-x))
    #! wrong place | return g / (1 + np.exp(-np.log1p(np.exp(x))))
    #! derivative forgotten | return g
    #! upstream forgotten | return 1 / (1 + np.exp(-x))
    #! derivative twice | return g / (1 + np.exp(-x)) ** 2


def softmax(g, x):
    e = np.exp(x - x.max(1, keepdims=True))
    y = e / e.sum(1, keepdims=True)
    return y * (g - (g * y).sum(1, keepdims=True))
    #! diagonal | return g * y * (1 - y)
    #! axis | return y * (g - (g * y).sum(0, keepdims=True))
    #! derivative forgotten | return g
    #! wrong place | return x * (g - (g * x).sum(1, keepdims=True))
    #! path missing / missing factor / statistics | return y * g
    #! derivative twice | h = y * (g - (g * y).sum(1, keepdims=True)); return y * (h - (h * y).sum(1, keepdims=True))
    #! sign | return y * ((g * y).sum(1, keepdims=True) - g)
    #! sign / path missing | return y * (g + (g * y).sum(1, keepdims=True))
    #! missing factor | return g - (g * y).sum(1, keepdims=True)


def log_softmax(g, x):
    e = np.exp(x - x.max(1, keepdims=True))
    y = e / e.sum(1, keepdims=True)
    return g - y * g.sum(1, keepdims=True)
    #! diagonal | return g * (1 - y)
    #! axis | return g - y * g.sum(0, keepdims=True)
    #! derivative forgotten / path missing | return g
    #! sign | return g + y * g.sum(1, keepdims=True)
    #! path missing / statistics | return -y * g.sum(1, keepdims=True)


def linear(g, x, w, b):
    dx = g @ w
    #! upstream forgotten | dx = np.ones_like(g) @ w
    #! overwritten | dx = g @ (w - 0.1 * g.T @ x)
    #! zero | dx = np.zeros_like(x)
    #! off by one | dx = np.vstack([g[:-1] @ w, 0 * x[:1]])
    dw = g.T @ x
    #! transpose | dw = x.T @ g
    #! mean for sum | dw = g.T @ x / len(x)
    #! upstream forgotten | dw = np.ones_like(g).T @ x
    #! one sample only | dw = np.outer(g[-1], x[-1])
    #! off by one | dw = g[1:].T @ x[1:]
    #! extra term | dw = g.T @ x + 0.01 * w
    #! sign | dw = -g.T @ x
    db = g.sum(0)
    #! not summed | db = g
    #! mean for sum | db = g.mean(0)
    #! summed too far | db = g.sum()
    #! axis | db = g.sum(1)
    #! one sample only | db = g[-1]
    #! upstream forgotten | db = np.ones_like(g).sum(0)
    return dx, dw, db
    #! swapped | return dx, db, dw
    #! swapped | return dw, db, dx
    #! wrong value / overwritten | return dx, g.T @ dx, db


def matmul(g, a, b):
    da = g @ b.T
    #! transpose / wrong value | da = g @ b
    #! upstream forgotten | da = np.ones_like(g) @ b.T
    #! wrong value | da = g @ a.T
    db = a.T @ g
    #! transpose / wrong value | db = a @ g
    #! transpose | db = g.T @ a
    #! upstream forgotten | db = a.T @ np.ones_like(g)
    #! overwritten / wrong node / wrong value | db = a.T @ (g @ b.T)
    return da, db
    #! swapped | return db, da


def multiply(g, a, b):
    da = g * b
    #! wrong value | da = g * a
    #! derivative forgotten | da = g
    #! upstream forgotten | da = np.ones_like(g) * b
    db = (g * a).sum(0)
    #! not summed | db = g * a
    #! derivative forgotten | db = g.sum(0)
    #! mean for sum | db = (g * a).mean(0)
    #! wrong value | db = (g * b).sum(0)
    #! axis | db = (g * a).sum(1)
    #! overwritten | g = g * b; db = (g * a).sum(0)
    return da, db
    #! one sample only | return da, (g * a)[-1]


def divide(g, a, b):
    da = g / b
    #! derivative forgotten | da = g
    #! extra factor / wrong place | da = g * a / b
    db = -g * a / b**2
    #! sign | db = g * a / b**2
    #! missing factor / extra factor | db = -g * a / b
    #! missing factor | db = -g / b**2
    #! upstream forgotten | db = -a / b**2
    return da, db
    #! swapped | return db, da


def mse(x, t):
    dx = 2 * (x - t) / x.size
    #! factor | dx = (x - t) / x.size
    #! sum for mean | dx = 2 * (x - t)
    #! sum for mean | dx = 2 * (x - t) / len(x)
    #! sign | dx = 2 * (t - x) / x.size
    #! extra factor / derivative twice | dx = 2 * (x - t) * x / x.size
    #! path missing / extra term / target | dx = 2 * x / x.size
    dt = -dx
    #! sign | dt = dx
    return dx, dt


def cross_entropy(x, labels):
    e = np.exp(x - x.max(1, keepdims=True))
    p = e / e.sum(1, keepdims=True)
    #! axis / target | p = e / e.sum(0, keepdims=True)
    t = np.eye(x.shape[1])[labels]
    #! target | t = np.zeros_like(p)
    return (p - t) / len(x)
    #! sum for mean | return p - t
    #! mean for sum | return (p - t) / x.size
    #! sign | return (t - p) / len(x)
    #! derivative twice | return (p - t) * p * (1 - p) / len(x)
    #! target | return -t / p / len(x)
    #! target | return (x - t) / len(x)
    #! target | return (p + t) / len(x)
    #! target | return -t / len(x)


def bce_with_logits(x, t):
    p = 1 / (1 + np.exp(-x))
    return (p - t) / x.size
    #! sum for mean | return p - t
    #! sum for mean | return (p - t) / len(x)
    #! sign | return (t - p) / x.size
    #! derivative twice | return (p - t) * p * (1 - p) / x.size
    #! target | return (x - t) / x.size
    #! target | return p / x.size


def conv(g, x, w, b):
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    #! padding / shifted | wide = np.pad(x, ((0, 0), (0, 0), (0, 2), (0, 2)))
    back = np.zeros_like(wide)
    dw = np.zeros_like(w)
    db = g.sum((0, 2, 3))
    #! not summed | db = g.sum((2, 3))
    #! summed too far | db = g.sum()
    #! mean for sum | db = g.mean((0, 2, 3))
    #! axis / one sample only | db = g[0].sum((1, 2))
    for i in range(w.shape[2]):
        #! off by one | for i in range(w.shape[2] - 1):
        for j in range(w.shape[3]):
            part = wide[:, :, i : i + g.shape[2], j : j + g.shape[3]]
            dw[:, :, i, j] = np.einsum("nkhv,nchv->kc", g, part)
            #! flipped | dw[:, :, -1 - i, -1 - j] = np.einsum("nkhv,nchv->kc", g, part)
            #! upstream forgotten | dw[:, :, i, j] = np.einsum("nkhv,nchv->kc", np.ones_like(g), part)
            #! transpose | dw[:, :, j, i] = np.einsum("nkhv,nchv->kc", g, part)
            #! mean for sum | dw[:, :, i, j] = np.einsum("nkhv,nchv->kc", g, part) / len(x)
            pushed = np.einsum("nkhv,kc->nchv", g, w[:, :, i, j])
            #! flipped | pushed = np.einsum("nkhv,kc->nchv", g, w[:, :, -1 - i, -1 - j])
            #! transpose / wrong value | pushed = np.einsum("nkhv,kc->nchv", g, w[:, :, j, i])
            back[:, :, i : i + g.shape[2], j : j + g.shape[3]] += pushed
            #! path missing | back[:, :, i : i + g.shape[2], j : j + g.shape[3]] = pushed
    dx = back[:, :, 1:-1, 1:-1]
    #! padding | dx = back[:, :, :-2, :-2]
    #! padding | dx = back[:, :, 2:, 2:]
    #! padding | dx = back
    return dx, dw, db


def max_pool(g, x):
    n, c, h, v = x.shape
    cells = x.reshape(n, c, h // 2, 2, v // 2, 2)
    best = cells == cells.max((3, 5), keepdims=True)
    #! mask | best = np.ones_like(cells)
    #! mask | best = np.full_like(cells, 0.25)
    #! mask | best = cells == cells.min((3, 5), keepdims=True)
    return (best * g[:, :, :, None, :, None]).reshape(x.shape)
    #! upstream forgotten | return (1.0 * best).reshape(x.shape)
    #! flipped | return (best * g[:, :, ::-1, None, ::-1, None]).reshape(x.shape)


def avg_pool(g, x):
    wide = np.repeat(np.repeat(g, 2, 2), 2, 3)
    #! upstream forgotten | wide = np.ones_like(x)
    #! mask | wide = np.kron(g, np.array([[4, 0], [0, 0]]))
    return wide / 4
    #! factor / sum for mean | return wide
    #! factor / sum for mean | return wide / 2


def batch_norm(g, x, w, b):
    mean, rate = x.mean(0), 1 / np.sqrt(x.var(0) + 1e-5)
    z = (x - mean) * rate
    h = g * w
    #! derivative forgotten / missing factor | h = g
    dx = rate * (h - h.mean(0) - z * (h * z).mean(0))
    #! statistics | dx = rate * h
    #! path missing | dx = rate * (h - h.mean(0))
    #! path missing | dx = rate * (h - z * (h * z).mean(0))
    #! missing factor | dx = h - h.mean(0) - z * (h * z).mean(0)
    #! sign / path missing | dx = rate * (h - h.mean(0) + z * (h * z).mean(0))
    dw = (g * z).sum(0)
    #! wrong value / missing factor / extra term | dw = (g * x).sum(0)
    #! mean for sum | dw = (g * z).mean(0)
    #! not summed | dw = g * z
    #! upstream forgotten / derivative forgotten | dw = g.sum(0)
    db = g.sum(0)
    #! not summed | db = g
    #! mean for sum | db = g.mean(0)
    return dx, dw, db
    #! swapped | return dx, db, dw


def layer_norm(g, x, w, b):
    mean, rate = x.mean(1, keepdims=True), 1 / np.sqrt(x.var(1, keepdims=True) + 1e-5)
    z = (x - mean) * rate
    h = g * w
    dx = rate * (h - h.mean(1, keepdims=True) - z * (h * z).mean(1, keepdims=True))
    #! statistics | dx = rate * h
    #! path missing | dx = rate * (h - h.mean(1, keepdims=True))
    #! path missing | dx = rate * (h - z * (h * z).mean(1, keepdims=True))
    #! missing factor | dx = h - h.mean(1, keepdims=True) - z * (h * z).mean(1, keepdims=True)
    dw = (g * z).sum(0)
    #! mean for sum | dw = (g * z).mean(0)
    #! not summed | dw = g * z
    db = g.sum(0)
    #! axis | db = g.sum(1)
    #! summed too far | db = g.sum()
    return dx, dw, db


def network(x, w, b, v, c, labels):
    k = x @ w + b
    h = 1 / (1 + np.exp(-k))
    s = h @ v + c
    e = np.exp(s - s.max(1, keepdims=True))
    ds = (e / e.sum(1, keepdims=True) - np.eye(s.shape[1])[labels]) / len(x)
    #! sum for mean | ds = e / e.sum(1, keepdims=True) - np.eye(s.shape[1])[labels]
    #! target | ds = e / e.sum(1, keepdims=True) / len(x)
    dh = ds @ v.T
    #! upstream forgotten | dh = np.ones_like(ds) @ v.T
    #! overwritten | dh = ds @ (v - 0.5 * h.T @ ds).T
    dk = dh * h * (1 - h)
    #! derivative forgotten | dk = dh
    #! wrong place | dk = dh * k * (1 - k)
    #! missing factor | dk = dh * h
    #! upstream forgotten | dk = h * (1 - h)
    #! derivative twice | dk = dh * (h * (1 - h)) ** 2
    dw = x.T @ dk
    #! wrong node | dw = x.T @ dh
    db = dk.sum(0)
    #! wrong node | db = dh.sum(0)
    #! not summed | db = dk
    #! mean for sum | db = dk.mean(0)
    dv = h.T @ ds
    #! wrong value | dv = k.T @ ds
    #! transpose | dv = ds.T @ h
    dc = ds.sum(0)
    #! not summed | dc = ds
    #! one sample only | dc = ds[0]
    dx = dk @ w.T
    #! wrong node | dx = dh @ w.T
    return dx, dw, db, dv, dc


def ridge(theta, x, t):
    p = 1 / (1 + np.exp(-x @ theta))
    error = (p - t) / len(x)
    #! sum for mean / path missing | error = p - t
    #! derivative twice | error = (p - t) * p * (1 - p) / len(x)
    #! target | error = (x @ theta - t) / len(x)
    return x.T @ error + 0.1 * theta
    #! path missing | return x.T @ error
    #! extra term / path missing / factor | return x.T @ error + 0.2 * theta
    #! sign / extra term | return x.T @ error - 0.1 * theta
    #! sign | return -x.T @ error + 0.1 * theta
