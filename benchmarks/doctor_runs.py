"""Small training runs for `truth_doctor.py`: healthy ones, and the same with one fault planted.

A `Trial` is a run in words; a fault is a function that spoils it, and bears the names that its finding may
have.  `TUNED` was looked at while the thresholds were set; `HELD_OUT` was written afterwards.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from glassgrad import data, nn, ops, optim
from glassgrad.data import Dataset, points

OPTIMIZERS: dict[str, Callable[..., Any]] = {
    "sgd": optim.SGD,
    "momentum": lambda p, lr, **s: optim.SGD(p, lr=lr, momentum=0.9, **s),
    "nesterov": lambda p, lr, **s: optim.SGD(p, lr=lr, momentum=0.9, nesterov=True, **s),
    "adam": optim.Adam,
    "adamw": optim.AdamW,
    "rmsprop": optim.RMSprop,
}
ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "leaky": nn.LeakyReLU}


@dataclass(frozen=True, eq=False)
class Numbers:
    """Examples with real labels: what a `Dataset` is with classes.        x : (N, D)        y : (N,)"""

    x: np.ndarray
    y: np.ndarray
    name: str
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: Any) -> Numbers:
        return replace(self, x=self.x[index], y=self.y[index])


def curve(n: int, rng: Any, features: int = 1) -> Numbers:
    """A wave over one or several inputs, with a little noise."""
    rng = np.random.default_rng(rng)
    x = rng.uniform(-2, 2, (n, features)).astype(np.float32)
    y = np.sin(2 * x[:, :1]) + 0.5 * x[:, -1:] + 0.05 * rng.normal(size=(n, 1))
    return Numbers(x, y[:, 0].astype(np.float32), "curve")


def squared(y: Any, t: Any) -> Any:
    """Squared error of outputs (N, 1) for labels (N,)."""
    return ops.mse_loss(ops.reshape(y, (-1,)), t)


def sets(name: str, seed: int) -> tuple[Any, Any]:
    """Training and validation data."""
    if name == "digits":
        train, held = data.split(data.load("digits").train, 0.2, seed, stratified=True)
        return train[:800], held
    if name.startswith("curve"):
        both = curve(600, seed, 1 if name == "curve" else 3)
        return both[:450], both[450:]
    scale = 0.4 if name in ("circle", "xor", "gauss", "spiral") else 1.0
    ds = getattr(points, name)(800, rng=seed)
    ds = replace(ds, x=(scale * ds.x).astype(np.float32))
    order = np.random.default_rng(seed).permutation(len(ds))
    return ds[order[:600]], ds[order[600:]]


@dataclass
class Trial:
    """A run: what is trained on what, and how.

    Args:
        net: widths of hidden layers, or "cnn", or "cnn-norm".
        fault: names that the first finding may have; none for a healthy run.
        after: what is done to the model before training.
        best: the accuracy (explained share, for numbers) that proves a healthy run healthy.
    """

    data: str
    net: Any
    activation: str = "relu"
    optimizer: str = "adam"
    lr: float = 0.01
    batch: int = 32
    epochs: int = 20
    seed: int = 0
    init: Any = "pytorch"
    decay: float = 0.0
    loss: Callable[..., Any] | None = None
    ends_in: Callable[[], nn.Module] | None = None
    spoil: Callable[[Any, Any], tuple[Any, Any]] = field(default=lambda train, held: (train, held))
    after: Callable[[nn.Module], Any] = field(default=lambda model: None)
    trained: Callable[[nn.Module], list[Any]] = field(default=lambda model: model.parameters())
    fault: tuple[str, ...] = ()
    kind: str = "healthy"
    best: float = 0.9
    clip: float = math.inf
    schedule: Any = None

    @property
    def title(self) -> str:
        """Short, for lists."""
        how = f"{self.activation} {self.optimizer} {self.lr:g} b{self.batch}"
        return f"{self.kind}: {self.data} {self.net} {how}"

    def settings(self) -> dict[str, Any]:
        """The arguments of `diagnose`."""
        train, held = self.spoil(*sets(self.data, self.seed))
        model = self._model(train)
        self.after(model)
        make, settings = (
            OPTIMIZERS[self.optimizer],
            {"weight_decay": self.decay} if self.decay else {},
        )
        loss = self.loss or (ops.cross_entropy if train.classes else squared)
        return {
            "model": model,
            "data": train
            if isinstance(train, Dataset)
            else data.Loader(train, self.batch, rng=self.seed),
            "optimizer": make(self.trained(model), lr=self.lr, **settings),
            "epochs": self.epochs,
            "batch_size": self.batch,
            "loss": loss,
            "validation": held,
            "clip": self.clip,
            "schedule": self.schedule,
            "rng": self.seed,
        }

    def _model(self, ds: Any) -> nn.Module:
        rng, act = np.random.default_rng(self.seed), ACTIVATIONS[self.activation]
        outputs = len(ds.classes) or 1
        if isinstance(self.net, str):
            layers = _cnn(self.net, act, outputs, self.init, rng)
            return nn.Sequential(*layers, *([self.ends_in()] if self.ends_in else []))
        sizes = [int(np.prod(ds.x.shape[1:])), *self.net, outputs]
        layers = [nn.Flatten()] if ds.x.ndim > 2 else []
        for i, (a, b) in enumerate(pairwise(sizes)):
            layers += [act()] if i else []
            layers.append(nn.Linear(a, b, init=self.init, rng=rng))
        return nn.Sequential(*layers, *([self.ends_in()] if self.ends_in else []))


def _cnn(kind: str, act: Any, outputs: int, init: Any, rng: Any) -> list[nn.Module]:
    norm = kind == "cnn-norm"
    layers: list[nn.Module] = [nn.Conv2d(1, 8, 3, padding=1, init=init, rng=rng)]
    layers += [nn.BatchNorm(8)] if norm else []
    layers += [act(), nn.Conv2d(8, 16, 3, padding=1, init=init, rng=rng)]
    layers += [nn.BatchNorm(16)] if norm else []
    layers += [act(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, outputs, init=init, rng=rng)]
    return layers


# ---- healthy runs


def healthy() -> list[Trial]:
    """Runs that were looked at while thresholds were set."""
    return [
        Trial("digits", (32,), epochs=15),
        Trial("digits", (64,), optimizer="momentum", lr=0.1, epochs=15),
        Trial("digits", (64,), "sigmoid", "momentum", 0.3, epochs=25),
        Trial("digits", (64,), "tanh", "sgd", 0.3, epochs=15),
        Trial("digits", (32, 32), "relu", "sgd", 0.2, epochs=20),
        Trial("digits", (32, 32), "tanh", "adam", 0.005, epochs=15),
        Trial("digits", (), optimizer="sgd", lr=0.5, epochs=20),
        Trial("digits", (), optimizer="adam", lr=0.02, epochs=15),
        Trial("digits", "cnn", optimizer="adam", lr=0.005, epochs=8),
        Trial("digits", "cnn", optimizer="momentum", lr=0.05, epochs=10),
        Trial("digits", "cnn-norm", optimizer="adam", lr=0.01, epochs=6),
        Trial("digits", "cnn-norm", optimizer="sgd", lr=0.1, epochs=8),
        Trial("digits", (128,), optimizer="rmsprop", lr=0.003, epochs=12),
        Trial("digits", (64,), optimizer="adamw", lr=0.005, epochs=15, decay=0.01),
        Trial("digits", (64,), optimizer="momentum", lr=0.05, batch=8, epochs=8),
        Trial("digits", (64,), optimizer="adam", lr=0.01, batch=200, epochs=40),
        Trial("digits", (48,), "leaky", "nesterov", 0.05, epochs=15),
        Trial("digits", (64, 64, 64), init="he_normal", lr=0.003, epochs=15),
        Trial("circle", (8,), epochs=40),
        Trial("circle", (16,), "tanh", "momentum", 0.1, epochs=40),
        Trial("circle", (16,), "sigmoid", "adam", 0.05, epochs=40),
        Trial("xor", (16,), epochs=40),
        Trial("xor", (16,), "tanh", "momentum", 0.1, epochs=40),
        Trial("xor", (8, 8), "relu", "momentum", 0.1, epochs=40),
        Trial("gauss", (), optimizer="sgd", lr=0.5, epochs=10),
        Trial("gauss", (4,), "tanh", "sgd", 0.2, epochs=15),
        Trial("gauss", (16,), "sigmoid", "sgd", 1.0, epochs=15),
        Trial("moons", (16,), lr=0.02, epochs=40),
        Trial("moons", (16, 16), "tanh", "adam", 0.01, epochs=40),
        Trial("moons", (16,), optimizer="nesterov", lr=0.1, epochs=40),
        Trial("spiral", (32, 32), lr=0.01, epochs=100),
        Trial("spiral", (32, 32), "tanh", "adam", 0.01, epochs=100),
        Trial("separable", (), optimizer="sgd", lr=1.0, epochs=20),
        Trial("curve", (32,), "tanh", "adam", 0.01, epochs=60),
        Trial("curve", (32,), "relu", "adam", 0.01, epochs=60),
        Trial("curve", (16, 16), "tanh", "momentum", 0.05, epochs=80),
        Trial("curves", (32, 32), "relu", "adam", 0.005, epochs=60),
        Trial("curves", (32,), "sigmoid", "adam", 0.03, epochs=100),
    ]


# ---- faults, each with the names that its finding may have


def too_high(t: Trial, times: float = 100.0) -> Trial:
    """The rate of a healthy run, times so much."""
    return replace(t, lr=t.lr * times, fault=("learning rate too high",), kind="rate too high")


def too_low(t: Trial, times: float = 3e-4) -> Trial:
    """The rate of a healthy run, divided."""
    return replace(t, lr=t.lr * times, fault=("learning rate too low",), kind="rate too low")


def shuffled(t: Trial) -> Trial:
    """Labels in another order than inputs."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        y = train.y[np.random.default_rng(9).permutation(len(train))]
        return replace(train, y=y), held

    return replace(t, spoil=spoil, fault=("labels not aligned",), kind="labels shuffled")


