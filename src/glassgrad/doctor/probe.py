"""A look at a network, taken on a copy of it, so that the run goes on bit for bit as if nobody had looked.

Some training examples go forward and back once; then the optimizer makes its step with that gradient, and
the loss is computed along this step: at a thousandth of it up to a thousand times it, as far as it is
worth it.  Read next: `monitor.py`.
"""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.doctor.look import FACTORS, WHOLE, Look, Units, Weights
from glassgrad.engine.modes import no_grad
from glassgrad.graph import backpropagate, topological
from glassgrad.ops.base import Op
from glassgrad.optim import clip_grad_norm
from glassgrad.tensor import Tensor
from glassgrad.train import metrics

if TYPE_CHECKING:
    from glassgrad.doctor.setup import Setup

Array = NDArray[Any]
Arrays = dict[str, Array]
_STEEPEST: dict[type[Op], float] = {ops.Sigmoid: 0.25, ops.Tanh: 1.0}
_RECTIFIERS: set[type[Op]] = {ops.ReLU}


class Probe:
    """A copy of the model and the optimizer of `setup`, to try things with on examples (x, y)."""

    def __init__(self, setup: Setup, x: Array, y: Array) -> None:
        self.setup, self.x, self.y = setup, x, y
        self.model, self.optimizer = copy.deepcopy((setup.model, setup.optimizer))
        self.paths = {id(module): path for path, module in self.model.named_modules()}
        self.parameters = dict(self.model.named_parameters())
        self._chance = [(g, g.bit_generator.state) for g in self.model.generators().values()]
        self.before = {path: p._array for path, p in self.parameters.items()}
        for module in self.model.modules():
            module.training = True
        for p in self.parameters.values():
            p._hooks = ()

    @np.errstate(all="ignore")
    def look(self, step: int, lr: float, begin: Arrays | None = None) -> Look:
        """Look.

        Args:
            step: updates made so far.
            lr: the rate of the last of them.
            begin: the parameters before training, if they are not those of now.
        """
        outputs = self.model(Tensor._constant(self.x))
        total = loss = self.setup.loss(outputs, Tensor._constant(self.y))
        if self.setup.penalty is not None:
            total = total + self.setup.penalty(self.model)
        order, here, scores = topological(total), float(loss._array), outputs._array
        gradients = self._gradients(order)
        steps = self._next_step(gradients, lr)
        return Look(
            step=step,
            loss=here,
            accuracy=metrics.batch_accuracy(scores, self.y),
            explained=_explained(scores, self.y),
            times_cross_entropy=_times_cross_entropy(here, scores, self.y),
            last_op=type(outputs.op) if outputs.op is not None else None,
            spread=_spread(scores),
            gradient=_whole(gradients),
            moved=_moved(begin or self.before, self.before),
            units=tuple(u for node in order if (u := self._units(node)) is not None),
            weights=tuple(_weights(path, a, gradients, steps) for path, a in self.before.items()),
            finite=self._finite(order),
            ahead=self._ahead(steps, here),
        )

    def _path(self, node: Tensor) -> str:
        return self.paths.get(id(node.layer[1]), "") if node.layer else ""

    def _units(self, node: Tensor) -> Units | None:
        if node.op is None or node.ndim < 2:
            return None
        kind = type(node.op)
        if kind not in _STEEPEST.keys() | _RECTIFIERS:
            return None
        (source,) = node.inputs
        ones = np.ones_like(node._array)
        slope: Array = np.asarray(node.op.vjp(ones, node._array, source._array))
        across = (0, *range(2, slope.ndim))
        dead = (slope == 0).all(axis=across) & (kind in _RECTIFIERS)
        flat = 0.0
        if kind in _STEEPEST:
            flat = float((slope < _STEEPEST[kind] / 20).mean())
        return Units(self._path(node), kind, dead.size, float(dead.mean()), flat)

    def _finite(self, order: list[Tensor]) -> tuple[tuple[str, float], ...]:
        last = {self._path(node): node._array for node in order if node.op is not None}
        return tuple((path, float(np.isfinite(a).mean())) for path, a in last.items() if a.size)

    def _gradients(self, order: list[Tensor]) -> Arrays:
        """The gradient of each parameter that the loss depends on, by path."""
        paths = {id(p): path for path, p in self.parameters.items()}
        seed = np.ones(order[-1].shape, order[-1].dtype)
        nodes = backpropagate(order, {*paths}, seed, False, fast=True)
        return {paths[id(node)]: np.array(g) for node, g in nodes if id(node) in paths}

    def _next_step(self, gradients: Arrays, lr: float) -> Arrays:
        """How the optimizer would move each parameter."""
        for path, p in self.parameters.items():
            p.grad = gradients.get(path)
        self.optimizer.lr = lr
        if all(np.isfinite(g).all() for g in gradients.values()):
            if math.isfinite(self.setup.clip):
                clip_grad_norm(self.optimizer.params, self.setup.clip)
            self.optimizer.step()
        return {path: p._array - self.before[path] for path, p in self.parameters.items()}

    def _ahead(self, steps: Arrays, here: float) -> tuple[float, ...]:
        """The loss along the step, as far as it is worth computing."""
        found = [math.nan] * len(FACTORS)
        found[WHOLE] = self._loss_at(steps, 1.0)
        if not found[WHOLE] <= here:
            for place in range(WHOLE - 1, -1, -1):
                found[place] = self._loss_at(steps, FACTORS[place])
                if found[place] <= here:
                    break
            return tuple(found)
        for place in range(WHOLE + 1, len(FACTORS)):
            found[place] = self._loss_at(steps, FACTORS[place])
            if not found[place] <= found[place - 1]:
                break
        return tuple(found)

    def _loss_at(self, steps: Arrays, factor: float) -> float:
        """The loss so many steps from here, with the same chance in dropout."""
        for generator, state in self._chance:
            generator.bit_generator.state = state
        for path, p in self.parameters.items():
            moved = self.before[path] + factor * steps[path]
            p._assign(moved.astype(p.dtype, copy=False))
        with no_grad():
            value = self.setup.loss(self.model(Tensor._constant(self.x)), self.y)
        return float(getattr(value, "_array", value))


def _weights(path: str, before: Array, gradients: Arrays, steps: Arrays) -> Weights:
    fan = int(np.prod(before.shape[1:])) if before.ndim >= 2 else 0
    rows = before.reshape(len(before), -1) if before.ndim >= 2 and len(before) > 1 else None
    length = _length(before)
    return Weights(
        path=path,
        axes=before.ndim,
        length=length,
        gradient=_length(gradients[path]) if path in gradients else 0.0,
        step=_length(steps[path]),
        rms=length / math.sqrt(max(before.size, 1)),
        expected=math.sqrt(2 / fan) if fan else 0.0,
        rows_equal=rows is not None and bool((rows == rows[0]).all()),
    )


def _moved(begin: Arrays, now: Arrays) -> float:
    far = _whole({path: now[path] - begin[path] for path in now})
    return far / max(_whole(begin), 1e-30)


def _whole(arrays: Arrays) -> float:
    return math.hypot(0.0, *map(_length, arrays.values()))


def _length(a: Array) -> float:
    flat = a.ravel()
    square = float(flat @ flat)
    if math.isfinite(square) and square > 1e-30:
        return math.sqrt(square)
    return float(np.sqrt(np.square(flat, dtype=np.float64).sum()))


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


def _spread(scores: Array) -> float:
    rows = scores.reshape(len(scores), -1).astype(np.float64)
    whole = float(np.sqrt(np.mean(np.square(rows))))
    return float(rows.std(axis=0).mean() / whole) if whole > 0 else 0.0
