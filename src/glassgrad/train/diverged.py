"""Where did the NaN come from?  The graph is searched only once a loss or a gradient is not finite.

Forward: the first node, inputs before users, whose value is not finite though all its inputs are; that is
the op to blame, and it knows its layer.  Backward: the first gradient on the way from the loss that is
not finite though those before it were.  Until then the price is one look at the loss and at the length of
the gradient per step.  Read next: `train/metrics.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.modes import recording
from glassgrad.engine.traversal import cotangents
from glassgrad.errors import DataError, Diverged, GlassgradError
from glassgrad.graph import backpropagate, layer_path, topological
from glassgrad.tensor import Tensor

if TYPE_CHECKING:
    from glassgrad.data import Dataset
    from glassgrad.nn import Module


def explain_loss(total: Tensor, x: Tensor, model: Module, when: str) -> GlassgradError:
    """The error for a loss that is not finite.

    Args:
        total: the loss, with its graph.
        x: the batch that the model was given.
        model: names the parameters.
        when: begins the message: "step 12 (learning rate 0.1)".
    """
    node = next((n for n in topological(total) if not _finite(n._array) and _fed_finite(n)), total)
    if node is x:
        return _bad_row(x._array, when)
    if node.op is None:
        return _bad_leaf(node, model, when)
    return _born_in(
        node,
        f"{when}: {type(node.op).__name__} {_place(node)} produced the first {_kind(node._array)}, "
        f"from inputs {_ranges(node)}.",
    )


@np.errstate(all="ignore")
def explain_gradient(total: Tensor, model: Module, when: str) -> Diverged:
    """The error for a gradient that is not finite, though the loss is."""
    order = topological(total)
    gradients: dict[int, Any] = {}
    seed = np.ones(total.shape, total.dtype)
    for node, g in backpropagate(order, {id(n) for n in order if n.requires_grad}, seed, False):
        gradients[id(node)] = np.asarray(g)
        if not _finite(gradients[id(node)]):
            users = [n for n in order if id(n) in gradients and any(x is node for x in n.inputs)]
            user = next(
                (n for n in users if not _finite(_sends(n, gradients[id(n)], node))), users[0]
            )
            return _born_in(
                user,
                f"{when}: the loss is finite, but the backward rule of {type(user.op).__name__} "
                f"{_place(user)} sent the first {_kind(gradients[id(node)])}, as the gradient of "
                f"{_name(node, model)}; its inputs are {_ranges(user)}.",
            )
    return _diverged(f"{when}: the length of the gradient is beyond {total.dtype}.")


def explain_validation(
    model: Module, ds: Dataset, loss: Callable[[Any, Any], Any]
) -> GlassgradError:
    """The error for a validation loss that is not finite: found again, row by row, with a graph.

    The model must be in evaluation mode, as it was when the loss was computed.
    """
    for i in range(len(ds)):
        x = Tensor._constant(ds.x[i : i + 1])
        with recording():
            total = loss(model(x), ds.y[i : i + 1])
        if not _finite(total._array):
            return explain_loss(total, x, model, f"example {i} of the validation set")
    return _diverged("the mean loss of the validation set is beyond float range.")


def refuse_nan_scores(y: NDArray[Any]) -> None:
    """Raise for scores that are NaN: the largest of them is none of the classes."""
    if np.isnan(y).any():
        row = int(np.argmax(np.isnan(y).any(axis=1)))
        raise DataError(
            f"the scores of row {row} are NaN, expected numbers of which one is the largest: look for NaN "
            "in x and in model.state_dict()."
        )


def refuse_bad_weights(model: Module, step: int) -> None:
    """Raise if the last update left a weight or a running mean that is not finite."""
    for p in model.parameters():
        if not _finite(p._array):
            raise _bad_leaf(p, model, f"after step {step}")
    for path, buffer in model.named_buffers():
        if not _finite(buffer):
            raise _diverged(f"after step {step}: '{path}' became {_kind(buffer)}.")


_ADVICE = (
    "Lower the learning rate (to a tenth), clip the gradient (clip=1.0), or scale the inputs "
    "to about -1 … 1."
)


def _diverged(found: str) -> Diverged:
    error = Diverged(f"{found} {_ADVICE}")
    error.advice = _ADVICE
    return error


def _born_in(node: Tensor, found: str) -> Diverged:
    error = _diverged(found)
    error.op, error.layer = type(node.op).__name__, layer_path(node)
    return error


def _bad_row(x: NDArray[Any], when: str) -> DataError:
    flat = x.reshape(len(x), -1)
    row = int(np.flatnonzero(~np.isfinite(flat).all(axis=1))[0])
    column = int(np.flatnonzero(~np.isfinite(flat[row]))[0])
    place = tuple(int(i) for i in np.unravel_index(column, x.shape[1:])) if x.ndim > 1 else ()
    advice = "Look at the data and at the transform of the loader; drop or fill such rows."
    error = DataError(
        f"{when}: input row {row} of the batch holds {flat[row, column]} at {place}, expected finite "
        f"numbers. {advice}"
    )
    error.advice = advice
    return error


def _bad_leaf(leaf: Tensor, model: Module, when: str) -> Diverged:
    error = _diverged(
        f"{when}: {_name(leaf, model)} holds {_kind(leaf._array)} before anything was computed from "
        "it, so the last update made it, or it was initialised so."
    )
    error.layer = next((path for path, p in model.named_parameters() if p is leaf), "")
    return error


def _name(node: Tensor, model: Module) -> str:
    paths = (path for path, p in model.named_parameters() if p is node)
    if (path := next(paths, None)) is not None:
        return f"parameter '{path}'"
    return node.label


def _place(node: Tensor) -> str:
    path = layer_path(node)
    return f"in layer '{path}'" if path else "(outside of the layers)"


def _kind(x: NDArray[Any]) -> str:
    return "NaN" if np.isnan(x).any() else "infinity"


def _ranges(node: Tensor) -> str:
    """Smallest and largest element of each input."""
    spans = [
        f"{x._array.min():.4g} … {x._array.max():.4g}" if x.size else "empty" for x in node.inputs
    ]
    return "; ".join(spans)


def _finite(x: NDArray[Any]) -> bool:
    return bool(np.isfinite(x).all())


def _fed_finite(node: Tensor) -> bool:
    return all(_finite(x._array) for x in node.inputs)


def _sends(user: Tensor, g: NDArray[Any], node: Tensor) -> NDArray[Any]:
    """What `user` alone sends back to `node`."""
    assert user.op is not None
    xs = (x._array for x in user.inputs)
    sent = cotangents(user.op.vjp, user.inputs, {id(node)}, g, user._array, *xs)
    return np.array([np.sum(part, dtype=np.float64) for _, part in sent])
