"""The answer to an exercise: what was measured, and the parts of which the page is made.

A run appends to its answer, and each thing becomes a part of its kind.  Read next: `context.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.course import parts
from glassgrad.course.claim import Measured, number
from glassgrad.course.parts import Formulas, Numbers, Output, Part, Sentences
from glassgrad.drawing.shapes import Drawing
from glassgrad.drawing.svg import svg
from glassgrad.figures import style
from glassgrad.figures.graph import draw
from glassgrad.notation.numbers import number_text
from glassgrad.read.equations import Equations
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from glassgrad.derivation import Derivation
    from glassgrad.derivation.jacobian import Jacobian


PNG_DPI, POINTS = 130, 72
"""Dots per inch of the pictures for notebooks and LaTeX, and of those for a page."""


@validated
@dataclass
class Answer:
    """What a run gives back.

    Args:
        parts: figures, numbers, formulas and sentences, in the order in which they are shown.
        measured: the measured values, by claim.

    >>> answer = Answer()
    >>> answer.say("The answer is $x^2$.")
    >>> answer.measure("x", 2.0)
    >>> answer.parts, answer.measured["x"].values
    ([Sentences(text='The answer is $x^2$.')], array([2.]))
    """

    parts: list[Part] = field(default_factory=list)
    measured: dict[str, Measured] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Sentences; formulas between dollar signs."""
        self.parts.append(Sentences(text))

    def output(self, text: object, title: str = "") -> None:
        """What a check printed, as it is."""
        self.parts.append(Output(title, str(text)))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
        """A table; numbers are written with five digits, an array of numbers as mean ± deviation."""
        lines = tuple(tuple(map(_cell, row)) for row in rows)
        self.parts.append(Numbers(title, tuple(head), lines))

    def derive(self, derivation: Derivation, title: str = "") -> None:
        """A derivation, step by step, each step with its check."""
        d = derivation
        page = d.to_html(style=False)
        self.parts.append(Formulas(title, d.to_text(), page, d.to_latex(), d.to_markdown()))

    def equations(self, equations: Equations, title: str = "") -> None:
        """Some lines of formulas."""
        html, latex = equations.to_mathml(), equations.to_latex()
        self.parts.append(Formulas(title, equations.to_text(), html, latex, latex))

    def jacobian(self, found: Jacobian, title: str = "") -> None:
        """The derivatives of an array by an array: with δ, in cases, as a matrix, and their check."""
        matrix = [found.matrix] if found.matrix is not None else []
        lines = [found.equation, *(e for _, e in found.cases), *matrix]
        self.equations(Equations(lines), title)
        self.say(f"Checked: {found.check}.")

    def show(self, figure: Figure | Axes, title: str) -> None:
        """A figure, with the sentence under it."""
        svg = style.render(figure, "svg").decode()
        width = f"{style.whole(figure).get_figwidth() * POINTS:g}pt"
        self.parts.append(parts.Figure(title, "", width, svg, _png(figure)))

    def draw(self, drawing: Drawing, title: str, text: str) -> None:
        """A drawing, with the sentence under it, and what it shows in words."""
        png, width = _png(draw(drawing)), f"{drawing.width:.0f}px"
        self.parts.append(parts.Figure(title, text, width, svg(drawing), png, adapts=True))

    def measure(self, key: str, values: ArrayLike, why: str = "", proof: str = "") -> None:
        """A number, or several, without chance."""
        self.measured[key] = Measured(np.asarray(values, np.float64)[None], why=why, proof=proof)

    def repeat(self, key: str, values: ArrayLike, why: str = "", proof: str = "") -> None:
        """Numbers with chance in them: the first axis counts the repetitions."""
        self.measured[key] = Measured(np.asarray(values, np.float64), why=why, proof=proof)

    def judge(self, key: str, agrees: bool, shown: str, why: str = "", proof: str = "") -> None:
        """A formula or a statement that a check has decided on."""
        self.measured[key] = Measured(shown=shown, agrees=bool(agrees), why=why, proof=proof)


def _png(figure: Figure | Axes) -> bytes:
    return style.render(figure, "png", PNG_DPI)


def _cell(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, np.ndarray) and value.ndim == 1:
        return number(value)
    if isinstance(value, float | np.floating) or (isinstance(value, np.ndarray) and not value.ndim):
        return number_text(value, 5, "−", padded=True)
    return str(value)
