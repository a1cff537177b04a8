"""What every check answers: yes or no, and lines that say why.

A verdict is true or false in an `if`, prints as its text, and carries the numbers behind both as fields.
Read next: `report.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassgrad.notation.lines import Line, written


@dataclass(frozen=True, repr=False)
class Verdict:
    """The answer of a check; each check adds the fields that its answer rests on."""

    ok: bool
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """The lines as text."""
        return written(self.lines)

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text
