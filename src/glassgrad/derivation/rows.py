"""What is said about a step, row by row: each with its label, and its formulas or words as they are.

The writers of `page.py` take from here what their page shows.  Read next: `page.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from glassgrad.derivation.step import Step
from glassgrad.notation.formula import Formula
from glassgrad.notation.plain import plain
from glassgrad.read.equations import Equation

Reading = Literal["rule", "here", "where", "in cases", "by index", "element"]
Label = Reading | Literal["shapes", "numbers", "checked"]
_LONG = 250
"""Characters up to which a formula is repeated with its numbers."""


@dataclass(frozen=True)
class Row:
    """One row of a step.

    Args:
        label: what it says about the step; "where" explains a name in the row before it.
        left: what the formulas are equal to, if anything.
        formulas: formulas that are equal to each other.
        words: what it says in words instead.
        ok: whether it is as it should be; only a check can fail.
    """

    label: Label
    left: Formula | None = None
    formulas: tuple[Formula, ...] = ()
    words: str = ""
    ok: bool = True

    @property
    def equation(self) -> Equation:
        """Both sides, for a row that has one formula."""
        assert self.left is not None
        return Equation(self.left, self.formulas[0])


def checked(step: Step) -> Row:
    """The last row: what the check of the step found; only writers that show it need to run it."""
    return Row("checked", words=str(step.check), ok=step.check.ok)


def rows_of(step: Step) -> tuple[Row, ...]:
    """All other rows of a step, in the order in which they are read."""
    return tuple(_rows(step))


def _rows(step: Step) -> Iterator[Row]:
    if step.general is not None:
        yield _row("rule", step.general)
    yield _row("here", step.equation)
    yield from (_row("where", e) for e in step.where)
    if step.by_cases is not None:
        yield _row("in cases", step.by_cases)
    if step.readings_differ:
        if step.by_index is not None:
            yield _row("by index", step.by_index)
            yield from (_row("where", e) for e in step.where_by_index)
        yield from (_row("element", e) for e in step.by_element)
    if any(step.shapes.values()):
        named = (f"{name} : {shape}" for name, shape in step.shapes.items())
        yield Row("shapes", words=", ".join(named))
    yield Row("numbers", formulas=tuple(_numbers(step)))


def _row(label: Reading, equation: Equation) -> Row:
    return Row(label, equation.left, (equation.right,))


def _numbers(step: Step) -> list[Formula]:
    """formula with numbers = value; only the value where the formula is a number already."""
    numbers = step.numbers
    left = plain(numbers.left)
    same = left in (plain(numbers.right), plain(step.equation.right)) or len(left) > _LONG
    return [numbers.right] if same else [numbers.left, numbers.right]
