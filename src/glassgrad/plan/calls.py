"""The list of calls of a plan, as it grows.

Neighbouring elementwise values share a pass, neighbouring kernels a program, which is one call of Python
into compiled code; what has no kernel is called as it is.  Read next: `fuse.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.plan.fuse import Pass
from glassgrad.plan.values import Value

Array = NDArray[Any]


class Calls:
    """Calls in order; `done()` gives the list."""

    def __init__(self) -> None:
        self._calls: list[Callable[[], None]] = []
        self._program: Any = None
        self._open: Pass | None = None

    def elementwise(
        self, v: Value, values: Mapping[int, Value], place: Mapping[int, Array]
    ) -> None:
        """Compute an elementwise value, in the pass that is open if the sizes agree."""
        if self._open is None or self._open.size != v.layout.size:
            self._close()
            self._open = Pass(values, place)
        self._open.add(v)

    def call(self, value: Value, out: Array, arrays: list[Array]) -> None:
        """Compute by the op's kernel; by its NumPy line and a copy where it has none for these arrays."""
        self._close()
        op = value.op
        if not self._by_kernel(partial(op.by_kernel, out, *arrays, **dict(value.how))):
            by_numpy = partial(_by_numpy, value, out, arrays)
            by_numpy()
            self.by_python(by_numpy)

    def by_python(self, call: Callable[[], Any]) -> None:
        """Add a call of Python, after everything so far."""
        self.done().append(call)

    def done(self) -> list[Callable[[], None]]:
        """All calls; the kernels since the last call of Python become a program."""
        self._close()
        if self._program is not None and len(self._program):
            self._calls.append(self._program.run)
        self._program = None
        return self._calls

    def _close(self) -> None:
        if self._open is not None:
            self._by_kernel(self._open.run)
            self._open = None

    def _by_kernel(self, compute: Callable[[], Any]) -> bool:
        """Add the kernels that `compute` launches; False if it launched none."""
        from glassgrad.kernels.launch import Program

        self._program = self._program or Program()
        with self._program:
            return compute() is not None


def _by_numpy(value: Value, out: Array, arrays: list[Array]) -> None:
    y = value.op.compute(*arrays)
    np.copyto(out, y if value.besides is None else value.besides(y, arrays))
