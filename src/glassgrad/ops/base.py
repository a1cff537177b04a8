"""What an op is: how to compute it, differentiate it, print it, export it and test it, in one class.

The alphabet: `x` inputs, `y` the output, `g` the cotangent of `y` (the gradient of the loss with respect
to `y`), `w, b` parameters, `N` batch, `C` channels, `H, W` height and width, `D` features, `K` classes.
Forward stands directly above vjp; whatever else one wants from an op is a reader of the graph, never a
second table.  Read next: `ops/activations.py`, then `tensor.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from glassgrad.arguments import as_array
from glassgrad.engine.modes import records
from glassgrad.engine.recording import tracing
from glassgrad.errors import GlassgradError, ShapeError
from glassgrad.ops.shared.fast import Fast
from glassgrad.ops.shared.masking import Masking, OneByOne
from glassgrad.ops.shared.readable import Readable
from glassgrad.ops.shared.refusals import RAW, refuse_inputs
from glassgrad.tensor import Tensor

Array = NDArray[Any]
_REAL = np.dtype(float)
Sample = tuple[Any, ...]
"""One use of an op: the op itself, then its inputs."""

current_layer: ContextVar[tuple[Any, Any] | None] = ContextVar("current_layer", default=None)
"""(root module, module) whose `__call__` is running: a node remembers it, so it can be named."""


class Op(Fast, Masking, Readable):
    r"""One operation $y = f(x_1, \dots, x_n)$.

    Subclasses are frozen dataclasses; their fields are the op's settings.  `forward` sees NumPy
    arrays.  `vjp` is written in ops, so the same line yields numbers when it is fed arrays, and a graph
    (a second derivative, a formula, a drawing) when it is fed tensors.  It returns one cotangent per
    input: a value, a callable that is evaluated only if that input wants a gradient, or None.

    A parameter of `vjp` whose name begins with an underscore is promised to be unread (its shape may
    be), so changing that value in place after recording does no harm and is allowed.
    """

    forward: Callable[..., Array]
    source: ClassVar[str] = ""
    """Where the op is defined: a paper, a book, an exercise."""
    definition: Callable[..., Any] | None = None
    """For a fused op: the same function written in ops.  A law proves both equal."""
    witness: Callable[..., Any]
    """An independent way to the same values (SciPy, mpmath, loops): forward and vjp may err together."""

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Iterator[Sample]:
        """Typical uses, `(op, *inputs)`: every law runs on each of them."""
        raise NotImplementedError

    @classmethod
    def errors(cls) -> Iterator[tuple[Callable[[], Any], str]]:
        """Misuses, `(call, text that the error must contain)`."""
        raise NotImplementedError

    def __call__(self, *inputs: Any) -> Any:
        """Arrays in, array out, nothing recorded.  Any `Tensor` in, a `Tensor` out, recorded if need be."""
        for x in inputs:
            if isinstance(x, Tensor):
                return self._record(inputs)
        return self.compute(*inputs)

    def compute(self, *arrays: Any) -> Array:
        """The value on plain arrays; what NumPy refuses is said again with the op's name and shapes."""
        try:
            if (y := self.by_kernel(None, *arrays)) is not None:
                return y
            if getattr(y := self.forward(*arrays), "dtype", _REAL).kind not in "fiub":
                raise TypeError(f"a result of dtype {y.dtype}")
            return y
        except GlassgradError:
            raise
        except RAW as error:
            refuse_inputs(self, arrays, error)

    def refusal(self, *shapes: tuple[int, ...]) -> str:
        """What to say of shapes that do not fit; ops that know better check for themselves."""
        return f"{type(self).__name__} cannot use shapes {', '.join(map(str, shapes))}."

    def undo_broadcast(self, g: Any, shape: tuple[int, ...]) -> Any:
        """The cotangent of an input that broadcasting repeated; here nothing is, so the rule is wrong."""
        raise ShapeError(
            f"the rule of {type(self).__name__} returned a cotangent of shape {g.shape} for an "
            f"input of shape {shape}: they must be equal."
        )

    def reads(self, inputs: int) -> tuple[bool, ...]:
        """Which of `(y, *inputs)` the rule reads, by its parameter names: `y` is read, `_y` is not."""
        return _reads(type(self).vjp, inputs)

    def _record(self, inputs: tuple[Any, ...]) -> Tensor:
        """As it is written; within `gg.jit` the op is only noted, and computed with all the others."""
        if (tracer := tracing.get()) is not None:
            return tracer.note(self, inputs)
        return self.written(inputs)

    def written(self, inputs: tuple[Any, ...]) -> Tensor:
        """Compute the value now, and record it."""
        tensors = [x for x in inputs if isinstance(x, Tensor)]
        like = next((x for x in tensors if x.dtype.kind == "f"), tensors[0])
        nodes = tuple(x if isinstance(x, Tensor) else _constant(x, like) for x in inputs)
        value = self.compute(*[x._array for x in nodes])
        if records(any([x.requires_grad or x.name for x in nodes])):  # noqa: C419  (a list is faster)
            return Tensor._recorded(value, self, nodes, current_layer.get())
        return Tensor._unrecorded(np.asarray(value), nodes)


class Elementwise(OneByOne, Op):
    """An op that works on each element by itself; inputs broadcast, and the engine undoes it.

    The vjp may ignore broadcasting: `Multiply.vjp` reads `g * y, g * x`, and `graph.grad` sums each
    cotangent back to the shape of its input.
    """

    def refusal(self, *shapes: tuple[int, ...]) -> str:
        """Only broadcasting can go wrong here."""
        return (
            f"{type(self).__name__} cannot broadcast shapes {' and '.join(map(str, shapes))}: from the "
            "right, each pair of lengths must be equal or 1. Line the axes up with x.reshape(...) "
            "or x[:, None]."
        )

    def undo_broadcast(self, g: Any, shape: tuple[int, ...]) -> Any:
        """Sum over the axes along which `x` was repeated: each copy sends its part back."""
        from glassgrad.ops.reduce import sum_to  # an op itself, defined on top of this file

        return sum_to(g, shape)


def _constant(x: Any, like: Tensor) -> Tensor:
    """A tensor without gradient.  A Python number takes the dtype of `like`, so float32 stays float32."""
    if isinstance(x, int | float) and not isinstance(x, bool):
        dtype = like.dtype if like.dtype.kind == "f" else None
        return Tensor(np.asarray(x, dtype), requires_grad=False)
    return Tensor._handed_in(as_array(x))


@cache
def _reads(vjp: Callable[..., Any], inputs: int) -> tuple[bool, ...]:
    is_read = [not p.startswith("_") for p in list(inspect.signature(vjp).parameters)[2:]]
    return tuple((is_read + is_read[-1:] * inputs)[: inputs + 1])  # *xs stands for all the rest
