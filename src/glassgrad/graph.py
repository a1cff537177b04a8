"""The graph behind a tensor: its order and its gradient.

Reverse mode in one sentence: walk the graph from the result to the leaves, and give each node the sum,
over all its uses, of what the rule of each use (`Op.vjp`) sends back.  Everything here is a loop, never a
recursion, so a chain of 20,000 additions is fine.  Read next: `ops/base.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.arguments import flags, reals
from glassgrad.engine.masks import Masks
from glassgrad.engine.modes import recording
from glassgrad.engine.mutation import refuse_changed, refuse_changed_root
from glassgrad.engine.recording import tracing
from glassgrad.engine.traversal import cotangents, on_the_way
from glassgrad.errors import GraphError, ShapeError
from glassgrad.tensor import Tensor


def topological(root: Tensor, until: Container[int] = ()) -> list[Tensor]:
    """Every node under `root`, inputs before the nodes that use them; not what lies under those in `until`.

    Why sort at all?  In `y = x*x; z = y + y*y` the node y is used twice.  If a backward pass entered y's
    rule after the first use only, x would get half of its gradient; y must wait until every node that
    uses it has sent its part.  Backwards through this order, each node comes after all its users.
    """
    if not isinstance(root, Tensor):
        raise GraphError(f"expected a Tensor computed from Tensors, got {type(root).__name__}.")
    order: list[Tensor] = []
    seen: set[int] = set()
    stack: list[tuple[Tensor, bool]] = [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            inputs = () if id(node) in until else reversed(node.inputs)
            stack.extend((x, False) for x in inputs if id(x) not in seen)
    return order


def grad(
    y: Tensor,
    wrt: Tensor | Sequence[Tensor],
    seed: ArrayLike | None = None,
    *,
    create_graph: bool = False,
) -> Any:
    r"""Gradient of `y` with respect to tensors: $\bar x = \sum_{\text{uses}} \mathrm{vjp}(\bar y)$.

    Args:
        y: a recorded tensor; a single number unless `seed` is given.
        wrt: one tensor or several, leaves or not.
        seed: cotangent of `y`, of its shape; 1 by default.
        create_graph: return tensors that are recorded themselves, so they can be differentiated again.

    Raises:
        GraphError: a `wrt` that is no tensor or takes no gradient; several elements and no seed.

    Returns:
        One gradient per tensor of `wrt` (a list if it was a list), of that tensor's shape: arrays, or
        tensors with `create_graph`.  Zeros where `y` does not depend on the tensor.

    >>> import glassgrad as gg
    >>> x = gg.tensor(3.0, name="x")
    >>> dy = gg.grad(x * x * x, x, create_graph=True)   # 3x²
    >>> gg.grad(dy, x)                                  # 6x
    array(18.)
    """
    flags(create_graph=create_graph)
    targets = [wrt] if isinstance(wrt, Tensor) or not isinstance(wrt, Iterable) else list(wrt)
    for x in targets:
        if not isinstance(x, Tensor):
            raise GraphError(f"grad expects Tensors to differentiate by, got {type(x).__name__}.")
        if not x.requires_grad:
            raise GraphError(f"{x.label} has requires_grad=False: it takes no gradient.")
    wanted = {id(x) for x in targets}
    nodes = backpropagate(topological(y), wanted, _seed(y, seed), create_graph)
    with recording() if create_graph else nullcontext(), np.errstate(all="ignore"):  # ∞ is a value
        found = {id(x): g for x, g in nodes if id(x) in wanted}
    as_result = _as_tensor if create_graph else np.array  # a copy: rules may share arrays
    grads = [as_result(found.get(id(x), np.zeros_like(x._array))) for x in targets]
    return grads[0] if isinstance(wrt, Tensor) else grads


def backward(y: Tensor, seed: ArrayLike | None = None) -> None:
    """Add the gradient of `y` to `.grad` of each leaf under it: what `Tensor.backward` does."""
    if (tracer := tracing.get()) is not None and tracer.backward(y, seed):
        return
    order = topological(y)
    wanted = {id(x) for x in order if x.requires_grad and (x.op is None or x._retain)}
    if not wanted:
        raise GraphError(
            f"nothing under {y.label} requires a gradient: compute it from Tensors made with "
            "requires_grad=True, outside of no_grad()."
        )
    with np.errstate(all="ignore"):
        for node, g in backpropagate(order, wanted, _seed(y, seed), False):
            if id(node) in wanted:  # a copy the first time: rules may share arrays
                node.grad = np.array(g) if node.grad is None else node.grad + g


def backpropagate(
    order: list[Tensor], wanted: set[int], seed: Any, create_graph: bool, fast: bool = False
) -> Iterator[tuple[Tensor, Any]]:
    """Each node on the way from the end of `order` to what is wanted, with its gradient, complete.

    What a rule returns as a callable is called only on the way: the gradient of the data costs nothing.
    """
    refuse_changed_root(order[-1])
    worth = on_the_way(order, wanted)
    read: Callable[[Tensor], Any] = (lambda t: t) if create_graph else (lambda t: t._array)
    masks = Masks(order, worth, read, seed)

    def arrive(node: Tensor, g: Any) -> Any:
        for hook in node._hooks:
            replaced = hook(np.asarray(g if not create_graph else g.value))
            if replaced is not None:
                g = _as_tensor(replaced) if create_graph else np.asarray(replaced)
        return g

    def send(node: Tensor, g: Any) -> Iterator[tuple[Tensor, Any]]:
        if node.op is None:
            return
        refuse_changed(node, node.op.reads(len(node.inputs)), worth, layer_path)
        rule = node.op.backward_rule if fast or not create_graph else node.op.vjp
        sent = cotangents(rule, node.inputs, worth, g, read(node), *map(read, node.inputs))
        for k, part in masks.pass_on(node, sent):
            x = node.inputs[k]
            yield x, part if part.shape == x.shape else node.op.undo_broadcast(part, x.shape)

    begin = {id(order[-1]): _as_tensor(seed) if create_graph else np.asarray(seed)}
    return accumulate([node for node in order if id(node) in worth], begin, send, arrive)


def accumulate(
    order: Sequence[Tensor],
    gradients: dict[int, Any],
    send: Callable[[Tensor, Any], Iterable[tuple[Tensor, Any]]],
    arrive: Callable[[Tensor, Any], Any] | None = None,
) -> Iterator[tuple[Tensor, Any]]:
    """Reverse mode itself: from the end of `order` on, each node with its gradient, once it is complete.

    Args:
        gradients: those known to begin with, by the `id` of a node; used up.
        send: what a node with this gradient sends back: (input, cotangent).
        arrive: what becomes of the complete gradient of a node with hooks.
    """
    for node in reversed(order):
        g = gradients.pop(id(node), None)
        if g is None:
            continue
        if node._hooks and arrive is not None:
            g = arrive(node, g)
        yield node, g
        for x, part in send(node, g):
            key = id(x)
            gradients[key] = gradients[key] + part if key in gradients else part


def _seed(y: Tensor, seed: ArrayLike | None) -> Any:
    if seed is None:
        if y.size != 1:
            raise GraphError(
                f"backward starts from a single number, got {y.label} with {y.size} elements: write "
                "y.sum().backward(), or give the cotangent of its shape."
            )
        return np.ones(y.shape, y.dtype)
    seed = seed if isinstance(seed, Tensor) else reals(seed, "the cotangent").astype(y.dtype)
    if seed.shape != y.shape:
        raise ShapeError(f"the cotangent must have the shape of y, {y.shape}, got {seed.shape}.")
    return seed


def _as_tensor(x: Any) -> Tensor:
    return x if isinstance(x, Tensor) else Tensor._constant(np.asarray(x))


def layer_path(node: Tensor) -> str:
    """The path of the layer that computed this node, such as `2.linear`; empty outside of a layer."""
    if node.layer is None:
        return ""
    root, module = node.layer
    return next((path for path, m in root.named_modules() if m is module), type(module).__name__)
