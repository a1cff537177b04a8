"""Rewriting expressions into what a person would write: 1·x is x, x·x is x², --x is x.

A rewrite is a pair of functions in the library's own ops: `lambda x: 1 * x` becomes `lambda x: x`.  The
pattern is read off by running the function on placeholders, and the law that proves a rewrite runs the
same two functions on random numbers.  What belongs to one op stands at the op.  Read next: `rules.py`.
"""

from __future__ import annotations

import inspect
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.engine.modes import recorded
from glassgrad.notation.formula import letter
from glassgrad.ops.base import Elementwise
from glassgrad.ops.shared.readable import Rewrite
from glassgrad.tensor import Tensor
from glassgrad.terms.shapes import Shape, broadcast
from glassgrad.terms.terms import Apply, Number, Symbol, Term, apply, rebuild, term_of


def _of_ops(when: str) -> tuple[Rewrite, ...]:
    """The rewrites that ops bring along."""
    return tuple(r for op in ops.registry() for r in op.rewrites() if r.when == when)


R = Rewrite
PLAIN = (
    R(lambda x: 1 * x, lambda x: x),
    R(lambda x: x / 1, lambda x: x),
    R(lambda x: x + 0, lambda x: x),
    R(lambda x: 0 + x, lambda x: x),
    R(lambda x: x - 0, lambda x: x),
    R(lambda x: 0 - x, lambda x: -x),
    R(lambda x: 0 * x, lambda x: 0),
    R(lambda x: 0 / x, lambda x: 0),
    R(lambda x: x**1, lambda x: x),
    R(lambda x: x**0, lambda x: 1),
    R(lambda x: ops.negative(-x), lambda x: x),
    R(lambda x: -1 * x, lambda x: -x),
    R(lambda x: x / -1, lambda x: -x),
    R(lambda x, y: x - (-y), lambda x, y: x + y),
    R(lambda x, y: x + (-y), lambda x, y: x - y),
    R(lambda x, y: (-x) + y, lambda x, y: y - x),
    R(lambda x, y: -(x - y), lambda x, y: y - x),
    R(lambda x, y: (-x) * y, lambda x, y: -(x * y)),
    R(lambda x, y: x * (-y), lambda x, y: -(x * y)),
    R(lambda x, y: (-x) / y, lambda x, y: -(x / y)),
    R(lambda x, y: x / (-y), lambda x, y: -(x / y)),
    R(lambda c, x: -(c * x), lambda c, x: (-c) * x),
    R(lambda n, x: n / x, lambda n, x: -((-n) / x)),
    R(lambda x, n: x + n, lambda x, n: x - (-n)),
    R(lambda n, x: n + x, lambda n, x: x - (-n)),
    R(lambda x, n: x - n, lambda x, n: x + (-n)),
    R(lambda x, n, y: x + n * y, lambda x, n, y: x - (-n) * y),
    R(lambda x, n, y: n * y + x, lambda x, n, y: x - (-n) * y),
    R(lambda x, n, y: x - n * y, lambda x, n, y: x + (-n) * y),
    R(lambda x: (-x) ** 2, lambda x: x**2),
    # numbers come first, and are worked out
    R(lambda u, c: u * c, lambda u, c: c * u),
    R(lambda c, d, x: c * (d * x), lambda c, d, x: (c * d) * x),
    R(lambda c, u, x: (c * u) * x, lambda c, u, x: c * (u * x)),
    R(lambda u, c, x: u * (c * x), lambda u, c, x: c * (u * x)),
    R(lambda c, x, d: (c * x) / d, lambda c, x, d: (c / d) * x),
    R(lambda c, x, d: c * (x / d), lambda c, x, d: (c / d) * x),
    R(lambda c, d, x: c * (d / x), lambda c, d, x: (c * d) / x),
    # powers
    R(lambda u: u * u, lambda u: u**2),
    R(lambda u, c: u * u**c, lambda u, c: u ** (c + 1), positive=True),
    R(lambda u, c: u**c * u, lambda u, c: u ** (c + 1), positive=True),
    R(lambda u, x: (x * u) * u, lambda u, x: x * u**2),
    R(lambda u: u + u, lambda u: 2 * u),
    R(lambda c, d, u: c * u + d * u, lambda c, d, u: (c + d) * u),
    R(lambda c, u: c * u + u, lambda c, u: (c + 1) * u),
    R(lambda c, u: u + c * u, lambda c, u: (c + 1) * u),
    # fractions
    R(lambda u, x, y: u * (x / y), lambda u, x, y: (u * x) / y),
    R(lambda u, x, y: (x / y) * u, lambda u, x, y: (x * u) / y),
    R(lambda x, u, v: (x / u) / v, lambda x, u, v: x / (u * v)),
    R(lambda x, y, z: x / (y / z), lambda x, y, z: (x * z) / y),
    R(lambda u: u / u, lambda u: 1),
    R(lambda u, x: (u * x) / u, lambda u, x: x),
    R(lambda u, x: (x * u) / u, lambda u, x: x),
    R(lambda u: u / u**2, lambda u: 1 / u),
    R(lambda u: u**2 / u, lambda u: u),
    R(lambda u, x: (x * u) / u**2, lambda u, x: x / u),
    R(lambda u, x: (u * x) / u**2, lambda u, x: x / u),
    R(lambda u, x, y: (u * x) / (u * y), lambda u, x, y: x / y),
    R(lambda u, x, y: (x * u) / (u * y), lambda u, x, y: x / y),
    R(lambda u, x, y: (u * x) / (y * u), lambda u, x, y: x / y),
    R(lambda u, x, y: (x * u) / (y * u), lambda u, x, y: x / y),
    R(lambda c, u, x: (c * x) / u, lambda c, u, x: c * (x / u)),
    R(lambda u, x: u / (x * u), lambda u, x: 1 / x),
    R(lambda u, x: u / (u * x), lambda u, x: 1 / x),
    R(lambda u: u * (1 - 1 / u), lambda u: u - 1),
    R(lambda u: u - u**2, lambda u: u * (1 - u)),
    *_of_ops("always"),
)  # fmt: skip
"""What is always done: none of these brings in a function that was not there."""

