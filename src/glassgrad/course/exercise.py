"""What an exercise is: its place in a document, its question, the claims, and the function that runs.

    @exercise("graph/1a", title=..., question=..., claims=[...])
    def gradient(context: Context) -> Answer:
        '''Source: where it stands.'''

Read next: `registry.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.validate import validated

Solve = Callable[[Context], Answer]


@validated
@dataclass(frozen=True)
class Document:
    """One of the five assignments; `place` is where it stands among them.

    Args:
        id: the short name, such as `flood`.
        title: its title.
        origin: course, institution and year.
        about: a sentence about what it asks.
    """

    place: int
    id: str
    title: str
    origin: str
    about: str


@validated
@dataclass(frozen=True)
class Exercise:
    """One exercise; call it with a context to get its answer.

    Args:
        id: document and number, `flood/5.2`.
        title: a few words.
        question: what is asked, in our words.
        claims: what the document prints as true.
        has_figure: whether the answer draws something.
        solve: the function that answers, from a context.
    """

    id: str
    title: str
    question: str
    claims: tuple[Claim, ...]
    has_figure: bool
    solve: Solve

    def __call__(self, context: Context) -> Answer:
        """Run it."""
        return self.solve(context)

    @property
    def document(self) -> str:
        """The id of its document."""
        return self.id.partition("/")[0]

    @property
    def number(self) -> str:
        """Its number in the document."""
        return self.id.partition("/")[2]

    @property
    def source(self) -> str:
        """Where it stands: the docstring of its function."""
        return inspect.getdoc(self.solve) or ""


@validated
def exercise(
    id: str,
    *,
    title: str,
    question: str,
    claims: Sequence[Claim] = (),
    has_figure: bool = False,
) -> Callable[[Solve], Exercise]:
    """Make an exercise of a function.

    Args:
        id: document and number, as in "edf/2.3c".
        title: a few words.
        question: what is asked, in our words; formulas between dollar signs.
        claims: what the document says the answer is.
        has_figure: whether the document has or wants a figure here.
    """
    return lambda solve: Exercise(id, title, question, tuple(claims), has_figure, solve)
