"""Why a small convolutional network has the gradients it has: by matrix, by index, and as a program.

Each step names its layer; the convolution's step says over what it sums.
"""

import numpy as np

import glassgrad as gg
from glassgrad import nn
from glassgrad.derivation import derive
from glassgrad.read.source import source

rng = np.random.default_rng(0)
model = nn.Sequential(
    nn.Conv2d(1, 2, 3, padding=1, rng=0),
    nn.ReLU(),
    nn.MaxPool2d(2),
    nn.Flatten(),
    nn.Linear(8, 3, rng=1),
)
images = gg.tensor(rng.normal(size=(2, 1, 4, 4)).astype(np.float32), "x", requires_grad=False)
loss = gg.cross_entropy(model(images), np.array([0, 2]))
loss.name = "L"

d = derive(loss, model.parameters())
for step in d.steps:
    layer = f"layer {step.layer}" if step.layer else "loss"
    print(f"{layer:8} {step.equation}")
    if step.by_index is not None and step.readings_differ:
        print(f"{'':8} {step.by_index}")
    print(f"{'':8} {step.check}")
print()
print(source(loss, model.parameters()))

loss.backward()
for p in model.parameters():
    np.testing.assert_allclose(d.gradient(p), p.grad, rtol=2e-4, atol=1e-6)
assert d.check.ok
