"""A network that does not learn, what the doctor says about it, and the experiment that shows it is so.

Six layers of sigmoids on the 8 × 8 digits: every step runs, nothing is NaN, and after twenty passes the
network still says 10 % for every digit.  Each sigmoid multiplies what flows back by at most a quarter.
"""

from itertools import pairwise

import numpy as np

from glassgrad import data, doctor, nn, optim

digits = data.load("digits").train
training, held_out = data.split(digits, 0.2, rng=0, stratified=True)

rng, layers = np.random.default_rng(0), [nn.Flatten()]
for inputs, outputs in pairwise((64, 32, 32, 32, 32, 32, 10)):
    layers += [nn.Linear(inputs, outputs, init="xavier_uniform", rng=rng), nn.Sigmoid()]
model = nn.Sequential(*layers[:-1])
sgd = optim.SGD(model.parameters(), lr=0.02, momentum=0.9)

# The arguments are those of train.fit, and so is the run, bit for bit.
found = doctor.diagnose(model, training, optimizer=sgd, epochs=20, validation=held_out, rng=0)
print(found)

# Same weights, same order of the examples, one change.
comparison = found.prove(0)
print(comparison)

assert found.findings[0].rule == "vanishing gradients"
assert str(comparison.finding.change) == "activation: Sigmoid → ReLU"
assert comparison.before.validation_accuracy < 0.2
assert comparison.after.validation_accuracy > 0.9
assert comparison.confirmed
