"""What an exercise is given: how much to compute, chance, data, and a folder of its own.

Data that are not on this machine are replaced by something embedded, and the report says so.
Read next: `exercise.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from glassgrad import data
from glassgrad.course import fallback_data
from glassgrad.data import Splits
from glassgrad.errors import DataError
from glassgrad.validate import validated

T = TypeVar("T")
Form = Literal["quick", "normal", "full"]


@validated
@dataclass
class Context:
    """The circumstances of a run.

    Args:
        form: "quick" computes for seconds on embedded data, "normal" for minutes, "full" for what the
            document asks, hours in two places.
        seeds: repetitions, where chance plays.
        folder: a folder that stays between runs, for long computations that can go on.
        data_dir: where data sets are looked for first.
        points: your own points, a CSV file whose last column is the class, for graph/2 and graph/3.
        digits: your own handwriting, a folder of images called 7-first.png and so on, for graph/4c.
        jobs: processes at a time, where an exercise consists of many runs.
        say: is told what is being done.
        used: notes which data sets were used, and which were replaced.
    """

    form: Form = "normal"
    seeds: int = 3
    folder: Path = Path("course")
    data_dir: Path | None = None
    points: Path | None = None
    digits: Path | None = None
    jobs: int = 2
    say: Callable[[str], None] = lambda text: None
    used: dict[str, str] = field(default_factory=dict)
    """What each data set asked for really was; empty text for the data set itself."""

    @property
    def quick(self) -> bool:
        """Whether seconds count."""
        return self.form == "quick"

    def pick(self, quick: T, normal: T, full: T | None = None) -> T:
        """The setting for this form; full is normal where nothing else is said."""
        if self.form == "full" and full is not None:
            return full
        return quick if self.quick else normal

    def rng(self, *key: int) -> np.random.Generator:
        """A generator of its own for each key: the same numbers in every run."""
        return np.random.default_rng([2026, *key])

    def repetitions(self) -> Iterator[tuple[int, np.random.Generator]]:
        """Number and generator of each repetition."""
        for seed in range(self.seeds):
            self.say(f"seed {seed}")
            yield seed, self.rng(seed)

    def load(self, name: str) -> Splits:
        """The data set `name` ("mnist", "cifar10") if it is here and there is time, or its fallback."""
        if not self.quick:
            try:
                found = data.load(name, data_dir=self.data_dir, download=False)
            except DataError:
                pass
            else:
                self.used[name] = ""
                return found
        splits, what = fallback_data.instead_of(name)
        if not self.quick and name not in self.used:
            what += f", since {name} is not here (glassgrad data get {name})"
            self.say(f"on {what}")
        self.used.setdefault(name, what)
        return splits

    def is_real(self, name: str) -> bool:
        """Whether the data set `name` was used itself."""
        return self.used.get(name, "nothing") == ""
