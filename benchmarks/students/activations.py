"""Backward passes of functions as students write them, with the mistakes that can be made in each line.

Below a line, `#! name | other line` is a mistake: its name in the catalogue, and what stands in place of
the line.  `plant.py` makes one program of each.  A name such as `mask / derivative forgotten` means that
both say the same about these numbers.
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
    #! derivative twice | h = y * (g - (g * y).sum(1)[:, None]); return y * (h - (h * y).sum(1)[:, None])
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
    #! overwritten / wrong value | g = g * b; db = (g * a).sum(0)
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
