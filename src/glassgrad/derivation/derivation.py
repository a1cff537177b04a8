"""The gradient of a recorded result, step by step, each step checked.  Read next: `symbolic_pass.py`.

>>> import glassgrad as gg
>>> from glassgrad.derivation import derive
>>> x, w = gg.tensor(2.0, name="x"), gg.tensor(0.5, name="w")
>>> d = derive(gg.tanh(w * x), wrt=w)
>>> print(d.equations)
∂L/∂z₁ = 1 − tanh²(z₁)
 ∂L/∂w = ∂L/∂z₁·x
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.derivation.cases import by_cases
from glassgrad.derivation.conventions import conventions
from glassgrad.derivation.expand import expanded
from glassgrad.derivation.gradient_notation import Notation, Style
from glassgrad.derivation.index_notation import by_index
from glassgrad.derivation.page import STYLE, Pieces, html, latex_document, lines, markdown
from glassgrad.derivation.step import Step, steps_of
from glassgrad.derivation.symbolic_pass import SymbolicPass, symbolic_pass
from glassgrad.derivation.verify import Check
from glassgrad.errors import DtypeError, GraphError, ShapeError
from glassgrad.graph import topological
from glassgrad.notation.lines import Line, written
from glassgrad.notation.names import Names, symbol
from glassgrad.notation.plain import plain
from glassgrad.read.equations import Equation, Equations, line
from glassgrad.tensor import Tensor
from glassgrad.terms.terms import Term, formula
from glassgrad.validate import validated


@validated
class Derivation:
    """The steps from a result back to `wrt`; print it, or let a notebook show it.

    Args:
        found: the symbolic backward pass.
    """

    def __init__(self, found: SymbolicPass) -> None:
        self._backward = found
        self.steps: tuple[Step, ...] = steps_of(found)

    @property
    def wrt(self) -> tuple[Tensor, ...]:
        """What was differentiated by."""
        return tuple(self._backward.wrt)

    @property
    def forward(self) -> Equations:
        """The computation, one line per node."""
        return Equations(
            [line(n, self._backward.names) for n in self._backward.order if n.op is not None]
        )

    @property
    def equations(self) -> Equations:
        """One line per step, in the symbols of the graph."""
        return Equations([step.equation for step in self.steps])

    @property
    def last(self) -> Step:
        """The step that completes the gradient of the last tensor in `wrt`."""
        return self.of(self.wrt[-1])

    def of(self, x: Tensor) -> Step:
        """The step that completes the gradient of `x`, which may be any node on the way.

        Raises:
            GraphError: `x` is not on the way from the result to what was differentiated by.
        """
        for step in reversed(self.steps):
            if step.target is x:
                return step
        if not isinstance(x, Tensor):
            raise GraphError(
                f"expected one of the graph's Tensors, got {x!r}: d.formula(w), not its name."
            )
        raise GraphError(
            f"{x.label} is not on the way from {self._backward.y.label} to "
            f"{', '.join(t.label for t in self.wrt)}: derive with wrt={x.name or 'it'}."
        )

    def gradient(self, x: Tensor | None = None) -> NDArray[np.float64]:
        """The gradient of `x`, by default of the last tensor in `wrt`, in float64."""
        return self.of(x if x is not None else self.wrt[-1]).value

    def formula(
        self,
        x: Tensor | None = None,
        known: Collection[Tensor] | None = None,
        functions: bool = False,
    ) -> Equation:
        """The gradient of `x` as one formula.

        Args:
            x: by default the last tensor in `wrt`.
            known: the intermediate results that stay, with their gradients; by default those that
                have a name.  With `known=()` the formula goes down to the leaves.
            functions: write e⁻ˣ/(1 + e⁻ˣ)² as σ(x)(1 − σ(x)), a function that the graph has not.

        Raises:
            GraphError: the formula would be too long to be read.
        """
        target = x if x is not None else self.wrt[-1]
        return Equation(self.of(target).left.name, formula(self.term(target, known, functions)))

    def expanded(self, x: Tensor | None = None) -> Equation:
        """The gradient of `x` as one formula in the leaves: nothing else is needed to compute it."""
        return self.formula(x, known=())

    def by_index(
        self, x: Tensor | None = None, known: Collection[Tensor] | None = None
    ) -> Equation | None:
        """`formula` for one element, sums written out; None for a number, or if an op has no index form."""
        target = x if x is not None else self.wrt[-1]
        return by_index(self.of(target).left, self.term(target, known))

    def cases(
        self, x: Tensor | None = None, known: Collection[Tensor] | None = None
    ) -> Equation | None:
        """`formula` by the sign of what a step in it depends on; None if there is no step."""
        target = x if x is not None else self.wrt[-1]
        return by_cases(self.of(target).left, self.term(target, known))

    def term(
        self,
        x: Tensor | None = None,
        known: Collection[Tensor] | None = None,
        functions: bool = False,
    ) -> Term:
        """The same as an expression, which can be evaluated."""
        target = x if x is not None else self.wrt[-1]
        self.of(target)
        kept = [n for n in self._backward.order if n.name] if known is None else known
        return expanded(self._backward, target, {id(n) for n in kept}, functions)

    @property
    def conventions(self) -> tuple[str, ...]:
        """What is taken for granted: layout, sum or mean, derivatives at kinks."""
        kinks = sum(step.check.kinks for step in self.steps)
        found = conventions(self._backward)
        if kinks:
            lie = "element lies" if kinks == 1 else "elements lie"
            found += (f"{kinks} {lie} at a kink, where the convention decides.",)
        return found

    @property
    def check(self) -> Check:
        """The worst of the checks of all steps."""
        checks = [step.check for step in self.steps]
        worst = max((c.error for c in checks), default=0.0)
        counts = [sum(c.compared for c in checks), sum(c.kinks for c in checks)]
        return Check(worst, counts[0], "comparisons", counts[1], all(c.ok for c in checks))

    def lines(self) -> tuple[Line, ...]:
        """The derivation for a terminal, as pieces."""
        return tuple(lines(self._pieces()))

    def to_text(self) -> str:
        """The derivation for a terminal, line by line."""
        return written(self.lines())

    def to_latex(self) -> str:
        """The derivation as LaTeX, for a document with amsmath."""
        return latex_document(self._pieces())

    def to_markdown(self) -> str:
        """The derivation as Markdown with LaTeX in it, for a text cell of a notebook."""
        return markdown(self._pieces())

    def to_html(self, style: bool = True) -> str:
        """The derivation as a piece of a page, with MathML; no script is needed.

        Args:
            style: whether its style sheet is in it; a page with several needs it once, or has its own.
        """
        return (STYLE if style else "") + html(self._pieces())

    def _pieces(self) -> Pieces:
        values = [
            self._backward.symbols[id(n)].value for n in self._backward.order if n.op is not None
        ]
        return Pieces(self.forward, values, self.steps, self.conventions)

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        names = ", ".join(plain(self._backward.name(x)) for x in self.wrt)
        y = plain(self._backward.name(self._backward.y))
        return f"Derivation of {y} wrt {names}: {len(self.steps)} steps"

    def _repr_html_(self) -> str:
        return self.to_html()

    def _repr_latex_(self) -> str:
        return self.equations._repr_latex_()


def derive(
    y: Tensor,
    wrt: Tensor | Sequence[Tensor],
    *,
    seed: ArrayLike | None = None,
    notation: Style = "partial",
) -> Derivation:
    r"""Why the gradient of `y` is what it is: every step with rule, formula, numbers and check.

    Args:
        y: a recorded tensor; one number, or an array together with `seed`.
        wrt: one tensor or several: leaves, or intermediate results.
        seed: $\partial L/\partial y$, for a y that is not the end: L is any number computed from y.
        notation: "partial" for $\partial L/\partial x$, "bar" for $\bar x$, "delta" for $\delta_x$.

    Raises:
        GraphError: y is an array and there is no seed; nothing was recorded; or y does not depend
            on `wrt`.
        ShapeError, DtypeError: a seed of another shape, or not of numbers.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor([1.0, 2.0], name="x"), gg.tensor([0.5, -1.0], name="w")
    >>> d = derive((w * x).sum(), wrt=w)
    >>> d.last.by_index, d.gradient()
    (∂L/∂wᵢ = ∂L/∂[z₁]ᵢ·xᵢ, array([1., 2.]))
    """
    order = topological(y)
    targets = [wrt] if isinstance(wrt, Tensor) or not isinstance(wrt, Iterable) else list(wrt)
    _require(y, targets, order, seed)
    wanted = _numbers(seed) if seed is not None else None
    if wanted is not None and wanted.shape != y.shape:
        raise ShapeError(f"the seed must have the shape of y, {y.shape}, got {wanted.shape}.")
    is_loss = seed is None
    names = Names(order, "L" if is_loss else "y")
    loss = names[y] if is_loss else symbol("L")
    return Derivation(symbolic_pass(y, targets, wanted, Notation(loss, notation), names))


def _numbers(seed: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.asarray(seed, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DtypeError(f"the seed must be an array of numbers, got {seed!r}.") from error


def _require(y: Tensor, targets: list[Tensor], order: list[Tensor], seed: object) -> None:
    """Raise unless there is something to derive."""
    if y.op is None:
        raise GraphError(
            f"{y.label} was not recorded: compute it from Tensors, outside of no_grad()."
        )
    if seed is None and y.size != 1:
        raise GraphError(
            f"a derivation starts from a single number, got {y.label} with {y.size} elements: give "
            "seed=, its gradient ∂L/∂y, or ask for jacobian(y, wrt)."
        )
    nodes = {id(n) for n in order}
    for x in targets:
        if not isinstance(x, Tensor) or not x.requires_grad:
            what = x.label if isinstance(x, Tensor) else type(x).__name__
            raise GraphError(f"wrt expects Tensors that take a gradient, got {what}.")
        if id(x) not in nodes:
            raise GraphError(f"{y.label} does not depend on {x.label}: its gradient is 0.")
    if not targets:
        raise GraphError("wrt expects at least one Tensor, got none.")
