"""One training step: forward, loss, backward, update.

This is the loop that everybody writes, cut into parts so that `fit` can look in between.  Each part is
a function of `gg.jit`: it runs as it stands here, every time, and its arithmetic is replayed.
When Python is not even asked, `steady.py` says.
Read next: `fit.py`; how the replay works is told in `docs/a_step_that_cannot_lie.md`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.engine.modes import recording
from glassgrad.errors import Diverged, GraphError, NotTrained, SettingError
from glassgrad.nn import Module
from glassgrad.optim import Optimizer, clip_grad_norm
from glassgrad.plan.jit import jit as replayed
from glassgrad.plan.plan import Plan
from glassgrad.plan.specs import clone
from glassgrad.plan.update import length_of_gradients, updated
from glassgrad.tensor import Tensor
from glassgrad.train import diverged, metrics
from glassgrad.train.one_step import backward, forward
from glassgrad.train.steady import Steady

Array = NDArray[Any]


class Outcome(NamedTuple):
    """What a forward and backward pass computed; the gradients are in `.grad` of the parameters."""

    total: float
    """The loss with its penalty: what was differentiated."""
    loss: float
    outputs: Array


class TrainStep:
    """Forward, loss, backward and update of a model on one batch; `step(x, y)` does all of it.

    `gradients(x, y)` and `update(lr=None)` are its halves, for those who look at gradients in between.

    Args:
        loss: function of (outputs, labels) that gives the mean loss.
        penalty: function of the model, added to the loss.
        jit: whether the arithmetic is replayed; the numbers are the same.

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
        jit: bool = True,
    ) -> None:
        self.model, self.optimizer, self.loss, self.penalty = model, optimizer, loss, penalty
        self.parameters = model.parameters()
        _compare(model, optimizer)
        self.update = replayed(self._update) if jit else self._update
        self._functions = [replayed(f) for f in (self._whole, self._half) if jit]
        self._steady = [Steady(self, f) for f in self._functions]

    def __call__(self, x: Array, y: Array) -> float:
        """One step; gives the loss before the update."""
        if not self._steady:
            return self._whole(x, y).item()
        steady = self._steady[0]
        found = steady.run(x, _as_int64(y)) if _steps_as_all(self.optimizer) else None
        if found is None:
            return steady(x, y).item()
        if not updated(self.optimizer):
            self.optimizer.step()
        return found[0].item()

    def gradients(self, x: Array, y: Array) -> Outcome:
        """Forward and backward; leaves the gradients in the parameters' `.grad`."""
        if not self._steady:
            return self._half(x, y)
        found = self._steady[1].run(x, _as_int64(y))
        if found is None:
            return self._steady[1](x, y)
        total, loss, outputs = found
        return Outcome(total.item(), loss.item(), clone(outputs))

    def _whole(self, x: Array, y: Array) -> Tensor:
        """Forward, backward and update, as one function."""
        found = self._backward(x, y, 0)
        self.optimizer.step()
        return found[1]

    def _half(self, x: Array, y: Array) -> Outcome:
        """Forward and backward."""
        total, loss, outputs = self._backward(x, y, 1)
        return Outcome(total.item(), loss.item(), outputs.numpy())

    def _backward(self, x: Array, y: Array, half: int) -> tuple[Tensor, Tensor, Tensor]:
        """Forward and backward: (total loss, mean loss, outputs)."""
        inputs, labels = self._batch(x, y)
        found = self._forward(inputs, labels)
        backward([*self.parameters, *self.optimizer.params], found[0])
        if self._steady:
            self._steady[half].saw(inputs, labels, found[0], found if half else found[1:2])
        return found

    def graph(self, x: Array, y: Array) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Forward only, all of it recorded: (total loss, mean loss, outputs, inputs)."""
        with recording():  # what is made of the data, too: a NaN may come of it
            inputs, labels = self._batch(x, y)
            return *self._forward(inputs, labels), inputs

    def _batch(self, x: Array, y: Array) -> tuple[Tensor, Tensor]:
        inputs, labels = Tensor._constant(x), Tensor._constant(_as_int64(y))
        inputs.name, labels.name = "x", "y"
        return inputs, labels

    def _forward(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        found = forward(self.model, self.loss, self.penalty, inputs, labels)
        _require_one_number(found[1])
        return found

    def clip(self, most: float) -> float:
        """Bring the length of the gradient down to `most`; gives the length before."""
        length = length_of_gradients(self.optimizer)
        if length is not None and length <= most and math.isfinite(length):
            return length
        return clip_grad_norm(self.optimizer.params, most)

    def _update(self, lr: float | None = None) -> None:
        """Move the parameters, by the optimizer's rate or by `lr`."""
        rate, optimizer = self.optimizer.lr, self.optimizer
        optimizer.lr = rate if lr is None else lr
        try:
            optimizer.step()
        finally:
            optimizer.lr = rate

    @property
    def plans(self) -> list[Plan]:
        """The plans that are replayed, so far."""
        return [p for f in self._functions for p in f.plans]

    @property
    def plan(self) -> Plan | None:
        """The first of them, once there is one: `step.plan.source()` prints it."""
        return next(iter(self.plans), None)


_step_of_all = Optimizer.step


def _steps_as_all(optimizer: Optimizer) -> bool:
    """Whether nobody has given an optimizer another `step`."""
    return type(optimizer).step is _step_of_all and "step" not in vars(optimizer)


def _compare(model: Any, optimizer: Optimizer) -> None:
    """Raise if the optimizer trains nothing of the model; warn of what it leaves out."""
    trained = {id(p) for p in optimizer.params}
    named = model.named_parameters()
    left = [path for path, p in named if p.requires_grad and id(p) not in trained]
    if named and len(left) == len(named):
        raise SettingError(
            "the optimizer has no parameter of this model, so nothing would be trained: build it after the "
            f"model, as in optim.{type(optimizer).__name__}(model.parameters())."
        )
    if left:
        warnings.warn(
            f"{', '.join(left)} will not be trained: not in the optimizer. Build it after the last change "
            "of the model, or freeze what is to stay (p.requires_grad = False).",
            NotTrained,
            stacklevel=4,
        )


def _require_one_number(loss: Any) -> None:
    """Raise unless the loss of a batch is one number that was computed from tensors."""
    if not isinstance(loss, Tensor):
        raise GraphError(
            f"loss must give a Tensor, got {type(loss).__name__}: compute it from the outputs with "
            "functions of gg, such as gg.cross_entropy, and return it."
        )
    if loss.size != 1:
        raise GraphError(
            f"loss must give one number, as backward starts from a single number; got shape {loss.shape}: "
            "write reduction='mean', or its .mean()."
        )


def _as_int64(y: Array) -> Array:
    """Labels as the kernels take them: int64, if they are whole numbers."""
    return y.astype(np.int64, copy=False) if y.dtype.kind in "iu" else y


@np.errstate(all="ignore")  # what is not finite is looked for here
def watched_step(
    step: TrainStep, x: Any, y: Any, clip: float, lr: float, when: str
) -> tuple[float, float | None, float]:
    """One step; gives the loss and the accuracy before it, and the length of the gradient."""
    done = step.gradients(x, y)
    if not math.isfinite(done.total):
        total, _, _, inputs = step.graph(x, y)
        raise diverged.explain_loss(total, inputs, step.model, when)
    try:
        length = step.clip(clip)
    except Diverged:
        raise diverged.explain_gradient(step.graph(x, y)[0], step.model, when) from None
    step.update(lr)
    return done.loss, metrics.batch_accuracy(done.outputs, y), length
