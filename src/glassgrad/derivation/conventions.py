"""What a derivation takes for granted, said aloud: where courses differ, a reader must know.

Read next: `page.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from glassgrad import ops
from glassgrad.derivation.symbolic_pass import SymbolicPass
from glassgrad.notation.plain import plain
from glassgrad.tensor import Tensor


def conventions(backward: SymbolicPass) -> tuple[str, ...]:
    """The conventions that this derivation uses, each a sentence, each once."""
    found = [*_of_the_result(backward)]
    if any(x.ndim for x in backward.order):
        found.append(
            "A gradient has the shape of what it belongs to (denominator layout); "
            "indices below a name begin at 1."
        )
    for node in backward.order:
        found.extend(_of_an_op(node))
    return tuple(dict.fromkeys(found))


def _of_the_result(backward: SymbolicPass) -> Iterator[str]:
    loss, y = plain(backward.notation.loss), plain(backward.name(backward.y))
    if backward.seed is not None:
        yield f"{loss} is any number computed from {y}; ∂{loss}/∂{y} is given."
    if backward.y.op is not None and backward.y.op.adds_up:
        yield f"{y} is a sum, not a mean."
    if backward.notation.style == "bar":
        yield f"A bar is a gradient: x̄ = ∂{loss}/∂x."
    if backward.notation.style == "delta":
        yield f"δ is a gradient: δₓ = ∂{loss}/∂x."


def _of_an_op(node: Tensor) -> Iterator[str]:
    settings = vars(node.op) if node.op is not None else {}
    name = type(node.op).__name__
    if "at_zero" in settings:
        yield f"{name}′(0) = {settings['at_zero']:g}, where no derivative exists."
    if settings.get("reduction") in ("mean", "sum"):
        yield f"{name} is the {settings['reduction']} over the batch."
    if is_mean(node):
        n = float(node.inputs[1]._array)
        yield f"A mean divides by {n:g}, so each element counts 1/{n:g}."


def is_mean(node: Tensor) -> bool:
    """Whether a node is a sum divided by how many there were."""
    if node.op != ops.divide:
        return False
    total, n = node.inputs
    if total.op is None or not total.op.adds_up:
        return False
    return n.ndim == 0 and float(n._array) * total.size == total.inputs[0].size
