"""A tensor: an array that remembers how it was computed.

`value` is a NumPy array; `op` and `inputs` say where it came from; `grad` is filled by `backward()`.
A plain array is a constant, a `Tensor` is a variable: whatever is computed from one is recorded.  How
`a + b` becomes an op, and what a tensor shares with arrays, is in `engine/operators.py`.
Read next: `nn/linear.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.arguments import as_array, leaf_settings
from glassgrad.engine.mutation import clock, fingerprint, hand_out, is_view, use
from glassgrad.engine.operators import Operators
from glassgrad.engine.recording import settle, tracing
from glassgrad.errors import DtypeError, GraphError, ShapeError

if TYPE_CHECKING:
    from glassgrad.ops.base import Op


class Tensor(Operators):
    """An array with its history.

    Args:
        value: anything NumPy takes; it is copied, so later changes of yours do not reach the tensor.
        name: how formulas, drawings and errors call it.
        requires_grad: whether `backward()` leaves a gradient here; by default if the numbers are real.

    Raises:
        DtypeError: numbers other than float32, float64, integers or booleans; or integers that are
            asked for a gradient.

    >>> w = Tensor([1.0, -2.0], name="w")
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad
    array([ 2., -4.])
    """

    requires_grad: bool
    name: str | None = None
    op: Op | None = None  # how it was computed; None for a leaf
    inputs: tuple[Tensor, ...] = ()
    layer: tuple[Any, Any] | None = None  # (root module, module) that computed it
    born = 0  # when it was recorded, on the clock of engine/mutation.py
    _changed = 0  # when its value last changed, on the same clock
    _seen: int | None = None  # fingerprint of a value that was handed out
    _whole: Tensor | None = None  # an unrecorded `x[0]` lies in the memory of x
    _part: tuple[Tensor, Tensor] | None = None  # a part that was changed, and what it became
    _hooks: tuple[Callable[[NDArray[Any]], NDArray[Any] | None], ...] = ()
    _retain = False

    def __init__(
        self, value: ArrayLike, name: str | None = None, *, requires_grad: bool | None = None
    ) -> None:
        array = as_array(value._array if isinstance(value, Tensor) else value).copy()
        if name is not None or requires_grad is not None:
            leaf_settings(name, requires_grad)
        floating = array.dtype.kind == "f"
        if requires_grad and not floating:
            raise DtypeError(
                f"only real numbers have gradients, got {array.dtype} with requires_grad=True: "
                "write 1.0 instead of 1, or x.astype(np.float32)."
            )
        self._array, self.name = array, name
        self.requires_grad = floating if requires_grad is None else requires_grad

    @classmethod
    def _constant(cls, array: NDArray[Any]) -> Tensor:
        """A constant that shares `array`, which nobody else may write."""
        self = cls.__new__(cls)
        self._array, self.requires_grad = array, False
        return self

    @classmethod
    def _handed_in(cls, array: NDArray[Any]) -> Tensor:
        """A constant that shares the caller's array: later writes to it are noticed, not prevented."""
        self = cls._constant(array)
        self._seen = fingerprint(array)
        return self

    @classmethod
    def _recorded(
        cls, value: Any, op: Op, inputs: tuple[Tensor, ...], layer: tuple[Any, Any] | None
    ) -> Tensor:
        """The node of `op`, made after its inputs: whatever changes later is newer than `born`."""
        self = Tensor.__new__(Tensor)
        self._array = array = value if type(value) is np.ndarray else np.asarray(value)
        wanted = False
        for x in inputs:
            wanted = wanted or x.requires_grad
            if x._seen is not None:
                use(x)
        self.requires_grad = wanted and array.dtype.kind == "f"
        self.op, self.inputs, self.layer, self.born = op, inputs, layer, next(clock)
        return self

    @classmethod
    def _unrecorded(cls, array: NDArray[Any], inputs: tuple[Tensor, ...]) -> Tensor:
        """A result without history; of its inputs only one in whose memory it lies is remembered."""
        self = cls._constant(array)
        for x in inputs:
            if x._part is not None:
                use(x)
            if array.base is not None and is_view(array, x._array):
                self._whole = x if x._whole is None else x._whole
        return self

    @property
    def value(self) -> NDArray[Any]:
        """The array itself, not a copy; write into it only where no recorded node needs it."""
        hand_out(self)
        return self._array

    @value.setter
    def value(self, new: ArrayLike) -> None:
        array = np.asarray(new, dtype=self.dtype)
        if array.shape != self.shape:
            raise ShapeError(
                f"{self.label} has shape {self.shape}, the new value has {array.shape}: "
                "make a new Tensor, or reshape the value."
            )
        settle()
        self._array, self._changed, self._seen = array, next(clock), fingerprint(array)

    def _assign(self, array: NDArray[Any]) -> None:
        """Take `array`, which nobody else may write, as the new value: what optimizers do."""
        settle()
        if self._spec is not None and (array.shape, array.dtype) != (self.shape, self.dtype):
            self._holder = self._spec = None
        self._array, self._changed, self._seen, self._whole = array, next(clock), None, None

    def detach(self) -> Tensor:
        """The same value without its history: no gradient flows through it."""
        if (tracer := tracing.get()) is not None:
            return tracer.detach(self)
        return Tensor(self._array, self.name, requires_grad=False)

    def numpy(self) -> NDArray[Any]:
        """A copy of the value as a NumPy array."""
        return self._array.copy()

    def backward(self, gradient: ArrayLike | None = None) -> None:
        """Add the gradient of this tensor to `.grad` of every leaf under it.

        Gradients **add up** over calls, as in PyTorch: call `zero_grad()` between steps.
        Computed tensors get one too if they asked with `retain_grad()`.

        Args:
            gradient: cotangent of this tensor, of its shape; may be left out for a single number.
        """
        from glassgrad.graph import backward  # the graph needs Tensor, so not at the top

        backward(self, gradient)

    def zero_grad(self) -> None:
        """Forget the gradient: `.grad` is None until the next `backward()`."""
        self._grad = None

    def retain_grad(self) -> None:
        """Ask `backward()` to leave a gradient here too, though this tensor was computed."""
        self._retain = True
        if self._holder is not None:
            self._holder.retain(self)

    def register_hook(
        self, hook: Callable[[NDArray[Any]], NDArray[Any] | None]
    ) -> Callable[[], None]:
        """Call `hook(gradient)` when this tensor's gradient is complete; returns how to remove it.

        A hook that returns an array replaces the gradient; one that returns None only looks.
        """
        if not self.requires_grad:
            raise GraphError(
                f"{self.label} has no gradient to look at: make it with requires_grad=True."
            )
        settle()
        self._hooks = (*self._hooks, hook)

        def remove() -> None:
            self._hooks = tuple(h for h in self._hooks if h is not hook)

        return remove
