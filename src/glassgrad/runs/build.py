"""From settings to parts: the network, the optimizer, the schedule, what is done to the data.

Read next: `runs/run.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from glassgrad import nn, optim
from glassgrad.data import Compose, Dataset, Flip, Normalize, Shift
from glassgrad.data.base import Rng, Transform
from glassgrad.optim import Optimizer, ReduceLROnPlateau, Schedule
from glassgrad.runs.config import TrainConfig

SCHEDULES: Mapping[str, Callable[[int], Schedule | ReduceLROnPlateau | None]] = {
    "constant": lambda total: None,
    "cosine": lambda total: optim.CosineAnnealingLR(),
    "one-cycle": lambda total: optim.OneCycleLR(),
    "step": lambda total: optim.StepLR(-(-total // 3)),
    "plateau": lambda total: optim.ReduceLROnPlateau(patience=3),
}


def model(config: TrainConfig, shape: tuple[int, ...], classes: int, rng: Rng) -> nn.Module:
    """The network for examples of `shape`, its weights drawn by `rng`."""
    network = nn.models.build(config.model, shape, classes, rng)
    return network if config.init == "model" else nn.init.initialize(network, str(config.init), rng)


def optimizer(config: TrainConfig, network: nn.Module) -> Optimizer:
    """The optimizer for all parameters of the network."""
    params, name = network.parameters(), str(config.optimizer)
    momentum: Any = config.momentum
    common: Any = {"lr": config.lr, "weight_decay": config.weight_decay}
    if name in ("sgd", "nesterov"):
        return optim.SGD(params, **common, momentum=momentum, nesterov=name == "nesterov")
    if name == "fman45":
        average: Any = {"momentum": momentum, "dampening": momentum}
        return optim.SGD(params, **common, **average, damp_first=True, decoupled=True)
    if name == "rmsprop":
        return optim.RMSprop(params, **common, momentum=momentum)
    kinds: Any = {"adagrad": optim.Adagrad, "adam": optim.Adam, "adamw": optim.AdamW}
    return kinds[name](params, **common)


def schedule(config: TrainConfig, total: int) -> Schedule | ReduceLROnPlateau | None:
    """The schedule for a run of `total` steps."""
    return SCHEDULES[str(config.schedule)](total)


def augmentation(config: TrainConfig) -> Transform | None:
    """What is done to each training batch."""
    steps: list[Transform] = []
    if config.shift:
        steps.append(Shift(config.shift))
    if config.flip:
        steps.append(Flip())
    return Compose(tuple(steps)) if steps else None


def normalization(config: TrainConfig, train: Dataset) -> Transform:
    """What takes mean and deviation of the training set out of the data, as the settings say."""
    if config.normalize == "none":
        return Compose(())
    return Normalize.fit(train, scale=config.normalize == "standard")
