"""What Python and NumPy may ask of a tensor besides arithmetic: its shape, a number, a list, an array.

Answers are plain numbers, as NumPy would give them.  What would lose a gradient without a word is refused:
NumPy may not help itself to the numbers of a tensor that needs one.  Read next: `operators.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.lazy import Lazy
from glassgrad.errors import DtypeError, GraphError, ShapeError

Axes = int | tuple[int, ...] | None


class Conversions(Lazy):
    """What a tensor shares with a NumPy array, and how it becomes one."""

    requires_grad: bool
    name: str | None
    op: Any

    @property
    def label(self) -> str:
        """How a message calls this tensor: its name, else its op, else its shape."""
        if self.name:
            return f"'{self.name}'"
        what = f"the result of {type(self.op).__name__}" if self.op else "a tensor"
        return f"{what} of shape {self.shape}"

    def __repr__(self) -> str:
        body = np.array2string(self._array, precision=6, separator=", ", threshold=20)
        parts = [body.replace("\n", "\n" + " " * 7)]
        if self.name:
            parts.append(f"name={self.name!r}")
        if self.op is not None:
            parts.append(f"op={type(self.op).__name__}")
        if self.size > 20:
            parts.append(f"shape={self.shape}")
        if self.dtype != np.float64:
            parts.append(f"dtype={self.dtype}")
        return f"tensor({', '.join(parts)})"

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor of one number has no length: its shape is ().")
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self.shape:
            raise TypeError("a tensor of one number has no rows to go through: write x.item().")
        return (self[i] for i in range(len(self)))  # type: ignore[index]

    def __contains__(self, number: Any) -> bool:
        return bool((self._array == getattr(number, "_array", number)).any())

    def item(self) -> Any:
        """The one number of a tensor of one element, as Python has it."""
        if self.size != 1:
            raise ShapeError(
                f"expected a tensor of one number, got shape {self.shape}: write x[i].item() for one of "
                "them, x.numpy() for all."
            )
        return self._array.item()

    def tolist(self) -> Any:
        """The numbers as Python lists."""
        return self._array.tolist()

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __index__(self) -> int:
        if self.dtype.kind not in "iu":
            raise DtypeError(f"an index is a whole number, got {self.dtype}: write int(x).")
        return int(self.item())

    def __bool__(self) -> bool:
        if self.size != 1:
            raise ShapeError(
                f"{self.size} numbers (shape {self.shape}) are neither true nor false together: write "
                "x.any() or x.all(); `x is y` asks whether both are the same tensor."
            )
        return bool(self.item())

    def __round__(self, digits: int | None = None) -> Any:
        return round(self.item(), digits)

    def __trunc__(self) -> int:
        return math.trunc(self.item())

    def __floor__(self) -> int:
        return math.floor(self.item())

    def __ceil__(self) -> int:
        return math.ceil(self.item())

    def __format__(self, how: str) -> str:
        return format(self.item(), how) if how else str(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(
            self._without_gradient(), dtype=dtype
        )  # a copy: changing it changes nothing

    def __dlpack__(self, **options: Any) -> Any:
        return self._without_gradient().copy().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return self._array.__dlpack_device__()

    def _without_gradient(self) -> NDArray[Any]:
        """The array, if no gradient hangs on it."""
        if self.requires_grad:
            raise GraphError(
                "NumPy asks for the plain numbers of a tensor that needs a gradient, and the gradient "
                "would be lost: write x.numpy() for the numbers, or use an op (gg.stack(tensors) "
                "instead of np.array(tensors), y = y + x instead of y += x for an array y)."
            )
        return self._array

    def any(self, axis: Axes = None, keepdims: bool = False) -> Any:
        """Whether one of them is true (not 0): a plain truth value, or an array of them."""
        return self._array.any(axis=axis, keepdims=keepdims)

    def all(self, axis: Axes = None, keepdims: bool = False) -> Any:
        """Whether all of them are true (not 0): a plain truth value, or an array of them."""
        return self._array.all(axis=axis, keepdims=keepdims)

    def argmax(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """The place of the largest element, as plain numbers: places have no gradient."""
        return np.argmax(self._array, axis, keepdims=keepdims)

    def argmin(self, axis: int | None = None, keepdims: bool = False) -> Any:
        """The place of the smallest element, as plain numbers: places have no gradient."""
        return np.argmin(self._array, axis, keepdims=keepdims)

    def argsort(self, axis: int = -1) -> NDArray[Any]:
        """The places in the order of size, as plain numbers: places have no gradient."""
        return self._array.argsort(axis=axis)
