"""How an op meets its kernels: NumPy is the reference, `kernels/` has the fast twin.

A law proves them equal.  The twin is taken when every array is float32 (labels may be whole numbers) and
the kernels are switched
on; otherwise the NumPy line runs.  No op has only a fast form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from glassgrad import kernels

Array = NDArray[Any]


class Fast:
    """The part of an op that knows kernels; every part is optional."""

    shares_memory: ClassVar[bool] = False
    """Whether the result may be a view, in the memory of the input."""
    fast: Callable[..., Array | None] | None = None
    """`fast(out, *arrays)` computes into `out`, or into an array of its own if that is None, by kernels
    alone; it returns None, having done nothing, where only the NumPy line will do."""
    fast_vjp: Callable[..., Any] | None = None
    """`vjp` in fewer passes over memory; written in ops as well."""
    epilogues: ClassVar[tuple[str, ...]] = ()
    """Instructions that `fast(…, then=name)` applies to the result on its way into memory."""
    gate: ClassVar[int | None] = None
    """The input by whose step `fast(…, gated=True)` multiplies the result: ReLU's derivative."""
    validate: Callable[..., None] | None = None
    """`validate(*arrays)` raises for values, such as labels, that the kernel would not survive."""
    instruction: ClassVar[str] = ""
    """Its name on the elementwise machine (`kernels/elementwise.py`), which runs chains in one pass."""
    vjp: Callable[..., Any]

    @property
    def instruction_setting(self) -> float:
        """The number that the instruction takes beside its input: a slope, a value at zero."""
        return 0.0

    def by_kernel(self, out: Array | None, *arrays: Any, **how: Any) -> Array | None:
        """The value by the fast twin, if there is one for these arrays."""
        if self.fast is None or not ready(arrays, labels=self.validate is not None):
            return None
        return self.fast(out, *arrays, **how)

    def backward_rule(self, g: Any, y: Any, *inputs: Any) -> Any:
        """The rule as the backward pass takes it: `fast_vjp` where the kernels run, else `vjp`."""
        arrays = [getattr(x, "_array", x) for x in inputs]
        if self.fast_vjp is None or not ready(arrays, labels=self.validate is not None):
            return self.vjp(g, y, *inputs)
        return self.fast_vjp(g, y, *inputs)


def by_instruction(op: Fast, out: Array | None, x: Array) -> Array | None:
    """The fast twin of an elementwise function of one input: one instruction of the machine."""
    if not dense(x) or (out is not None and out.strides != x.strides):
        return None
    from glassgrad.kernels.elementwise import apply

    return apply(op.instruction, out, x, op.instruction_setting)


def ready(arrays: Sequence[Any], labels: bool) -> bool:
    """Whether kernels may run on these arrays: float32 (or labels, too), in plain memory, not empty."""
    for a in arrays:
        if type(a) is not np.ndarray or not a.size or not a.flags.aligned:
            return False
        if a.dtype != np.float32 and not (labels and a.dtype.kind in "iu"):
            return False
    return kernels.on()


def side_by_side(array: Array, axis: int) -> bool:
    """Whether the elements along an axis follow each other in memory.

    An axis of length 1 may have any stride, and must be treated alike with each: a plan gives its values
    other strides there than NumPy does, and another way to compute would give other bits.
    """
    return array.shape[axis] == 1 or array.strides[axis] == array.itemsize


def dense(array: Array) -> bool:
    """Whether the elements lie without gaps and once each, in whatever order of axes."""
    if array.flags.c_contiguous:
        return True
    step = array.itemsize
    for stride, n in sorted(zip(array.strides, array.shape, strict=True)):
        if n > 1:
            if stride != step:
                return False
            step *= n
    return True
