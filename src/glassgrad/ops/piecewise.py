"""Functions made of pieces: step, sign, absolute value, clip, maximum, minimum.

Their derivatives jump: they are steps, and a step's own derivative is 0 wherever it exists.  In a rule,
`step(x)` is preferred to a comparison because it lets a NaN through, and because it is an op: a recorded
gradient can then be replayed with other numbers.  Read next: `elementwise.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import SettingError
from glassgrad.ops.base import Elementwise
from glassgrad.ops.comparisons import equal
from glassgrad.ops.select import Pairwise, where
from glassgrad.ops.shared.fast import by_instruction
from glassgrad.ops.shared.numpy_names import as_numpy
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.shared.witness import by_number, off_zero


class _OneNumber(Elementwise):
    """What those of one number share: the ways they are used and misused."""

    @classmethod
    def samples(cls, rng):
        yield cls(), off_zero(rng, (3, 4))
        yield cls(), np.array(-0.5)
        yield cls(), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.array(["a"])), f"{cls.__name__} expects float32 or float64"


@dataclass(frozen=True)
class Step(_OneNumber):
    r"""Heaviside step: 0 below zero, 1 above, `at_zero` at zero; NaN stays NaN.     x, y : (...)

    Its derivative is 0 wherever it exists.
    """

    at_zero: float = 0.0

    latex, onnx, source = r"\theta\left({0}\right)", "", "Abramowitz & Stegun 1964, 29.1.3"
    typed, instruction, fast = ("heaviside",), "step", by_instruction

    @property
    def instruction_setting(self) -> float:
        return self.at_zero

    def forward(self, x):
        return np.heaviside(x, self.at_zero)

    def definition(self, x):
        return where(equal(x, 0), self.at_zero, 0.5 + 0.5 * sign(x))

    def vjp(self, _g, _y, _x):
        return None

    def by_sign(self, sign, _x):
        return {1: 1.0, -1: 0.0, 0: self.at_zero}[sign]

    def sympy_form(self, s, x):
        return s.Heaviside(x, self.at_zero)

    def witness(self, x):
        return by_number(lambda v: 1.0 if v > 0 else 0.0 if v < 0 else self.at_zero, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(0.5), np.array([-1.0, 2.0])


@entrance
def step(x: Any, at_zero: float = 0.0) -> Any:
    """1 above zero, 0 below, `at_zero` at zero; see `Step`.      x : (...)"""
    return Step(at_zero)(x)


@dataclass(frozen=True)
class Sign(_OneNumber):
    r"""Sign $y = -1, 0, 1$; NaN stays NaN.        x, y : (...)        $y' = 0$ wherever it exists"""

    latex, onnx, source = r"\mathrm{{sign}}\left({0}\right)", "Sign", "ONNX operator Sign"
    typed, sympy = ("sgn", "signum"), "sign"

    def forward(self, x):
        return np.sign(x)

    def vjp(self, _g, _y, _x):
        return None

    def by_sign(self, sign, _x):
        return float(sign)

    def witness(self, x):
        return by_number(lambda v: v if v == 0 else math.copysign(1.0, v), x)


sign = Sign()


@dataclass(frozen=True)
class Abs(_OneNumber):
    r"""Absolute value $y = |x|$.        x, y : (...)        $y' = \mathrm{sign}(x)$, so 0 at 0"""

    latex, onnx, source = r"\left|{0}\right|", "Abs", "Griewank & Walther 2008, §14.2"
    typed, instruction, sympy = ("absolute",), "abs", "Abs"

    def forward(self, x):
        return np.abs(x)

    def vjp(self, g, _y, x):
        return g * sign(x)

    def witness(self, x):
        return by_number(lambda v: -v if v < 0 else v, x)


abs = as_numpy(np.absolute, np.fabs)(Abs())


