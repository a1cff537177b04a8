"""An array that may not be there yet: within a traced call, and while a plan owns the numbers.

Such a tensor has no `_array`.  It knows shape, dtype and strides, and a `Holder` that brings the numbers as
soon as anybody looks, whoever it is: there is no other way to them.  Read next: `recording.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.recording import Holder, Spec


class Lazy:
    """The array of a tensor, its gradient, and what can be said of them without computing."""

    _array: NDArray[Any]
    _holder: Holder | None = None
    _spec: Spec | None = None
    _slot = 0  # the place in the holder's list
    _sighted = 0  # the traced call that saw it first
    _grad: Any = None  # an array, or a tensor that stands for one

    def _brought(self) -> NDArray[Any]:
        """The array, as soon as somebody asks for it; `__getattr__` comes here."""
        assert self._holder is not None
        self._array = array = self._holder.bring(self)
        return array

    def __getstate__(self) -> dict[str, Any]:
        """What a copy gets: the numbers, wherever they are now."""
        state = vars(self) | {"_array": self._array, "_grad": self.grad}
        return {name: v for name, v in state.items() if name not in ("_holder", "_spec", "_slot")}

    @property
    def grad(self) -> NDArray[Any] | None:
        """The gradient that `backward()` left here, or None."""
        if isinstance(self._grad, Lazy):
            self._grad = self._grad._array
        return self._grad

    @grad.setter
    def grad(self, new: Any) -> None:
        self._grad = new

    @property
    def shape(self) -> tuple[int, ...]:
        """Length along each axis; () for a number."""
        return self._array.shape if self._spec is None else self._spec.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self._array.ndim if self._spec is None else self._spec.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self._array.size if self._spec is None else self._spec.size

    @property
    def dtype(self) -> np.dtype[Any]:
        """Kind of number: float32 and float64 can have gradients."""
        return self._array.dtype if self._spec is None else self._spec.dtype

    @property
    def strides(self) -> tuple[int, ...]:
        """Bytes from one element to the next, along each axis."""
        return self._array.strides if self._spec is None else self._spec.strides
