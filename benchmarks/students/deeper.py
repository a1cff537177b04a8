"""Still more backward passes, in the form of `activations.py`: three layers, forms, a wide padding."""

import functools  # noqa: F401  (for the programs made of this one)

import numpy as np


def cosine(g, x):
    return -g * np.sin(x)
    #! sign | return g * np.sin(x)
    #! derivative forgotten | return g
    #! upstream forgotten | return -np.sin(x)
    #! wrong place | return -g * np.sin(np.cos(x))


def bilinear(g, x, a, y):
    """x A y for every row of x and y."""
    dx = g[:, None] * (y @ a.T)
    #! transpose / wrong value | dx = g[:, None] * (y @ a)
    #! upstream forgotten | dx = y @ a.T
    da = x.T @ (g[:, None] * y)
    #! transpose | da = (g[:, None] * y).T @ x
    #! upstream forgotten | da = x.T @ y
    #! mean for sum | da = x.T @ (g[:, None] * y) / len(x)
    #! off by one | da = x[1:].T @ (g[:, None] * y)[1:]
    dy = g[:, None] * (x @ a)
    #! sign | dy = -g[:, None] * (x @ a)
    #! wrong value | dy = g[:, None] * (y @ a)
    return dx, da, dy
    #! swapped | return dy, da, dx


def three_layers(x, w, b, u, c, v, t):
    k = x @ w + b
    h = np.tanh(k)
    m = h @ u + c
    r = np.maximum(m, 0)
    dy = 2 * (r @ v - t) / t.size
    #! factor | dy = (r @ v - t) / t.size
    #! mean for sum | dy = 2 * (r @ v - t) / t.size / len(x)
    dm = (dy @ v.T) * (m > 0)
    #! mask | dm = (dy @ v.T) * (dy @ v.T > 0)
    #! mask / derivative forgotten | dm = dy @ v.T
    #! mask | dm = (dy @ v.T) * (m < 0)
    dk = (dm @ u.T) * (1 - h * h)
    #! derivative forgotten | dk = dm @ u.T
    #! wrong place | dk = (dm @ u.T) * (1 - k * k)
    #! missing factor | dk = (dm @ u.T) * (1 - h)
    #! upstream forgotten | dk = 1 - h * h
    du = h.T @ dm
    #! wrong value | du = k.T @ dm
    #! transpose | du = dm.T @ h
    #! wrong node | du = h.T @ (dy @ v.T)
    dc = dm.sum(0)
    #! wrong node | dc = (dy @ v.T).sum(0)
    #! mean for sum | dc = dm.mean(0)
    dv = r.T @ dy
    #! wrong value | dv = m.T @ dy
    return dk @ w.T, x.T @ dk, dk.sum(0), du, dc, dv
    #! not summed | return dk @ w.T, x.T @ dk, dk, du, dc, dv
    #! one sample only | return dk @ w.T, np.outer(x[0], dk[0]), dk.sum(0), du, dc, dv
    #! swapped | return dk @ w.T, x.T @ dk, dc, du, dk.sum(0), dv


def harmonic(g, x):
    s = (1 / x).sum(1)
    return g[:, None] / s[:, None] ** 2 / x**2
    #! sign | return -g[:, None] / s[:, None] ** 2 / x**2
    #! missing factor / extra factor / derivative forgotten | return g[:, None] / s[:, None] ** 2 / x
    #! missing factor / extra factor / derivative forgotten | return g[:, None] / x**2
    #! upstream forgotten | return 1 / s[:, None] ** 2 / x**2


def padded_conv(g, x, w):
    """A kernel of 5 × 5 with padding 2."""
    wide = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    back, dw, (h, v) = np.zeros_like(wide), np.zeros_like(w), g.shape[2:]
    for i in range(5):
        for j in range(5):
            dw[:, :, i, j] = np.einsum("nkhv,nchv->kc", g, wide[:, :, i : i + h, j : j + v])
            #! upstream forgotten | dw[:, :, i, j] = np.einsum("nchv->c", wide[:, :, i : i + h, j : j + v])
            back[:, :, i : i + h, j : j + v] += np.einsum("nkhv,kc->nchv", g, w[:, :, i, j])
    return back[:, :, 2:-2, 2:-2], dw
    #! padding | return back[:, :, 1:-3, 1:-3], dw
    #! padding | return back[:, :, :-4, :-4], dw
    #! padding | return back, dw
    #! flipped | return back[:, :, 2:-2, 2:-2], dw[:, :, ::-1, ::-1]
    #! mean for sum | return back[:, :, 2:-2, 2:-2], dw / len(x)
