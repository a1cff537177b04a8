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
    if x._part is not None:
        _refuse_part(x)
    whole: Tensor | None = x
    while whole is not None:
        if whole._seen is None:
            whole._seen = fingerprint(whole._array)
        whole = whole_of(whole)


def use(x: Tensor) -> None:
    """An op is about to read a value that was handed out, or a part of which was changed."""
    if x._part is not None:
        _refuse_part(x)
    notice(x)


def notice(x: Tensor) -> None:
    """Notice writes into an array that was handed out; one that nobody holds any more is let go."""
    if x._seen is None:
        return
    if x._seen != (now := fingerprint(x._array)):
        x._seen, x._changed = now, next(clock)
    if sys.getrefcount(x._array) == 2 and x._array.base is None:
        x._seen = None  # the two holders are the tensor and this call


def is_view(part: NDArray[Any], whole: NDArray[Any]) -> bool:
    """Whether an array lies in the memory of another one that it was made of."""
    base = part.base
    return part is whole or (base is not None and (base is whole or base is whole.base))


def whole_of(x: Tensor) -> Tensor | None:
    """The tensor in whose memory x lies, if there is one: what `x = whole[0]` is made of."""
    if x._whole is not None or x.op is None or not x.op.shares_memory:
        return x._whole
    return x.inputs[0] if is_view(x._array, x.inputs[0]._array) else None


def changed_since(x: Tensor, moment: int) -> bool:
    """Whether the value, or the one that it is a view of, was changed after `moment`."""
    whole: Tensor | None = x
    while whole is not None:
        notice(whole)
        if whole._changed > moment:
            return True
        whole = whole_of(whole)
    return False


def refuse_changed(
    node: Tensor, is_read: tuple[bool, ...], worth: set[int], layer_path: Callable[[Tensor], str]
) -> None:
    """Raise if a value that the node's rule reads was changed after the node was recorded; or if an input
    was changed before, though more is to be sent back through what computed it (`worth`)."""
    for x, needed in zip((node, *node.inputs), is_read, strict=True):
        if x.born > node.born or (needed and changed_since(x, node.born)):
            raise _changed_in_place(x, f"after {_recorder(node, layer_path)} recorded it")
    for x in node.inputs:
        if x._seen is not None:
            notice(x)
        if x._changed > x.born and any(id(i) in worth for i in x.inputs):
            too_early = x._changed < node.born
            if too_early or whole_of(node) is x:
                raise _changed_in_place(x, f"before {_recorder(node, layer_path)} used it")


def refuse_changed_root(y: Tensor) -> None:
    """Raise if the value whose gradient is asked for is not what its op computed."""
    if y.op is not None and changed_since(y, y.born):
        raise _changed_in_place(y, "after it was computed")


def _recorder(node: Tensor, layer_path: Callable[[Tensor], str]) -> str:
    where = f" in layer '{path}'" if (path := layer_path(node)) else ""
    return f"{type(node.op).__name__}{where}"


def _changed_in_place(x: Tensor, when: str) -> GraphError:
    if x.op is None:
        advice = "make a new tensor (x = x + 1), or change it after backward()"
    else:
        advice = "write into the tensor (x[index] = 0), not into x.value, and before it is used"
    return GraphError(
        f"{x.label} was changed in place {when}, and its gradient needs the old value: {advice}, or "
        "choose with gg.where(mask, new, x)."
    )


def _refuse_part(x: Tensor) -> None:
    part, x._part = x._part, None
    raise GraphError(
        f"a part of {x.label}, {part[0].label if part else ''}, was changed in place (part *= 2), and "
        "tensors share no memory: the whole has not changed. Write x[0] *= 2 to change both, or "
        "part = part * 2 for a new tensor."
    )
