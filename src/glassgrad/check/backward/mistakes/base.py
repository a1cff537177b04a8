"""What a mistake is: a name, how it shows, and the wrong gradients that somebody gets who makes it.

A new mistake is one function with `@mistake(...)` in one of the files beside this one; where it stands
decides which of two that fit equally well is named.  Read next: `scale.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from numpy.typing import NDArray

from glassgrad.check.backward.case import Case
from glassgrad.check.backward.perturb import Graph, Step

Array = NDArray[Any]
MOST_STEPS = 80
"""Graphs are perturbed step by step up to this many steps; beyond, only what needs no graph is tried."""


@dataclass(frozen=True)
class Guess:
    """What the gradients would be, by argument number, and what to say if they are."""

    sentence: str
    grads: Mapping[int, Array]
    takes_factor: bool = True
    """Whether a constant factor on top still means the same mistake."""
    name: str = ""
    """The mistake's name where it depends on the numbers."""


Guesses = Callable[[Case], Iterator[Guess]]


@dataclass(frozen=True)
class Mistake:
    """An entry of the catalogue."""

    name: str
    sign: str
    """How it shows, in a sentence."""
    guesses: Guesses


def mistake(name: str, sign: str) -> Callable[[Guesses], Mistake]:
    """Make a catalogue entry of a function that yields guesses."""
    return lambda guesses: Mistake(name, sign, guesses)


def searched(case: Case) -> Graph | None:
    """The graph to perturb; None if it is too large, or has no fused op to look into."""
    graph = case.searched
    return None if graph is None or len(graph.steps) > MOST_STEPS else graph


def steps(case: Case) -> Iterator[tuple[Graph, Step]]:
    """Every step of the backward pass."""
    if (graph := searched(case)) is not None:
        for step in graph.steps:
            yield graph, step


def only(step: Step, k: int, wrong: Array | None) -> list[Array | None] | None:
    """What a step sends if it errs in one input only."""
    return None if wrong is None else [*step.right[:k], wrong, *step.right[k + 1 :]]


def with_op(step: Step, op: Any) -> Step:
    """A step with other settings of its op."""
    node: Any = SimpleNamespace(op=op, inputs=step.node.inputs, name=step.node.name)
    return replace(step, node=node)


def perturbed(graph: Graph, step: Step, wrong: Any, sentence: str) -> Iterator[Guess]:
    """The guess that comes of sending `wrong` from one step; none if that fits no shape."""
    if wrong is not None and (grads := graph.perturbed(step, wrong)) is not None:
        yield Guess(sentence, dict(enumerate(grads)))


def by_argument(case: Case) -> Iterator[tuple[int, str, Array, Array]]:
    """(number, name, theirs, ours) of each argument that is wrong."""
    for i in case.wrong:
        mine = case.theirs[i]
        if mine is not None:
            yield i, case.names[i], mine, case.ours[i]
