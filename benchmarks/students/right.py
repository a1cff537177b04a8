"""Right backward passes in other words: loops, einsum, other algebra, other orders of summation.

The number at the end of a name is only there to tell two versions of a function apart.
"""

import numpy as np
from scipy.special import expit
from scipy.special import log_softmax as scipy_log_softmax
from scipy.special import softmax as scipy_softmax


def tanh_1(g, x):
    return g / np.cosh(x) ** 2


def tanh_2(g, x):
    e = np.exp(-2 * np.abs(x))
    return g * 4 * e / (1 + e) ** 2


def sigmoid_1(g, x):
    return g * expit(x) * expit(-x)


def sigmoid_2(g, x):
    return g / (2 + np.exp(x) + np.exp(-x))


def relu_1(g, x):
    out = g.copy()
    out[x <= 0] = 0
    return out


def relu_2(g, x):
    return np.where(np.maximum(x, 0) > 0, g, 0.0)


def leaky_relu_1(g, x):
    return g * (0.505 + 0.495 * np.sign(x))


def elu_1(g, x):
    y = np.where(x > 0, x, np.expm1(x))
    return g * np.where(x > 0, 1, y + 1)


def softplus_1(g, x):
    return g * (1 - np.exp(-np.logaddexp(0, x)))


def softmax_1(g, x):
    out = np.zeros_like(x)
    for row, (p, q) in enumerate(zip(scipy_softmax(x, axis=1), g, strict=True)):
        out[row] = (np.diag(p) - np.outer(p, p)) @ q
    return out


def softmax_2(g, x):
    p = scipy_softmax(x, axis=1)
    return np.einsum(
        "nij,nj->ni", np.einsum("ni,ij->nij", p, np.eye(x.shape[1])), g
    ) - p * np.einsum("ni,ni->n", p, g).reshape(-1, 1)


def log_softmax_1(g, x):
    return g - np.exp(scipy_log_softmax(x, axis=1)) * np.add.reduce(g, 1)[:, None]


def linear_1(g, x, w, b):
    dw = np.zeros_like(w)
    for n in range(len(x)):
        dw += np.outer(g[n], x[n])
    return np.einsum("nk,kd->nd", g, w), dw, np.ones(len(x)) @ g


def linear_2(g, x, w, b):
    halves = [slice(0, 3), slice(3, None)]
    dw = sum(g[h].T @ x[h] for h in halves)
    return (w.T @ g.T).T, dw, sum(g[h].sum(axis=0) for h in halves)


def linear_3(g, x, w, b):
    return {"b": g[::-1].sum(0), "w": np.tensordot(g, x, axes=(0, 0)), "x": np.dot(g, w)}


def matmul_1(g, a, b):
    return np.einsum("ik,jk->ij", g, b), np.einsum("ij,ik->jk", a, g)


def multiply_1(g, a, b):
    return g * b, np.einsum("nd,nd->d", g, a)


def multiply_2(g, a, b):
    db = np.zeros_like(b)
    for row in range(len(a)):
        db = db + g[row] * a[row]
    return np.multiply(b, g), db


def divide_1(g, a, b):
    r = 1 / b
    return g * r, -g * a * r * r


def mse_1(x, t):
    error = (x - t) * (2.0 / x.size)
    return error, np.negative(error)


def cross_entropy_1(x, labels):
    p = scipy_softmax(x, axis=1)
    p[np.arange(len(x)), labels] -= 1
    p /= len(x)
    return p


def cross_entropy_2(x, labels):
    out = np.zeros_like(x)
    for n, label in enumerate(labels):
        for k in range(x.shape[1]):
            p = 1 / np.exp(x[n] - x[n, k]).sum()
            out[n, k] = (p - (k == label)) / len(labels)
    return out


def cross_entropy_3(x, labels):
    t = np.eye(x.shape[1])[labels]
    p = scipy_softmax(x, axis=1)
    dp = -t / p / len(x)
    return p * (dp - (dp * p).sum(1, keepdims=True))


def bce_with_logits_1(x, t):
    return np.where(t == 1, -expit(-x), expit(x)) / x.size


