"""Where a parameter lives while steps are planned: an address that stays, with its gradient beside it.

A plan reads and writes fixed addresses.  So a parameter moves into a `Place`; its tensor then has no array,
and whoever looks at it gets a copy of the numbers as they are.  If it is given other numbers (a checkpoint,
an optimizer that runs as written), they are fetched before the next plan runs.  Read next: `segment.py`.
"""

from __future__ import annotations

import sys
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.mutation import clock
from glassgrad.kernels.arrays import aligned
from glassgrad.plan.specs import clone, spec_of
from glassgrad.tensor import Tensor

Array = NDArray[Any]


class Place:
    """The home of one leaf, and the mark by which traces know it.

    `frozen` is its mark while it takes no gradient.
    """

    __slots__ = ("_changed", "_out", "frozen", "gradient", "home", "leaf", "owner", "tenant")

    def __init__(self, leaf: Tensor) -> None:
        self.frozen = object()
        self.home: Array | None = None
        self.gradient: Array | None = None
        self.owner: Any = None  # who gave the home, weakly: an optimizer's flat memory
        self.tenant: Tensor | None = None  # the tensor whose numbers lie in `gradient`
        self._out: Array | None = None  # the last array that was brought out or fetched
        self._changed = -1
        self.leaf = weakref.ref(leaf)
        leaf._spec, leaf._holder = spec_of(leaf._array), self

    def bring(self, x: Tensor) -> Array:
        """A copy of the numbers for somebody who looks, at the leaf or at its gradient."""
        assert self.home is not None
        assert self.gradient is not None
        if x is self.tenant:
            return clone(self.gradient, x._spec)
        self._out, self._changed = self.home.copy(), x._changed
        return self._out

    def retain(self, x: Tensor) -> None:
        """A leaf gets its gradient in any case."""

    def settle_in(self) -> None:
        """Have a home, and a place for the gradient beside it."""
        leaf = self.leaf()
        if self.home is None and leaf is not None:
            home, gradient = (aligned(leaf.size, leaf.dtype).reshape(leaf.shape) for _ in range(2))
            self.move(home, gradient, None)

    def move(self, home: Array, gradient: Array, owner: Any) -> None:
        """Live elsewhere from now on."""
        leaf = self.leaf()
        assert leaf is not None
        np.copyto(home, leaf._array)
        self.vacate()
        self.home, self.gradient, self.owner = home, gradient, owner
        self._out, self._changed = leaf._array, leaf._changed

    def fetch(self, leaf: Tensor) -> None:
        """Take over the numbers of the tensor, if they are newer than ours."""
        array = vars(leaf).get("_array")
        if array is None or (
            array is self._out and self._changed == leaf._changed and leaf._seen is None
        ):
            return
        assert self.home is not None
        np.copyto(self.home, array)
        self._out, self._changed = array, leaf._changed

    def moved_on(self, leaf: Tensor) -> None:
        """The numbers at home have changed: what was brought out is old."""
        leaf.__dict__.pop("_array", None)
        self._out = leaf._seen = None
        leaf._changed = next(clock)

    def vacate(self) -> None:
        """Before the gradient is overwritten: whoever still holds the last one gets a copy of it."""
        tenant, self.tenant = self.tenant, None
        if tenant is not None and "_array" not in vars(tenant) and sys.getrefcount(tenant) > 2:
            assert self.gradient is not None
            tenant._array = clone(self.gradient, tenant._spec)


def place_of(leaf: Tensor) -> Place:
    """The place of a leaf, made when it is asked for first."""
    return leaf._holder if isinstance(leaf._holder, Place) else Place(leaf)
