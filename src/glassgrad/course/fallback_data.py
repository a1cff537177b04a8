"""What is computed on when the real images are not here: the embedded digits, plain or in colour.

Read next: `context.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from glassgrad import data
from glassgrad.data import Dataset, Splits


def instead_of(name: str) -> tuple[Splits, str]:
    """The fallback for a data set, and how a report calls it."""
    make, what = _STAND_INS[name]
    return make(), what


def coloured(ds: Dataset, rng: np.random.Generator) -> Dataset:
    """Digits of 8 × 8 grey pixels as 32 × 32 in colour: a random ink on a random paper, with noise."""
    shape = np.kron(ds.x, np.ones((1, 1, 4, 4), np.float32))
    ink, paper = rng.random((2, len(ds), 3, 1, 1), np.float32)
    x = paper + shape * (ink - paper) + 0.05 * rng.standard_normal(shape.shape, np.float32)
    return replace(ds, x=np.clip(x, 0, 1).astype(np.float32), name="coloured digits")


def _in_colour() -> Splits:
    rng = np.random.default_rng(0)
    train, test = data.load("digits")
    return Splits(coloured(train, rng), coloured(test, rng))


_STAND_INS: Mapping[str, tuple[Callable[[], Splits], str]] = {
    "mnist": (
        lambda: data.load("digits"),
        "the embedded 8 × 8 digits (1,438 to train, 359 to test)",
    ),
    "cifar10": (
        _in_colour,
        "the embedded digits, enlarged and coloured (1,438 to train, 359 to test)",
    ),
}