def shifted(t: Trial) -> Trial:
    """Labels one row too late, in both sets."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        return replace(train, y=np.roll(train.y, 1, 0)), replace(held, y=np.roll(held.y, 1, 0))

    return replace(t, spoil=spoil, fault=("labels not aligned",), kind="labels shifted")


def leaked(t: Trial, share: float = 1.0) -> Trial:
    """Validation examples from the training set."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        n = round(share * len(held))
        x, y = held.x.copy(), held.y.copy()
        x[:n], y[:n] = train.x[:n], train.y[:n]
        return train, replace(held, x=x, y=y)

    return replace(t, spoil=spoil, fault=("evaluation on training data",), kind="validation leaked")


def same_set(t: Trial) -> Trial:
    """The validation set is the training set, or its beginning."""
    return replace(
        t,
        spoil=lambda train, held: (train, train[: len(held)]),
        fault=("evaluation on training data",),
        kind="validation is training",
    )


def unscaled(t: Trial, factor: float = 100.0, offset: float = 0.0) -> Trial:
    """Inputs times so much."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        return tuple(
            replace(d, x=(d.x * factor + offset).astype(np.float32)) for d in (train, held)
        )  # type: ignore

    return replace(t, spoil=spoil, fault=("inputs not scaled",), kind="inputs not scaled")


def one_column(t: Trial, factor: float = 300.0) -> Trial:
    """One column in other units than the rest."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        return tuple(  # type: ignore
            replace(d, x=(d.x * np.r_[factor, np.ones(d.x.shape[1] - 1)]).astype(np.float32))
            for d in (train, held)
        )

    return replace(t, spoil=spoil, fault=("inputs not scaled",), kind="one column not scaled")


