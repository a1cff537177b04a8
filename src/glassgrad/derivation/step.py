"""One step of a derivation: its rule, its formula here, its numbers, and the check of it.

Read next: `derivation.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.derivation.cases import by_cases
from glassgrad.derivation.gradient_notation import Notation
from glassgrad.derivation.index_notation import by_element, by_index
from glassgrad.derivation.numbers import value_formula, with_numbers
from glassgrad.derivation.symbolic_pass import SymbolicPass, added, term_of_use
from glassgrad.derivation.verify import Check, as_function, check_function, check_uses
from glassgrad.graph import layer_path
from glassgrad.notation.formula import Atom, Formula, operator, row
from glassgrad.notation.names import symbol
from glassgrad.notation.plain import plain
from glassgrad.ops.base import Elementwise
from glassgrad.read.backward import Use
from glassgrad.read.equations import Equation
from glassgrad.tensor import Tensor
from glassgrad.terms.common_subexpressions import shared
from glassgrad.terms.rules import parameter_names, rule_name
from glassgrad.terms.terms import (
    Apply,
    Number,
    Symbol,
    Term,
    formula,
    postorder,
    substitute,
    symbols,
)
from glassgrad.validate import validated


@validated
@dataclass(frozen=True)
class Step:
    """Something that is known after this line and was not before.

    `left = term` in the symbols of the graph; `value` is what it comes to.  The formula by matrix is
    `equation`; `by_index` and `by_element` are other readings, where they differ.

    Args:
        number: its place, from 1.
        rule: the rule of the op, in general.
        target: the node whose gradient it gives.
        backward: the symbolic backward pass that it belongs to.
        use: which input of which op it is about.
        left: what stands left of the equals sign.
        term: what stands right of it.
    """

    number: int
    rule: str
    target: Tensor
    left: Symbol
    term: Term
    value: NDArray[np.float64]
    backward: SymbolicPass
    use: Use | None = None

    @cached_property
    def _short(self) -> tuple[list[tuple[Symbol, Term]], Term]:
        """Abbreviations for what a long formula says twice, and the formula with them."""
        return shared(self.term, (plain(n) for n in self.backward.names))

    @property
    def equation(self) -> Equation:
        """The formula in this graph's symbols."""
        return Equation(self.left.name, formula(self._short[1]))

    @property
    def where(self) -> tuple[Equation, ...]:
        """What the abbreviations in the formula stand for."""
        return tuple(Equation(name.name, formula(term)) for name, term in self._short[0])

    @property
    def general(self) -> Equation | None:
        """The rule in the op's own letters; None for a sum over uses."""
        if self.use is None:
            return None
        return general(self.use, self.backward.notation)

    @property
    def numbers(self) -> Equation:
        """The formula with its numbers, and what they come to."""
        return Equation(with_numbers(self._short[1], self.value), value_formula(self.value))

    @cached_property
    def by_index(self) -> Equation | None:
        """One element of the gradient, with its sums written out; None where no index form is known."""
        return by_index(self.left, self._short[1])

    @cached_property
    def where_by_index(self) -> tuple[Equation, ...]:
        """What the abbreviations stand for, by index."""
        lines = (by_index(name, term) for name, term in self._short[0])
        return tuple(line for line in lines if line is not None)

    @cached_property
    def by_element(self) -> tuple[Equation, ...]:
        """Every element by itself, with its numbers; empty if there are more than 12."""
        return by_element(self.left, self._short[1], self.value)

    @cached_property
    def by_cases(self) -> Equation | None:
        """A piecewise rule in cases, by the sign of what it depends on; None for other rules."""
        return by_cases(self.left, self.term)

    @property
    def readings_differ(self) -> bool:
        """Whether reading by index says more than the formula with indices at every name."""
        whole = (self.left.shape, ())
        return any(
            not isinstance(t.op, Elementwise) or any(a.shape not in whole for a in t.args)
            for t in postorder(self._short[1])
            if isinstance(t, Apply)
        )

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of everything in the formula, by its name in text."""
        return {plain(s.name): s.shape for s in (self.left, *symbols(self.term))}

    @property
    def layer(self) -> str:
        """The path of the layer whose rule this is; empty outside of a layer."""
        return layer_path(self.use.node) if self.use else ""

    @cached_property
    def check(self) -> Check:
        """The comparison of this step with differences; see `derivation.verify`."""
        uses = [self.use] if self.use is not None else self.backward.uses_of(self.target)
        together: dict[int, list[Use]] = {}
        for use in uses:
            together.setdefault(id(use.node), []).append(use)
        if not together:
            return self._check_constant()
        return check_uses([self._moved(us) for us in together.values()], self.value)

    def _check_constant(self) -> Check:
        """Nothing comes back to the target: then moving it must not change the result."""
        backward = self.backward
        seed: Any = np.ones(backward.y.shape) if backward.seed is None else backward.seed
        result = as_function(backward.order, self.target)
        start = backward.symbols[id(self.target)].value
        return check_function(lambda x: seed * result(x), start, self.value)

    def _moved(self, uses: Sequence[Use]) -> tuple[Any, ...]:
        """An op with its inputs, the places where the target stands, and the cotangent of its result."""
        backward, node = self.backward, uses[0].node
        inputs = [backward.symbols[id(x)].value for x in node.inputs]
        return node.op, inputs, [u.place for u in uses], backward.value(node)


def general(use: Use, notation: Notation) -> Equation:
    """The rule of the op in its own letters: x for an input, y for the output."""
    op = use.node.op
    assert op is not None
    letters = parameter_names(op, len(use.node.inputs))
    y = symbol("y")
    by: dict[str, Term] = {
        "g": Symbol("g", notation.gradient(y), shape=use.node.shape),
        "y": Symbol("y", y, shape=use.node.shape),
    }
    for i, x in enumerate(use.node.inputs):
        by[f"x{i}"] = Symbol(f"x{i}", letters[i], shape=x.shape)
    return Equation(notation.gradient(letters[use.place]), formula(substitute(use.rule.term, by)))


def steps_of(backward: SymbolicPass) -> tuple[Step, ...]:
    """The steps in order: each use, and the sum over uses where a node has several."""
    steps: list[Step] = []
    for node in reversed(backward.order):
        if id(node) not in backward.gradients or node is backward.y:
            _add_uses(backward, node, steps)
            continue
        uses = backward.uses_of(node)
        if len(uses) != 1:
            steps.append(_sum_step(backward, node, uses, len(steps) + 1))
        _add_uses(backward, node, steps)
    return tuple(steps)


def _add_uses(backward: SymbolicPass, node: Tensor, steps: list[Step]) -> None:
    """A step for each input that the rule of `node` sends something to."""
    for use in backward.uses:
        if use.node is not node:
            continue
        alone = len(backward.uses_of(use.target)) == 1
        left = backward.gradients[id(use.target)] if alone else part(backward, use)
        assert isinstance(left, Symbol)
        assert node.op is not None
        steps.append(
            Step(
                len(steps) + 1,
                rule_name(node.op),
                use.target,
                left,
                term_of_use(backward, use),
                use.value,
                backward,
                use,
            )
        )


def part(backward: SymbolicPass, use: Use) -> Symbol:
    """The symbol for what comes back through one of several uses."""
    key = f"part {backward.symbols[id(use.node)].key} {use.place}"
    through = backward.name(use.node)
    same = [u for u in backward.uses_of(use.target) if u.node is use.node]
    if len(same) > 1:  # x·x: the first and the second factor
        count = str(same.index(use) + 1)
        through = row(through, operator(","), Atom("number", count, count))
    name: Formula = backward.notation.part(backward.name(use.target), through)
    return Symbol(key, name, use.value, shape=use.target.shape)


def _sum_step(backward: SymbolicPass, node: Tensor, uses: list[Use], number: int) -> Step:
    """The parts of all uses are added; without any use the gradient is 0."""
    left = backward.gradients[id(node)]
    assert isinstance(left, Symbol)
    if not uses:
        zero = np.zeros(node.shape)
        return Step(
            number, "no dependence", node, left, Number(0.0, shape=node.shape), zero, backward
        )
    term = added([part(backward, u) for u in uses])
    return Step(number, "sum over uses", node, left, term, backward.value(node), backward)
