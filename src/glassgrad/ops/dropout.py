"""Dropout: chance is drawn here, the op is a multiplication.

So a graph with dropout can be replayed, recorded and differentiated: the mask is one of its inputs,
drawn by Python each time.
Read next: `softmax.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad.arguments import generator
from glassgrad.errors import SettingError
from glassgrad.ops.shared.refusals import entrance
from glassgrad.tensor import Tensor


@entrance
def dropout(x: Any, p: float = 0.5, rng: np.random.Generator | int | None = None) -> Any:
    r"""Each element is zero with probability p, else divided by $1 - p$, so that its mean stays.

    x : (...)   y : (...)      $y = x \odot m$,  $m_i = 0$ or $\frac{1}{1 - p}$

    Args:
        p: probability of zero; 1 leaves nothing.
        rng: the generator that draws the mask, or a seed.

    Raises:
        SettingError: p outside of 0 … 1.

    Source: Srivastava et al. 2014, JMLR 15, §4 (scaled in training, as PyTorch does it).

    >>> dropout(np.ones(8), 0.5, rng=0)
    array([2., 0., 0., 0., 2., 2., 2., 2.])
    """
    if not 0 <= p <= 1:
        raise SettingError(f"dropout expects a probability p from 0 to 1, got {p}: write p=0.5.")
    x = x if isinstance(x, Tensor) else np.asarray(x)
    order = np.argsort([-abs(step) for step in x.strides], kind="stable")
    chance = generator(rng).random(x.shape, x.dtype)
    mask = np.empty([x.shape[i] for i in order], chance.dtype).transpose(np.argsort(order))
    np.greater_equal(chance, p, out=mask)  # in memory as x lies
    return x * (np.divide(mask, chance.dtype.type(1 - p), out=mask) if p < 1 else mask)
