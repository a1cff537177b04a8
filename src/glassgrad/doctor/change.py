"""One change of a run: a setting, what it was, what it shall be, and how it is made.

Each setting is a function from a `Setup` and the new value to another `Setup`; `CHANGES` finds it by
name.  The changed run starts from the same weights and the same order of examples, except where the
change is about them.  Read next: `experiment.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np

from glassgrad import nn, ops, optim
from glassgrad.arguments import look_up
from glassgrad.data import Loader
from glassgrad.doctor.neighbours import ask, fingerprints, sample
from glassgrad.doctor.setup import Setup
from glassgrad.engine.modes import no_grad
from glassgrad.errors import SettingError
from glassgrad.tensor import Tensor
from glassgrad.validate import validated

Apply = Callable[[Setup, Any], Setup]
CHANGES: dict[str, Apply] = {}
ON_COMMAND_LINE = {
    "lr": "lr",
    "clip": "clip",
    "init": "init",
    "normalize": "normalize",
    "batch_size": "batch-size",
    "steps": "steps",
    "weight_decay": "weight-decay",
}
"""Settings that are options of `glassgrad train`, too."""


@validated
@dataclass(frozen=True)
class Change:
    """`setting` was `before` and becomes `after`; both are numbers or words.

    >>> print(Change("lr", 0.5, 0.05))
    lr: 0.5 → 0.05
    """

    setting: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.setting}: {_shown(self.before)} → {_shown(self.after)}"

    @property
    def option(self) -> str:
        """The same as an option of `glassgrad train`; empty if there is none."""
        name = ON_COMMAND_LINE.get(self.setting)
        return f"--{name} {_shown(self.after)}" if name else ""

    def apply(self, setup: Setup) -> Setup:
        """A run of its own with this change; `setup` stays as it is.

        Raises:
            SettingError: the change cannot be made to this run.
        """
        return look_up(CHANGES, self.setting, "change")(setup.copied(), self.after)


def _shown(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def change(function: Apply) -> Apply:
    """Enter a function into `CHANGES`, under its name."""
    CHANGES[function.__name__] = function
    return function


@change
def lr(setup: Setup, value: float) -> Setup:
    """Another learning rate."""
    setup.optimizer.lr = value
    return setup


@change
def weight_decay(setup: Setup, value: float) -> Setup:
    """Another weight decay."""
    setup.optimizer.weight_decay = value
    return setup


@change
def clip(setup: Setup, value: float) -> Setup:
    """Clip the gradient to this length."""
    return replace(setup, clip=value)


@change
def steps(setup: Setup, value: int) -> Setup:
    """Another number of steps; a schedule stretches with it."""
    return replace(setup, steps=value)


@change
def loss(setup: Setup, value: str) -> Setup:
    """The mean cross-entropy in place of another loss."""
    return replace(setup, loss=getattr(ops, value))


@change
def init(setup: Setup, value: str) -> Setup:
    """Other initial weights."""
    nn.init.initialize(setup.model, value, np.random.default_rng(0))
    return setup


@change
def batch_size(setup: Setup, value: int) -> Setup:
    """Other batches, as many steps."""
    return replace(setup, loader=_loader(setup, setup.loader.ds, value))


@change
def normalize(setup: Setup, value: str) -> Setup:
    """Mean 0 and deviation 1 for each feature of the training data; the same to the validation data."""
    x = setup.loader.ds.x
    across = (0, *range(2, x.ndim))
    mean = x.mean(axis=across, keepdims=True, dtype=np.float64)
    std = x.std(axis=across, keepdims=True, dtype=np.float64)
    std = np.where(std > 0, std, 1.0)

    def scaled(ds: Any) -> Any:
        return _with(ds, x=((ds.x - mean) / std).astype(ds.x.dtype))

    held = setup.validation and scaled(setup.validation)
    return replace(setup, loader=_loader(setup, scaled(setup.loader.ds)), validation=held)


@change
def labels(setup: Setup, value: str) -> Setup:
    """Labels shuffled, or moved by some rows: "shuffled", "moved by -1"."""
    ds, held = setup.loader.ds, setup.validation
    if value == "shuffled":
        y = ds.y[np.random.default_rng(0).permutation(len(ds.y))]
        return replace(setup, loader=_loader(setup, _with(ds, y=y)))
    by = int(value.removeprefix("moved by "))
    moved = _with(ds, y=np.roll(ds.y, by, axis=0))
    if held is not None:
        held = max((held, _with(held, y=np.roll(held.y, by, axis=0))), key=partial(_fits, moved))
    return replace(setup, loader=_loader(setup, moved), validation=held)


def _fits(ds: Any, held: Any) -> float:
    """How well the labels of one set fit the inputs of another."""
    return ask(*sample(ds.x, ds.y), *sample(held.x, held.y)).score


@change
def validation(setup: Setup, value: str) -> Setup:
    """Rows of the validation set taken out of the training set; or a fifth of that, held out."""
    ds, held = setup.loader.ds, setup.validation
    assert held is not None
    shared = np.isin(fingerprints(ds.x), fingerprints(held.x))
    if value == "held out":
        out = np.zeros(len(ds.y), bool)
        out[np.random.default_rng(0).permutation(len(ds.y))[: max(len(ds.y) // 5, 1)]] = True
        return replace(setup, loader=_loader(setup, ds[~out]), validation=ds[out])
    return replace(setup, loader=_loader(setup, ds[~shared]))


@change
def activation(setup: Setup, value: str) -> Setup:
    """Another activation in all hidden layers, where it is a layer of its own."""
    kinds = {"ReLU": nn.ReLU, "LeakyReLU": nn.LeakyReLU, "Tanh": nn.Tanh}
    for module in setup.model.modules():
        for name, child in list(vars(module).items()):
            if isinstance(child, nn.Sigmoid | nn.Tanh | nn.ReLU):
                vars(module)[name] = kinds[value]()
    return setup


@change
def last_layer(setup: Setup, value: str) -> Setup:
    """The scores as they are, without the activation after them."""
    if not isinstance(setup.model, nn.Sequential):
        raise SettingError(
            "expected layers in a Sequential to take the last one away, got "
            f"{type(setup.model).__name__}: return the scores in its forward."
        )
    names = [name for name in vars(setup.model) if name.isdecimal()]
    del vars(setup.model)[names[-1]]
    return setup


@change
def trained(setup: Setup, value: str) -> Setup:
    """An optimizer with the same settings for all parameters of the model."""
    names = [f.name for f in fields(setup.optimizer) if f.name != "params"]
    known = {name: getattr(setup.optimizer, name) for name in names}
    whole = type(setup.optimizer)(setup.model.parameters(), **known)
    return replace(setup, optimizer=whole)


@change
def model(setup: Setup, value: str) -> Setup:
    """64 ReLU units in one hidden layer, as many outputs as before; its optimizer is Adam."""
    x, rng = setup.loader.ds.x[:1], np.random.default_rng(0)
    with no_grad():
        outputs = setup.model(Tensor._constant(x)).shape[1]
    features = int(np.prod(x.shape[1:]))
    wide = nn.Sequential(
        nn.Flatten(),
        nn.Linear(features, 64, init="he_normal", rng=rng),
        nn.ReLU(),
        nn.Linear(64, outputs, init="he_normal", rng=rng),
    )
    return replace(setup, model=wide, optimizer=optim.Adam(wide.parameters(), lr=0.01))


def _with(ds: Any, **fields: Any) -> Any:
    """A data set with other arrays; any class that keeps x and y as fields will do."""
    new = copy.copy(ds)
    for name, value in fields.items():
        object.__setattr__(new, name, value)
    return new


def _loader(setup: Setup, ds: Any, batch_size: int = 0) -> Loader:
    """The same loader over other data or in other batches: seed and place are kept."""
    loader = copy.copy(setup.loader)
    loader.ds, loader.batch_size = ds, batch_size or loader.batch_size
    return loader
