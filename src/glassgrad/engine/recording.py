"""A traced call: its ops are noted, and computed when somebody wants the numbers.

Within a function of `gg.jit` there is a `Tracer` here, and an op asks it before it computes anything.
The tracer itself lives two floors up (`plan/trace.py`); this file says what the ground floor needs of it:
who to ask, and that a tensor without an array gets it from its `Holder` as soon as somebody looks.
"""

from __future__ import annotations

import math
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from glassgrad.tensor import Tensor


class Spec:
    """All that is known of a value that has not been computed: everything but the numbers."""

    __slots__ = ("dtype", "ndim", "number", "shape", "size", "strides")
    number: Spec | None
    """That of a Python number beside such a value."""

    def __init__(
        self, shape: tuple[int, ...], dtype: np.dtype[Any], strides: tuple[int, ...]
    ) -> None:
        self.shape, self.dtype, self.strides = shape, dtype, strides
        self.ndim, self.size = len(shape), math.prod(shape)


class Holder(Protocol):
    """Who knows the numbers of a tensor that has no array of its own."""

    def bring(self, x: Any) -> NDArray[Any]:
        """The numbers of x, in an array that nobody else holds."""

    def retain(self, x: Tensor) -> None:
        """Note that x wants its gradient, though it was computed."""


class Tracer(Protocol):
    """What ops, tensors and optimizers tell a traced call."""

    def note(self, op: Any, inputs: tuple[Any, ...]) -> Any:
        """Note `op(*inputs)` and give a tensor that stands for its result."""

    def detach(self, x: Tensor) -> Tensor:
        """Note that the numbers of x are wanted without its history."""

    def backward(self, y: Tensor, seed: Any) -> bool:
        """Note the backward pass of y; False if it must be done as it is written."""

    def update(self, optimizer: Any) -> bool:
        """Do an optimizer's step; False if it must be done as it is written."""

    segment: Any

    def flush(self) -> None:
        """Compute all that was noted, by a plan if there is one."""

    def settle(self) -> None:
        """Compute all that was noted, as it is written: numbers may change behind our back now."""


tracing: ContextVar[Tracer | None] = ContextVar("tracing", default=None)
"""The call that is being traced."""


def flush(segment: Any) -> None:
    """Compute a segment by a plan, if the call to which it belongs is the one that runs here."""
    tracer = tracing.get()
    if tracer is not None and tracer.segment is segment:
        tracer.flush()


def settle() -> None:
    """Somebody is about to write: what was noted reads the numbers from before."""
    if (tracer := tracing.get()) is not None:
        tracer.settle()
