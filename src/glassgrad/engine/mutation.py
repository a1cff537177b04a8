"""Nobody changes a value behind a gradient's back.

A rule reads the values that were there when its node was recorded.  If one of them is changed in place
before the backward pass, the gradient would be silently wrong; here the change is noticed and refused
with both names.  Two clocks do it: a tensor knows when it last changed, a node when it was recorded.
Writes that go past the tensor, into the array that `x.value` hands out, show in a checksum; values that
were never handed out need none, so inside the library this costs nothing.
"""

from __future__ import annotations

import itertools
import sys
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.recording import settle
from glassgrad.errors import GraphError

if TYPE_CHECKING:
    from glassgrad.tensor import Tensor

clock = itertools.count(1)
"""Ticks once for each recorded node and each change of a value: what is newer is told by comparing."""


def fingerprint(array: NDArray[Any]) -> int:
    """A checksum of the bytes, at 4 GB/s: it tells whether somebody wrote into an array."""
    return zlib.crc32(np.ascontiguousarray(array).data)


def hand_out(x: Tensor) -> None:
    """Remember how the value looks now, and the ones that it is a view of: a write reaches them too."""
    settle()
    while True:
        if x._seen is None:
            x._seen = fingerprint(x._array)
        if x._array.base is None or not x.inputs:
            return
        x = x.inputs[0]


def notice(x: Tensor) -> None:
    """Notice writes into an array that was handed out; one that nobody holds any more is let go."""
    if x._seen is None:
        return
    if x._seen != (now := fingerprint(x._array)):
        x._seen, x._changed = now, next(clock)
    if sys.getrefcount(x._array) == 2 and x._array.base is None:
        x._seen = None  # the two holders are the tensor and this call


def changed_since(x: Tensor, moment: int) -> bool:
    """Whether the value, or the one that it is a view of, was changed after `moment`."""
    while True:
        notice(x)
        if x._changed > moment:
            return True
        if x._array.base is None or not x.inputs:
            return False
        x = x.inputs[0]


def refuse_changed(
    node: Tensor, is_read: tuple[bool, ...], layer_path: Callable[[Tensor], str]
) -> None:
    """Raise if a value that the node's rule reads was changed after the node was recorded."""
    for x, needed in zip((node, *node.inputs), is_read, strict=True):
        if needed and changed_since(x, node.born):
            where = f" in layer '{path}'" if (path := layer_path(node)) else ""
            raise GraphError(
                f"{x.label} was changed in place after {type(node.op).__name__}{where} recorded it, "
                "and its gradient needs the old value: make a new tensor (x = x + 1), "
                "or change it after backward()."
            )
