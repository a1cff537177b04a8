"""A gradient as one formula: intermediate results replaced until only chosen names are left.

What the user named stays, with its gradient, as homework asks: "in terms of values and gradients
already known".  With nothing kept the formula goes down to the leaves.  Read next: `terms/simplify.py`.
"""

from __future__ import annotations

from collections.abc import Collection

from glassgrad.derivation.symbolic_pass import SymbolicPass, added, leaf, placed
from glassgrad.engine.traversal import interpret
from glassgrad.read.backward import Use
from glassgrad.tensor import Tensor
from glassgrad.terms.simplify import NAMED, simplify
from glassgrad.terms.terms import Apply, Number, Term


def expanded(
    backward: SymbolicPass,
    target: Tensor,
    keep: Collection[int],
    named: bool = False,
    values: Collection[int] = (),
) -> Term:
    """The gradient of `target` in terms of leaves and of the nodes whose ids are in `keep`.

    Of the nodes in `values` only the values are kept, not the gradients.
    """
    forward = _forward(backward, {*keep, *values})
    found: dict[int, Term] = {}
    for node in reversed(backward.order):
        if id(node) not in backward.gradients:
            continue
        uses = backward.uses_of(node)
        if node is backward.y or (id(node) in keep and node is not target):
            found[id(node)] = backward.gradients[id(node)]
        elif uses:
            found[id(node)] = added([_part(backward, u, found, forward) for u in uses])
        else:
            found[id(node)] = Number(0.0, shape=node.shape)
    return simplify(found[id(target)], *([NAMED] if named else []))


def _forward(backward: SymbolicPass, keep: Collection[int]) -> dict[int, Term]:
    """Every node in terms of leaves and kept nodes."""

    def meaning(node: Tensor, inputs: list[Term]) -> Term:
        if node.op is None or id(node) in keep:
            return leaf(backward, node)
        return Apply(node.op, args=tuple(inputs), shape=node.shape)

    return interpret(backward.order, meaning)


def _part(
    backward: SymbolicPass, use: Use, gradients: dict[int, Term], forward: dict[int, Term]
) -> Term:
    """What one use sends back, with everything that is not kept replaced."""
    node = use.node
    by = {"y": forward[id(node)], "g": gradients[id(node)]}
    by |= {f"x{i}": forward[id(x)] for i, x in enumerate(node.inputs)}
    return simplify(placed(use.rule, by))