def dead(t: Trial) -> Trial:
    """Biases so low that no unit fires."""

    def after(model: nn.Module) -> None:
        first = next(m for m in model.modules() if isinstance(m, nn.Linear | nn.Conv2d))
        first.bias.value = np.full(first.bias.shape, -30.0)

    return replace(t, after=after, activation="relu", fault=("dead units",), kind="dead ReLUs")


def saturating(t: Trial, size: float = 8.0) -> Trial:
    """Weights many times too large for a tanh or a sigmoid."""
    scheme = nn.init.Scheme("normal", lambda a, b: size)
    act = t.activation if t.activation in ("tanh", "sigmoid") else "tanh"
    return replace(t, init=scheme, activation=act, fault=("saturated units",), kind="saturated")


def deep_sigmoid(t: Trial, layers: int = 6) -> Trial:
    """Many sigmoids in a row (Exercise 2, 2.3 g)."""
    return replace(
        t,
        net=(32,) * (layers - 1),
        activation="sigmoid",
        optimizer="sgd",
        lr=0.5,
        init="edf",
        fault=("vanishing gradients",),
        kind="deep sigmoid",
    )


def tiny_weights(t: Trial, size: float = 0.01) -> Trial:
    """Weights so small that signals die out."""
    scheme = nn.init.Scheme("normal", lambda a, b: size)
    return replace(
        t,
        net=(32, 32, 32, 32),
        init=scheme,
        optimizer="sgd",
        lr=0.1,
        fault=("vanishing gradients",),
        kind="tiny weights",
    )


