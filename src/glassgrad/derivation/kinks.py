"""Which elements of an input stand at a tie, such as equal maxima of a window.

Behind a ReLU many windows of a maximum are all zeros.  A direction through all elements then meets a kink
somewhere, and between its slopes almost any gradient would pass.  So the elements at a tie are found and
set apart: at a point shaken a little, a rule sends to one of them, at another point to another.
Read next: `derivation.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.modes import recorded
from glassgrad.graph import grad
from glassgrad.ops.base import Op
from glassgrad.tensor import Tensor

Array = NDArray[np.float64]
Use = tuple[Op, Sequence[Array], Sequence[int], Array]
"""An op, its inputs, the places of the input that is moved, and the cotangent of the result."""
Kinks = Callable[[Use, Array], NDArray[np.bool_]]
"""The parts of a result that have a kink along a direction."""
ROUNDS, SHAKES, AMOUNT = 8, 16, 5e-5


def at_kink(uses: Sequence[Use], x: Array, kinks: Kinks) -> NDArray[np.bool_]:
    """The elements of `x` without which no direction meets a kink, as far as they are found."""
    rng = np.random.default_rng(1)
    found = np.zeros(x.shape, dtype=bool)
    for _ in range(ROUNDS):
        direction = np.where(found, 0.0, rng.choice([-1.0, 1.0], x.shape))
        new = np.zeros(x.shape, dtype=bool)
        for use in uses:
            parts = kinks(use, direction)
            if parts.any():
                new |= _receivers(use, x, parts, rng)
        if not (new & ~found).any():
            break
        found |= new
    return found


def _receivers(
    use: Use, x: Array, parts: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """The elements that some parts of a result send to, at points near x."""
    op, inputs, places, _ = use

    def sent() -> Any:
        leaf = Tensor(x + AMOUNT * rng.normal(size=x.shape))
        y = op(*(leaf if k in places else a for k, a in enumerate(inputs)))
        return grad(y, leaf, seed=parts.astype(np.float64))

    found = np.zeros(x.shape, dtype=bool)
    for _ in range(SHAKES):
        found |= recorded(sent) != 0  # recorded, even within no_grad()
    return found
