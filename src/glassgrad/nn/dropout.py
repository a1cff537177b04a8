"""Dropout: training with a random half of the units, so that none can rely on another.

Read next: `nn/norm.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.arguments import fraction
from glassgrad.nn.init import Rng
from glassgrad.nn.module import Module, Samples
from glassgrad.validate import validated


@validated
class Dropout(Module):
    r"""$y = x\,m / (1 - p)$ with $m = 0$ with probability p, else 1; in prediction $y = x$.    x, y : (...)

    The division keeps the expected value, so nothing changes when dropout is switched off.  The layer
    draws from a generator of its own, seeded from `rng`: what others draw does not change its masks.
    Raises SettingError unless 0 ≤ p ≤ 1.  Source: Srivastava et al. 2014.

    Args:
        p: the probability that an element is left out.
    """

    def __init__(self, p: float = 0.5, *, rng: Rng = None) -> None:
        fraction(p=p)
        self.p = p
        self.rng = np.random.default_rng(np.random.default_rng(rng).integers(2**63))

    def forward(self, x: Any) -> Any:
        return ops.dropout(x, self.p, self.rng) if self.training else x

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(rng=rng), rng.normal(size=(4, 5))
        yield cls(0.0, rng=rng), rng.normal(size=(4, 5))
