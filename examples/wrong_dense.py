"""A dense layer with two mistakes in its backward pass, and how one gets from the verdict to the cure.

dW is the mean over the batch where everything else sums, and db keeps the batch axis.  Both train, badly:
nothing crashes, and only a comparison with the right gradients shows them.
"""

import numpy as np

import glassgrad as gg


class Dense:
    """As a student hands it in: y = x W + b."""

    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, g):
        self.dw = self.x.T @ g / len(g)
        self.db = g
        return g @ self.w.T


class Corrected(Dense):
    """The same with sums over the batch."""

    def backward(self, g):
        self.dw = self.x.T @ g
        self.db = g.sum(axis=0)
        return g @ self.w.T


def reference(x, w, b):
    """The layer in glassgrad, in the student's layout of the weights."""
    return x @ w + b


rng = np.random.default_rng(0)
x, w, b = rng.normal(size=(8, 4)), rng.normal(size=(4, 3)), rng.normal(size=3)
verdict = gg.check.backward(Dense, reference, x, w, b)
print(verdict)
print(gg.check.backward(Corrected, reference, x, w, b))

found = {argument: m.mistake for m in verdict.mistakes for argument in m.arguments}
assert found == {"w": "mean for sum", "b": "not summed"}
assert gg.check.backward(Corrected, reference, x, w, b)
