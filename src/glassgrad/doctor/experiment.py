"""The counter-experiment: the same run from the same weights, with one change; before and after.

Read next: `diagnosis.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glassgrad.doctor.finding import Finding
from glassgrad.train.records import History
from glassgrad.validate import validated

UNMOVED = 0.05
"""A loss that changes by less than this share is the same; by less than a fifth of it, no better."""


@dataclass(frozen=True)
class Score:
    """How a run ended: means of the last steps, and the last validation; NaN or None if missing."""

    loss: float
    accuracy: float | None
    validation_loss: float | None
    validation_accuracy: float | None
    error: str = ""

    @classmethod
    def of(cls, history: History, error: Exception | None) -> Score:
        """From the records of a run."""
        steps = history.steps[-max(len(history.steps) // 5, min(10, len(history.steps))) :]
        rights = [s.accuracy for s in steps if s.accuracy is not None]
        last = history.epochs[-1] if history.epochs else None
        return cls(
            sum(s.loss for s in steps) / len(steps) if steps else math.nan,
            sum(rights) / len(rights) if rights else None,
            last.validation_loss if last else None,
            last.validation_accuracy if last else None,
            type(error).__name__ if error else "",
        )

    def __str__(self) -> str:
        if self.error:
            return f"ended by {self.error}"
        parts = [f"loss {self.loss:.4g}"]
        if self.accuracy is not None:
            parts.append(f"accuracy {self.accuracy:.1%}")
        if self.validation_loss is not None:
            parts.append(f"validation {self.validation_loss:.4g}")
        if self.validation_accuracy is not None:
            parts.append(f"{self.validation_accuracy:.1%}")
        return ", ".join(parts)


@validated
@dataclass(frozen=True)
class Comparison:
    """What a counter-experiment showed: the scores before and after, and what the doctor says then.

    Args:
        finding: what was tested.
        history: the records of the changed run.
        findings: what the doctor says of it.
        before: how the run ended.
        after: how the changed run ended.
    """

    finding: Finding
    before: Score
    after: Score
    history: History
    """The records of the changed run."""
    findings: tuple[Finding, ...]
    """What the doctor says of it."""

    @property
    def confirmed(self) -> bool:
        """Whether it came as the finding says: see `Finding.expect`."""
        a, b = self.before, self.after
        if self.finding.expect == "same":
            return abs(a.loss - b.loss) <= UNMOVED * max(abs(a.loss), 1e-12)
        if self.finding.expect == "worse":
            return _of(b) > _of(a)
        return self.is_gone and (self.is_better or (self.finding.expect == "gone" and not b.error))

    @property
    def is_gone(self) -> bool:
        """Whether the rule finds nothing any more."""
        return all(f.rule != self.finding.rule for f in self.findings)

    @property
    def is_better(self) -> bool:
        """Whether the changed run ends better."""
        return not self.after.error and (
            bool(self.before.error) or _better(self.before, self.after)
        )

    def __str__(self) -> str:
        said = "confirmed" if self.confirmed else "not confirmed"
        if not self.confirmed and self.finding.expect == "better" and self.is_better:
            said = "it helps, but the finding stays; go on"
        left = ", ".join(f.rule for f in self.findings) or "nothing"
        return (
            f"{self.finding.rule}: {said} ({self.finding.change})\n  before: {self.before}\n"
            f"  after:  {self.after}\n  the doctor then finds {left}"
        )


def _of(score: Score) -> float:
    return math.nan if score.validation_loss is None else score.validation_loss


def _better(a: Score, b: Score) -> bool:
    """Right more often, or a lower loss; on the validation set where there is one."""
    if a.validation_loss is not None and b.validation_loss is not None:
        if b.validation_loss < (1 - UNMOVED / 5) * a.validation_loss:
            return True
        return (b.validation_accuracy or 0.0) > (a.validation_accuracy or 0.0) + UNMOVED / 5
    if a.accuracy is not None and b.accuracy is not None and b.accuracy > a.accuracy + UNMOVED / 5:
        return True
    return b.loss < (1 - UNMOVED / 5) * a.loss
