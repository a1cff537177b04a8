"""Choices between numbers: where, equal, and the product in which a zero stays zero.

A masked cotangent is chosen away, not multiplied by 0: an infinity on the other side stays there.
Read next: `piecewise.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.base import Elementwise
from glassgrad.ops.comparisons import equal
from glassgrad.ops.shared.numpy_names import as_numpy
from glassgrad.ops.shared.readable import Rewrite
from glassgrad.ops.shared.witness import by_number, off_zero


class Pairwise(Elementwise):
    """What those of two numbers share: the ways they are used and misused."""

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

    selects = True
    latex, onnx = r"\begin{{cases}}{1} & {0} \\ {2}\end{{cases}}", "Where"
    source = "ONNX operator Where"

    def forward(self, condition, a, b):
        return np.where(condition, a, b)

    def vjp(self, g, _y, condition, _a, _b):
        return None, lambda: where(condition, g, 0), lambda: where(condition, 0, g)

    def sympy_form(self, s, condition, a, b):
        return s.Piecewise((a, condition), (b, True))

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


@as_numpy(np.where)
def _where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Places are plain numbers; a choice is recorded."""
    return np.nonzero(condition) if x is None and y is None else where(condition, x, y)


@dataclass(frozen=True)
class SafeMultiply(Pairwise):
    r"""The product $y = g\,d$ in which a zero g wins, against infinity and NaN too.   g, d, y : (...)

    For factors whose product has the limit 0: in the derivative $b\,a^{b-1}$ of a power, b = 0 makes it 0
    at a = 0 too.
    """

    selects = True

    latex, onnx, source = r"{0}\,{1}", "", "Griewank & Walther 2008, §14.1"
    python = "{} * {}"

    def forward(self, g, d):
        with np.errstate(all="ignore"):
            return np.where(np.equal(g, 0), g, np.multiply(g, d))

    def definition(self, g, d):
        return where(equal(g, 0), g, g * d)

    def vjp(self, h, _y, g, d):
        return lambda: safe_multiply(h, d), lambda: safe_multiply(h, g)

    def sympy_form(self, s, g, d):
        return g * d

    def witness(self, g, d):
        return by_number(lambda p, q: p * q if p else 0.0, g, d)

    @classmethod
    def rewrites(cls):
        yield Rewrite(lambda x, y: safe_multiply(x, y), lambda x, y: x * y)


safe_multiply = SafeMultiply()
