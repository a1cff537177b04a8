"""The lines of an answer, as pieces: what a line is about, what it says, and what part it plays.

They stay pieces until they are shown: as text here, in colour on a terminal, as data for programs.
Nobody has to find out afterwards what was meant.  Read next: `check/shared/verdict.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Role = Literal["", "title", "quiet", "exact", "caret", "good", "bad"]


@dataclass(frozen=True)
class Line:
    """One line.

    Args:
        text: what it says.
        label: what it is about, such as "dx" or "numbers"; it stands out before the text.
        indent: spaces in front of it.
        column: where the text begins after the label; 0 for a label with a colon.
        role: a title, an aside ("quiet"), a line of code or of a formula that must stay one line
            ("exact"), the caret under it, a check that holds ("good") or does not ("bad").
    """

    text: str
    label: str = ""
    indent: int = 0
    column: int = 0
    role: Role = ""

    @property
    def lead(self) -> str:
        """The label as it is written."""
        if self.column:
            return f"{self.label:<{self.column}}"
        return f"{self.label}: " if self.label else ""

    def __str__(self) -> str:
        return f"{' ' * self.indent}{self.lead}{self.text}"


def written(lines: Iterable[Line]) -> str:
    """All lines as text.

    >>> print(written([Line("dw.", "wrong"), Line("every entry is 0.", "dw", indent=2)]))
    wrong: dw.
      dw: every entry is 0.
    """
    return "\n".join(map(str, lines))