def huge_weights(t: Trial, size: float = 1.0) -> Trial:
    """Standard normal weights in a deep ReLU net."""
    scheme = nn.init.Scheme("normal", lambda a, b: size)
    return replace(
        t,
        net=(64, 64, 64, 64),
        activation="relu",
        init=scheme,
        optimizer="sgd",
        lr=0.05,
        fault=("exploding gradients",),
        kind="huge weights",
    )


def frozen(t: Trial) -> Trial:
    """The optimizer is given the first layers only."""
    return replace(
        t,
        trained=lambda model: model.parameters()[-2:],
        net=(6,) if t.net and not isinstance(t.net, str) else t.net,
        fault=("layer not trained",),
        kind="layer not trained",
    )


def zeros(t: Trial) -> Trial:
    """All weights begin at 0."""
    return replace(
        t, init="zeros", fault=("units all alike", "loss stuck at guessing"), kind="zero weights"
    )


def twice_softmax(t: Trial) -> Trial:
    """A softmax in the network, and another in the loss."""
    return replace(t, ends_in=nn.Softmax, fault=("squashed scores",), kind="softmax twice")


def summed(t: Trial) -> Trial:
    """The loss is a sum over the batch."""
    return replace(
        t,
        loss=lambda y, labels: ops.cross_entropy(y, labels) * len(y),
        fault=("loss and accuracy contradict each other",),
        kind="sum for mean",
    )


def divided(t: Trial) -> Trial:
    """The mean loss is divided by the batch once more."""
    return replace(
        t,
        loss=lambda y, labels: ops.cross_entropy(y, labels) / len(y),
        fault=("loss and accuracy contradict each other",),
        kind="mean of a mean",
    )


class Log(nn.Module):
    """log x, which is no number below 0."""

    def forward(self, x: Any) -> Any:
        return ops.log(x)


def log_of_scores(t: Trial) -> Trial:
    """A logarithm of scores, some of which are negative."""
    return replace(t, ends_in=Log, fault=("not finite",), kind="log of scores")


class Root(nn.Module):
    """√x, whose slope at 0 is infinite."""

    def forward(self, x: Any) -> Any:
        return ops.sqrt(ops.relu(x))


def root_of_zero(t: Trial) -> Trial:
    """A square root after a ReLU: its derivative at 0 is infinite."""
    return replace(t, ends_in=Root, fault=("not finite",), kind="root of 0")


def overfitted(t: Trial) -> Trial:
    """Few examples, a fifth of them with wrong labels, a wide network and a long time."""

    def spoil(train: Any, held: Any) -> tuple[Any, Any]:
        few = train[:100]
        rng, y = np.random.default_rng(3), few.y.copy()
        if train.classes:
            wrong = rng.random(len(y)) < 0.2
            y[wrong] = rng.integers(0, len(train.classes), int(wrong.sum()))
        else:
            y = y + rng.normal(size=y.shape).astype(np.float32) * 0.5
        return replace(few, y=y), held

    return replace(
        t,
        spoil=spoil,
        net=(128, 128) if not isinstance(t.net, str) else t.net,
        epochs=150,
        optimizer="adam",
        lr=0.005,
        init="he_normal",
        activation="relu",
        fault=("over-fitting",),
        kind="over-fitting",
    )


