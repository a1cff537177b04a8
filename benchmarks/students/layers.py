"""Losses, layers and a network, in the form of `activations.py`."""

import functools  # noqa: F401  (for the programs made of this one)

import numpy as np


def mse(x, t):
    dx = 2 * (x - t) / x.size
    #! factor | dx = (x - t) / x.size
    #! sum for mean | dx = 2 * (x - t)
    #! sum for mean | dx = 2 * (x - t) / len(x)
    #! sign | dx = 2 * (t - x) / x.size
    #! extra factor / derivative twice | dx = 2 * (x - t) * x / x.size
    #! path missing / extra term / target / wrong value | dx = 2 * x / x.size
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
    #! upstream forgotten / derivative forgotten / wrong node | dw = g.sum(0)
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
