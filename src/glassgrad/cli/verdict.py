"""How the answer of a check is shown: in colour on a terminal, plain in a pipe or a file."""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable
from itertools import pairwise

from rich.console import Console
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from glassgrad.check.sandbox.process import Report
from glassgrad.cli.output import print_json

_LABEL = re.compile(r"  (rule|here|in cases|by index|element|shapes|numbers|checked) +")
_MARKS = {"right": ("✓", "green"), "wrong": ("✗", "red"), "not run": ("!", "yellow")}


def answer(report: Report, json: bool = False) -> None:
    """Print the report and leave with its exit code; what could not be run goes to standard error."""
    _leave(report, json, _show_verdict)


def written(report: Report, json: bool = False) -> None:
    """The same for a report that is a page of its own, such as a derivation."""
    _leave(report, json, _show_verdict if report.outcome == "not run" else _show_page)


def _leave(report: Report, json: bool, show: Callable[[Report, Console], None]) -> None:
    console = Console(stderr=report.outcome == "not run", highlight=False)
    if json:
        print_json(dataclasses.asdict(report))
    elif console.is_terminal:
        show(report, console)
    else:
        prefix = "glassgrad: " if report.outcome == "not run" else ""
        print(f"{prefix}{report}", file=console.file)
    if report.exit_code:
        sys.exit(report.exit_code)


def _show_verdict(report: Report, console: Console) -> None:
    mark, colour = _MARKS[report.outcome]
    lines = report.text.splitlines() or [""]
    console.print(Text.assemble((f"{mark} ", f"bold {colour}"), _emphasised(lines[0], colour)))
    for line, after in pairwise([*lines[1:], ""]):
        _show_line(line, after, colour, console)
    _show_printed(report, console)


def _show_printed(report: Report, console: Console) -> None:
    if report.printed:
        body = Text.from_ansi(report.printed.rstrip())
        console.print(Panel(body, title="printed by the code", border_style="dim"))


def _show_line(line: str, after: str, colour: str, console: Console) -> None:
    """A line under the first one: wrapped with its indentation, but not above or below a caret."""
    bare = line.lstrip()
    if bare == "^" or after.strip() == "^":
        style = f"bold {colour}" if bare == "^" else ""
        console.print(Text(line, style=style, no_wrap=True, overflow="ignore"), soft_wrap=True)
        return
    indent = len(line) - len(bare)
    console.print(Padding(_emphasised(bare, colour), (0, 0, 0, indent)))


def _emphasised(line: str, colour: str) -> Text:
    """What comes before the first colon stands out; what was tried does not."""
    text = Text(line, style="dim" if line.startswith(("compared with", "the inputs were")) else "")
    found = re.match(r"[^:'\"=]{0,40}[^:'\"=\s]:(?=\s|$)", line)
    if found and not text.style:
        text.stylize(f"bold {colour}", 0, found.end())
    return text


def _show_page(report: Report, console: Console) -> None:
    """Titles stand out, and so does what was checked; lines are not broken."""
    for line in report.text.splitlines():
        text = Text(line, style="bold" if line[:1].isalpha() else "")
        if found := _LABEL.match(line):
            good = "DIFFERS" not in line
            checked = found[1] == "checked"
            text.stylize(("green" if good else "bold red") if checked else "cyan", 0, found.end())
        console.print(text, soft_wrap=True)
    _show_printed(report, console)
