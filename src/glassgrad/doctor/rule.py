"""What a rule is: a function from a case to findings, with a name, and a source in its docstring.

    @rule("dead units")
    def dead(case: Case) -> Iterator[Finding]:
        '''Source: where it stands.'''

A new rule is such a function in a file of `rules/`; `rules/__init__.py` has the order of causes before
consequences.  Read next: `rules/__init__.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from glassgrad.doctor.case import Case
from glassgrad.doctor.finding import Finding

Findings = Callable[[Case], Iterator[Finding]]


@dataclass(frozen=True)
class Rule:
    """An entry of the registry."""

    name: str
    look: Findings
    """What it finds in a case; `look.__doc__` says how, and by whom it was said first."""
    alone: bool = False
    """Whether it speaks only if no rule before it found a cause."""


def rule(name: str, alone: bool = False) -> Callable[[Findings], Rule]:
    """Make a rule of a function."""
    return lambda look: Rule(name, look, alone)
