"""Your own data, from a CSV file: a heading, one example per line, one column with the class.

Every cell that is not what it should be is named by line and column.  Read next: `transforms.py`.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from glassgrad.arguments import did_you_mean
from glassgrad.data.base import Dataset
from glassgrad.errors import DataError, SettingError
from glassgrad.validate import validated

_GREATEST = float(np.finfo(np.float32).max)
_DELIMITERS = ",;\t"
_Rows = list[tuple[int, list[str]]]
"""Line number and cells."""


@dataclass(frozen=True)
class Examples:
    """What a file says: features as numbers, the class of each line as it is written there.

    Args:
        names: of the features; their numbers where the file has no heading.
        target: the name of the column with the classes.
        x: (N, D), in float64.
        labels: N of them.
        last: the number of the last line.
    """

    names: tuple[str, ...]
    target: str
    x: NDArray[np.float64]
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
    found = read_examples(path, target, delimiter=delimiter, heading=True, greatest=_GREATEST)
    classes = _classes(found, path)
    number = {label: k for k, label in enumerate(classes)}
    y = [number[label] for label in found.labels]
    return Dataset(found.x.astype(np.float32), np.array(y, np.int64), classes, path.stem)


def read_examples(
    path: Path,
    target: str | None = None,
    *,
    delimiter: str | None = None,
    heading: bool | None = None,
    greatest: float = np.inf,
    option: str = "target=",
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

    Raises:
        SettingError: no column is called `target`.
        DataError: a cell is not what it should be, named by its line and column; see `read_csv`.
    """
    rows = _rows(path, delimiter)
    (_, first), body = rows[0], rows[1:]
    if heading is None:
        heading = not any(map(_is_number, first))
    head = first if heading else [str(i) for i in range(len(first))]
    if heading:
        _require_names(head, path)
    column = _target_column(head, target, path, option)
    body = body if heading else rows
    for line, cells in body:
        if len(cells) != len(head):
            where = "heading" if heading else "first line"
            hint = f"or name the delimiter (now {delimiter!r})" if delimiter else "or cut it"
            raise DataError(
                f"{path}, line {line}: expected {len(head)} cells as in the {where}, got {len(cells)}: "
                f"complete the line, {hint}."
            )
    labels = tuple(_label(cells[column], head[column], path, line) for line, cells in body)
    features = [i for i in range(len(head)) if i != column]
    x = [
        [_number(cells[i], head[i], path, line, greatest) for i in features] for line, cells in body
    ]
    names = tuple(head[i] for i in features)
    return Examples(names, head[column], np.array(x, np.float64), labels, body[-1][0])


def _rows(path: Path, delimiter: str | None) -> _Rows:
    """Every line that is not empty; the first may be the heading."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            text = stream if delimiter else list(stream)
            between = delimiter or _delimiter(next(iter(text), ""))
            reader = csv.reader(
                text, delimiter=between, strict=True, skipinitialspace=between == " "
            )
            rows = [(reader.line_num, [c.strip() for c in cells]) for cells in reader if cells]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            f"{path} cannot be read: {error}. Expected a CSV file in UTF-8 with a heading."
        ) from error
    if len(rows) < 2:
        raise DataError(
            f"{path} has {len(rows)} lines; expected a heading and at least one example below it."
        )
    return rows


def _delimiter(line: str) -> str:
    found = max(_DELIMITERS, key=line.count)
    return found if found in line else " "


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


def _label(cell: str, target: str, path: Path, line: int) -> str:
    if not cell:
        raise DataError(f"{path}, line {line}, column {target!r}: expected a class, got nothing.")
    return cell


def _classes(found: Examples, path: Path) -> tuple[str, ...]:
    different = set(found.labels)
    if len(different) < 2:
        raise DataError(
            f"{path}, lines 2 to {found.last}: column {found.target!r} has one class only, "
            f"{different.pop()!r}; expected at least two: is this the right column?"
        )
    try:
        return tuple(sorted(different, key=lambda label: (_parsed(label), label)))
    except ValueError:
        return tuple(sorted(different))


def _number(cell: str, name: str, path: Path, line: int, greatest: float) -> float:
    try:
        return _parsed(cell, greatest)
    except ValueError:
        came = repr(cell) if cell else "nothing"
        raise DataError(
            f"{path}, line {line}, column {name!r}: expected a finite number, got {came}: "
            "correct the cell, or leave the column or the line out."
        ) from None


def _is_number(cell: str) -> bool:
    try:
        return bool(np.isfinite(_parsed(cell)))
    except ValueError:
        return False


def _parsed(cell: str, greatest: float = _GREATEST) -> float:
    """A finite number, at most so large; Python's own 1_000 is text here."""
    value = float(cell)
    if "_" in cell or not (abs(value) <= greatest and np.isfinite(value)):
        raise ValueError(cell)
    return value
