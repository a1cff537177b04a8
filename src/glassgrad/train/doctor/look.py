"""One look at a network in training: its units, its gradients, and where its next step would lead.

A look takes a copy of the model and its optimizer, so the run goes on bit for bit as if nobody had
looked.  On the copy, some training examples go forward and back once; then the optimizer makes its step
with that gradient, and the loss is computed at a thousandth of this step to a thousand times it.
Read next: `watch.py`.
"""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.graph import layer_path, no_grad, pullback, topological
from glassgrad.nn import Module
from glassgrad.optim import Optimizer, clip_grad_norm
from glassgrad.tensor import Tensor
from glassgrad.train import metrics

if TYPE_CHECKING:
    from glassgrad.train.doctor.setup import Setup

Array = NDArray[Any]
FACTORS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
WHOLE = FACTORS.index(1.0)
"""Multiples of the step at which the loss is computed."""
EXAMPLES = 64
SQUASHING = {"Softmax", "Sigmoid", "Tanh", "ReLU"}
_STEEPEST = {"Sigmoid": 0.25, "Tanh": 1.0}
_RECTIFIERS = {"ReLU"}


@dataclass(frozen=True)
class Units:
    """The units of one activation: `dead` never pass a gradient, `saturated` pass next to none.

    Args:
        layer: path of the layer.
        op: name of the op.
        count: units (channels, where there are images).
        dead: share of units with slope 0 for every example; 0 for ops that do not die.
        saturated: share of slopes below a twentieth of the steepest; 0 for ops that do not saturate.
    """

    layer: str
    op: str
    count: int
    dead: float
    saturated: float


@dataclass(frozen=True)
class Weights:
    """One parameter: lengths of itself, of its gradient, and of the optimizer's next step.

    Args:
        path: its name in the model.
        axes: number of axes; 1 for biases.
        rms: root mean square of the elements.
        expected: what He's initialisation would give it; 0 for biases.
        rows_equal: whether all units have the same weights.
    """

    path: str
    axes: int
    length: float
    gradient: float
    step: float
    rms: float
    expected: float
    rows_equal: bool

    @property
    def ratio(self) -> float:
        """Length of the step over that of the parameter."""
        return self.step / self.length if self.length else math.inf if self.step else 0.0


@dataclass(frozen=True)
class Look:
    """What was seen after so many steps.

    Args:
        step: updates made so far; 0 before training.
        loss: on the examples looked at.
        accuracy: None where there are no classes.
        explained: 1 minus the share of the variance that is left, for real labels, else None.
        times_cross_entropy: loss over mean cross-entropy of the same scores; None without classes.
        last_op: the op that made the scores.
        spread: deviation of the outputs over examples, over their deviation as a whole.
        gradient: length of the gradient of all parameters.
        moved: how far the weights are from where they began, over their length there.
        ahead: the loss at each of `FACTORS` times the step.
    """

    step: int
    loss: float
    accuracy: float | None
    explained: float | None
    times_cross_entropy: float | None
    last_op: str
    spread: float
    gradient: float
    moved: float
    units: tuple[Units, ...]
    weights: tuple[Weights, ...]
    ahead: tuple[float, ...]

    @property
    def matrices(self) -> tuple[Weights, ...]:
        """Weights without biases, first layer first."""
        return tuple(w for w in self.weights if w.axes >= 2)

    def named(self, path: str) -> Weights:
        """The parameter of this path."""
        return next(w for w in self.weights if w.path == path)


def look(
    setup: Setup, x: Array, y: Array, step: int, lr: float, begin: dict[str, Array] | None = None
) -> Look:
    """Look at the model of `setup` as it is now, through some examples.

    Args:
        step: updates made so far.
        lr: the rate of the last of them.
        begin: the parameters before training, if they are not those of now.
    """
    model, optimizer = copy.deepcopy((setup.model, setup.optimizer))
    model.train()
    states = {g: g.bit_generator.state for g in model.generators().values()}
    with np.errstate(all="ignore"):
        outputs = model(Tensor._constant(x))
        total = loss = setup.loss(outputs, Tensor._constant(y))
        if setup.penalty is not None:
            total = total + setup.penalty(model)
        order = topological(total)
        units = tuple(u for node in order if (u := _units(node)) is not None)
        weights = _gradients(model, order)
        length = math.hypot(*(_length(g) for g in weights.values())) if weights else 0.0
        before = {path: p._array.copy() for path, p in model.named_parameters()}
        steps = _next_step(model, optimizer, weights, setup.clip, lr, before)
        ahead = []
        for factor in FACTORS:
            for generator, state in states.items():
                generator.bit_generator.state = state
            ahead.append(_loss_at(setup, model, before, steps, factor, x, y))
    scores = outputs._array
    return Look(
        step,
        float(loss._array),
        metrics.batch_accuracy(scores, y),
        _explained(scores, y),
        _times_cross_entropy(float(loss._array), scores, y),
        type(outputs.op).__name__,
        _spread(scores),
        length,
        _moved(begin or before, before),
        units,
        tuple(_weights(p, before[p], weights, steps) for p in before),
        tuple(ahead),
    )


