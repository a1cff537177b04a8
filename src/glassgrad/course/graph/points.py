"""The points of problems 2 and 3: the reader's own, from a CSV file, or ours.

The course's points are not public.  Read next: `linear.py`.
"""

from __future__ import annotations

from pathlib import Path

from glassgrad import data
from glassgrad.course.context import Context
from glassgrad.data import Dataset
from glassgrad.data.csv import read_examples
from glassgrad.errors import DataError

POINTS = "the course's points"


def own_points(context: Context, otherwise: Dataset) -> Dataset:
    """The reader's CSV file, or our points."""
    if context.points is None:
        context.used[POINTS] = f"{len(otherwise)} points of ours ({otherwise.name})"
        return otherwise
    context.used[POINTS] = f"the points in {context.points.name}"
    return read_points(context.points)


def read_points(path: Path) -> Dataset:
    """Points from a CSV file with a heading, its last column being the class; commas, semicolons or tabs.

    Raises:
        DataError: the file is missing, or one of its cells is not what it should be, named by line and
            column, or its last column has as many values as measurements have.
    """
    labels = read_examples(path, delimiter=None, heading=True).labels
    if len(set(labels)) > max(2, len(labels) // 2):
        raise DataError(
            f"{path}: the last column has {len(set(labels))} different entries in {len(labels)} lines; "
            "expected a few classes: is the column with the class missing? It has to be the last one."
        )
    return data.read_csv(path, delimiter=None)
