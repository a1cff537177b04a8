"""One training step, forward and backward: what `fit` does with each batch.

It is what everybody writes.  `gg.jit` runs it as it stands, every time, and replays its arithmetic only
(`docs/a_step_that_cannot_lie.md`); the update behind it is `optimizer.step()`.  Read next: `fit.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from glassgrad.nn import Module
from glassgrad.tensor import Tensor


def forward(
    model: Module,
    loss: Callable[[Any, Any], Any],
    penalty: Callable[[Any], Any] | None,
    x: Any,
    y: Any,
) -> tuple[Tensor, Tensor, Tensor]:
    """The total loss, the mean loss, and the outputs of a batch.    x : (N, …)   y : (N,) or (N, …)"""
    outputs = model(x)
    mean = total = loss(outputs, y)
    if penalty is not None:
        total = total + penalty(model)
    return total, mean, outputs


def backward(parameters: list[Any], total: Tensor) -> None:
    """Leave the gradient of the total loss in `.grad` of each parameter, in place of the last one."""
    for p in parameters:
        p.zero_grad()
    total.backward()
