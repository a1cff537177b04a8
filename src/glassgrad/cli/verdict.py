"""How the answer of a check is shown: in colour on a terminal, plain in a pipe or a file."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from glassgrad.check.shared.report import Report
from glassgrad.cli.output import print_json
from glassgrad.notation.lines import Line

_MARKS = {"right": ("✓", "green"), "wrong": ("✗", "red"), "not run": ("!", "yellow")}
_STYLES = {"title": "bold", "quiet": "dim"}
_LABELS = {"good": "green", "bad": "bold red"}


def answer(report: Report, json: bool = False) -> None:
    """Print the report and leave with its exit code; what could not be run goes to standard error."""
    _leave(report, json, _show_verdict)


def written(report: Report, json: bool = False) -> None:
    """The same for a report that is a page of its own, such as a derivation."""
    _leave(report, json, _show_verdict if report.outcome == "not run" else _show_page)


def _leave(report: Report, json: bool, show: Callable[[Report, Console], None]) -> None:
    console = Console(stderr=report.outcome == "not run", highlight=False)
    if json:
        print_json(report.to_json())
    elif console.is_terminal:
        show(report, console)
        _show_printed(report, console)
    else:
        prefix = "glassgrad: " if report.outcome == "not run" else ""
        print(f"{prefix}{report}", file=console.file)
    if report.exit_code:
        sys.exit(report.exit_code)


def _show_verdict(report: Report, console: Console) -> None:
    """The answer after its mark; lines are wrapped within their indentation, but not those of code."""
    mark, colour = _MARKS[report.outcome]
    first, *others = report.lines
    console.print(Text.assemble((f"{mark} ", f"bold {colour}"), _shown(first, f"bold {colour}")))
    for line in others:
        if line.role in ("exact", "caret"):
            style = f"bold {colour}" if line.role == "caret" else ""
            console.print(Text(str(line), style, no_wrap=True, overflow="ignore"), soft_wrap=True)
        else:
            console.print(Padding(_shown(line, f"bold {colour}"), (0, 0, 0, line.indent)))


def _show_page(report: Report, console: Console) -> None:
    """Titles stand out, and so does what was checked; lines are not broken."""
    for line in report.lines:
        shown = _shown(line, _LABELS.get(line.role, "cyan"))
        console.print(Text.assemble(" " * line.indent, shown), soft_wrap=True)


def _shown(line: Line, label: str) -> Text:
    """A line without its indentation, its label in a style of its own."""
    return Text.assemble((line.lead, label), (line.text, _STYLES.get(line.role, "")))


def _show_printed(report: Report, console: Console) -> None:
    if report.printed:
        body = Text.from_ansi(report.printed.rstrip())
        console.print(Panel(body, title="printed by the code", border_style="dim"))
