"""Choices between numbers: where, maximum, minimum, clip, abs and the step that is their derivative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad.ops.base import Elementwise
from glassgrad.ops.witness import by_number


@dataclass(frozen=True)
class Where(Elementwise):
    r"""Choice: $y = a$ where the condition holds, else $b$.     condition, a, b, y : (...)

    A masked cotangent is chosen away, not multiplied by 0, so an infinity on the other side stays there.
    """

    latex, onnx = r"\begin{{cases}}{1} & {0} \\ {2}\end{{cases}}", "Where"
    source = "ONNX operator Where"

    def forward(self, condition, a, b):
        return np.where(condition, a, b)

    def vjp(self, g, _y, condition, _a, _b):
        return None, lambda: where(condition, g, 0), lambda: where(condition, 0, g)

    def witness(self, condition, a, b):
        return by_number(lambda c, p, q: p if c else q, condition, a, b)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.random((3, 4)) > 0.5, rng.normal(size=(3, 4)), rng.normal(size=(4,))
        yield cls(), np.array([True, False]), np.array(2.0), rng.normal(size=(3, 2))

    @classmethod
    def errors(cls):
        yield (
            lambda: where(np.ones(3) > 0, np.ones(4), 0.0),
            "cannot broadcast shapes (3,) and (4,)",
        )


where = Where()


@dataclass(frozen=True)
class Step(Elementwise):
    r"""Heaviside step: 0 below zero, 1 above, `at_zero` at zero; NaN stays NaN.     x, y : (...)

    Its derivative is 0 wherever it exists.
    """

    at_zero: float = 0.0

    latex, onnx, source = r"\theta\left({0}\right)", "", "Abramowitz & Stegun 1964, 29.1.3"

    def forward(self, x):
        return np.heaviside(x, np.asarray(self.at_zero, x.dtype))

    def definition(self, x):
        return where(x > 0, 1.0, where(x < 0, 0.0, where(x == 0, self.at_zero, x)))

    def vjp(self, _g, _y, _x):
        return None

    def witness(self, x):
        return by_number(lambda v: 1.0 if v > 0 else 0.0 if v < 0 else self.at_zero, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(0.5), np.array([-1.0, 2.0])

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.array(["a"])), "Step expects float32 or float64"


def step(x, at_zero=0.0):
    """1 above zero, 0 below, `at_zero` at zero; see `Step`."""
    return Step(at_zero)(x)