def _units(node: Tensor) -> Units | None:
    name = type(node.op).__name__
    if node.op is None or name not in _STEEPEST.keys() | _RECTIFIERS or node.ndim < 2:
        return None
    (source,) = node.inputs
    ones = np.ones_like(node._array)
    slope: Array = np.asarray(node.op.vjp(ones, node._array, source._array))
    across = (0, *range(2, slope.ndim))
    dead = (slope == 0).all(axis=across) & (name in _RECTIFIERS)
    flat = 0.0
    if name in _STEEPEST:
        flat = float((slope < _STEEPEST[name] / 20).mean())
    return Units(layer_path(node), name, dead.size, float(dead.mean()), flat)


def _gradients(model: Module, order: list[Tensor]) -> dict[str, Array]:
    """The gradient of each parameter that the loss depends on, by path."""
    paths = {id(p): path for path, p in model.named_parameters()}
    walk = pullback(order, {*paths}, np.ones(order[-1].shape, order[-1].dtype), False, fast=True)
    return {paths[id(node)]: np.array(g) for node, g in walk if id(node) in paths}


def _next_step(
    model: Module,
    optimizer: Optimizer,
    gradients: dict[str, Array],
    clip: float,
    lr: float,
    before: dict[str, Array],
) -> dict[str, Array]:
    """How the optimizer would move each parameter."""
    for path, p in model.named_parameters():
        p.grad = gradients.get(path)
    optimizer.lr = lr
    if all(np.isfinite(g).all() for g in gradients.values()):
        if math.isfinite(clip):
            clip_grad_norm(optimizer.params, clip)
        optimizer.step()
    return {path: p._array - before[path] for path, p in model.named_parameters()}


def _loss_at(
    setup: Setup,
    model: Module,
    before: dict[str, Array],
    steps: dict[str, Array],
    factor: float,
    x: Array,
    y: Array,
) -> float:
    for path, p in model.named_parameters():
        p._assign((before[path] + factor * steps[path]).astype(p.dtype, copy=False))
    with no_grad():
        value = setup.loss(model(Tensor._constant(x)), y)
    return float(getattr(value, "_array", value))


def _weights(
    path: str, before: Array, gradients: dict[str, Array], steps: dict[str, Array]
) -> Weights:
    fan = int(np.prod(before.shape[1:])) if before.ndim >= 2 else 0
    rows = before.reshape(len(before), -1) if before.ndim >= 2 and len(before) > 1 else None
    return Weights(
        path,
        before.ndim,
        _length(before),
        _length(gradients[path]) if path in gradients else 0.0,
        _length(steps[path]),
        float(np.sqrt(np.mean(np.square(before, dtype=np.float64)))) if before.size else 0.0,
        math.sqrt(2 / fan) if fan else 0.0,
        rows is not None and bool((rows == rows[0]).all()),
    )


def _moved(begin: dict[str, Array], now: dict[str, Array]) -> float:
    far = math.hypot(*(_length(now[path] - begin[path]) for path in now), 0.0)
    return far / max(math.hypot(*(_length(a) for a in begin.values()), 0.0), 1e-30)


@np.errstate(all="ignore")
def _length(a: Array) -> float:
    return float(np.sqrt(np.square(a, dtype=np.float64).sum()))


@np.errstate(all="ignore")
def _explained(scores: Array, y: Array) -> float | None:
    if y.dtype.kind != "f" or scores.size != y.size:
        return None
    left = np.mean(np.square(scores.reshape(y.shape) - y, dtype=np.float64))
    return float(1 - left / max(np.var(y, axis=0, dtype=np.float64).mean(), 1e-30))


def _times_cross_entropy(loss: float, scores: Array, y: Array) -> float | None:
    if not metrics.is_classification(scores, y):
        return None
    entropy = float(ops.cross_entropy(scores, y.astype(np.int64)))
    return loss / entropy if entropy > 1e-6 and math.isfinite(entropy) else None


@np.errstate(all="ignore")
def _spread(scores: Array) -> float:
    rows = scores.reshape(len(scores), -1).astype(np.float64)
    whole = float(np.sqrt(np.mean(np.square(rows))))
    return float(rows.std(axis=0).mean() / whole) if whole > 0 else 0.0