NAMED = _of_ops("functions")
"""What brings in a function by its name, on request: e⁻ˣ/(1 + e⁻ˣ)² is σ(x)(1 − σ(x))."""

EXPONENTS = _of_ops("exponents")
"""The law of exponents, on request."""


def simplify(term: Term, *also: tuple[Rewrite, ...]) -> Term:
    """The term rewritten by `PLAIN` and the tables `also`, numbers worked out; its value stays."""
    tables = (PLAIN, *also)
    return rebuild(term, lambda t: _improved(t, tables))


def _improved(term: Term, tables: tuple[tuple[Rewrite, ...], ...]) -> Term:
    """Rewrite the top of a term whose arguments are tidy already, until nothing fits any more."""
    for _ in range(100):
        if not isinstance(term, Apply):
            break
        folded = _folded(term)
        if folded is not None:
            return folded
        term = _unrepeated(term)
        for pattern in _patterns(tables)[type(term.op)]:
            found: dict[str, Term] = {}
            if _matches(pattern.left, term, found):
                new = _built(pattern.right, found, term.shape, tables)
                if new.shape == term.shape:
                    term = new
                    break
        else:
            break
    return term


def _folded(term: Apply) -> Term | None:
    """Numbers are worked out, as long as the result is finite and the same everywhere."""
    numbers = [a for a in term.args if isinstance(a, Number)]
    if (
        len(numbers) < len(term.args)
        or max((math.prod(a.shape) for a in numbers), default=0) > 10_000
    ):
        return None
    value = np.asarray(term.op.compute(*(np.full(a.shape, a.value) for a in numbers)))
    if value.size and np.isfinite(value).all() and (value == value.flat[0]).all():
        return Number(float(value.flat[0]) + 0.0, shape=term.shape)  # + 0.0 turns -0 into 0
    return None