@dataclass(frozen=True)
class Clip(_OneNumber):
    r"""Clipping to an interval, $y = \min(\max(x, \text{low}), \text{high})$.        x, y : (...)

    $y' = 1$ inside and at the bounds, 0 outside, as in PyTorch.

    Raises:
        SettingError: low above high, or a NaN.
    """

    low: float = -math.inf
    high: float = math.inf

    selects = True
    latex, onnx, source = r"\mathrm{{clip}}\left({0}\right)", "Clip", "ONNX operator Clip"

    def __post_init__(self) -> None:
        if not self.low <= self.high:
            raise SettingError(
                f"clip expects low <= high, got low={self.low}, high={self.high}: swap them."
            )

    def forward(self, x):
        return np.clip(x, self.low, self.high)

    def vjp(self, g, y, x):
        # 1 where nothing was clipped; the step is 0 elsewhere, but NaN where x is.
        return g * where(equal(x, y), 1.0, step(-abs(x - y)))

    def sympy_form(self, s, x):
        low, high = (s.nsimplify(bound, rational=True) for bound in (self.low, self.high))
        return s.Min(s.Max(x, low), high)

    def witness(self, x):
        return by_number(lambda v: sorted([self.low, v, self.high])[1], x)

    @classmethod
    def samples(cls, rng):
        yield cls(-1.0, 1.0), np.array([[-2.0, -0.5, 0.25], [0.75, 1.5, 30.0]])
        yield cls(high=0.0), np.array([-3.0, 2.0])
        yield cls(0.0, 6.0), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls(1.0, -1.0), "clip expects low <= high, got low=1.0, high=-1.0"


@as_numpy(np.clip, a_min="low", a_max="high", min="low", max="high")
def clip(x: Any, low: Any = -math.inf, high: Any = math.inf) -> Any:
    """The number of [low, high] that is nearest to each element; see `Clip`.

    Bounds that are arrays or tensors are those of each element, by `maximum` and `minimum`.

    Args:
        x: values of any shape.
        low: the least value, or None.
        high: the greatest value, or None.

    Raises:
        SettingError: low is greater than high, or one of them is True or False.
    """
    if isinstance(low, bool) or isinstance(high, bool):
        raise SettingError(f"clip expects numbers, got low={low}, high={high}: write 0.0 and 1.0.")
    low, high = -math.inf if low is None else low, math.inf if high is None else high
    if isinstance(low, float | int | np.number) and isinstance(high, float | int | np.number):
        return Clip(float(low), float(high))(x)
    if np.any(getattr(low, "_array", low) > np.asarray(getattr(high, "_array", high))):
        raise SettingError("clip expects low <= high, got a place where low is greater: swap them.")
    return minimum(maximum(x, low), high)


@dataclass(frozen=True)
class Maximum(Pairwise):
    r"""The larger of two, $y = \max(a, b)$; a tie sends half to each.        a, b, y : (...)"""

    selects = True
    latex, onnx, source = r"\max\left({0}, {1}\right)", "Max", "Griewank & Walther 2008, §14.2"
    typed, instruction, sympy = ("max",), "maximum", "Max"

    def forward(self, a, b):
        return np.maximum(a, b)

    def vjp(self, g, _y, a, b):
        wins = where(equal(a, b), 0.5, step(a - b))
        return lambda: g * wins, lambda: g * (1 - wins)

    def by_sign(self, sign, a, b):
        return (a if sign > 0 else 0.0) if b == 0 else None

    def witness(self, a, b):
        return by_number(lambda p, q: (p + q + math.fabs(p - q)) / 2, a, b)


maximum = Maximum()


@dataclass(frozen=True)
class Minimum(Pairwise):
    r"""The smaller of two, $y = \min(a, b)$; a tie sends half to each.        a, b, y : (...)"""

    selects = True
    latex, onnx, source = r"\min\left({0}, {1}\right)", "Min", "Griewank & Walther 2008, §14.2"
    typed, instruction, sympy = ("min",), "minimum", "Min"

    def forward(self, a, b):
        return np.minimum(a, b)

    def vjp(self, g, _y, a, b):
        wins = where(equal(a, b), 0.5, step(b - a))
        return lambda: g * wins, lambda: g * (1 - wins)

    def by_sign(self, sign, a, b):
        return (a if sign < 0 else 0.0) if b == 0 else None

    def witness(self, a, b):
        return by_number(lambda p, q: (p + q - math.fabs(p - q)) / 2, a, b)


minimum = Minimum()
