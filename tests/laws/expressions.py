"""Computations drawn at random, for the laws of readers and derivations."""

import numpy as np

import glassgrad as gg

UNARY = [
    gg.tanh,
    gg.sigmoid,
    gg.sin,
    gg.cos,
    gg.exp,
    lambda x: -x,
    lambda x: gg.log(1 + x * x),
    lambda x: gg.sqrt(1 + x * x),
    lambda x: x**2,
    lambda x: x**3,
    lambda x: 1 / (2 + gg.cos(x)),
    lambda x: 0.5 * x,
]
BINARY = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a / (1.5 + gg.sin(b)),
]


def scalar(rng, nodes=9):
    """A number computed from three numbers, with reuse of what was computed: (y, leaves)."""
    leaves = [gg.tensor(rng.uniform(-1.5, 1.5), name=n) for n in "abc"]
    pool = list(leaves)
    while len(pool) < nodes + 3:
        if rng.random() < 0.5:
            new = UNARY[rng.integers(len(UNARY))](pool[rng.integers(len(pool))])
        else:
            i, j = rng.integers(len(pool), size=2)
            new = BINARY[rng.integers(len(BINARY))](pool[i], pool[j])
        if abs(new.item()) < 6:
            pool.append(new)
    y = pool[-1] + pool[-2] * leaves[0] + leaves[1] * leaves[2]
    return y, leaves


def stack(rng):
    """A loss of a few layers, dense or convolutional, with its parameters: (loss, parameters)."""
    images = rng.random() < 0.4
    parameters = []

    def parameter(name, *shape):
        w = gg.tensor(rng.normal(size=shape) / np.sqrt(max(1, np.prod(shape[1:]))), name=name)
        parameters.append(w)
        return w

    if images:
        x = _convolutions(rng, parameter)
    else:
        x = gg.tensor(rng.normal(size=(rng.integers(1, 5), 3)), name="x", requires_grad=False)
    for i in range(rng.integers(1, 4)):
        x = _dense(rng, parameter, x, i)
    return _loss(rng, x), parameters


ACTIVATIONS = [gg.relu, gg.tanh, gg.sigmoid, gg.elu, gg.leaky_relu, gg.gelu, gg.softplus]


def _activation(rng, x):
    return ACTIVATIONS[rng.integers(len(ACTIVATIONS))](x)


def _convolutions(rng, parameter):
    n, channels = rng.integers(1, 3), rng.integers(1, 3)
    x = gg.tensor(rng.normal(size=(n, channels, 5, 6)), name="x", requires_grad=False)
    w, b = parameter("k", 2, channels, 3, 2), parameter("a", 2)
    x = gg.conv2d(x, w, b, padding=(1, 0), stride=int(rng.integers(1, 3)))
    if rng.random() < 0.3:
        x = gg.batch_norm(x, parameter("s", 2), parameter("m", 2))
    x = _activation(rng, x)
    pool = gg.max_pool2d if rng.random() < 0.5 else gg.avg_pool2d
    return gg.flatten(pool(x, 2))


def _dense(rng, parameter, x, i):
    wide = int(rng.integers(2, 5))
    w = parameter(f"W{i}", wide, x.shape[1])
    kind = rng.integers(4)
    if kind == 0:
        y = gg.linear(x, w, parameter(f"b{i}", wide))
    elif kind == 1:
        y = x @ w.T + parameter(f"b{i}", wide)
    elif kind == 2:
        y = gg.layer_norm(gg.linear(x, w), parameter(f"s{i}", wide), parameter(f"m{i}", wide))
    else:
        y = gg.linear(x, w)
    y = _activation(rng, y)
    return y + x if y.shape == x.shape else y


def _loss(rng, x):
    n, k = x.shape
    kind, reduction = rng.integers(4), ["mean", "sum"][rng.integers(2)]
    if kind == 0:
        return gg.cross_entropy(x, rng.integers(0, k, n), reduction)
    if kind == 1:
        return gg.mse_loss(x, rng.normal(size=(n, k)), reduction)
    if kind == 2:
        return gg.nll_loss(gg.log_softmax(x), rng.integers(0, k, n), reduction)
    return -(
        gg.tensor(rng.dirichlet(np.ones(k), n), requires_grad=False) * gg.log(gg.softmax(x))
    ).sum()
