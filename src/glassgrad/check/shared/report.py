"""The answer to a command: a verdict, or why there is none.  Read next: `gradient/gradient.py`."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from glassgrad.notation.lines import Line, written
from glassgrad.terms.tokens import FormulaError

Outcome = Literal["right", "wrong", "not run"]
_CODES: dict[Outcome, int] = {"right": 0, "wrong": 1, "not run": 2}


@dataclass(frozen=True)
class Report:
    """What came out, the lines that say it, and what the student's code printed."""

    outcome: Outcome
    lines: tuple[Line, ...]
    printed: str = ""

    @classmethod
    def not_run(cls, error: BaseException | str) -> Report:
        """Why it could not be run; the code that a message shows stays as it is."""
        if isinstance(error, FormulaError):
            said = Line(f"expected {error.expected}.", f"at character {error.position + 1}")
            shown = Line(error.excerpt, indent=2, role="exact")
            return cls("not run", (said, shown, Line("^", indent=2 + error.caret, role="caret")))
        first, *others = str(error).splitlines() or [""]
        return cls("not run", (Line(first), *(Line(line, role="exact") for line in others)))

    @property
    def text(self) -> str:
        """The lines as text."""
        return written(self.lines)

    @property
    def ok(self) -> bool:
        """Whether all is right."""
        return self.outcome == "right"

    @property
    def exit_code(self) -> int:
        """0 if all is right, 1 if not, 2 if it could not be run."""
        return _CODES[self.outcome]

    def to_json(self) -> dict[str, Any]:
        """Outcome, text and print as they are shown, and the lines as pieces."""
        lines = [asdict(line) for line in self.lines]
        return {
            "outcome": self.outcome, "text": self.text, "printed": self.printed, "lines": lines,
        }  # fmt: skip

    @classmethod
    def from_json(cls, fields: dict[str, Any], printed: str) -> Report:
        """What `to_json` wrote, with what the code printed."""
        return cls(fields["outcome"], tuple(Line(**line) for line in fields["lines"]), printed)

    def __str__(self) -> str:
        if not self.printed:
            return self.text
        lines = "\n".join(f"  | {line}" for line in self.printed.rstrip().splitlines())
        return f"{self.text}\nprinted by the code:\n{lines}"
