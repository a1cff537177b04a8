"""Losses over real numbers, and flooding.  All are compositions of ops.  Read next: `penalties.py`."""

from __future__ import annotations

from typing import Any

from glassgrad.ops.piecewise import abs
from glassgrad.ops.shared.checks import reduced, require_same_shape, same_kind
from glassgrad.ops.shared.refusals import entrance


@entrance
def mse_loss(x: Any, t: Any, reduction: str = "mean") -> Any:
    r"""Squared error $(x - t)^2$ of predictions x, given targets t.

    x, t : (...)   loss : () or (...)

    The mean is over all elements, as in PyTorch; the textbooks' $\frac{1}{2}\sum (x - t)^2$ is
    `0.5 * mse_loss(x, t, "sum")`.

    Args:
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    Raises:
        ShapeError: shapes differ, or nothing to take the mean of.

    >>> import numpy as np
    >>> mse_loss(np.array([1.0, 2.0]), np.array([0.0, 4.0]), "sum")
    np.float64(5.0)
    """
    require_same_shape("mse_loss", x, t)
    d = x - same_kind(t, x)
    return reduced(d * d, reduction)


@entrance
def l1_loss(x: Any, t: Any, reduction: str = "mean") -> Any:
    r"""Absolute error $|x - t|$ of predictions x, given targets t; the mean is over all elements.

    x, t : (...)   loss : () or (...)

    Args:
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    Raises:
        ShapeError: shapes differ, or nothing to take the mean of.
    """
    require_same_shape("l1_loss", x, t)
    return reduced(abs(x - same_kind(t, x)), reduction)


@entrance
def flood(loss: Any, level: float) -> Any:
    r"""Flooding $|L - b| + b$: below the level b the gradient turns round, so the loss stays about b.

    loss : ()   y : ()

    Args:
        level: b.

    Source: Ishida et al. 2020, arXiv:2002.08709, eq. 2.

    >>> import glassgrad as gg
    >>> loss = gg.tensor(0.25)
    >>> flood(loss, 0.5).backward()
    >>> loss.grad
    array(-1.)
    """
    return abs(loss - level) + level
