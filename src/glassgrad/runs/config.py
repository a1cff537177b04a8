"""The settings of a run: a frozen dataclass, so that it can be written down, compared and repeated.

What is left open (None) is filled from the model's recipe, `complete()`; the completed settings are what
a run folder keeps.  Read next: `runs/build.py`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args

from glassgrad import data
from glassgrad.arguments import look_up, positive
from glassgrad.errors import SettingError
from glassgrad.nn.init import scheme
from glassgrad.nn.models import MODELS
from glassgrad.validate import validated

OptimizerName = Literal["sgd", "nesterov", "fman45", "adagrad", "rmsprop", "adam", "adamw"]
ScheduleName = Literal["constant", "cosine", "one-cycle", "step", "plateau"]
Normalization = Literal["none", "mean", "standard"]

RECIPES: Mapping[str, Mapping[str, Any]] = {
    "logistic": {"optimizer": "sgd"},
    "mlp": {"optimizer": "sgd"},
    "mlp500": {"optimizer": "sgd", "lr": 0.05},
    "cnn": {"optimizer": "adam", "lr": 0.01, "epochs": 3, "schedule": "one-cycle"},
    "cnn on digits": {"epochs": 15},
    "points": {"optimizer": "adam", "lr": 0.01, "epochs": 60},
    "fman45": {"optimizer": "fman45", "weight_decay": 0.005}
    | {"batch_size": 16, "steps": 3000, "normalize": "mean"},
    "cifar": {"optimizer": "fman45", "lr": 1e-3, "momentum": 0.95, "weight_decay": 1e-3}
    | {"batch_size": 16, "steps": 5000, "normalize": "mean"},
}
"""What suits each model where it is not what suits its optimizer, and each on certain data; the last two
are those of FMAN45, Assignment 3."""

OPTIMIZERS: Mapping[str, Mapping[str, Any]] = {
    "sgd": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0},
    "nesterov": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0},
    "fman45": {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0},
    "adagrad": {"lr": 0.01, "momentum": 0.0, "weight_decay": 0.0},
    "rmsprop": {"lr": 0.001, "momentum": 0.0, "weight_decay": 0.0},
    "adam": {"lr": 0.001, "momentum": 0.0, "weight_decay": 0.0},
    "adamw": {"lr": 0.001, "momentum": 0.0, "weight_decay": 0.01},
}
"""What suits each optimizer where the model's recipe has another."""

DEFAULTS: Mapping[str, Any] = {
    "batch_size": 32,
    "epochs": 10,
    "optimizer": "adam",
    "schedule": "constant",
    "normalize": "none",
    "init": "model",
}
_MAY_GROW = ("epochs", "steps", "patience", "checkpoint_every")


@validated(
    but=(
        "schedule",
        "optimizer",
        "normalize",
    )
)
@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Everything that decides what a run computes; None means what suits the model.

    Args:
        data: name of a data set, see `glassgrad data list`.
        model: name of a network, see `glassgrad.nn.models.MODELS`.
        epochs: passes over the training data; or else `steps`.
        steps: updates of the weights.
        batch_size: examples per update.
        optimizer: "fman45" is SGD whose momentum averages: m ← µm + (1-µ)g.
        lr: learning rate.
        momentum: µ of sgd, nesterov, fman45 and rmsprop.
        weight_decay: λ of the optimizer.
        schedule: how the learning rate moves; "step" divides it by ten after each third of the run.
        clip: the greatest length that the gradient may have.
        normalize: subtract the mean of the training data ("mean"), divide by its deviation ("standard").
        shift: move training images by up to so many pixels, anew each time.
        flip: mirror half of the training images, anew each time.
        init: name of an initialiser, see `glassgrad.nn.init.SCHEMES`; "model" is the network's own.
        validation: the part of the training data that is held out and judged after each epoch.
        patience: stop after so many epochs without a better validation loss.
        keep_best: end with the weights of the epoch of least validation loss.
        seed: of all chance: weights, held-out examples, order, augmentation.
        checkpoint_every: steps between two checkpoints within an epoch.
    """

    data: str = "digits"
    model: str = "cnn"
    epochs: int | None = None
    steps: int | None = None
    batch_size: int | None = None
    optimizer: OptimizerName | None = None
    lr: float | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    schedule: ScheduleName | None = None
    clip: float | None = None
    normalize: Normalization | None = None
    shift: int = 0
    flip: bool = False
    init: str | None = None
    validation: float = 0.1
    patience: int | None = None
    keep_best: bool = False
    seed: int = 0
    checkpoint_every: int = 500

    def complete(self) -> Self:
        """The same settings with everything filled in that was left open.

        Raises:
            SettingError: an unknown model, or settings that contradict each other.

        >>> TrainConfig(model="fman45", lr=0.05).complete().optimizer
        'fman45'
        """
        look_up(MODELS, self.model, "model")
        special = RECIPES.get(f"{self.model} on {self.data}", {})
        recipe = {**RECIPES.get(self.model, {}), **special}
        if len(data.info(self.data).shape) == 1:
            recipe = dict(RECIPES["points"])
        name = self.optimizer or recipe.get("optimizer", DEFAULTS["optimizer"])
        suits = look_up(OPTIMIZERS, name, "optimizer")
        if name != recipe.get("optimizer", name):  # the rate of one optimizer is poison for another
            recipe = {k: v for k, v in recipe.items() if k not in suits}
        fill = {**DEFAULTS, **suits, **recipe}
        if self.epochs is not None or self.steps is not None:
            fill["epochs"] = fill["steps"] = None
        elif "steps" in recipe:
            fill["epochs"] = None
        complete = dataclasses.replace(
            self, **{k: v for k, v in fill.items() if getattr(self, k) is None}
        )
        complete._check()
        return complete

    def differences(self, other: TrainConfig) -> list[str]:
        """Settings in which two runs differ, so that one cannot go on where the other stopped."""
        names = [f.name for f in dataclasses.fields(self) if f.name not in _MAY_GROW]
        pairs = [(name, getattr(self, name), getattr(other, name)) for name in names]
        return [f"{name} is {a!r} there, {b!r} here" for name, a, b in pairs if a != b]

    def _check(self) -> None:
        for name, known in (("schedule", ScheduleName), ("normalize", Normalization)):
            look_up(dict.fromkeys(get_args(known)), str(getattr(self, name)), name)
        if self.init != "model":
            scheme(str(self.init))
        if (self.epochs is None) == (self.steps is None):
            raise SettingError(
                f"expected either epochs or steps, got epochs={self.epochs} and steps={self.steps}."
            )
        wholes = ("epochs", "steps", "batch_size", "patience", "checkpoint_every")
        positive(**{n: getattr(self, n) for n in wholes if getattr(self, n) is not None})
        if self.clip is not None and not self.clip > 0:
            raise SettingError(f"expected clip above 0, or None, got clip={self.clip}.")
        if not 0 <= self.validation < 1 or self.shift < 0 or self.seed < 0:
            raise SettingError(
                "expected 0 ≤ validation < 1, shift ≥ 0 and seed ≥ 0, got "
                f"validation={self.validation}, shift={self.shift}, seed={self.seed}."
            )
        if not self.validation and (self.patience or self.keep_best):
            raise SettingError(
                "patience and keep_best need a validation set: write validation=0.1."
            )

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """The settings that a run folder keeps.

        Raises:
            SettingError: fields that this version does not know.
        """
        if unknown := sorted(fields.keys() - {f.name for f in dataclasses.fields(cls)}):
            raise SettingError(f"expected the settings of a run, got unknown {', '.join(unknown)}.")
        return cls(**fields)
