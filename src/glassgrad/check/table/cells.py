"""A printed table as rows of cells: Markdown, LaTeX, CSV, tabs or columns of blanks.

Read next: `scores.py`, `layers.py`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glassgrad.errors import SettingError

_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|(?:begin|end)\{[^}]*\}(?:\{[^}]*\})*|cline\{[^}]*\})"
)
_STYLE = re.compile(r"\\(?:mathbf|textbf|mathrm|text)\s*\{([^{}]*)\}|\\bm|\$|\*\*")


@dataclass(frozen=True)
class Printed:
    """A number as it was printed: its value, and how much its last digit leaves open."""

    value: float
    open: float
    """One unit of the last digit: whoever printed it may have rounded or cut off."""

    @property
    def low(self) -> float:
        return self.value - self.open

    @property
    def high(self) -> float:
        return self.value + self.open


def printed(cell: Any) -> Printed | None:
    """The number in a cell, if it is one: `0.9938`, `99.38 %` or `20,500`."""
    if isinstance(cell, int | float):
        cell = repr(cell)
    text = str(cell).strip().replace("−", "-").replace("\\%", "%")
    percent = text.endswith("%")
    text = text.rstrip("% ").replace(",", "") if re.search(r",\d{3}\b", text) else text.rstrip("% ")
    if not re.fullmatch(r"-?(\d+\.?\d*|\.\d+)(e-?\d+)?", text):
        return None
    mantissa, _, power = text.partition("e")
    digits = len(mantissa.partition(".")[2]) - int(power or 0) + 2 * percent
    value = float(text) / (100 if percent else 1)
    return Printed(value, 10.0**-digits if digits > 0 else 0.0)


def rows(source: str | Mapping[str, Sequence[Any]] | Sequence[Sequence[Any]]) -> list[list[str]]:
    """The table as rows of cells; a mapping of columns becomes a header and its rows."""
    if isinstance(source, Mapping):
        lists = [list(v) if isinstance(v, Sequence) else [v] for v in source.values()]
        longest = max((len(v) for v in lists), default=0)
        padded = [[*v, *[""] * (longest - len(v))] for v in lists]
        return [list(source), *[[str(c) for c in row] for row in zip(*padded, strict=True)]]
    if not isinstance(source, str):
        if not all(isinstance(row, Sequence) and not isinstance(row, str) for row in source):
            raise SettingError(
                f"expected a table as a list of rows, each a list of cells, got {source!r:.60}."
            )
        return [[str(c) for c in row] for row in source]
    lines = [_RULES.sub("", line).strip() for line in source.replace("\\\\", "\n").splitlines()]
    found = [_cells(line) for line in lines if line and not re.fullmatch(r"[|:\-+=\s]+", line)]
    return [row for row in found if any(row)]


def _cells(line: str) -> list[str]:
    line = line.strip()
    if line.startswith("|") or line.count("|") > 1:
        parts = line.strip("|").split("|")
    elif re.search(r"(?<!\\)&", line):
        parts = re.split(r"(?<!\\)&", line)
    elif "\t" in line:
        parts = re.split(r"\t", line)
    elif re.search(r"\s{2,}", line):
        parts = re.split(r"\s{2,}", line)
    elif "," in line:
        parts = next(csv.reader([line], skipinitialspace=True))
    else:
        parts = line.split()
    return [_STYLE.sub(r"\1", part).strip() for part in parts]
