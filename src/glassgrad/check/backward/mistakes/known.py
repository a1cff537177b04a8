"""Gradients that differ from the right ones by a known quantity: a factor or a term of the graph.

The last resort of the search, for it says what is wrong and not why.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassgrad.check.backward.case import Case
from glassgrad.check.backward.mistakes.base import Array, Guess, by_argument, mistake, searched
from glassgrad.notation.numbers import number_text


def _quantities(case: Case, shape: tuple[int, ...]) -> Iterator[tuple[str, Array]]:
    """Values in the graph, local derivatives, 1 minus them, and what arrives at a step."""
    graph = searched(case)
    if graph is None:
        return
    values = [(n.name or f"the result of {type(n.op).__name__}", n._array) for n in graph.values]
    values += [
        (f"the derivative of {step.label}", np.asarray(sent[step.real[0]]))
        for step in graph.steps
        if len(step.real) == 1 and (sent := step.rule(np.ones_like(step.g), step.y, *step.xs))
    ]
    for name, v in values:
        if v.size > 1 and _broadcast(v.shape, shape) == shape:
            yield name, v
            yield f"(1 − {name})", 1 - v
    for step in graph.steps:
        if _broadcast(step.g.shape, shape) == shape and step.g.size > 1:
            yield _ARRIVES, step.g


_ARRIVES = "g, what arrives from above"


def _broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...] | None:
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


@mistake("missing factor", "Multiplied by a value of the graph, it would be right: the chain rule.")
def missing_factor(case: Case) -> Iterator[Guess]:
    for i, name, _, ours in by_argument(case):
        for what, q in _quantities(case, ours.shape):
            if np.all(q):
                said = f"d{name} lacks the factor {what}: the chain rule."
                called = "upstream forgotten" if what is _ARRIVES else ""
                yield Guess(said, {i: ours / q}, name=called)


@mistake("extra factor", "Divided by a value of the graph, it would be right.")
def extra_factor(case: Case) -> Iterator[Guess]:
    for i, name, _, ours in by_argument(case):
        for what, q in _quantities(case, ours.shape):
            yield Guess(f"d{name} has the factor {what} too much.", {i: ours * q})


@mistake("extra term", "It is right but for a multiple of an argument: a weight decay of its own.")
def extra_term(case: Case) -> Iterator[Guess]:
    for i, name, mine, ours in by_argument(case):
        if mine.shape != ours.shape or not np.isfinite(mine).all():
            continue
        for what, q in zip(case.names, case.inputs, strict=True):
            if q.shape == ours.shape and np.any(q) and q.size > 2:
                t = float(np.vdot(q, mine - ours) / np.vdot(q, q))
                said = f"d{name} has the term {number_text(t)}·{what} too much: a weight decay?"
                yield Guess(said, {i: ours + t * q}, takes_factor=False)
        if ours.size > 2:
            t = float((mine - ours).mean())
            yield Guess(f"d{name} has {number_text(t)} added to every entry.", {i: ours + t}, False)


ALL = (missing_factor, extra_factor, extra_term)
