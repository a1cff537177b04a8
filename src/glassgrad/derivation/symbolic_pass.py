"""The backward pass in the symbols of the graph: every use, with its formula.

Read next: `verify.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.derivation.gradient_notation import Gradient, Notation
from glassgrad.graph import topological
from glassgrad.notation.formula import Formula
from glassgrad.notation.names import Names
from glassgrad.read.backward import Pass, Use, as_float64, backward_pass
from glassgrad.tensor import Tensor
from glassgrad.terms.rules import Rule, summed, times
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import Apply, Number, Symbol, Term, substitute


@dataclass(frozen=True)
class SymbolicPass:
    """A graph walked back from `y`: what every node and every gradient is called, and its value."""

    y: Tensor
    wrt: Sequence[Tensor]
    notation: Notation
    names: Names
    seed: Any
    found: Pass
    symbols: dict[int, Symbol]
    gradients: dict[int, Term]

    @property
    def order(self) -> list[Tensor]:
        """The nodes, inputs before the nodes that use them."""
        return self.found.order

    @property
    def uses(self) -> list[Use]:
        """What is sent back, in order."""
        return self.found.uses

    def uses_of(self, node: Tensor) -> list[Use]:
        """Where a node is used, on the way from the result."""
        return self.found.uses_of(node)

    def value(self, node: Tensor) -> Any:
        """The gradient of a node, in numbers."""
        value = self.found.gradients[id(node)]
        return np.zeros(node.shape) if value is None else value

    def name(self, node: Tensor) -> Formula:
        """What a node is called."""
        return self.names[node]


def symbolic_pass(
    y: Tensor, wrt: Sequence[Tensor], seed: Any, notation: Notation, names: Names
) -> SymbolicPass:
    """Take every step of the backward pass from `y` to the tensors `wrt`."""
    order = topological(y)
    found = backward_pass(order, wrt, np.ones(y.shape) if seed is None else seed)
    symbols = {
        id(node): Symbol(f"n{k}", names[node], as_float64(node._array), shape=node.shape)
        for k, node in enumerate(order)
    }
    backward = SymbolicPass(y, wrt, notation, names, seed, found, symbols, {})
    for node in order:
        if id(node) in found.gradients:
            backward.gradients[id(node)] = _gradient(backward, node)
    return backward


def _gradient(backward: SymbolicPass, node: Tensor) -> Term:
    """The symbol of the gradient of a node; that of the result itself is 1."""
    if node is backward.y and backward.seed is None:
        return Number(1.0, shape=node.shape)
    name = backward.name(node)
    return Gradient(
        f"g {backward.symbols[id(node)].key}", backward.notation.gradient(name), backward.value(node),
        name, backward.notation, shape=node.shape,
    )  # fmt: skip


def term_of_use(backward: SymbolicPass, use: Use) -> Term:
    """The rule of a use with this graph's symbols for g, y, x0, x1, …"""
    node = use.node
    by: dict[str, Term] = {"y": leaf(backward, node), "g": backward.gradients[id(node)]}
    by |= {f"x{i}": leaf(backward, x) for i, x in enumerate(node.inputs)}
    return placed(use.rule, by)


def placed(rule: Rule, by: dict[str, Term]) -> Term:
    """A rule with terms in place of its symbols: the cotangent times the local derivative, tidy."""
    if rule.local is None:
        return simplify(substitute(rule.term, by))
    local, g = simplify(substitute(rule.local, by)), by["g"]
    return summed(local if g == Number(1.0, shape=g.shape) else times(g, local), rule.term.shape)


def leaf(backward: SymbolicPass, node: Tensor) -> Term:
    """A node as it stands in formulas: a constant number as such, anything else by its name."""
    if node.op is None and not node.requires_grad and node.name is None and node.ndim == 0:
        return Number(float(node._array), shape=node.shape)
    return backward.symbols[id(node)]


def added(terms: Sequence[Term]) -> Term:
    """The sum of terms of one shape."""
    total = terms[0]
    for term in terms[1:]:
        total = Apply(ops.add, args=(total, term), shape=term.shape)
    return total
