"""Your own data, from a CSV file: a heading, one example per line, one column with the class.

Every cell that is not what it should be is named by line and column.  Read next: `csv_rows.py`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import DTypeLike, NDArray

from glassgrad.arguments import did_you_mean
from glassgrad.data.base import Dataset
from glassgrad.data.csv_rows import Columns, parsed, read_lines, rows
from glassgrad.errors import DataError, SettingError
from glassgrad.validate import validated

_GREATEST = float(np.finfo(np.float32).max)
_DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Examples:
    """What a file says: features as numbers, the class of each line as it is written there.

    Args:
        names: of the features; their numbers where the file has no heading.
        target: the name of the column with the classes.
        x: (N, D).
        labels: N of them.
        last: the number of the last line.
    """

    names: tuple[str, ...]
    target: str
    x: NDArray[Any]
    labels: tuple[str, ...]
    last: int


@validated
def read_csv(
    path: str | PathLike[str], target: str | None = None, *, delimiter: str | None = ","
) -> Dataset:
    """A data set from a file with a heading.        x : (N, D)        y : (N,)

    Classes are the different entries of the target column, sorted (as numbers if they all are numbers);
    every other column is a feature and holds finite numbers.

    Args:
        path: of the file.
        target: the heading of the column with the classes; by default the last one.
        delimiter: what stands between the cells, ";" in many exports; None finds it out.

    Raises:
        SettingError: no column is called `target`.
        DataError: no heading, a cell is empty or no number, a line has too few or too many cells, no
            examples, only one class, two columns of one name, or the file cannot be read.
    """
    path = Path(path)
    found = read_examples(
        path, target, delimiter=delimiter, heading=True, greatest=_GREATEST, dtype=np.float32
    )
    classes = _classes(found, path)
    number = {label: k for k, label in enumerate(classes)}
    y = np.fromiter((number[label] for label in found.labels), np.int64, len(found.labels))
    return Dataset(found.x, y, classes, path.stem)


def read_examples(
    path: Path,
    target: str | None = None,
    *,
    delimiter: str | None = None,
    heading: bool | None = None,
    greatest: float = float(np.finfo(np.float64).max),
    option: str = "target=",
    dtype: DTypeLike = np.float64,
) -> Examples:
    """The examples of a file, one per line.

    Args:
        path: of the file.
        target: the column with the classes, by its heading or else its number; by default the last one.
        delimiter: what stands between the cells; None finds out which of comma, semicolon and tab it
            is, or spaces.
        heading: whether the first line has the names; None finds out: a line without a number has.
        greatest: no number may be larger.
        option: what to write to name another column, for an error.
        dtype: of the numbers.

    Raises:
        SettingError: no column is called `target`.
        DataError: a cell is not what it should be, named by its line and column; see `read_csv`.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            return examples(stream, path, target, delimiter, heading, greatest, option, dtype)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read: {error}. Expected a CSV file in UTF-8 with a heading."
        ) from error


def examples(
    stream: TextIO,
    path: Path,
    target: str | None = None,
    delimiter: str | None = None,
    heading: bool | None = None,
    greatest: float = float(np.finfo(np.float64).max),
    option: str = "target=",
    dtype: DTypeLike = np.float64,
) -> Examples:
    """What `read_examples` gives, of lines from elsewhere that messages call `path`."""
    line = stream.readline()
    between = delimiter or _delimiter(line)
    number, first = next(rows(chain([line], stream), between), (0, []))
    if not first:
        raise _too_few(path, 0)
    if heading is None:
        heading = not any(map(_is_number, first))
    head = first if heading else [str(i) for i in range(len(first))]
    if heading and len(head) == 1:
        _refuse_one_cell(head[0], number, next(rows(stream, between), (0, []))[1], path, between)
    if heading:
        _require_names(head, path)
    column = _target_column(head, target, path, option)
    advice = f"or name the delimiter (now {delimiter!r})" if delimiter else "or cut it"
    columns = Columns(path, head, column, between, heading, greatest, advice)
    begin = None if heading else (number, first)
    x, labels, last = read_lines(stream, number, columns, begin, dtype)
    if len(labels) + heading < 2:
        raise _too_few(path, 1)
    names = tuple(head[i] for i in columns.features)
    return Examples(names, head[column], x, labels, last)


def _too_few(path: Path, lines: int) -> DataError:
    return DataError(
        f"{path} has {lines} lines; expected a heading and at least one example below it."
    )


def _delimiter(line: str) -> str:
    found = max(_DELIMITERS, key=line.count)
    return found if found in line else " "


def _refuse_one_cell(cell: str, line: int, below: list[str], path: Path, between: str) -> None:
    """Raise if a first line of one cell is a remark, or something else stands between its cells."""
    if len(below) > 1:
        raise DataError(
            f"{path}: line {line} has one cell, the next one {len(below)}; expected a heading "
            "with as many: delete what stands above the heading."
        )
    found = _delimiter(cell)
    if found != between and found in cell:
        raise SettingError(
            f"{path}, line {line}: expected cells with {between!r} between them, got {cell!r}: write "
            f"delimiter={found!r}."
        )


def _require_names(head: list[str], path: Path) -> None:
    if sum(map(_is_number, head)) >= max(1, len(head) - 1):
        raise DataError(
            f"{path}, line 1: expected a heading with names, got {', '.join(head)}: put a line such as "
            "x,y,class above the examples."
        )
    if twice := [name for name in head if head.count(name) > 1]:
        raise DataError(f"{path}: two columns are called {twice[0]!r}; expected different names.")


def _target_column(head: list[str], target: str | None, path: Path, option: str) -> int:
    target = head[-1] if target is None else target
    if target not in head:
        hint = did_you_mean(target, head, f"write {option}{head[-1]!r}, for example.")
        raise SettingError(
            f"{path} has no column {target!r}; expected one of {', '.join(map(repr, head))}: {hint}"
        )
    if len(head) < 2:
        raise DataError(f"{path} has the column {target!r} only; expected at least one feature.")
    return head.index(target)


def _classes(found: Examples, path: Path) -> tuple[str, ...]:
    different = set(found.labels)
    if len(different) < 2:
        raise DataError(
            f"{path}, lines 2 to {found.last}: column {found.target!r} has one class only, "
            f"{different.pop()!r}; expected at least two: is this the right column?"
        )
    if len(different) == len(found.labels) > 2 and any(map(_is_real, different)):
        raise DataError(
            f"{path}: every number in column {found.target!r} is another one, such as "
            f"{found.labels[0]!r}; expected classes: for real targets, read the file with "
            "np.loadtxt(path, delimiter=',', skiprows=1) and write a loop of your own with gg.mse_loss."
        )
    try:
        return tuple(sorted(different, key=lambda label: (parsed(label, _GREATEST), label)))
    except ValueError:
        return tuple(sorted(different))


def _is_real(cell: str) -> bool:
    return _is_number(cell) and float(cell) % 1 != 0


def _is_number(cell: str) -> bool:
    try:
        parsed(cell, _GREATEST)
    except ValueError:
        return False
    return True
