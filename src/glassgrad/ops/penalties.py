"""Penalties on the size of parameters, to be added to a loss.  Read next: `nn/module.py`."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import Any

from glassgrad.errors import SettingError
from glassgrad.ops.piecewise import abs
from glassgrad.ops.reduce import sum
from glassgrad.ops.shared.refusals import entrance


@entrance
def l1_penalty(ws: Iterable[Any], strength: float) -> Any:
    r"""$\lambda \sum |w|$ over all elements of all parameters: it drives small ones to exactly 0.

    ws : any shapes   y : ()

    Args:
        strength: λ.

    Raises:
        SettingError: no parameters, or a strength below 0.

    >>> import numpy as np
    >>> l1_penalty([np.array([1.0, -2.0]), np.array([[3.0]])], strength=0.5)
    np.float64(3.0)
    """
    return strength * _total("l1_penalty", strength, [sum(abs(w)) for w in ws])


@entrance
def l2_penalty(ws: Iterable[Any], strength: float) -> Any:
    r"""$\frac{\lambda}{2} \sum w^2$ over all elements of all parameters; its gradient is $\lambda w$.

    With the half it is what `weight_decay=strength` of SGD does, here and in PyTorch.

    ws : any shapes   y : ()

    Args:
        strength: λ.

    Raises:
        SettingError: no parameters, or a strength below 0.

    >>> import numpy as np
    >>> l2_penalty([np.array([1.0, -2.0]), np.array([[3.0]])], strength=0.5)
    np.float64(3.5)
    """
    return 0.5 * strength * _total("l2_penalty", strength, [sum(w * w) for w in ws])


def _total(name: str, strength: float, parts: list[Any]) -> Any:
    if strength < 0:
        raise SettingError(
            f"{name} expects strength of at least 0, got {strength}: below it, parameters are paid to grow."
        )
    if not parts:
        raise SettingError(f"{name} expects at least one parameter: write model.parameters().")
    return functools.reduce(operator.add, parts)
