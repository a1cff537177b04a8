"""Small runs for the laws of the doctor: each rule's fault, planted, and the run without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassgrad import data, nn, ops, optim
from glassgrad.data.points import circle, moons, spiral


@dataclass
class Ailing:
    """A run on points, and what may be changed about it."""

    ds: Any = None
    held: Any = None
    sizes: tuple[int, ...] = (2, 16, 2)
    activation: Any = nn.Tanh
    optimizer: Any = optim.Adam
    lr: float = 0.03
    epochs: int = 25
    batch: int = 30
    init: Any = "pytorch"
    end: tuple[nn.Module, ...] = ()
    loss: Any = ops.cross_entropy
    bias: float = 0.0
    trains_from: int = 0
    decay: float = 0.0

    def settings(self) -> dict[str, Any]:
        """The arguments of `diagnose`; the same network and data every time."""
        rng, layers = np.random.default_rng(0), []
        for i, (a, b) in enumerate(zip(self.sizes[:-1], self.sizes[1:], strict=True)):
            layers += [self.activation()] if i else []
            layers.append(nn.Linear(a, b, init=self.init, rng=rng))
        if self.bias:
            layers[0].bias.value = np.full(layers[0].bias.shape, self.bias)
        model = nn.Sequential(*layers, *self.end)
        return {
            "model": model,
            "data": self.ds or POINTS,
            "validation": HELD if self.held is None else self.held or None,
            "optimizer": self.optimizer(
                model.parameters()[self.trains_from :], lr=self.lr, weight_decay=self.decay
            ),
            "epochs": self.epochs,
            "batch_size": self.batch,
            "loss": self.loss,
            "rng": 0,
        }


def _scaled(ds: data.Dataset, by: Any) -> data.Dataset:
    return replace(ds, x=(ds.x * np.asarray(by)).astype(np.float32))


POINTS = _scaled(circle(300, rng=0), 0.4)
HELD = _scaled(circle(150, rng=1), 0.4)
SPIRAL = _scaled(spiral(300, rng=0), 0.4)


class Log(nn.Module):
    """log x: no number below 0."""

    def forward(self, x: Any) -> Any:
        return ops.log(x)


def _shuffled(ds: data.Dataset) -> data.Dataset:
    return replace(ds, y=ds.y[np.random.default_rng(1).permutation(len(ds))])


def _few_and_wrong() -> data.Dataset:
    few = moons(60, noise=0.3, rng=0)
    y, wrong = few.y.copy(), np.random.default_rng(2).random(60) < 0.2
    y[wrong] = 1 - y[wrong]
    return replace(few, y=y)


DEEP = (2, 24, 24, 24, 24, 24, 2)
WELL = Ailing()
FAULTS: dict[str, Ailing] = {
    "evaluation on training data": Ailing(held=POINTS[:100]),
    "labels not aligned": Ailing(ds=_shuffled(POINTS)),
    "inputs not scaled": Ailing(ds=_scaled(POINTS, 100.0), held=_scaled(HELD, 100.0)),
    "squashed scores": Ailing(end=(nn.Softmax(),)),
    "loss and accuracy contradict each other": Ailing(
        loss=lambda y, t: ops.cross_entropy(y, t) / len(y)
    ),
    "layer not trained": Ailing(sizes=(2, 3, 2), trains_from=2),
    "units all alike": Ailing(init="zeros"),
    "not finite": Ailing(end=(Log(),)),
    "dead units": Ailing(activation=nn.ReLU, bias=-30.0),
    "saturated units": Ailing(init=nn.init.Scheme("normal", lambda a, b: 60.0)),
    "exploding gradients": Ailing(
        sizes=DEEP, activation=nn.ReLU, init="normal", optimizer=optim.SGD, lr=0.05
    ),
    "vanishing gradients": Ailing(
        sizes=DEEP, activation=nn.Sigmoid, init="edf", optimizer=optim.SGD, lr=0.5
    ),
    "batch too small": Ailing(batch=1, optimizer=optim.SGD, lr=1.0, epochs=4),
    "learning rate too high": Ailing(sizes=(2, 16, 16, 2), lr=3.0),
    "learning rate too low": Ailing(lr=1e-6),
    "over-fitting": Ailing(
        ds=_few_and_wrong(),
        held=moons(300, noise=0.3, rng=3),
        sizes=(2, 64, 64, 2),
        activation=nn.ReLU,
        init="he_normal",
        lr=0.02,
        epochs=150,
    ),
    "under-fitting": Ailing(sizes=(2, 2), epochs=50),
    "update-to-weight ratio": Ailing(lr=1e-6),
    "loss stuck at guessing": Ailing(init="zeros"),
}
"""By rule.  The last two speak beside a cause: they say what follows from it."""
