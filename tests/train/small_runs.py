"""What the tests of training share: small problems that are solved in a blink."""

from __future__ import annotations

import dataclasses

import numpy as np

from glassgrad import nn, optim
from glassgrad.data import Loader, points
from glassgrad.train import History

DATA = points.circle(101, rng=0)
HELD = points.circle(40, rng=1)


def network(seed=0):
    """A network with everything that a checkpoint must keep: weights, running means, chance."""
    rng = np.random.default_rng(seed)
    layers = nn.Linear(2, 8, rng=rng), nn.BatchNorm(8), nn.Tanh(), nn.Dropout(0.2, rng=rng)
    return nn.Sequential(*layers, nn.Linear(8, 2, rng=rng))


def parts(seed=0, method=optim.Adam, **settings):
    """Model, optimizer and loader, all from one seed."""
    model = network(seed)
    loader = Loader(DATA, 16, rng=seed)
    return model, method(model.parameters(), lr=0.05, **settings), loader


def timeless(history: History) -> list:
    """The records without their wall-clock seconds."""
    return [dataclasses.replace(record, seconds=0.0) for record in history.records()]


def same_bits(a, b) -> bool:
    """Whether two models, or two dicts of arrays, are equal to the last bit."""
    a, b = (x.state_dict() if isinstance(x, nn.Module) else x for x in (a, b))
    return a.keys() == b.keys() and all(a[k].tobytes() == b[k].tobytes() for k in a)
