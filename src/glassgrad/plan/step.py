"""One training step: forward, loss, backward, update; looked at twice, then replayed.

The first two steps run as they are written, op by op.  If both did the same (same ops, same shapes, same
constants, and no Python looked at a value in between), the graph of the second becomes a plan that
computes the same bits without Python per op.  Whatever does not repeat stays as it is written.
Read next: `plan/plan.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassgrad import kernels, ops
from glassgrad.engine.mutation import fingerprint
from glassgrad.engine.recording import Tape, running
from glassgrad.graph import backpropagate, topological
from glassgrad.nn import Module
from glassgrad.optim import Optimizer, clip_grad_norm
from glassgrad.plan.plan import Plan
from glassgrad.plan.update import Update
from glassgrad.tensor import Tensor

Array = NDArray[Any]
Signature = tuple[Any, ...]
MOST_PLANS = 4
"""Plans kept at a time: the usual batch, the last and smaller one of an epoch, and some to spare."""


class Outcome(NamedTuple):
    """What a forward and backward pass computed; the gradients are in `.grad` of the parameters."""

    total: float
    """The loss with its penalty: what was differentiated."""
    loss: float
    outputs: Array


class TrainStep:
    """Forward, loss, backward and update of a model on one batch; `step(x, y)` does all of it.

    `gradients(x, y)` and `update(lr)` are its halves, for those who look at gradients in between.

    Args:
        loss: function of (outputs, labels) that gives the mean loss.
        penalty: function of the model, added to the loss.
        record: whether steps that repeat may be replayed.

    >>> from glassgrad import nn, optim
    >>> model = nn.Sequential(nn.Linear(2, 1, init="zeros"))
    >>> step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1), loss=ops.mse_loss)
    >>> step(np.ones((4, 2), np.float32), np.ones((4, 1), np.float32))
    1.0
    """

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        loss: Callable[[Any, Any], Any] = ops.cross_entropy,
        *,
        penalty: Callable[[Any], Any] | None = None,
        record: bool = True,
    ) -> None:
        self.model, self.optimizer, self.loss, self.penalty = model, optimizer, loss, penalty
        self._modules = model.modules()
        self._seen: dict[Any, Signature] = {}
        self._plans: dict[Any, Plan] = {}
        fused = record and kernels.on() and _all_float32(optimizer)
        self._update = Update(optimizer) if fused else None

    def __call__(self, x: Array, y: Array) -> float:
        """One step; gives the loss before the update."""
        loss = self.gradients(x, y).loss
        self.update()
        return loss

    @property
    def plan(self) -> Plan | None:
        """The plan that is replayed, once there is one: `step.plan.source()` prints it."""
        return next(iter(self._plans.values()), None)

    def gradients(self, x: Array, y: Array) -> Outcome:
        """Forward and backward; leaves the gradients in the parameters' `.grad`."""
        if y.dtype.kind in "iu":
            y = y.astype(np.int64, copy=False)
        key = (x.shape, x.dtype, y.shape, y.dtype, kernels.threads(), *self._settings())
        if key in self._plans and not self._has_hooks():
            return self._replay(self._plans[key], x, y)
        return self._as_written(key, x, y)

    def clip(self, most: float) -> float:
        """Bring the length of the gradient down to `most`; gives the length before."""
        if self._update is not None and self._gradients_are_flat(self._update):
            length = self._update.length()
            if length <= most and math.isfinite(length):
                return length
        return clip_grad_norm(self.optimizer.params, most)

    def update(self, lr: float | None = None) -> None:
        """Move the parameters, by the optimizer's rate or by `lr`."""
        rate, optimizer = self.optimizer.lr, self.optimizer
        optimizer.lr = rate if lr is None else lr
        if self._update is not None and all(p.grad is not None for p in optimizer.params):
            self._update.take_gradients()
            self._update.run(optimizer.lr)
        else:
            optimizer.step()
        optimizer.lr = rate

    def graph(self, x: Array, y: Array) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Forward only, as it is written: (total loss, mean loss, outputs, inputs), with their graph."""
        inputs, labels = Tensor._constant(x), Tensor._constant(y)
        inputs.name, labels.name = "x", "y"
        outputs = self.model(inputs)
        mean = total = self.loss(outputs, labels)
        if self.penalty is not None:
            total = total + self.penalty(self.model)
        return total, mean, outputs, inputs

    def _replay(self, plan: Plan, x: Array, y: Array) -> Outcome:
        assert self._update is not None
        self._update.adopt()
        total, mean, outputs, *_ = plan(x, y)
        for p, gradient in zip(self.optimizer.params, self._update.gradients.views, strict=True):
            p.grad = gradient
        return Outcome(float(total), float(mean), outputs)

    def _as_written(self, key: Any, x: Array, y: Array) -> Outcome:
        """Op by op, with a graph; if it is the second time that this happened, the graph becomes a plan."""
        if self._update is not None:
            self._update.adopt()
        self.optimizer.zero_grad()
        chance = self._chance()
        with running() as tape:
            total, mean, outputs, inputs = self.graph(x, y)
        order = topological(total)
        labels = next((n for n in order if n.name == "y" and n.op is None), inputs)
        wanted = {id(p) for p in self.optimizer.params}
        record = self._update is not None and not tape.peeked and not self._has_hooks()
        record = record and (bool(tape.draws) or chance == self._chance())  # no chance in Python
        nodes = backpropagate(order, wanted, np.ones(total.shape, total.dtype), record, fast=True)
        found = {id(node): g for node, g in nodes if id(node) in wanted}
        for p in self.optimizer.params:
            if (g := found.get(id(p))) is not None:
                p.grad = np.array(getattr(g, "_array", g))
        outcome = Outcome(float(total._array), float(mean._array), outputs._array)
        if self._update is not None and len(found) == len(wanted):
            self._update.take_gradients()
            if record:
                gradients = [found[id(p)] for p in self.optimizer.params]
                self._consider(key, [total, mean, outputs, *gradients], [inputs, labels], tape)
        return outcome

    def _consider(self, key: Any, results: list[Tensor], inputs: list[Tensor], tape: Tape) -> None:
        """Make a plan if this step did what the last one with these shapes did."""
        signature = _signature(results, inputs, tape, self.optimizer)
        if self._update is not None and self._seen.get(key) == signature:
            while len(self._plans) >= MOST_PLANS:
                self._plans.pop(next(iter(self._plans)))
            into = dict(enumerate(self._update.gradients.views, 3))
            self._plans[key] = Plan(results, inputs, into, tape, consume=True)
        if len(self._seen) > 2 * MOST_PLANS:
            self._seen.clear()
        self._seen[key] = signature

    def _settings(self) -> tuple[Any, ...]:
        """Plain fields of all layers: who changes one, or counts in one, is not replayed as before."""
        plain = (int, float, bool, str)
        return tuple(v for m in self._modules for v in vars(m).values() if type(v) in plain)

    def _chance(self) -> list[Any]:
        return [str(g.bit_generator.state) for g in self.model.generators().values()]

    def _has_hooks(self) -> bool:
        return any(p._hooks for p in self.optimizer.params)

    def _gradients_are_flat(self, update: Update) -> bool:
        pairs = zip(self.optimizer.params, update.gradients.views, strict=True)
        return all(p.grad is view for p, view in pairs)


def _all_float32(optimizer: Optimizer) -> bool:
    return all(p.dtype == np.float32 for p in optimizer.params)


def _signature(
    results: list[Tensor], inputs: list[Tensor], tape: Tape, optimizer: Optimizer
) -> Signature:
    """What a step did, without the numbers that may change: equal for two steps that are alike."""
    known = {id(x): ("input", i) for i, x in enumerate(inputs)}
    known |= {id(p): ("parameter", i) for i, p in enumerate(optimizer.params)}
    known |= {id(x): ("drawn", i) for i, (x, _) in enumerate(tape.draws)}
    nodes = {id(n): n for y in results for n in topological(y)}
    recorded = sorted((n for n in nodes.values() if n.op is not None), key=lambda n: n.born)
    known |= {id(n): ("node", i) for i, n in enumerate(recorded)}

    def leaf(x: Tensor) -> Any:
        return known.get(id(x)) or ("constant", x.shape, str(x.dtype), fingerprint(x._array))

    lines = [(n.op, n.shape, n._array.strides, *map(leaf, n.inputs)) for n in recorded]
    effects = [(getattr(action, "__func__", action), leaf(x)) for action, x in tape.effects]
    return (*lines, *effects, *map(leaf, results))
