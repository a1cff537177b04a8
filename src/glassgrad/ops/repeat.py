"""The same elements several times: `repeat` each, or `tile` the whole.  Read next: `statistics.py`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassgrad.errors import SettingError
from glassgrad.ops.index import index
from glassgrad.ops.rearrange import ravel
from glassgrad.ops.shape import concatenate, reshape
from glassgrad.ops.shared.axes import axis_of, whole_number
from glassgrad.ops.shared.numpy_names import as_numpy


@as_numpy(np.repeat)
def repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    """Each element so many times, one after another.

    Args:
        x: values of any shape.
        repeats: how often each element, one number or one per element.
        axis: along which; the flattened array by default.

    Raises:
        SettingError: repeats below 0, or no whole numbers.
    """
    if axis is None:
        return repeat(ravel(x), repeats, 0)
    place = axis_of(axis, np.ndim(x))
    if (counts := np.asarray(repeats)).dtype.kind not in "iu" or (counts < 0).any():
        raise SettingError(
            f"repeat expects whole numbers from 0 up, got {repeats}: write repeats=2."
        )
    rows = np.repeat(np.arange(np.shape(x)[place]), counts)
    return index(x, (*(slice(None),) * place, rows))


@as_numpy(np.tile)
def tile(x: Any, reps: int | Sequence[int]) -> Any:
    """The whole array so many times along each axis.

    Args:
        x: values of any shape.
        reps: how often, along each axis.

    Raises:
        SettingError: reps below 0, or no whole numbers.
    """
    counts = list(reps) if isinstance(reps, Sequence | np.ndarray) else [reps]
    x = reshape(x, (1,) * (len(counts) - np.ndim(x)) + np.shape(x))
    counts = [1] * (np.ndim(x) - len(counts)) + counts
    for axis, count in enumerate(counts):
        if whole_number(count, "reps") < 0:
            raise SettingError(f"tile expects reps from 0 up, got {reps}: write reps=2.")
        x = (
            concatenate([x] * count, axis)
            if count
            else index(x, (*(slice(None),) * axis, slice(0)))
        )
    return x