def too_small(t: Trial) -> Trial:
    """A network that cannot."""
    return replace(
        t,
        net=() if t.data in ("circle", "xor", "spiral", "curve") else (2,),
        epochs=3 * t.epochs,
        fault=("under-fitting",),
        kind="network too small",
    )


def decayed(t: Trial) -> Trial:
    """Weight decay that holds all weights at 0."""
    return replace(
        t, optimizer="momentum", lr=0.05, decay=0.3, fault=("under-fitting",), kind="weight decay"
    )


def tiny_batch(t: Trial, size: int = 1) -> Trial:
    """Batches of one at a rate that suits many."""
    return replace(
        t,
        batch=size,
        optimizer="sgd",
        lr=t.lr,
        epochs=3,
        fault=("batch too small",),
        kind="batch of one",
    )


# ---- which faults are planted in which runs


def bases() -> dict[str, Trial]:
    """The runs that are spoiled; all of them healthy as they stand."""
    return {
        "mlp": Trial("digits", (64,), optimizer="momentum", lr=0.1, epochs=12),
        "tanh": Trial("digits", (32, 32), "tanh", "adam", 0.005, epochs=12),
        "cnn": Trial("digits", "cnn", optimizer="adam", lr=0.005, epochs=5),
        "circle": Trial("circle", (16,), "tanh", "momentum", 0.1, epochs=30),
        "xor": Trial("xor", (16,), "relu", "adam", 0.02, epochs=30),
        "moons": Trial("moons", (16, 16), "relu", "adam", 0.01, epochs=30),
        "curve": Trial("curve", (32,), "tanh", "adam", 0.01, epochs=40),
        "sgd": Trial("digits", (32,), "relu", "sgd", 0.3, epochs=15),
    }


def planted() -> Iterator[Trial]:
    """Faults that were looked at while thresholds were set."""
    b = bases()
    for name in ("mlp", "tanh", "cnn", "circle", "sgd", "moons"):
        yield too_high(b[name], 300.0 if name in ("sgd", "circle") else 100.0)
        yield too_low(b[name])
    for name in ("mlp", "cnn", "xor", "curve", "moons"):
        yield shuffled(b[name])
    for name in ("mlp", "sgd", "tanh"):
        yield shifted(replace(b[name]))
    for name in ("mlp", "cnn", "moons", "curve"):
        yield leaked(b[name])
    for name in ("tanh", "circle", "sgd"):
        yield same_set(b[name])
    for name in ("mlp", "tanh", "circle", "cnn"):
        yield unscaled(b[name], 255.0)
    yield unscaled(b["moons"], 1.0, offset=100.0)
    for name in ("circle", "xor", "moons"):
        yield one_column(b[name])
    for name in ("mlp", "cnn", "xor", "moons"):
        yield dead(b[name])
    yield saturating(b["tanh"])
    for name in ("circle", "curve"):
        yield saturating(b[name], 40.0)
    for name in ("mlp", "xor"):
        yield deep_sigmoid(b[name])
    for name in ("sgd", "circle"):
        yield tiny_weights(b[name])
    for name in ("mlp", "sgd", "moons"):
        yield huge_weights(b[name])
    for name in ("sgd", "circle"):
        yield frozen(b[name])
    for name in ("mlp", "cnn", "circle"):
        yield zeros(b[name])
    for name in ("mlp", "cnn", "moons"):
        yield twice_softmax(b[name])
    for name in ("tanh", "xor"):
        yield summed(b[name])
        yield divided(b[name])
    for name in ("mlp", "tanh"):
        yield log_of_scores(b[name])
        yield root_of_zero(b[name])
    for name in ("mlp", "cnn", "sgd"):
        yield overfitted(b[name])
    yield overfitted(b["tanh"])
    for name in ("tanh", "circle", "xor", "curve"):
        yield too_small(b[name])
    for name in ("mlp", "circle"):
        yield decayed(b[name])
    for name in ("sgd", "mlp"):
        yield tiny_batch(replace(b[name], lr=0.3))
    yield tiny_batch(replace(b["circle"], lr=1.0))
