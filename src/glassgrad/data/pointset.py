"""What makes a function that draws points an entry of the registry.

Read next: `points.py`, where it stands above every function.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec

from glassgrad.data.base import Dataset, Splits
from glassgrad.data.fetch import Folder
from glassgrad.data.source import FileCheck, Info, Source

P = ParamSpec("P")


@dataclass(frozen=True, kw_only=True)
class PointSet(Source, Generic[P]):
    """A function `(n, noise, rng, …) -> Dataset`, still called as such; `load` draws with seed 0."""

    draw: Callable[P, Dataset]
    train: int
    test: int

    def __post_init__(self) -> None:
        like = {"__wrapped__": self.draw, "__doc__": self.draw.__doc__, "__name__": self.name}
        vars(self).update(like | {"__module__": self.draw.__module__})  # for help() and doctest

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Dataset:
        """Draw points."""
        return self.draw(*args, **kwargs)

    def load(self, data_dir: Folder = None, download: bool | None = None) -> Splits:
        """As `Source.load`; there is nothing to find or to fetch."""
        draw: Callable[..., Dataset] = self.draw
        ds = draw(self.train + self.test, rng=0)
        return Splits(ds[: self.train], ds[self.train :])

    def get(self, data_dir: Folder = None) -> tuple[FileCheck, ...]:
        """As `Source.get`."""
        return ()

    def check(self, data_dir: Folder = None) -> tuple[FileCheck, ...]:
        """As `Source.check`."""
        return ()

    def info(self, data_dir: Folder = None) -> Info:
        """As `Source.info`."""
        train = self.load().train
        return Info(
            name=self.name,
            title=self.title,
            licence=self.licence,
            source=self.source,
            shape=train.shape,
            classes=train.classes,
            train=self.train,
            test=self.test,
            status="generated",
        )


def point_set(
    source: str, train: int = 500, test: int = 500
) -> Callable[[Callable[P, Dataset]], PointSet[P]]:
    """Register the function under its name, with the first sentence of its docstring as title."""

    def register(draw: Callable[P, Dataset]) -> PointSet[P]:
        return PointSet(
            name=draw.__name__,
            title=(inspect.getdoc(draw) or "").partition(".")[0],
            licence="none needed: drawn from a formula",
            source=source,
            draw=draw,
            train=train,
            test=test,
        )

    return register
