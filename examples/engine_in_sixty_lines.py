"""A whole engine in sixty lines: values that remember how they were computed, and one walk back.

A rule (`vjp`) says what each input of an op gets of g, the gradient of its result y.  It is written in the
ops themselves, so a gradient is a tensor and has a gradient.  Read next: `src/glassgrad/graph.py`."""

import numpy as np


class Tensor:
    def __init__(self, value, vjp=lambda *_: (), inputs=()):
        self.value, self.vjp, self.inputs = np.asarray(value, float), vjp, inputs


def op(forward, vjp):
    def record(*inputs):
        nodes = [x if isinstance(x, Tensor) else Tensor(x) for x in inputs]
        return Tensor(forward(*[x.value for x in nodes]), vjp, nodes)

    return record


Tensor.__array_ufunc__ = None  # array + tensor is ours to compute, not NumPy's
Tensor.__add__ = Tensor.__radd__ = op(np.add, lambda g, y, a, b: (g, g))
Tensor.__mul__ = Tensor.__rmul__ = op(np.multiply, lambda g, y, a, b: (g * b, g * a))
Tensor.__matmul__ = op(np.matmul, lambda g, y, a, b: (g @ b.T, a.T @ g))
Tensor.T = property(op(np.transpose, lambda g, y, x: (g.T,)))
exp = op(np.exp, lambda g, y, x: (g * y,))
tanh = op(np.tanh, lambda g, y, x: (g * (1 + -1 * y * y),))


def sum_to(x, to=()):  # each copy that broadcasting made of a number sends its part back
    axes = tuple(i for i, n in enumerate((1,) * (x.value.ndim - len(to)) + to) if n == 1)
    return op(lambda a: a.sum(axes).reshape(to), lambda g, y, a: (g * np.ones_like(a.value),))(x)


def topological(root):  # inputs before uses: what is used twice needs both parts before it sends on
    order, stack = {}, [root]
    while stack:
        if waits_for := [x for x in stack[-1].inputs if x not in order]:
            stack += waits_for
        else:
            order[stack.pop()] = True
    return order


def grad(y, wrt):
    bars = {y: Tensor(np.ones_like(y.value))}  # what has arrived at each node, added up
    for node in reversed(topological(y)):
        for x, g in zip(node.inputs, node.vjp(bars[node], node, *node.inputs), strict=True):
            bars[x] = sum_to(g, x.value.shape) + bars.get(x, 0)
    return [bars[x] for x in wrt]


x, rng = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.random.default_rng(0)
w, b, v, c = weights = [Tensor(rng.normal(size=n)) for n in ((2, 8), 8, (8, 1), 1)]
for _ in range(500):  # exclusive or, which no straight line separates
    error = tanh(Tensor(x) @ w + b) @ v + c + -1 * (x[:, :1] ^ x[:, 1:])
    for p, g in zip(weights, grad(sum_to(error * error), weights), strict=True):
        p.value = p.value - 0.05 * g.value
assert np.abs(error.value).max() < 0.1
