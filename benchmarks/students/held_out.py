"""Backward passes with mistakes, in the form of `activations.py`, that the catalogue was not built on.

They were written when the catalogue was finished, and it was not changed afterwards: what they show is how
the search fares with functions and mistakes that it has not seen.
"""

import functools  # noqa: F401  (for the programs made of this one)

import numpy as np


def cell(g, f, i, k, c):
    sf, si, tk = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-i)), np.tanh(k)
    df = g * c * sf * (1 - sf)
    #! derivative forgotten | df = g * c
    #! derivative forgotten / missing factor | df = g * sf * (1 - sf)
    #! wrong value | df = g * tk * sf * (1 - sf)
    #! upstream forgotten | df = c * sf * (1 - sf)
    di = g * tk * si * (1 - si)
    #! wrong value | di = g * k * si * (1 - si)
    #! missing factor | di = g * tk * si
    #! wrong place | di = g * tk * i * (1 - i)
    dk = g * si * (1 - tk**2)
    #! missing factor | dk = g * si * (1 - tk)
    #! derivative forgotten | dk = g * si
    #! wrong place | dk = g * si * (1 - k**2)
    #! wrong value | dk = g * sf * (1 - tk**2)
    dc = g * sf
    #! derivative forgotten / missing factor | dc = g
    #! wrong value | dc = g * f
    return df, di, dk, dc
    #! swapped | return di, df, dk, dc


def temperature(g, x):
    e = np.exp(x / 3 - (x / 3).max(1, keepdims=True))
    y = e / e.sum(1, keepdims=True)
    return y * (g - (g * y).sum(1, keepdims=True)) / 3
    #! factor / derivative forgotten | return y * (g - (g * y).sum(1, keepdims=True))
    #! diagonal | return g * y * (1 - y) / 3
    #! axis | return y * (g - (g * y).sum(0, keepdims=True)) / 3
    #! wrong place | y = x / 3; return y * (g - (g * y).sum(1, keepdims=True)) / 3


def pooled_linear(g, x, w):
    n, c, h, v = x.shape
    cells = x.reshape(n, c, h // 2, 2, v // 2, 2)
    best = cells == cells.max((3, 5), keepdims=True)
    #! mask | best = np.ones_like(cells)
    #! mask | best = np.full(cells.shape, 0.25)
    down = (g @ w).reshape(n, c, h // 2, v // 2)
    #! upstream forgotten | down = (np.ones_like(g) @ w).reshape(n, c, h // 2, v // 2)
    y = cells.max((3, 5)).reshape(n, -1)
    #! wrong value | y = cells.min((3, 5)).reshape(n, -1)
    dw = g.T @ y
    #! transpose | dw = y.T @ g
    #! mean for sum | dw = g.T @ y / n
    #! one sample only | dw = np.outer(g[-1], y[-1])
    return (best * down[:, :, :, None, :, None]).reshape(x.shape), dw


def lasso(w, x, t):
    error = x @ w - t
    return 2 * x.T @ error / len(t) + 0.1 * np.sign(w)
    #! path missing | return 2 * x.T @ error / len(t)
    #! sign | return 2 * x.T @ error / len(t) - 0.1 * np.sign(w)
    #! derivative forgotten / wrong value | return 2 * x.T @ error / len(t) + 0.1
    #! factor | return x.T @ error / len(t) + 0.1 * np.sign(w)
    #! sum for mean | return 2 * x.T @ error + 0.1 * np.sign(w)
    #! wrong value / path missing | return 2 * x.T @ (x @ w) / len(t) + 0.1 * np.sign(w)


def softplus_layer(g, x, w, b):
    k = x @ w + b
    dk = g / (1 + np.exp(-k))
    #! derivative forgotten | dk = g
    #! wrong place | dk = g / (1 + np.exp(-np.logaddexp(0, k)))
    #! upstream forgotten | dk = 1 / (1 + np.exp(-k))
    #! derivative twice | dk = g / (1 + np.exp(-k)) ** 2
    #! mask | dk = g * (k > 0)
    dw = x.T @ dk
    #! wrong node | dw = x.T @ g
    db = dk.sum(0)
    #! not summed | db = dk
    #! wrong node | db = g.sum(0)
    #! mean for sum | db = dk.mean(0)
    return dk @ w.T, dw, db
    #! overwritten | return dk @ (w - 0.1 * dw).T, dw, db
    #! transpose | return dk @ w.T, dw.T, db
