"""A formula as a tree: numbers, names, sums, products, quotients, powers and functions.

A tree is evaluated by the ops of glassgrad, so with arrays it gives values and with tensors a graph that
can be differentiated.  Each part knows its place in the text it was read from.  Read next: `parser.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

from glassgrad import ops

Values = Mapping[str, Any]
"""What the names of a formula stand for: numbers, arrays or tensors."""

CONSTANTS = {"e": math.e, "pi": math.pi, "π": math.pi}

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": ops.exp,
    "log": ops.log,
    "ln": ops.log,
    "sqrt": lambda x: ops.power(x, 0.5),
    "abs": ops.abs,
    "sin": ops.sin,
    "cos": ops.cos,
    "tan": lambda x: ops.sin(x) / ops.cos(x),
    "sinh": lambda x: (ops.exp(x) - ops.exp(-x)) * 0.5,
    "cosh": lambda x: (ops.exp(x) + ops.exp(-x)) * 0.5,
    "tanh": ops.tanh,
    "sigmoid": ops.sigmoid,
    "σ": ops.sigmoid,
    "relu": ops.relu,
    "softplus": ops.softplus,
    "step": ops.step,
}
"""The functions a formula may use.  `step` is 0 below zero and 1 above."""


@dataclass(frozen=True)
class Node:
    """A part of a formula, with its place: characters `start` to `end` of the text."""

    start: int
    end: int

    @property
    def parts(self) -> tuple[Node, ...]:
        """The parts directly under this one."""
        return ()

    def evaluate(self, values: Values) -> Any:
        """The value, by glassgrad's ops."""
        raise NotImplementedError

    def walk(self) -> Iterator[Node]:
        """This part and everything under it."""
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def depth(self) -> int:
        """Levels of nesting, this one included."""
        return 1 + max((part.depth for part in self.parts), default=0)


@dataclass(frozen=True)
class Number(Node):
    """A number, or a constant such as e."""

    value: float

    def evaluate(self, values: Values) -> Any:
        return self.value


@dataclass(frozen=True)
class Name(Node):
    """A name that the caller gives a value."""

    name: str

    def evaluate(self, values: Values) -> Any:
        return values[self.name]


@dataclass(frozen=True)
class _Several(Node):
    items: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.items


@dataclass(frozen=True)
class Sum(_Several):
    """A sum of terms; a term that is subtracted is a `Negative`."""

    def evaluate(self, values: Values) -> Any:
        return reduce(ops.add, (x.evaluate(values) for x in self.items))


@dataclass(frozen=True)
class Product(_Several):
    """A product of factors."""

    def evaluate(self, values: Values) -> Any:
        return reduce(ops.multiply, (x.evaluate(values) for x in self.items))


@dataclass(frozen=True)
class Quotient(Node):
    """One part over another."""

    top: Node
    bottom: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.top, self.bottom

    def evaluate(self, values: Values) -> Any:
        return ops.divide(self.top.evaluate(values), self.bottom.evaluate(values))


@dataclass(frozen=True)
class Power(Node):
    """A power; with the base e it is the exponential function."""

    base: Node
    exponent: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.base, self.exponent

    def evaluate(self, values: Values) -> Any:
        exponent = self.exponent.evaluate(values)
        if isinstance(self.base, Number) and self.base.value == math.e:
            return ops.exp(exponent)
        return ops.power(self.base.evaluate(values), exponent)


@dataclass(frozen=True)
class Negative(Node):
    """Minus a part."""

    item: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.item,)

    def evaluate(self, values: Values) -> Any:
        return ops.negative(self.item.evaluate(values))


@dataclass(frozen=True)
class Call(Node):
    """A function of a part."""

    function: str
    item: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.item,)

    def evaluate(self, values: Values) -> Any:
        return FUNCTIONS[self.function](self.item.evaluate(values))
