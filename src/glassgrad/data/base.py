"""What a data set is: examples `x`, labels `y`, the names of the classes, and a name.

Everything that could be wrong with the numbers is said here, once, when the set is made: lengths that
differ, labels out of range, a NaN in row 17.  What follows (the loader, the loss, the figures) may rely
on it.  Read next: `loader.py`, then `mnist.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import DataError, DtypeError, LabelError, SettingError, ShapeError
from glassgrad.validate import validated

Rng = np.random.Generator | int | None
Floats = NDArray[np.float32]
Transform = Callable[[Floats, np.random.Generator], Floats]
"""Batch in, batch out; every bit of chance comes from the generator (see `transforms.py`)."""


@validated(but=("x", "y"))
@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Examples with their classes.        x : (N, C, H, W) or (N, D)        y : (N,), 0 … K-1

    Args:
        x: float32 and finite.
        y: int64 class numbers.
        classes: the K names, in the order of the numbers.
        name: what the set is called in messages and figures.

    Raises:
        ShapeError, DtypeError: x or y is no array of the shape or dtype above.
        LabelError: a label is outside 0 … K-1.
        DataError: no examples, or a NaN or an infinity among them.

    >>> x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32)
    >>> ds = Dataset(x, np.array([0, 1, 1, 0]), ("same", "different"), "xor")
    >>> ds
    Dataset(xor: 4 examples of shape (2,), 2 classes)
    >>> ds[ds.y == 1].x
    array([[0., 1.],
           [1., 0.]], dtype=float32)
    """

    x: Floats
    y: NDArray[np.int64]
    classes: tuple[str, ...]
    name: str

    def __post_init__(self) -> None:
        _check_arrays(self.x, self.y, self.name)
        _check_finite(self.x, self.name)
        _check_labels(self.y, self.classes, self.name)

    def __len__(self) -> int:
        return len(self.y)

    def __getitem__(self, index: Any) -> Dataset:
        """The examples at an index, a slice, an array of indices or a mask: a smaller data set."""
        if isinstance(index, int | np.integer):
            index = [index]
        return replace(self, x=self.x[index], y=self.y[index])

    def __repr__(self) -> str:
        return (
            f"Dataset({self.name}: {len(self):,} examples of shape {self.shape}, "
            f"{len(self.classes)} classes)"
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one example: (C, H, W) or (D,)."""
        return self.x.shape[1:]

    def apply(self, transform: Transform, rng: Rng = None) -> Dataset:
        """The same set with its examples transformed once, as for normalising a test set."""
        return replace(self, x=transform(self.x, np.random.default_rng(rng)))


@validated
@dataclass(frozen=True)
class Splits:
    """What `load` returns; `train, test = load("digits")` takes it apart.

    Args:
        note: what a reader should know about the set, such as that only a part of it was found.
        train: the training set.
        test: the test set.
    """

    train: Dataset
    test: Dataset
    note: str = ""
    """What a reader of the results has to know about these data; empty if there is nothing."""

    def __iter__(self) -> Iterator[Dataset]:
        return iter((self.train, self.test))


@validated
def split(
    ds: Dataset, fraction: float, rng: Rng = None, stratified: bool = False
) -> tuple[Dataset, Dataset]:
    """Take a random part out: `(rest, held_out)`; both keep the order of the original.

    Args:
        fraction: the part of the examples that is held out, between 0 and 1.
        rng: the same seed takes the same examples.
        stratified: the same fraction of every class, up to rounding.
        ds: what is divided.

    Raises:
        SettingError: fraction is such that one part would be empty.

    >>> from glassgrad.data.points import circle
    >>> rest, held_out = split(circle(100, rng=0), 0.2, rng=0)
    >>> len(rest), len(held_out)
    (80, 20)
    """
    count = round(fraction * len(ds)) if 0 < fraction < 1 else 0
    if not 0 < count < len(ds):
        raise SettingError(
            f"split expects a fraction between 0 and 1 that leaves both parts at least one of the "
            f"{len(ds)} examples, got {fraction}: write e.g. split(ds, 0.2)."
        )
    order = np.random.default_rng(rng).permutation(len(ds))
    if stratified:
        order = order[_interleaved(ds.y[order])]
    is_held_out = np.zeros(len(ds), bool)
    is_held_out[order[:count]] = True
    return ds[~is_held_out], ds[is_held_out]


def _interleaved(y: NDArray[np.int64]) -> NDArray[np.intp]:
    """An order in which every beginning has each class in proportion."""
    rank = np.empty(len(y))
    for k in np.unique(y):
        (where,) = np.nonzero(y == k)
        rank[where] = (np.arange(len(where)) + 0.5) / len(where)
    return np.argsort(rank, kind="stable")


def _write(spelling: str, a: Any, dtype: np.dtype[Any]) -> str:
    """What to write for an array of another kind, such that no number is changed by it."""
    try:
        array = np.asarray(a)
    except ValueError:
        return "make its rows equally long"
    if spelling == "y" and array.dtype.kind in "UO" and all(isinstance(v, str) for v in array.flat):
        return (
            "write names, y = np.unique(y, return_inverse=True) and classes=tuple(names.tolist())"
        )
    if array.dtype.kind not in "fiub":
        return f"write {spelling} as an array of numbers"
    if spelling == "y" and (array.astype(np.float64) % 1 != 0).any():
        return (
            "classes are whole numbers; for real targets, write a loop of your own with gg.mse_loss"
        )
    return f"write np.asarray({spelling}, np.{dtype})"


def _check_arrays(x: Any, y: Any, name: str) -> None:
    for spelling, a, dtype in (("x", x, np.float32), ("y", y, np.int64)):
        if not isinstance(a, np.ndarray) or a.dtype != dtype:
            came = a.dtype if isinstance(a, np.ndarray) else type(a).__name__
            raise DtypeError(
                f"data set '{name}' expects {spelling} as a {np.dtype(dtype)} array, got {came}: "
                f"{_write(spelling, a, np.dtype(dtype))}."
            )
    if x.ndim not in (2, 4) or y.shape != x.shape[:1]:
        hint = "one label for each example"
        if x.ndim in (1, 3) and y.shape == x.shape[:1]:
            hint = f"x[:, None] adds the axis of the {'channels' if x.ndim == 3 else 'features'}"
        elif y.shape in ((len(x), 1), (1, len(x))):
            hint += ", y.reshape(-1)"
        raise ShapeError(
            f"data set '{name}' expects x : (N, C, H, W) or (N, D) and y : (N,), "
            f"got x {x.shape} and y {y.shape}: {hint}."
        )
    if not x.size:
        raise DataError(
            f"data set '{name}' has no examples (x {x.shape}): give it at least one, "
            "and look at the mask or the slice that made it."
        )


def _check_finite(x: Floats, name: str) -> None:
    """Least and greatest tell it without a copy of the data."""
    if np.isfinite(x.min()) and np.isfinite(x.max()):
        return
    row, *rest = (int(i) for i in np.argwhere(~np.isfinite(x))[0])
    place = "".join(f", {i}" for i in rest)
    raise DataError(
        f"data set '{name}' has {x[(row, *rest)]} in row {row} (x[{row}{place}]); expected finite "
        "numbers: drop the row, or put a number in its place."
    )


def _check_labels(y: NDArray[np.int64], classes: tuple[str, ...], name: str) -> None:
    is_wrong = (y < 0) | (y >= len(classes))
    if is_wrong.any():
        row = int(np.argmax(is_wrong))
        raise LabelError(
            f"data set '{name}' has label {y[row]} in row {row}; expected 0 … {len(classes) - 1} "
            f"for its {len(classes)} classes: number the classes from 0, or name more of them."
        )