def bce_with_logits_2(x, t):
    p = expit(x)
    return ((1 - t) / (1 - p) - t / p) * p * (1 - p) / x.size


def conv_1(g, x, w, b):
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    views = np.lib.stride_tricks.sliding_window_view(wide, w.shape[2:], axis=(2, 3))
    dw = np.einsum("nkhv,nchvij->kcij", g, views)
    back = np.pad(g, ((0, 0), (0, 0), (1, 1), (1, 1)))
    views = np.lib.stride_tricks.sliding_window_view(back, w.shape[2:], axis=(2, 3))
    return np.einsum("nkhvij,kcij->nchv", views, w[:, :, ::-1, ::-1]), dw, np.einsum("nkhv->k", g)


def conv_2(g, x, w, b):
    wide, back, dw = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), None, np.zeros_like(w)
    back = np.zeros_like(wide)
    for n, k, i, j in np.ndindex(*g.shape):
        dw[k] += g[n, k, i, j] * wide[n, :, i : i + 3, j : j + 3]
        back[n, :, i : i + 3, j : j + 3] += g[n, k, i, j] * w[k]
    return back[:, :, 1:-1, 1:-1], dw, g.sum(axis=(3, 2, 0))


def max_pool_1(g, x):
    out = np.zeros_like(x)
    for n, c, i, j in np.ndindex(*g.shape):
        cell = x[n, c, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
        r, s = np.unravel_index(cell.argmax(), (2, 2))
        out[n, c, 2 * i + r, 2 * j + s] += g[n, c, i, j]
    return out


def avg_pool_1(g, x):
    return np.kron(g, np.full((2, 2), 0.25))


def avg_pool_2(g, x):
    out = np.zeros_like(x)
    for i in (0, 1):
        for j in (0, 1):
            out[:, :, i::2, j::2] = g / 4
    return out


def batch_norm_1(g, x, w, b):
    n, d = len(x), x - x.mean(0)
    variance = (d * d).mean(0) + 1e-5
    dz = g * w
    dvar = (dz * d).sum(0) * -0.5 * variance**-1.5
    dmean = -(dz / np.sqrt(variance)).sum(0) - 2 * dvar * d.mean(0)
    dx = dz / np.sqrt(variance) + dvar * 2 * d / n + dmean / n
    return dx, (g * d / np.sqrt(variance)).sum(0), g.sum(0)


def batch_norm_2(g, x, w, b):
    n, d = len(x), x - x.mean(0)
    std = np.sqrt(x.var(0) + 1e-5)
    z = d / std
    dx = w / (n * std) * (n * g - g.sum(0) - z * (g * z).sum(0))
    return dx, np.einsum("nc,nc->c", g, z), np.einsum("nc->c", g)


def layer_norm_1(g, x, w, b):
    dx = np.zeros_like(x)
    z = np.zeros_like(x)
    for n, row in enumerate(x):
        d, std, count = row - row.mean(), np.sqrt(row.var() + 1e-5), len(row)
        z[n] = d / std
        jacobian = (np.eye(count) - 1 / count - np.outer(z[n], z[n]) / count) / std
        dx[n] = jacobian @ (g[n] * w)
    return dx, (g * z).sum(0), g.sum(0)


def network_1(x, w, b, v, c, labels):
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    dv, dc = np.zeros_like(v), np.zeros_like(c)
    for n, label in enumerate(labels):
        h = expit(x[n] @ w + b)
        ds = scipy_softmax(h @ v + c)
        ds[label] -= 1
        ds /= len(labels)
        dk = v @ ds * h * (1 - h)
        dv, dc = dv + np.outer(h, ds), dc + ds
        dw, db, dx[n] = dw + np.outer(x[n], dk), db + dk, w @ dk
    return dx, dw, db, dv, dc


def ridge_1(theta, x, t):
    out = 0.1 * theta
    for row, target in zip(x, t, strict=True):
        out = out - (target - expit(row @ theta)) * row / len(x)
    return out


def ridge_2(theta, x, t):
    return np.mean((expit(x @ theta) - t)[:, None] * x, axis=0) + theta / 10
