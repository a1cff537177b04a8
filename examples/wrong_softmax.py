"""A student's softmax whose backward pass treats it as diagonal: what `check.backward` says about it.

Each output of a softmax depends on every input of its row, so its Jacobian has entries beside the
diagonal: ∂yᵢ/∂xⱼ = −yᵢyⱼ.  Forgetting them is the most frequent mistake with it.
"""

import numpy as np

import glassgrad as gg


class Softmax:
    """As a student hands it in."""

    def forward(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return self.y

    def backward(self, g):
        return g * self.y * (1 - self.y)


class Corrected(Softmax):
    """With the terms of the other outputs."""

    def backward(self, g):
        return self.y * (g - (g * self.y).sum(axis=1, keepdims=True))


x = np.random.default_rng(0).normal(size=(5, 4))
verdict = gg.check.backward(Softmax, gg.softmax, x)
print(verdict)
print(gg.check.backward(Corrected, gg.softmax, x))

assert [m.mistake for m in verdict.mistakes] == ["diagonal"]
assert gg.check.backward(Corrected, gg.softmax, x)
