"""The rule of an op as an expression: its vjp, run on names instead of numbers.

`vjp` is written in ops, so feeding it tensors gives a graph, and that graph is the rule.  For an op that
works on each element by itself the rule is the cotangent times the local derivative; the derivative is
what is left when the cotangent is 1.  Read next: `read/equations.py`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.engine.modes import recorded
from glassgrad.engine.traversal import cotangents
from glassgrad.notation.formula import Formula
from glassgrad.notation.names import symbol
from glassgrad.ops.base import Elementwise, Op
from glassgrad.tensor import Tensor
from glassgrad.terms.simplify import simplify
from glassgrad.terms.terms import (
    Apply,
    Number,
    Symbol,
    Term,
    apply,
    substitute,
    symbols,
    term_of,
)

Array = NDArray[Any]


@dataclass(frozen=True)
class Rule:
    """What one input of an op gets: `term`, in the symbols g (cotangent of y), y, x0, x1, …

    `local` is the local derivative of an elementwise op, so that `term` is g times it, summed over
    the axes along which the input was repeated.
    """

    term: Term
    local: Term | None = None


def rules(op: Op, g: Array, y: Array, *xs: Array, wanted: Sequence[bool]) -> list[Rule | None]:
    """The rule for each input that is wanted and gets something; None for the others."""
    leaves = [Tensor._constant(np.asarray(a)) for a in (g, y, *xs)]
    with np.errstate(all="ignore"):
        found = recorded(_cotangents, op, leaves, wanted)
    keys = ["g", "y", *(f"x{i}" for i in range(len(xs)))]
    known: dict[int, Term] = {
        id(t): Symbol(key, symbol(key), t._array, shape=t.shape)
        for key, t in zip(keys, leaves, strict=True)
    }
    return [
        None if sent is None else _rule(op, _as_term(sent, known), np.shape(x))
        for sent, x in zip(found, xs, strict=True)
    ]


def _cotangents(op: Op, leaves: list[Tensor], wanted: Sequence[bool]) -> list[Any]:
    """What the vjp sends to each input, recorded; callables are called only where wanted."""
    inputs = leaves[2:]
    chosen = {id(x) for x, w in zip(inputs, wanted, strict=True) if w}
    sent = dict(cotangents(op.vjp, inputs, chosen, *leaves))
    return [sent.get(k) for k in range(len(inputs))]


def _as_term(sent: Any, known: dict[int, Term]) -> Term:
    return term_of(sent if isinstance(sent, Tensor) else Tensor._constant(np.asarray(sent)), known)


def _rule(op: Op, term: Term, shape: tuple[int, ...]) -> Rule:
    """Tidy the term; of an elementwise op, split it into cotangent times local derivative."""
    if not isinstance(op, Elementwise):
        return Rule(simplify(term))
    g = next((t for t in symbols(term) if t.key == "g"), None)
    if g is None:
        return Rule(summed(simplify(term), shape))
    local = simplify(substitute(term, {"g": Number(1.0)}))
    return Rule(summed(times(g, local), shape), local)


def times(g: Term, local: Term) -> Term:
    """The cotangent times a local derivative, 1 and −1 left out."""
    if isinstance(local, Number) and abs(local.value) == 1:
        return g if local.value == 1 else apply(ops.negative, g)
    if isinstance(local, Apply) and local.op == ops.negative:
        return apply(ops.negative, apply(ops.multiply, g, local.args[0]))
    if isinstance(local, Apply) and local.op == ops.multiply and isinstance(local.args[0], Number):
        return apply(ops.multiply, local.args[0], apply(ops.multiply, g, local.args[1]))
    return apply(ops.multiply, g, local)


def summed(term: Term, shape: tuple[int, ...]) -> Term:
    """The term summed over the axes along which an input of this shape was repeated."""
    if term.shape == shape:
        return term
    if isinstance(term, Number):
        return Number(term.value, shape=shape)
    return Apply(ops.SumTo(shape), args=(term,), shape=shape)


def parameter_names(op: Op, inputs: int) -> list[Formula]:
    """What the op calls its inputs: the parameters of its `forward`."""
    parameters = list(inspect.signature(op.forward).parameters.values())
    names = [p.name.lstrip("_") for p in parameters if p.kind is not p.VAR_POSITIONAL]
    rest = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    names += [f"{rest.rstrip('s') or 'x'}{i + 1}" for i in range(inputs - len(names))]
    return [symbol(name) for name in names[:inputs]]


def rule_name(op: Op) -> str:
    """What the rule is called: the first words of the op's docstring, as in "Product" or "Quotient".

    >>> rule_name(ops.multiply), rule_name(ops.Reshape((3,)))
    ('product rule', 'rule of Reshape')
    """
    doc = inspect.getdoc(type(op)) or ""
    match = re.match(r"([A-Z][a-z]+(?: [a-z-]+){0,2}) \$y", doc)
    return f"{match[1].lower()} rule" if match else f"rule of {type(op).__name__}"
