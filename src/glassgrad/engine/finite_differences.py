"""Gradients by differences: slow, simple and independent of every rule, so it can check the rules."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.arguments import one_number, reals
from glassgrad.errors import SettingError
from glassgrad.validate import validated


@validated
def numeric_grad(f: Callable[..., Any], *xs: ArrayLike, h: float = 1e-3) -> list[NDArray[Any]]:
    r"""Gradient of a number-valued `f` by symmetric differences of fourth order, element by element.

    $f'(x) \approx \frac{8\,(f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))}{12\,h}$, in float64, with h scaled
    to each element; the error falls as h⁴.  `f` gets one array per argument, of its shape.

    Args:
        xs: the points at which it is differentiated, one array per argument of f.
        h: the step.

    Raises:
        SettingError: f is no function, no points, or a step that is not above 0.
        ShapeError: f gives several numbers, or rows of different lengths.

    >>> numeric_grad(lambda x: (x ** 3).sum(), [2.0])[0].round(6)
    array([12.])
    """
    if not xs or not 0 < h < math.inf:
        raise SettingError(
            f"numeric_grad expects points and a step h > 0, got {len(xs)} points and h={h}: write "
            "gg.numeric_grad(f, x)."
        )
    points = [reals(x, f"input {i}") for i, x in enumerate(xs)]

    def at(point: NDArray[Any], i: int, shift: float) -> float:
        old = point.flat[i]
        point.flat[i] = old + shift
        try:
            return one_number(f(*points), "the value of f")
        finally:
            point.flat[i] = old

    grads = [np.zeros_like(p) for p in points]
    for point, out in zip(points, grads, strict=True):
        for i in range(point.size):
            s = h * max(1.0, abs(float(point.flat[i])))
            near, far = (
                at(point, i, s) - at(point, i, -s),
                at(point, i, 2 * s) - at(point, i, -2 * s),
            )
            out.flat[i] = (8 * near - far) / (12 * s)
    return grads
