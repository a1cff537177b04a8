"""Writing into a tensor: `y[0] = 1`, `w -= lr * w.grad`.  It is recorded, or refused, never lost.

A tensor that was computed takes part in a graph, so `y[0] = 1` gives it one node more (`IndexPut`), whose
input is what y was before.  A variable (a leaf) has no history to lengthen: `w -= ...` is an update, and
belongs into `no_grad()`.  And as tensors share no memory as far as one can see, writing into a part of
another one, which NumPy would pass on to the whole, is refused.  Read next: `mutation.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from glassgrad.engine.modes import is_recording, records
from glassgrad.engine.mutation import clock, fingerprint, whole_of
from glassgrad.engine.recording import settle, tracing
from glassgrad.errors import GraphError, ShapeError

if TYPE_CHECKING:
    from glassgrad.tensor import Tensor


def write(x: Any, index: Any, new: Any, put: Callable[..., Any]) -> None:
    """`x[index] = new`, where `put(x, index, new)` is the op that gives the result.

    Raises:
        GraphError: x is a part of another tensor, or a variable that is to be computed from others.
    """
    if x._part is not None and x._part[1] is new:  # the end of `x[0] *= 2`
        x._part = None
    if (whole := whole_of(x)) is not None:
        raise GraphError(
            f"{x.label} is a part of {whole.label}, which does not see what is written into the part: "
            "write into the whole (x[0, 1] = 2 instead of x[0][1] = 2), or make a new tensor with "
            "gg.where(mask, new, x)."
        )
    computed = is_recording() and getattr(new, "requires_grad", False)
    if computed and x.op is None and x.requires_grad:
        raise GraphError(
            f"{x.label} is a variable: what is computed from other variables cannot be written into it. "
            "Write y = 1 * x, then y[index] = …, and go on with y."
        )
    with as_written():
        if is_recording() and (x.op is not None or computed):
            become(x, put(x, index, new))
        else:
            x._assign(np.asarray(put(x._array, index, getattr(new, "_array", new)), x.dtype))


def update(x: Any, sign: str, y: Tensor) -> Any:
    """`x += …`, where y is the sum: a variable takes the new value, a computed tensor is another one (and
    so is a constant whose part in a computation is to be recorded, too).

    Raises:
        GraphError: a variable outside of `no_grad()`, or a computed tensor within.
        ShapeError: a constant would have to grow.
    """
    is_new = is_recording() and (x.op is not None or (records(False) and not x.requires_grad))
    whole, new = whole_of(x), y if is_new else x
    while whole is not None:  # `whole[0] *= 2` writes it back, which is the next thing that happens
        if whole.op is None and whole.requires_grad and is_recording():
            _refuse_update(whole, sign)
        whole._part, whole._seen = (x, new), fingerprint(whole._array)
        whole = whole_of(whole)
    if new is y:
        return y
    if x.requires_grad:
        _refuse_update(x, sign)
    if y.requires_grad and is_recording():
        with as_written():
            become(x, y)
    elif y.shape != x.shape:
        raise ShapeError(
            f"{x.label} cannot become {y.shape} in place: write x = x {sign[0]} … for a new tensor."
        )
    else:
        x._assign(y._array.astype(x.dtype))
    return x


def _refuse_update(x: Tensor, sign: str) -> None:
    if x.op is not None:
        raise GraphError(
            f"{x.label} was computed from variables; within no_grad() x {sign} … would lose them: write "
            f"it outside of the block, or x = x.detach() before."
        )
    if is_recording():
        raise GraphError(
            f"{x.label} is a variable, and x {sign} … would put a computed tensor in its place, which "
            f"no backward() reaches. To update it, write: with gg.no_grad(): x {sign} … . For a new "
            f"tensor, write y = x {sign[0]} … ."
        )


@contextmanager
def as_written() -> Iterator[None]:
    """Within this block a traced call computes at once: a tensor is about to change."""
    settle()
    token = tracing.set(None)
    try:
        yield
    finally:
        tracing.reset(token)


def become(x: Tensor, y: Tensor) -> None:
    """Let x be the node y, which was computed from it; what y reads is what x was.

    Nodes that used x before, and do not lie under y, are now older than their input: `backward()`
    refuses to go through them.
    """
    old = type(x).__new__(type(x))
    vars(old).update(vars(x))
    old.name, old._retain, old.grad = None, False, None
    stack, seen = [y], {id(y)}
    while stack:  # whatever read x was recorded after it
        node = stack.pop()
        if any(n is x for n in node.inputs):
            node.inputs = tuple(old if n is x else n for n in node.inputs)
        for n in node.inputs:
            if n.born > x.born and id(n) not in seen:
                seen.add(id(n))
                stack.append(n)
    x._holder = x._spec = None
    x._array, x.requires_grad, x.op, x.inputs = y._array, y.requires_grad, y.op, y.inputs
    x.layer, x.born, x._seen, x._hooks, x._part = y.layer, next(clock), None, (), None
