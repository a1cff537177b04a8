"""Softmax: its Jacobian in both cases and as a matrix, why a shift does not matter, and y − t.

Exercises 2.1 a iv and 2.1 b of Exercise 2, and questions 1 and 2 of Assignment 1.
"""

import numpy as np

import glassgrad as gg
from glassgrad.derivation import derive, jacobian
from glassgrad.derivation.rewriting import rewritten

o = gg.tensor([0.2, -0.1, 0.4], "o")
y = gg.softmax(o)
y.name = "y"
print(jacobian(y, o))

print("\nA constant added to every o:")
c = gg.tensor(1000.0, "c")
shifted = gg.softmax(o + c)
shifted.name = "y"
print(rewritten(shifted))

print("\nAnd with the loss −log y₂:")
loss = -gg.log(y[1])
loss.name = "l"
found = jacobian(loss, o)
print(found)

print("\nThe same in one op, for a batch of one:")
scores = gg.tensor(o.value[None], "o")
fused = derive(gg.cross_entropy(scores, np.array([1])), scores)
print(fused.formula())

assert found.check.ok
np.testing.assert_allclose(found.value, y.value - [0, 1, 0], rtol=1e-12)
np.testing.assert_allclose(fused.gradient()[0], found.value, rtol=1e-12)
