"""Gradient clipping: a single huge gradient must not throw the weights away.

Call it between `backward()` and `step()`.  Read next: `schedules.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import Diverged, SettingError
from glassgrad.ops.shared.fast import dense, ready
from glassgrad.tensor import Tensor
from glassgrad.validate import validated

_BLOCK = 4096


@validated
def clip_grad_norm(params: Iterable[Tensor], max_norm: float) -> float:
    r"""Scale gradients together, $g \leftarrow g \min(1, c / \lVert g \rVert)$; give $\lVert g \rVert$.

    The norm is that of all gradients laid end to end, so their direction stays.

    Args:
        params: tensors with gradients.
        max_norm: the greatest length of all gradients as one vector.

    Raises:
        Diverged: the norm is infinite or NaN; then no factor helps, and no gradient was changed.

    Source: Pascanu et al. 2013, arXiv:1211.5063, algorithm 1.

    >>> import glassgrad as gg
    >>> w = gg.tensor([3.0, 4.0])
    >>> w.grad = np.array([3.0, 4.0])
    >>> clip_grad_norm([w], 1.0), w.grad.round(3)
    (5.0, array([0.6, 0.8]))
    """
    _positive("max_norm", max_norm)
    found = [(p, p.grad) for p in params if p.grad is not None]
    norms = [euclidean(g) for _, g in found]
    total = math.hypot(*norms)
    if not math.isfinite(total):
        bad = next(p.label for (p, _), n in zip(found, norms, strict=True) if not math.isfinite(n))
        raise Diverged(
            f"the gradient of {bad} is not finite, so it cannot be clipped: lower the learning rate, or "
            "look for the first NaN in the forward pass."
        )
    if total > max_norm:
        for p, g in found:
            p.grad = g * (float(max_norm) / total)
    return total


@validated
def clip_grad_value(params: Iterable[Tensor], clip_value: float) -> None:
    """Bring every element of every gradient into ±`clip_value`; the direction may change.

    Args:
        params: tensors with gradients.

    >>> import glassgrad as gg
    >>> w = gg.tensor([3.0, 4.0])
    >>> w.grad = np.array([0.5, -7.0])
    >>> clip_grad_value([w], 1.0)
    >>> w.grad
    array([ 0.5, -1. ])
    """
    _positive("clip_value", clip_value)
    for p in params:
        if p.grad is not None:
            p.grad = np.clip(p.grad, -float(clip_value), float(clip_value))


def euclidean(g: NDArray[Any]) -> float:
    """The length of an array as one vector, the same bits on any number of threads.

    BLAS adds up a long vector in as many parts as it has threads; blocks are short enough for one.
    """
    if ready([g], labels=False) and dense(g):
        from glassgrad.kernels.sums import length_of

        return length_of([g])()
    flat = g.ravel()
    whole = flat.size // _BLOCK * _BLOCK
    blocks, rest = flat[:whole].reshape(-1, _BLOCK), flat[whole:]
    with np.errstate(all="ignore"):
        square = float(np.vecdot(blocks, blocks).sum(dtype=np.float64)) + float(rest @ rest)
        if math.isfinite(square):
            return math.sqrt(square)
        return float(np.sqrt(np.square(flat, dtype=np.float64).sum()))  # a square was too large


def _positive(name: str, value: float) -> None:
    if not value > 0:
        raise SettingError(f"{name} must be above 0, got {value!r}.")
