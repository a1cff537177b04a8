"""Truth values: comparisons, and what is made of them.  They are conditions, without derivative.

`x > 0` is one of these ops, so a mask is recorded like any other value and follows its x when a graph is
computed again with other numbers.  A NaN equals nothing, as IEEE 754 has it.  Read next: `select.py`.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass

import numpy as np

from glassgrad.ops.base import Elementwise
from glassgrad.ops.shared.witness import by_number


class Truth(Elementwise):
    """What these share: no derivative, and the ways they are used and misused."""

    source = "Iverson 1962, A Programming Language"

    def vjp(self, _g, _y, *_xs):
        return tuple(None for _ in _xs)


class _Comparison(Truth):
    @classmethod
    def samples(cls, rng):
        yield cls(), np.array([[1.0, -2.0, 0.5]]), np.array([0.5, -2.0, 3.0])
        yield cls(), np.array([1, 2, 3]), np.array(2)
        yield cls(), np.array(0.5), np.zeros((0,))

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((2, 3)), np.ones(4)), "cannot broadcast shapes (2, 3) and (4,)"


class _Logical(Truth):
    @classmethod
    def samples(cls, rng):
        yield cls(), np.array([[True], [False]]), np.array([True, False])
        yield cls(), np.array(True), np.zeros((0,), bool)

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.ones((2, 3)), np.ones(4)), "cannot broadcast shapes (2, 3) and (4,)"


@dataclass(frozen=True)
class Equal(_Comparison):
    r"""Truth value of $a = b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"\left[{0} = {1}\right]", "Equal"
    sympy = "Eq"

    def forward(self, a, b):
        return np.equal(a, b)

    def witness(self, a, b):
        return by_number(operator.eq, a, b)


equal = Equal()


@dataclass(frozen=True)
class NotEqual(_Comparison):
    r"""Truth value of $a \ne b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"\left[{0} \neq {1}\right]", ""
    sympy = "Ne"

    def forward(self, a, b):
        return np.not_equal(a, b)

    def definition(self, a, b):
        return logical_not(equal(a, b))

    def witness(self, a, b):
        return by_number(operator.ne, a, b)


not_equal = NotEqual()


@dataclass(frozen=True)
class Less(_Comparison):
    r"""Truth value of $a < b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"\left[{0} < {1}\right]", "Less"
    sympy = "Lt"

    def forward(self, a, b):
        return np.less(a, b)

    def witness(self, a, b):
        return by_number(operator.lt, a, b)


less = Less()


@dataclass(frozen=True)
class LessEqual(_Comparison):
    r"""Truth value of $a \le b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"\left[{0} \leq {1}\right]", "LessOrEqual"
    sympy = "Le"

    def forward(self, a, b):
        return np.less_equal(a, b)

    def witness(self, a, b):
        return by_number(operator.le, a, b)


less_equal = LessEqual()


@dataclass(frozen=True)
class Greater(_Comparison):
    r"""Truth value of $a > b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"\left[{0} > {1}\right]", "Greater"
    sympy = "Gt"

    def forward(self, a, b):
        return np.greater(a, b)

    def witness(self, a, b):
        return by_number(operator.gt, a, b)


greater = Greater()


@dataclass(frozen=True)
class GreaterEqual(_Comparison):
    r"""Truth value of $a \ge b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"\left[{0} \geq {1}\right]", "GreaterOrEqual"
    sympy = "Ge"

    def forward(self, a, b):
        return np.greater_equal(a, b)

    def witness(self, a, b):
        return by_number(operator.ge, a, b)


greater_equal = GreaterEqual()


@dataclass(frozen=True)
class LogicalAnd(_Logical):
    r"""Truth value: both hold, $a \wedge b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"{0} \wedge {1}", "And"
    sympy = "And"

    def forward(self, a, b):
        return np.logical_and(a, b)

    def witness(self, a, b):
        return by_number(lambda p, q: p and q, a, b)


logical_and = LogicalAnd()


@dataclass(frozen=True)
class LogicalOr(_Logical):
    r"""Truth value: one of both holds, or both, $a \vee b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"{0} \vee {1}", "Or"
    sympy = "Or"

    def forward(self, a, b):
        return np.logical_or(a, b)

    def witness(self, a, b):
        return by_number(lambda p, q: p or q, a, b)


logical_or = LogicalOr()


@dataclass(frozen=True)
class LogicalXor(_Logical):
    r"""Truth value: just one of both holds, $a \oplus b$, elementwise.        a, b, y : (...)"""

    latex, onnx = r"{0} \oplus {1}", "Xor"
    sympy = "Xor"

    def forward(self, a, b):
        return np.logical_xor(a, b)

    def witness(self, a, b):
        return by_number(operator.ne, a, b)


logical_xor = LogicalXor()


@dataclass(frozen=True)
class LogicalNot(Truth):
    r"""Truth value: it does not hold, $\neg x$, elementwise.        x, y : (...)"""

    latex, onnx = r"\neg {0}", "Not"
    sympy = "Not"

    def forward(self, x):
        return np.logical_not(x)

    def witness(self, x):
        return by_number(operator.not_, x)

    @classmethod
    def samples(cls, rng):
        yield cls(), np.array([True, False])
        yield cls(), np.zeros((0, 2), bool)

    @classmethod
    def errors(cls):
        yield lambda: cls()(np.zeros(2, "i4, i4")), "LogicalNot expects float32 or float64"


logical_not = LogicalNot()
