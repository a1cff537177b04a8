"""A graph as equations: one line `name = formula` per node, in the order of computation.

A node that is used twice has its line once, so the length is that of the computation, where a formula
written as a tree would double with every reuse.  Read next: `drawing/picture.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glassgrad.graph import topological
from glassgrad.notation.formula import Atom, Formula, Table, operator, row
from glassgrad.notation.latex import latex
from glassgrad.notation.mathml import math
from glassgrad.notation.names import Names
from glassgrad.notation.plain import plain
from glassgrad.tensor import Tensor
from glassgrad.terms.terms import written

EQUALS = operator("=")


@dataclass(frozen=True, repr=False)
class Equation:
    """One line: `left = right`, or a chain of equal formulas."""

    left: Formula
    right: Formula

    def __repr__(self) -> str:
        return f"{plain(self.left)} = {plain(self.right)}"

    @property
    def formula(self) -> Formula:
        """Both sides as one formula."""
        return row(self.left, EQUALS, self.right)


class Equations(Sequence[Equation]):
    """Lines of equations, aligned at their equality signs.

    Notebooks show them by themselves; `to_text`, `to_latex` and `to_mathml` give them as strings.
    """

    def __init__(self, lines: Sequence[Equation]) -> None:
        self._lines = tuple(lines)

    def __getitem__(self, i):  # type: ignore[no-untyped-def]
        return self._lines[i]

    def __len__(self) -> int:
        return len(self._lines)

    def __iter__(self) -> Iterator[Equation]:
        return iter(self._lines)

    def to_text(self) -> str:
        """One line per equation, for terminals."""
        width = max((len(plain(line.left)) for line in self), default=0)
        return "\n".join(f"{plain(e.left):>{width}} = {plain(e.right)}" for e in self)

    def to_latex(self) -> str:
        """An `align*` environment, for a document with amsmath."""
        return f"\\begin{{align*}}\n{self._aligned()}\n\\end{{align*}}"

    def to_mathml(self) -> str:
        """A `<math>` element, for a page."""
        return math(self._table(), display=True, alt=self.to_text())

    def _aligned(self) -> str:
        return " \\\\\n".join(f"{latex(e.left)} &= {latex(e.right)}" for e in self)

    def _table(self) -> Formula:
        return Table("aligned", tuple((e.left, row(EQUALS, e.right)) for e in self))

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_latex_(self) -> str:
        return f"$$\\begin{{aligned}}\n{self._aligned()}\n\\end{{aligned}}$$"

    def _repr_html_(self) -> str:
        return self.to_mathml()


def equations(root: Tensor, names: Names | None = None) -> Equations:
    """The computation of `root`, line by line.

    Args:
        root: a recorded tensor.
        names: what the nodes are called; by default their own names, and z₁, z₂, … for the rest.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor(2.0, name="x"), gg.tensor(0.5, name="w")
    >>> equations(gg.tanh(w * x) + w)
    z₁ = w·x
    z₂ = tanh(z₁)
     y = z₂ + w
    """
    order = topological(root)
    names = names or Names(order, "y")
    return Equations([line(node, names) for node in order if node.op is not None])


def line(node: Tensor, names: Names) -> Equation:
    """The equation of one recorded node."""
    assert node.op is not None
    inputs = [names[x] for x in node.inputs]
    return Equation(names[node], written(node.op, [x.shape for x in node.inputs], inputs))


def dots() -> Formula:
    """Three dots, where a list is cut."""
    return Atom("letter", "…", r"\ldots")
