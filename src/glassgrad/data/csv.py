"""Your own data, from a CSV file: a heading, one example per line, one column with the class.

Every cell that is not what it should be is named by line and column.  Read next: `transforms.py`.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from os import PathLike
from pathlib import Path

import numpy as np

from glassgrad.arguments import did_you_mean
from glassgrad.data.base import Dataset
from glassgrad.errors import DataError, SettingError

_GREATEST = float(np.finfo(np.float32).max)
_Rows = list[tuple[int, list[str]]]
"""Line number and cells."""


def read_csv(path: str | PathLike[str], target: str, *, delimiter: str = ",") -> Dataset:
    """A data set from a file with a heading.        x : (N, D)        y : (N,)

    Classes are the different entries of the target column, sorted (as numbers if they all are numbers);
    every other column is a feature and holds finite numbers.

    Args:
        target: the heading of the column with the classes.
        delimiter: what stands between the cells, ";" in many exports.

    Raises:
        SettingError: no column is called `target`.
        DataError: no heading, a cell is empty or no number, a line has too few or too many cells, no
            examples, only one class, two columns of one name, or the file cannot be read.
    """
    path = Path(path)
    rows = _rows(path, delimiter)
    (_, head), body = rows[0], rows[1:]
    column = _target_column(head, target, path)
    for line, cells in body:
        if len(cells) != len(head):
            raise DataError(
                f"{path}, line {line}: expected {len(head)} cells as in the heading, got {len(cells)}: "
                f"complete the line, or name the delimiter (now {delimiter!r})."
            )
    labels = [_label(cells[column], target, path, line) for line, cells in body]
    classes = _classes(labels, target, path, body[-1][0])
    features = [i for i in range(len(head)) if i != column]
    x = [[_number(cells[i], head[i], path, line) for i in features] for line, cells in body]
    number = {label: k for k, label in enumerate(classes)}
    y = [number[label] for label in labels]
    return Dataset(np.array(x, np.float32), np.array(y, np.int64), classes, path.stem)


def _rows(path: Path, delimiter: str) -> _Rows:
    """Every line that is not empty; the first is the heading."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, delimiter=delimiter, strict=True)
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


def _target_column(head: list[str], target: str, path: Path) -> int:
    if sum(map(_is_number, head)) >= max(1, len(head) - 1):
        raise DataError(
            f"{path}, line 1: expected a heading with names, got {', '.join(head)}: put a line such as "
            "x,y,class above the examples."
        )
    if twice := [name for name in head if head.count(name) > 1]:
        raise DataError(f"{path}: two columns are called {twice[0]!r}; expected different names.")
    if target not in head:
        hint = did_you_mean(target, head, f"write target={head[-1]!r}, for example.")
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


def _classes(labels: Sequence[str], target: str, path: Path, last: int) -> tuple[str, ...]:
    different = set(labels)
    if len(different) < 2:
        raise DataError(
            f"{path}, lines 2 to {last}: column {target!r} has one class only, {different.pop()!r}; "
            "expected at least two: is this the right column?"
        )
    try:
        return tuple(sorted(different, key=lambda label: (_parsed(label), label)))
    except ValueError:
        return tuple(sorted(different))


def _number(cell: str, name: str, path: Path, line: int) -> np.float32:
    try:
        return np.float32(_parsed(cell))
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


def _parsed(cell: str) -> float:
    """A number that float32 can hold; Python's own 1_000 is text here."""
    value = float(cell)
    if "_" in cell or not abs(value) <= _GREATEST:
        raise ValueError(cell)
    return value
