"""Grids, random draws, and axes as they are typed."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from glassgrad.errors import SettingError
from glassgrad.runs.config import TrainConfig
from glassgrad.sweep import Choice, Integers, LogUniform, Uniform, grid, random
from glassgrad.sweep.typed_axes import configurations


@dataclass(frozen=True)
class Config:
    n: int = 1
    rng: float = 0.5
    base: str = "x"
    maybe: float | None = None
    flag: bool = False
    kind: Literal["a", "b"] | None = None
    shape: tuple[int, ...] = ()


def test_a_grid_has_every_combination_once():
    configs = grid(Config(base="y"), n=range(3), maybe=[None, 0.5])
    assert [(c.n, c.maybe) for c in configs] == [(n, m) for n in range(3) for m in (None, 0.5)]
    assert {c.base for c in configs} == {"y"}
    assert grid(Config()) == [Config()]
    assert grid(Config(), rng=(i for i in (1.0, 2.0)), base=["a"]) == [
        Config(1, 1.0, "a"),
        Config(1, 2.0, "a"),
    ]


def test_draws_follow_their_distributions():
    configs = random(
        Config(),
        4000,
        np.random.default_rng(0),
        n=Integers(3, 5),
        rng=LogUniform(1e-4, 1.0),
        maybe=Uniform(-1, 3),
        base=Choice(("p", "q")),
    )
    assert {c.n for c in configs} == {3, 4, 5}
    assert np.bincount([c.n for c in configs])[3:].min() > 1200
    decades = np.histogram([math.log10(c.rng) for c in configs], bins=4, range=(-4, 0))[0]
    assert decades.sum() == 4000
    assert decades.min() > 880
    assert abs(np.mean([c.maybe for c in configs]) - 1) < 0.08
    assert 1800 < sum(c.base == "p" for c in configs) < 2200


def test_the_same_seed_draws_the_same():
    first, second = (
        random(Config(), 5, seed, rng=Uniform(0, 1)) for seed in (3, np.random.default_rng(3))
    )
    assert first == second
    assert first != random(Config(), 5, 4, rng=Uniform(0, 1))


def test_axes_are_read_by_their_annotations():
    typed = ["n=1,2", "maybe=none, 0.5", "flag=true", "kind=b,none", "base=x"]
    assert configurations(Config(), typed) == grid(
        Config(), n=[1, 2], maybe=[None, 0.5], flag=[True], kind=["b", None], base=["x"]
    )
    drawn = configurations(
        Config(), ["rng=loguniform(1e-3, 1)", "n=integers(1,9)", "kind=a,b"], draws=50, seed=1
    )
    assert len(drawn) == 50
    assert {c.kind for c in drawn} == {"a", "b"}
    assert {c.n for c in drawn} <= set(range(1, 10))
    assert configurations(TrainConfig(), ["batch-size=16,32", "optimizer=adam"])[1].batch_size == 32


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: grid(Config(), m=[1]), "unknown field of Config 'm'.* There are: n, rng, base"),
        (lambda: grid(Config(), n=[]), "values of n, got none"),
        (lambda: grid({"n": 1}, n=[1]), "a dataclass object, got {'n': 1}"),
        (lambda: grid(Config, n=[1]), "a dataclass object"),
        (lambda: random(Config(), 2, 0, n=[1, 2]), r"a distribution for n, got \[1, 2\]"),
        (lambda: Uniform(2, 1), r"low <= high, both finite, got Uniform\(low=2, high=1\)"),
        (lambda: LogUniform(0, 1), "positive bounds"),
        (lambda: Integers(5, 4), "low <= high"),
        (lambda: Uniform(0, math.inf), "both finite"),
        (lambda: Choice(()), "values to choose from"),
        (lambda: configurations(Config(), ["n"]), "an axis such as lr=0.1,0.5, got 'n'"),
        (lambda: configurations(Config(), ["n="]), "got 'n='"),
        (lambda: configurations(Config(), ["n=1", "n=2"]), "each field once, got n=1 n=2"),
        (lambda: configurations(Config(), ["n=1.5"]), "expected int for n, got '1.5'"),
        (lambda: configurations(Config(), ["n=1,,2"]), "expected int for n, got ''"),
        (lambda: configurations(Config(), ["maybe=low"]), "expected float or none for maybe"),
        (lambda: configurations(Config(), ["kind=c"]), "expected a, b or none for kind, got 'c'"),
        (lambda: configurations(Config(), ["flag=yes"]), "expected bool for flag, got 'yes'"),
        (lambda: configurations(Config(), ["shape=1"]), "expected .* for shape"),
        (lambda: configurations(Config(), ["rng=uniform(0,1)"]), "got a range: list them"),
        (lambda: configurations(Config(), ["rng=gauss(0,1)"], 3), "unknown range 'gauss'"),
        (
            lambda: configurations(Config(), ["rng=uniform(a,1)"], 3),
            "expected float for rng, got 'a'",
        ),
        (lambda: configurations(TrainConfig(), ["lrr=1"]), "did you mean 'lr'"),
    ],
)
def test_bad_input(call, text):
    with pytest.raises(SettingError, match=text):
        call()
