"""The lines below the heading of a table become numbers, a block at a time: memory holds little else.

NumPy reads a block at once.  What it refuses, and what is quoted, is read cell by cell, which takes
longer and finds the line and the column to name.  Read next: `csv.py`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from glassgrad.errors import DataError

_BLOCK = 1 << 20  # characters
_Block = tuple[NDArray[np.float64], list[str], int]
"""Numbers (n, D), the class of each line, and the number of the last."""


@dataclass(frozen=True)
class Columns:
    """What every line of a table must hold.

    Args:
        path: of the file, for an error.
        head: the names of all columns.
        target: the place of the column with the classes.
        between: the delimiter; of spaces, several may stand between two cells.
        heading: whether the names stand in the file, for an error.
        greatest: no number may be larger.
        advice: what else may be done about a line of another length.
    """

    path: Path
    head: list[str]
    target: int
    between: str
    heading: bool
    greatest: float
    advice: str

    @property
    def features(self) -> list[int]:
        """The places of all other columns."""
        return [i for i in range(len(self.head)) if i != self.target]


def rows(lines: Iterable[str], between: str, skipped: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each line that is not empty; the first has the number `skipped` + 1."""
    reader = csv.reader(lines, delimiter=between, strict=True, skipinitialspace=between == " ")
    for cells in reader:
        if cells:
            yield skipped + reader.line_num, [c.strip() for c in cells]


def read_lines(
    stream: TextIO,
    skipped: int,
    columns: Columns,
    first: tuple[int, list[str]] | None,
    dtype: DTypeLike,
) -> tuple[NDArray[Any], tuple[str, ...], int]:
    """Numbers, classes and the number of the last line, of what is left of a stream.

    Args:
        stream: the file, behind its first line.
        skipped: how many lines have been read of it.
        columns: what each line must hold.
        first: number and cells of a first line with numbers, or None.
        dtype: of the numbers; they are read in float64 and rounded once.

    Raises:
        DataError: a line or a cell is not what it should be.
    """
    x = np.zeros((0, len(columns.head) - 1), dtype)
    labels: list[str] = []
    same: dict[str, str] = {}
    begin = [_by_cell(columns, *first)] if first else []
    last = skipped
    for numbers, classes, line in chain(begin, _blocks(stream, skipped, columns)):
        x.resize((len(x) + len(numbers), x.shape[1]), refcheck=False)  # grows where it is
        x[len(labels) :] = numbers
        labels += (same.setdefault(label, label) for label in classes)
        last = line
    return x, tuple(labels), last


def _blocks(stream: TextIO, skipped: int, columns: Columns) -> Iterator[_Block]:
    while lines := stream.readlines(_BLOCK):
        quoted = any('"' in line for line in lines)  # such a cell may reach into the next block
        block = None if quoted else _at_once(lines, skipped, columns)
        if block is not None:
            yield block
        else:
            left = chain(lines, stream) if quoted else lines
            for line, cells in rows(left, columns.between, skipped):
                yield _by_cell(columns, line, cells)
        skipped += len(lines)


def _at_once(lines: list[str], skipped: int, columns: Columns) -> _Block | None:
    """A block as NumPy reads it; None if something must be looked at more closely."""
    between, width = columns.between, len(columns.head)
    full = [(i, text) for i, line in enumerate(lines, skipped + 1) if (text := line.rstrip("\r\n"))]
    texts = [text for _, text in full]
    if between == " " or not texts or any(text.count(between) != width - 1 for text in texts):
        return None
    parts = [_apart(text, between, columns.target, width) for text in texts]
    try:
        x = np.loadtxt([rest for _, rest in parts], comments=None, delimiter=between, ndmin=2)
    except ValueError:
        return None
    labels = [label.strip() for label, _ in parts]
    fine = len(x) == len(texts)  # it skips an empty cell that stands alone
    fine = fine and bool((np.abs(x) <= columns.greatest).all()) and all(labels)  # false for NaN
    return (x, labels, full[-1][0]) if fine else None


def _apart(text: str, between: str, i: int, width: int) -> tuple[str, str]:
    """The i-th cell and the line without it; cut from the nearer end."""
    near = 2 * i < width
    parts = text.split(between, i + 1) if near else text.rsplit(between, width - i)
    return parts.pop(i if near else 1), between.join(parts)


def _by_cell(columns: Columns, line: int, cells: list[str]) -> _Block:
    if len(cells) != len(columns.head):
        where = "heading" if columns.heading else "first line"
        raise DataError(
            f"{columns.path}, line {line}: expected {len(columns.head)} cells as in the {where}, got "
            f"{len(cells)}: complete the line, {columns.advice}."
        )
    label = cells[columns.target]
    if not label:
        name = columns.head[columns.target]
        raise DataError(
            f"{columns.path}, line {line}, column {name!r}: expected a class, got nothing."
        )
    x = [_number(columns, line, i, cells[i]) for i in columns.features]
    return np.array([x]), [label], line


def _number(columns: Columns, line: int, i: int, cell: str) -> float:
    try:
        return parsed(cell, columns.greatest)
    except ValueError:
        came = repr(cell) if cell else "nothing"
        raise DataError(
            f"{columns.path}, line {line}, column {columns.head[i]!r}: expected a finite number, got "
            f"{came}: correct the cell, or leave the column or the line out."
        ) from None


def parsed(cell: str, greatest: float) -> float:
    """A number that is at most so large, which NaN is not; Python's own 1_000 is text here."""
    value = float(cell)
    if "_" in cell or not abs(value) <= greatest:
        raise ValueError(cell)
    return value
