"""The backward pass as a Python program, as a person would write it: run it, and it gives the gradient.

One line per step, forward and back; the shapes stand behind the lines.  Read next: `sympy.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.errors import GraphError
from glassgrad.graph import topological
from glassgrad.notation.names import Names, identifier, symbol
from glassgrad.read.backward import Pass, Use, backward_pass
from glassgrad.read.python import python
from glassgrad.tensor import Tensor
from glassgrad.terms.common_subexpressions import shared
from glassgrad.terms.rules import times
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import Apply, Number, Symbol, Term, substitute, symbols


def source(
    y: Tensor,
    wrt: Tensor | Sequence[Tensor],
    seed: ArrayLike | None = None,
    function: str = "backward",
) -> str:
    """The program that computes the gradients of `y` with respect to `wrt`.

    Args:
        y: a recorded tensor: one number, or an array together with a seed.
        wrt: one tensor or several.
        seed: the gradient of `y`; the program takes it as its last argument.
        function: the name of the function in the program.

    Returns:
        A module with one function: of the leaves, by name, to a dict of gradients, by name.

    Raises:
        GraphError: y is an array and there is no seed.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor([1.0, 2.0], name="x"), gg.tensor([0.5, -1.0], name="w")
    >>> print(source(gg.tanh((w * x).sum()), w))
    import numpy as np
    import glassgrad as gg
    <BLANKLINE>
    <BLANKLINE>
    def backward(w, x):
        z1 = w * x  # (2,)
        z2 = np.sum(z1)
        y = np.tanh(z2)
    <BLANKLINE>
        dz2 = gg.tanh_derivative(z2)
        dz1 = np.broadcast_to(dz2, (2,))  # (2,)
        dw = dz1 * x  # (2,)
        return {"w": dw}
    <BLANKLINE>
    """
    order = topological(y)
    if seed is None and y.size != 1:
        raise GraphError(
            f"the program would begin with a single number, got {y.label} with {y.size} elements: "
            "give seed=, its gradient."
        )
    targets = [wrt] if isinstance(wrt, Tensor) or not isinstance(wrt, Iterable) else list(wrt)
    if strangers := [t for t in targets if not isinstance(t, Tensor)]:
        raise GraphError(f"wrt expects Tensors, got {type(strangers[0]).__name__}.")
    found = backward_pass(order, targets, np.ones(y.shape) if seed is None else np.asarray(seed))
    program = _Program(found, targets, seed is not None)
    body = [*program.forward(), "", *program.backward(), f"return {program.result()}"]
    lines = [
        f"def {function}({', '.join(program.arguments())}):",
        *(f"    {b}".rstrip() for b in body),
    ]
    text = "\n".join(lines)
    rooms = ["import numpy as np"] * ("np." in text) + ["import glassgrad as gg"] * ("gg." in text)
    return "\n".join([*rooms, "", "", text, ""]).lstrip("\n")


@dataclass
class _Program:
    """The lines of the program, and the variable for every node and gradient."""

    found: Pass
    targets: list[Tensor]
    seeded: bool
    names: dict[int, str] = field(default_factory=dict)
    gradients: dict[int, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=lambda: {"np", "gg"})

    def __post_init__(self) -> None:
        formulas = Names(self.found.order, "y")
        for node in self.found.order:
            if _is_number(node):
                continue
            self.names[id(node)] = identifier(formulas[node], self.taken)
        for node in self.found.order:
            if id(node) in self.found.gradients:
                self.gradients[id(node)] = _free(f"d{self.names[id(node)]}", self.taken)

    def arguments(self) -> list[str]:
        """The leaves, and the seed."""
        leaves = [self.names[id(n)] for n in self.found.order if n.op is None and not _is_number(n)]
        return leaves + [self.gradients[id(self.found.order[-1])]] * self.seeded

    def forward(self) -> Iterator[str]:
        """One line for each node."""
        for node in self.found.order:
            if node.op is not None:
                args = tuple(self.symbol(x) for x in node.inputs)
                term = Apply(node.op, args=args, shape=node.shape)
                yield self.line(self.names[id(node)], term)

    def backward(self) -> Iterator[str]:
        """One line for each use; the second one of a node adds to the first."""
        known: set[int] = set()
        for use in self.found.uses:
            definitions, term = shared(self.term(use), self.taken)
            by: dict[str, Term] = {}
            for label, meaning in definitions:
                name = _free(identifier(label.name, set()), self.taken)
                yield self.line(name, substitute(meaning, by))
                by[label.key] = Symbol(name, label.name, label.value, shape=label.shape)
            name = self.gradients[id(use.target)]
            yield self.line(name, substitute(term, by), f"{name} + " * (id(use.target) in known))
            known.add(id(use.target))

    def line(self, name: str, term: Term, before: str = "") -> str:
        """name = term  # shape"""
        keys = {s.key: s.key for s in symbols(term)}
        code = python(term, keys)
        if before and isinstance(term, Apply) and code.startswith("-"):
            before, code = before[:-2] + "- ", code[1:]
        return f"{name} = {before}{code}" + (f"  # {term.shape}" if term.shape else "")

    def term(self, use: Use) -> Term:
        """The rule of a use in the variables of the program."""
        node, g = use.node, self.gradient(use.node)
        by: dict[str, Term] = {"g": g, "y": self.symbol(node)}
        by |= {f"x{i}": self.symbol(x) for i, x in enumerate(node.inputs)}
        if use.rule.local is None or not isinstance(g, Number):
            return simplify(substitute(use.rule.term, by))
        return simplify(times(g, substitute(use.rule.local, by)))

    def gradient(self, node: Tensor) -> Term:
        if node is self.found.order[-1] and not self.seeded:
            return Number(1.0, shape=node.shape)
        return self._symbol(self.gradients[id(node)], node)

    def symbol(self, node: Tensor) -> Term:
        if _is_number(node):
            return Number(float(node._array))
        return self._symbol(self.names[id(node)], node)

    def _symbol(self, name: str, node: Tensor) -> Symbol:
        return Symbol(name, symbol("x"), node._array, shape=node.shape)

    def result(self) -> str:
        """The dict that the program returns."""
        pairs = []
        for x in self.targets:
            is_zero = self.found.gradients.get(id(x)) is None
            value = f"np.zeros({x.shape})" if is_zero else self.gradients[id(x)]
            pairs.append(f'"{self.names[id(x)]}": {value}')
        return "{" + ", ".join(pairs) + "}"


def _is_number(node: Tensor) -> bool:
    return node.op is None and not node.requires_grad and node.name is None and node.ndim == 0


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
