"""Choices between numbers: where, step, sign, absolute value, clip, maximum, minimum.

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
from glassgrad.ops.shared.fast import by_instruction
from glassgrad.ops.shared.witness import by_number, off_zero


class _Choice(Elementwise):
    """What those of one input share: the ways they are used and misused."""

    @classmethod
    def samples(cls, rng):
        yield cls(), off_zero(rng, (3, 4))
        yield cls(), np.array(-0.5)
        yield cls(), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.array(["a"])), f"{cls.__name__} expects float32 or float64"


class _Contest(Elementwise):
    """What those of two inputs share."""

    @classmethod
    def samples(cls, rng):
        a = rng.normal(size=(2, 3))
        yield cls(), a, a + off_zero(rng, (2, 3))
        yield cls(), np.array([[1.0], [-2.0]]), np.array([0.5, 2.0, -3.0])
        yield cls(), np.array(0.5), np.zeros((0,))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((2, 3)), np.ones(4)), "cannot broadcast shapes (2, 3) and (4,)"


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
            lambda: cls()(np.ones(3) > 0, np.ones(4), 0.0),
            "cannot broadcast shapes (3,) and (4,)",
        )


where = Where()


@dataclass(frozen=True)
class Equal(_Contest):
    r"""Truth value of $a = b$, elementwise: a condition for `where`, without derivative.

    a, b, y : (...)        (`==` between tensors asks whether they are the same tensor.)
    """

    latex, onnx, source = r"\left[{0} = {1}\right]", "Equal", "Iverson 1962, A Programming Language"

    def forward(self, a, b):
        return np.equal(a, b)

    def vjp(self, _g, _y, _a, _b):
        return None, None

    def witness(self, a, b):
        return by_number(lambda p, q: 0.0 if p < q or p > q else 1.0, a, b)


equal = Equal()


@dataclass(frozen=True)
class SafeMultiply(_Contest):
    r"""The product of the chain rule, $y = g\,d$, where a zero cotangent stays zero.   g, d, y : (...)

    Rules whose derivative d can be infinite or NaN use it: where `where` masks $\sqrt{x}$ out at x = -1,
    nothing is sent back, though $d = 1/(2\sqrt{-1})$ is NaN.
    """

    latex, onnx, source = r"{0}\,{1}", "", "PyTorch issue 68425, where the product is NaN"

    def forward(self, g, d):
        with np.errstate(all="ignore"):
            return np.where(np.equal(g, 0), g, np.multiply(g, d))

    def definition(self, g, d):
        return where(equal(g, 0), g, g * d)

    def vjp(self, h, _y, g, d):
        return lambda: safe_multiply(h, d), lambda: safe_multiply(h, g)

    def witness(self, g, d):
        return by_number(lambda p, q: p * q if p else 0.0, g, d)


safe_multiply = SafeMultiply()


@dataclass(frozen=True)
class Step(_Choice):
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

    def witness(self, x):
        return by_number(lambda v: 1.0 if v > 0 else 0.0 if v < 0 else self.at_zero, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(3, 4))
        yield cls(0.5), np.array([-1.0, 2.0])


def step(x: Any, at_zero: float = 0.0) -> Any:
    """1 above zero, 0 below, `at_zero` at zero; see `Step`."""
    return Step(at_zero)(x)


@dataclass(frozen=True)
class Sign(_Choice):
    r"""Sign $y = -1, 0, 1$; NaN stays NaN.        x, y : (...)        $y' = 0$ wherever it exists"""

    typed = ("sgn", "signum")
    latex, onnx, source = r"\mathrm{{sign}}\left({0}\right)", "Sign", "ONNX operator Sign"

    def forward(self, x):
        return np.sign(x)

    def vjp(self, _g, _y, _x):
        return None

    def witness(self, x):
        return by_number(lambda v: v if v == 0 else math.copysign(1.0, v), x)


sign = Sign()


@dataclass(frozen=True)
class Abs(_Choice):
    r"""Absolute value $y = |x|$.        x, y : (...)        $y' = \mathrm{sign}(x)$, so 0 at 0"""

    latex, onnx, source = r"\left|{0}\right|", "Abs", "Griewank & Walther 2008, §14.2"
    typed, instruction = ("absolute",), "abs"

    def forward(self, x):
        return np.abs(x)

    def vjp(self, g, _y, x):
        return g * sign(x)

    def witness(self, x):
        return by_number(lambda v: -v if v < 0 else v, x)


abs = Abs()


@dataclass(frozen=True)
class Clip(_Choice):
    r"""Clipping to an interval, $y = \min(\max(x, \text{low}), \text{high})$.        x, y : (...)

    $y' = 1$ inside and at the bounds, 0 outside, as in PyTorch.

    Raises:
        SettingError: low above high, or a NaN.
    """

    low: float = -math.inf
    high: float = math.inf

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


def clip(x: Any, low: float = -math.inf, high: float = math.inf) -> Any:
    """The number of [low, high] that is nearest to each element; see `Clip`."""
    return Clip(low, high)(x)


@dataclass(frozen=True)
class Maximum(_Contest):
    r"""The larger of two, $y = \max(a, b)$; a tie sends half to each.        a, b, y : (...)"""

    latex, onnx, source = r"\max\left({0}, {1}\right)", "Max", "Griewank & Walther 2008, §14.2"
    typed, instruction = ("max",), "maximum"

    def forward(self, a, b):
        return np.maximum(a, b)

    def vjp(self, g, _y, a, b):
        wins = where(equal(a, b), 0.5, step(a - b))
        return lambda: g * wins, lambda: g * (1 - wins)

    def witness(self, a, b):
        return by_number(lambda p, q: (p + q + math.fabs(p - q)) / 2, a, b)


maximum = Maximum()


@dataclass(frozen=True)
class Minimum(_Contest):
    r"""The smaller of two, $y = \min(a, b)$; a tie sends half to each.        a, b, y : (...)"""

    latex, onnx, source = r"\min\left({0}, {1}\right)", "Min", "Griewank & Walther 2008, §14.2"
    typed, instruction = ("min",), "minimum"

    def forward(self, a, b):
        return np.minimum(a, b)

    def vjp(self, g, _y, a, b):
        wins = where(equal(a, b), 0.5, step(b - a))
        return lambda: g * wins, lambda: g * (1 - wins)

    def witness(self, a, b):
        return by_number(lambda p, q: (p + q - math.fabs(p - q)) / 2, a, b)


minimum = Minimum()