def _unrepeated(term: Apply) -> Apply:
    """Repetition along axes is left out where the op above repeats by itself."""
    (first, *_) = term.args
    if term.op.repeats and _is_new_axes(first):
        return Apply(term.op, args=first.args, shape=term.shape)
    if not isinstance(term.op, Elementwise):
        return term
    args = list(term.args)
    for i, a in enumerate(args):
        if isinstance(a, Apply) and a.op.repeats:
            shorter = [*args[:i], a.args[0], *args[i + 1 :]]
            if broadcast(*(x.shape for x in shorter)) == term.shape:
                args = shorter
    return Apply(term.op, args=tuple(args), shape=term.shape)


def _is_new_axes(term: Term) -> bool:
    """Whether a term only puts axes of length 1 in front: broadcasting does that too."""
    if not (isinstance(term, Apply) and term.op.reshapes):
        return False
    before, after = term.args[0].shape, term.shape
    new = len(after) - len(before)
    return new >= 0 and after[new:] == before and set(after[:new]) <= {1}


@dataclass(frozen=True)
class _Pattern:
    left: Term
    right: Term


@cache
def _patterns(tables: tuple[tuple[Rewrite, ...], ...]) -> Mapping[type, list[_Pattern]]:
    """The tables as patterns, by the op at the top."""
    found: dict[type, list[_Pattern]] = defaultdict(list)
    for rewrite in (r for table in tables for r in table):
        left, right = as_term(rewrite.left), as_term(rewrite.right)
        assert isinstance(left, Apply)
        found[type(left.op)].append(_Pattern(left, right))
    return found


def as_term(function: Callable[..., Any]) -> Term:
    """The expression that a function of numbers computes, its parameters as symbols.

    >>> from glassgrad.notation.plain import plain
    >>> from glassgrad.terms.terms import formula
    >>> plain(formula(as_term(lambda x, y: (x + y) * ops.exp(x))))
    '(x + y)·e^x'
    """
    names = list(inspect.signature(function).parameters)
    leaves = [Tensor(0.5 + 0.1 * i, name) for i, name in enumerate(names)]
    result = recorded(function, *leaves)  # recorded, even within no_grad()
    if not isinstance(result, Tensor):
        return Number(float(result))
    known: dict[int, Term] = {
        id(t): Symbol(name, letter(name)) for t, name in zip(leaves, names, strict=True)
    }
    return term_of(result, known)


def _matches(pattern: Term, term: Term, found: dict[str, Term]) -> bool:
    """Whether the term has the pattern's form; what its parameters stand for is added to `found`."""
    if isinstance(pattern, Symbol):
        is_number = isinstance(term, Number)
        if (pattern.key in "cdn" and not is_number) or (pattern.key in "uv" and is_number):
            return False
        if pattern.key == "n" and not (isinstance(term, Number) and term.value < 0):
            return False
        return found.setdefault(pattern.key, term) == term
    if isinstance(pattern, Number):
        return isinstance(term, Number) and math.isclose(pattern.value, term.value)
    assert isinstance(pattern, Apply)
    return (
        isinstance(term, Apply)
        and pattern.op == term.op
        and len(pattern.args) == len(term.args)
        and all(_matches(p, t, found) for p, t in zip(pattern.args, term.args, strict=True))
    )


def _built(
    pattern: Term,
    found: Mapping[str, Term],
    shape: Shape,
    tables: tuple[tuple[Rewrite, ...], ...],
) -> Term:
    """The right side with its parameters filled in, tidy below its top."""
    if isinstance(pattern, Symbol):
        return found[pattern.key]
    if isinstance(pattern, Number):
        return Number(pattern.value, shape=shape)
    assert isinstance(pattern, Apply)
    args = tuple(
        a if isinstance(p, Symbol) else _improved(a, tables)
        for p, a in ((p, _built(p, found, (), tables)) for p in pattern.args)
    )
    return apply(pattern.op, *args)
