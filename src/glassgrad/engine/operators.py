"""How formulas are typed: `a + b`, `x @ w`, `x[0]`, `x.sum()` and `np.exp(x)` all become ops.

Nothing happens here: each spelling names its op, and every other function is spelled `gg.name(x)`.
Shape, dtype and conversions are in `engine/conversions.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from glassgrad.engine import in_place
from glassgrad.engine.conversions import Conversions

if TYPE_CHECKING:
    from glassgrad.tensor import Tensor


class Operators(Conversions):
    """The infix and method spellings of a tensor."""

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

    def __mod__(self, other: Any) -> Any:
        return np.remainder(self, other)  # plain, or refused: it has jumps

    def __rmod__(self, other: Any) -> Any:
        return np.remainder(other, self)

    def __floordiv__(self, other: Any) -> Any:
        return np.floor_divide(self, other)  # plain, or refused: it has jumps

    def __rfloordiv__(self, other: Any) -> Any:
        return np.floor_divide(other, self)

    def __divmod__(self, other: Any) -> Any:
        return np.divmod(self, other)  # plain, or refused: it has jumps

    def __rdivmod__(self, other: Any) -> Any:
        return np.divmod(other, self)

    def __neg__(self) -> Tensor:
        return ops.negative(self)

    def __abs__(self) -> Tensor:
        return ops.abs(self)

    def __eq__(self, other: Any) -> Tensor:  # type: ignore[override]
        return ops.equal(self, other) if _comparable(other) else NotImplemented

    def __ne__(self, other: Any) -> Tensor:  # type: ignore[override]
        return ops.not_equal(self, other) if _comparable(other) else NotImplemented

    def __lt__(self, other: Any) -> Tensor:
        return ops.less(self, other) if _comparable(other) else NotImplemented

    def __le__(self, other: Any) -> Tensor:
        return ops.less_equal(self, other) if _comparable(other) else NotImplemented

    def __gt__(self, other: Any) -> Tensor:
        return ops.greater(self, other) if _comparable(other) else NotImplemented

    def __ge__(self, other: Any) -> Tensor:
        return ops.greater_equal(self, other) if _comparable(other) else NotImplemented

    __hash__ = object.__hash__  # of the tensor, not of its numbers: for dictionaries and sets

    def __and__(self, other: Any) -> Tensor:
        return ops.logical_and(self, other) if _truths(self, other) else NotImplemented

    def __rand__(self, other: Any) -> Tensor:
        return ops.logical_and(other, self) if _truths(self, other) else NotImplemented

    def __or__(self, other: Any) -> Tensor:
        return ops.logical_or(self, other) if _truths(self, other) else NotImplemented

    def __ror__(self, other: Any) -> Tensor:
        return ops.logical_or(other, self) if _truths(self, other) else NotImplemented

    def __xor__(self, other: Any) -> Tensor:
        return ops.logical_xor(self, other) if _truths(self, other) else NotImplemented

    def __rxor__(self, other: Any) -> Tensor:
        return ops.logical_xor(other, self) if _truths(self, other) else NotImplemented

    def __invert__(self) -> Tensor:
        return ops.logical_not(self) if _truths(self, True) else NotImplemented

    def __iadd__(self, other: Any) -> Tensor:
        return in_place.update(self, "+=", self + other)

    def __isub__(self, other: Any) -> Tensor:
        return in_place.update(self, "-=", self - other)

    def __imul__(self, other: Any) -> Tensor:
        return in_place.update(self, "*=", self * other)

    def __itruediv__(self, other: Any) -> Tensor:
        return in_place.update(self, "/=", self / other)

    def __imatmul__(self, other: Any) -> Tensor:
        return in_place.update(self, "@=", self @ other)

    def __ipow__(self, other: Any) -> Tensor:
        return in_place.update(self, "**=", self**other)

    def __getitem__(self, index: Any) -> Tensor:
        return ops.index(self, index)

    def __setitem__(self, index: Any, new: Any) -> None:
        in_place.write(self, index, new, ops.index_put)

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

    def reshape(self, *shape: Any) -> Tensor:
        """The same elements in another shape, `x.reshape(2, 3)` or `((2, 3))`; one length may be -1."""
        return ops.reshape(self, shape if len(shape) != 1 else shape[0])

    def transpose(self, *axes: Any) -> Tensor:
        """The axes in another order, `x.transpose(1, 0)` or `((1, 0))`; all reversed by default."""
        return ops.transpose(self, axes if len(axes) != 1 else axes[0])

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """`np.exp(tensor)` and `array * tensor` record, because the ops bear NumPy's names."""
        return numpy_names.by_ufunc(ufunc, method, inputs, options)

    def __array_function__(self, function: Any, _types: Any, args: Any, options: Any) -> Any:
        """`np.concatenate(tensors)` records, because the ops bear NumPy's names."""
        return numpy_names.by_function(function, args, options)

    def __getattr__(self, name: str) -> Any:
        if name == "_array" and self._holder is not None:
            return self._brought()
        hint = f": write gg.{name}(x)" if not name.startswith("_") and hasattr(ops, name) else ""
        raise AttributeError(f"a Tensor has no '{name}'{hint}")


def _comparable(x: Any) -> bool:
    """Whether NumPy would compare it number by number: `x == None` and `x == "a"` are False instead."""
    return isinstance(x, Operators | np.ndarray | np.number | np.bool_ | int | float | list | tuple)


def _truths(*xs: Any) -> bool:
    """Whether these are truth values, which & and | and ~ are for."""
    return all(isinstance(x, bool) or getattr(x, "dtype", None) == np.bool_ for x in xs)


# A tensor's `+` is an op, and an op makes tensors: the one circle of the house, closed here, at the end.
from glassgrad import ops  # noqa: E402
from glassgrad.ops.shared import numpy_names  # noqa: E402
