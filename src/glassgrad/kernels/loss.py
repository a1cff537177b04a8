"""Cross-entropy of logits: losses and gradient, together or one of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassgrad.kernels.argument_row import F32, I64
from glassgrad.kernels.arrays import Array
from glassgrad.kernels.launch import launch
from glassgrad.kernels.loading import Kernel


class CrossEntropy(NamedTuple):
    """Losses and g (softmax - target) of N rows of K logits; what is None is left out."""

    x: F32
    labels: I64
    losses: F32
    dx: F32
    g: F32
    N: int
    K: int
    x_step: int
    dx_step: int
    g_step: int


FEW = Kernel("loss", "few_classes", CrossEntropy)
MANY = Kernel("loss", "cross_entropy", CrossEntropy)


def cross_entropy(
    x: Array,
    labels: NDArray[np.int64],
    losses: Array | None = None,
    gradient: Array | None = None,
    g: Array | None = None,
) -> None:
    r"""Losses $-\log \mathrm{softmax}(x_n)_{t_n}$, gradient $g_n(\mathrm{softmax}(x_n) - e_{t_n})$.

    x, gradient : (N, K), rows contiguous   labels, losses : (N,)   g : (N,), or 1 for all if left out

    The labels must be checked before: 0 … K-1.
    """
    n, k = x.shape
    labels = np.ascontiguousarray(labels, np.int64)
    args = CrossEntropy(
        x=x, labels=labels, losses=losses, dx=gradient, g=g, N=n, K=k, x_step=x.strides[0] // 4,
        dx_step=0 if gradient is None else gradient.strides[0] // 4,
        g_step=0 if g is None else g.strides[0] // 4,
    )  # fmt: skip
    if k <= 16:
        launch(FEW, -(-n // 16), args, 2e-3 * n * (k + 4), scratch=800)
    else:
        launch(MANY, -(-n // 16), args, 0.04 * n * -(-k // 16))
