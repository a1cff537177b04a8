"""Which settings a sweep tries: every combination of some values, or random draws.

Settings are frozen dataclasses; a configuration is the base with some fields replaced.
Read next: `runner.py`.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from glassgrad.arguments import look_up
from glassgrad.errors import SettingError
from glassgrad.validate import validated

C = TypeVar("C")


class Distribution(Protocol):
    """Something to draw a setting from."""

    def draw(self, rng: np.random.Generator) -> Any:
        """One value."""


@validated
@dataclass(frozen=True)
class Uniform:
    """Real numbers, each interval between `low` and `high` as likely as another of its length."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _require_order(self, self.low, self.high)

    def draw(self, rng: np.random.Generator) -> float:
        return float(rng.uniform(self.low, self.high))


@validated
@dataclass(frozen=True)
class LogUniform:
    """Positive numbers whose logarithm is uniform: for learning rates, each decade alike.

    Args:
        low: the least value, above 0.
        high: the greatest value.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        _require_order(self, self.low, self.high)
        if self.low <= 0:
            raise SettingError(
                f"expected positive bounds, got {self}: there is no logarithm of {self.low}."
            )

    def draw(self, rng: np.random.Generator) -> float:
        return math.exp(rng.uniform(math.log(self.low), math.log(self.high)))


@validated
@dataclass(frozen=True)
class Integers:
    """Whole numbers from `low` to `high`, both possible."""

    low: int
    high: int

    def __post_init__(self) -> None:
        _require_order(self, self.low, self.high)

    def draw(self, rng: np.random.Generator) -> int:
        return int(rng.integers(self.low, self.high, endpoint=True))


@validated
@dataclass(frozen=True)
class Choice:
    """One of several values, each as likely.

    Args:
        values: what may be drawn.
    """

    values: tuple[Any, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise SettingError("expected values to choose from, got none: write Choice((1, 2)).")

    def draw(self, rng: np.random.Generator) -> Any:
        return self.values[int(rng.integers(len(self.values)))]


@validated
def grid(base: C, /, **axes: Iterable[Any]) -> list[C]:
    """Every combination of the values given for some fields, the last one varying fastest.

    Args:
        base: a frozen dataclass with all other settings.
        axes: for each field its values.

    Raises:
        SettingError: an unknown field, or one without values.

    >>> @dataclass(frozen=True)
    ... class Config:
    ...     lr: float = 0.1
    ...     width: int = 64
    >>> grid(Config(), lr=[0.1, 0.5], width=[4, 8])[1:3]
    [Config(lr=0.1, width=8), Config(lr=0.5, width=4)]
    """
    _require_fields(base, axes)
    values = {name: list(axis) for name, axis in axes.items()}
    for name, axis in values.items():
        if not axis:
            raise SettingError(f"expected values of {name}, got none: write {name}=[…] with some.")
    return [_replaced(base, values, point) for point in itertools.product(*values.values())]


@validated
def random(
    base: C, n: int, rng: np.random.Generator | int | None, /, **distributions: Distribution
) -> list[C]:
    """Settings drawn at random, `n` of them.

    Args:
        base: a frozen dataclass with all other settings.
        rng: the generator, or a seed: the same seed gives the same settings.
        distributions: for each field what it is drawn from: `Uniform`, `LogUniform`, `Integers`, `Choice`.

    Raises:
        SettingError: an unknown field, or something that draws nothing.

    >>> @dataclass(frozen=True)
    ... class Config:
    ...     lr: float = 0.1
    >>> [round(config.lr, 4) for config in random(Config(), 2, 0, lr=LogUniform(1e-4, 1))]
    [0.0353, 0.0012]
    """
    _require_fields(base, distributions)
    for name, distribution in distributions.items():
        if not hasattr(distribution, "draw"):
            raise SettingError(
                f"expected a distribution for {name}, got {distribution!r}: write "
                f"{name}=Uniform(0, 1), or Choice((…)) of the values."
            )
    generator = np.random.default_rng(rng)
    points = ([d.draw(generator) for d in distributions.values()] for _ in range(n))
    return [_replaced(base, distributions, point) for point in points]


def _replaced(base: C, names: Iterable[str], values: Iterable[Any]) -> C:
    changes = dict(zip(names, values, strict=True))
    return dataclasses.replace(base, **changes)  # type: ignore[type-var]


def _require_fields(base: Any, names: Iterable[str]) -> None:
    if not dataclasses.is_dataclass(base) or isinstance(base, type):
        raise SettingError(
            f"expected settings as a dataclass object, got {base!r}: write Config(), for instance."
        )
    fields = {field.name: None for field in dataclasses.fields(base) if field.init}
    for name in names:
        look_up(fields, name, f"field of {type(base).__name__}")


def _require_order(distribution: Any, low: float, high: float) -> None:
    if not low <= high or not math.isfinite(low) or not math.isfinite(high):
        raise SettingError(f"expected low <= high, both finite, got {distribution}: exchange them.")
