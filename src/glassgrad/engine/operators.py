"""How formulas are typed: `a + b`, `x @ w`, `x[0]`, `x.sum()` and `np.exp(x)` all become ops.

Nothing happens here: each spelling names its op, and every other function is spelled `gg.name(x)`.
Shape, dtype and conversions are those of the array inside.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.lazy import Lazy

if TYPE_CHECKING:
    from glassgrad.tensor import Tensor


class Operators(Lazy):
    """The infix and method spellings of a tensor, and what it shares with a NumPy array."""

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a tensor of one number has no length: its shape is ().")
        return self.shape[0]

    def __float__(self) -> float:
        return float(self._array)

    def __bool__(self) -> bool:
        return bool(self._array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self._array, dtype=dtype)  # a copy: what NumPy does with it changes nothing

    def __add__(self, other: Any) -> Tensor:
        return ops.add(self, other)

    def __radd__(self, other: Any) -> Tensor:
        return ops.add(other, self)

    def __sub__(self, other: Any) -> Tensor:
        return ops.subtract(self, other)

    def __rsub__(self, other: Any) -> Tensor:
        return ops.subtract(other, self)

    def __mul__(self, other: Any) -> Tensor:
        return ops.multiply(self, other)

    def __rmul__(self, other: Any) -> Tensor:
        return ops.multiply(other, self)

    def __truediv__(self, other: Any) -> Tensor:
        return ops.divide(self, other)

    def __rtruediv__(self, other: Any) -> Tensor:
        return ops.divide(other, self)

    def __matmul__(self, other: Any) -> Tensor:
        return ops.matmul(self, other)

    def __rmatmul__(self, other: Any) -> Tensor:
        return ops.matmul(other, self)

    def __pow__(self, exponent: Any) -> Tensor:
        return ops.power(self, exponent)

    def __rpow__(self, base: Any) -> Tensor:
        return ops.power(base, self)

    def __neg__(self) -> Tensor:
        return ops.negative(self)

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    def __gt__(self, other: Any) -> NDArray[np.bool_]:
        return self._array > _plain(other)

    def __ge__(self, other: Any) -> NDArray[np.bool_]:
        return self._array >= _plain(other)

    def __lt__(self, other: Any) -> NDArray[np.bool_]:
        return self._array < _plain(other)

    def __le__(self, other: Any) -> NDArray[np.bool_]:
        return self._array <= _plain(other)

    def __getitem__(self, index: Any) -> Tensor:
        return ops.index(self, index)

    @property
    def T(self) -> Tensor:
        """Transpose: all axes in reverse order."""
        return ops.transpose(self)

    def sum(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Sum over axes; all of them by default."""
        return ops.sum(self, axis=axis, keepdims=keepdims)

    def mean(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Mean over axes; all of them by default."""
        return ops.mean(self, axis=axis, keepdims=keepdims)

    def max(self, axis: int | tuple[int, ...] | None = None, keepdims: bool = False) -> Tensor:
        """Maximum over axes; all of them by default."""
        return ops.max(self, axis=axis, keepdims=keepdims)

    def reshape(self, *shape: int | tuple[int, ...]) -> Tensor:
        """The same elements in another shape; one length may be -1."""
        return ops.reshape(self, shape[0] if isinstance(shape[0], tuple) else shape)  # type: ignore[arg-type]

    def transpose(self, *axes: int) -> Tensor:
        """The axes in another order."""
        return ops.transpose(self, axes or None)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """`np.exp(tensor)` and `array * tensor` record, because the ops bear NumPy's names."""
        op = getattr(ops, ufunc.__name__, None)
        if op is None or method != "__call__" or options:
            raise TypeError(
                f"np.{ufunc.__name__} cannot be recorded: use an op of glassgrad, "
                f"or np.{ufunc.__name__}(x.value) if no gradient is needed."
            )
        return op(*inputs)

    def __getattr__(self, name: str) -> Any:
        if name == "_array" and self._holder is not None:
            return self._brought()
        hint = f": write gg.{name}(x)" if not name.startswith("_") and hasattr(ops, name) else ""
        raise AttributeError(f"a Tensor has no '{name}'{hint}")


def _plain(x: Any) -> Any:
    return x._array if isinstance(x, Operators) else x


# A tensor's `+` is an op, and an op makes tensors: the one circle of the house, closed here, at the end.
from glassgrad import ops  # noqa: E402
