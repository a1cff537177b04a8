"""One step's rule done wrong: a forgotten factor, a mask, the wrong place, a softmax taken as diagonal.

Each guess takes one step of the right backward pass and sends something else from it.  Read next:
`paths.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields, replace
from itertools import combinations
from typing import Any

import numpy as np

from glassgrad.check.backward.case import Case
from glassgrad.check.backward.mistakes.base import (
    Array,
    Guess,
    mistake,
    only,
    perturbed,
    steps,
    with_op,
)
from glassgrad.check.backward.perturb import Graph, Step
from glassgrad.errors import GlassgradError
from glassgrad.ops import Elementwise, sum_to

_PIECEWISE = {"ReLU", "LeakyReLU", "ELU", "Abs", "Clip"}


def _one(step: Step) -> int | None:
    """The input of a step that has just one real one of the output's shape."""
    real = [k for k, c in enumerate(step.right) if c is not None]
    return real[0] if len(real) == 1 and step.xs[real[0]].shape == step.y.shape else None


@mistake(
    "upstream forgotten", "A step's own derivative stands alone, not multiplied by what arrives."
)
def upstream_forgotten(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        said = (
            f"{step.label}: its own derivative stands alone; multiply it by g, what arrives there."
        )
        sent = step.rule(np.ones_like(step.g), step.y, *step.xs)
        yield from perturbed(graph, step, sent, said)
        for k, _ in enumerate(step.right):
            if sent is not None and len(step.right) > 1:
                yield from perturbed(graph, step, only(step, k, sent[k]), said)


@mistake(
    "derivative forgotten", "What arrives at a step is passed on without the step's derivative."
)
def derivative_forgotten(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        for k, right in enumerate(step.right):
            if right is None:
                continue
            if step.g.shape == right.shape:
                passed: Array | None = step.g
            elif isinstance(step.op, Elementwise):
                passed = sum_to(step.g, right.shape)
            elif isinstance(axis := getattr(step.op, "axis", None), int) and not step.op.adds_up:
                passed = np.broadcast_to(np.expand_dims(step.g, axis), right.shape)
            else:
                continue
            sign_only = passed is not None and np.array_equal(passed, -right)
            square = not isinstance(step.op, Elementwise) and len(step.real) > 1
            if not sign_only and not square:
                said = (
                    f"{step.label}: what arrives is passed on as it is; its derivative is missing."
                )
                yield from perturbed(graph, step, only(step, k, passed), said)


@mistake("derivative twice", "A step's derivative is multiplied in twice.")
def derivative_twice(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        k = _one(step)
        if k is not None and (once := step.right[k]) is not None:
            twice = step.rule(once, step.y, *step.xs)
            yield from perturbed(
                graph, step, twice, f"{step.label}: its derivative is applied twice."
            )


@mistake(
    "mask",
    "Zeros and ones in the wrong entries: a mask of another array, turned round, or missing.",
)
def mask(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        k = _one(step)
        if k is None or step.kind not in _PIECEWISE:
            continue
        x, right = step.xs[k], step.right[k]
        assert right is not None
        for name, v in (("−x", -x), ("g", step.g), *_others(graph, step, x)):
            said = f"{step.label}: its mask is taken of {name}; it must be that of its input."
            for sent in _at(step, k, v):
                yield from perturbed(graph, step, sent, said)
        sides = {
            "above 0 the gradient is missing": np.where(x > 0, 0, right),
            "below 0 the gradient is missing": np.where(x > 0, right, 0),
            "below 0 all of it is passed on": np.where(x > 0, right, step.g),
            "above 0 it is multiplied as well": np.where(x > 0, step.g, right),
            "at 0 itself it is passed on (≥ for >; a convention: at_zero=1)": np.where(
                x == 0, step.g, right
            ),
            "at 0 itself nothing is passed on (> for ≥; a convention: at_zero=0)": np.where(
                x == 0, 0, right
            ),
        }
        for said, wrong in sides.items():
            yield from perturbed(graph, step, [wrong], f"{step.label}: {said}.")


def _at(step: Step, k: int, v: Array) -> Iterator[Any]:
    """A rule evaluated at v in place of input k, with the right output and with that of v."""
    xs = [v if j == k else w for j, w in enumerate(step.xs)]
    yield step.rule(step.g, step.y, *xs)
    with suppress(GlassgradError), np.errstate(all="ignore"):
        yield step.rule(step.g, np.asarray(step.op.compute(*xs)), *xs)


def _others(graph: Graph, step: Step, x: Array) -> Iterator[tuple[str, Array]]:
    """Other values of the same shape, with a name to call them by."""
    if step.y.shape == x.shape:
        yield "its output", step.y
    for node in graph.order:
        if node is not step.node and node.shape == x.shape and node._array is not x:
            yield node.name or f"the result of {type(node.op).__name__}", node._array


@mistake(
    "wrong place", "A derivative is evaluated at the output instead of the input, or the reverse."
)
def wrong_place(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        k = _one(step)
        if k is None:
            continue
        x = step.xs[k]
        said = f"{step.label}: its derivative is evaluated at "
        in_place = " (or the input was overwritten in place)"
        for name, v in _others(graph, step, x):
            also = in_place if name == "its output" else ""
            for sent in _at(step, k, v):
                yield from perturbed(graph, step, sent, f"{said}{name}{also}, not at its input.")
        by_output = f"{said}the input, but the formula used takes the output y."
        yield from perturbed(graph, step, step.rule(step.g, x, *step.xs), by_output)
        formula = _BY_OUTPUT.get(step.kind)
        if formula is not None:
            with np.errstate(all="ignore"):
                yield from perturbed(graph, step, [step.g * formula(x)], by_output)


_BY_OUTPUT: dict[str, Any] = {
    "Tanh": lambda v: 1 - v * v,
    "Sigmoid": lambda v: v * (1 - v),
    "Softplus": lambda v: 1 - np.exp(-v),
    "ELU": lambda v: np.where(v > 0, 1, v + 1),
}
"""Derivatives as functions of the output, as they are often written: σ' = y(1 − y).  Those of ops whose
own rule reads the output (exp, √) need no row."""


@mistake("missing factor", "Half of a step's derivative is there: y where y(1 − y) belongs.")
def half_a_derivative(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        k = _one(step)
        if k is None or (right := step.right[k]) is None:
            continue
        y = step.y
        for what, q in (("y", y), ("(1 − y)", 1 - y), ("(1 + y)", 1 + y), ("x", step.xs[k])):
            if np.all(q):
                said = f"{step.label}: its derivative lacks the factor {what}."
                yield from perturbed(graph, step, only(step, k, right / q), said)


@mistake("extra factor", "A step's derivative has a factor too much.")
def more_than_a_derivative(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        k = _one(step)
        if k is None or (right := step.right[k]) is None:
            continue
        for what, q in (("y", step.y), ("(1 − y)", 1 - step.y), ("x", step.xs[k]), ("g", step.g)):
            said = f"{step.label}: its derivative has the factor {what} too much."
            yield from perturbed(graph, step, only(step, k, right * q), said)


@mistake("transpose", "A step takes what arrives transposed.")
def transposed_arrival(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        if step.g.ndim == 2 and step.g.shape[0] == step.g.shape[1] > 1:
            sent = step.rule(step.g.T, step.y, *step.xs)
            said = f"{step.label}: what arrives is taken transposed."
            yield from perturbed(graph, step, sent, said)
            for k in step.real if len(step.real) > 1 else ():
                yield from perturbed(
                    graph, step, None if sent is None else only(step, k, sent[k]), said
                )


@mistake("flipped", "A step takes what arrives in reverse order.")
def flipped_arrival(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        for count in range(1, min(step.g.ndim, 4) + 1):
            for axes in combinations(range(step.g.ndim), count):
                said = f"{step.label}: g is taken in reverse order along axis {axes}."
                sent = step.rule(np.flip(step.g, axes), step.y, *step.xs)
                yield from perturbed(graph, step, sent, said)


@mistake(
    "diagonal", "Only the diagonal of a Jacobian is used: each output as if of its own input only."
)
def diagonal(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        k = _one(step)
        if k is None or isinstance(step.op, Elementwise) or not step.y.ndim:
            continue
        own = _diagonal(step, k)
        right = step.right[k]
        if own is None or right is None:
            continue
        said = (
            f"{step.label} is treated as diagonal, as if each output depended on its own input only"
        )
        yield from perturbed(
            graph, step, [step.g * own], f"{said}; the terms −yᵢyⱼ of the others are missing."
        )
        for sent in (2 * step.g * own - right, right - step.g * own):
            yield from perturbed(
                graph, step, [sent], f"{step.label}: diagonal and other terms are mixed up."
            )


def _diagonal(step: Step, k: int) -> Array | None:
    axis = getattr(step.op, "axis", -1)
    if not isinstance(axis, int) or step.y.shape[axis] > 64:
        return None
    own = np.zeros(step.y.shape)
    for j in range(step.y.shape[axis]):
        unit = np.zeros(step.y.shape)
        np.moveaxis(unit, axis, 0)[j] = 1
        sent = step.rule(unit, step.y, *step.xs)
        if sent is None or sent[k] is None:
            return None
        np.moveaxis(own, axis, 0)[j] = np.moveaxis(np.asarray(sent[k]), axis, 0)[j]
    return own


@mistake("axis", "A rule works along another axis than the function did.")
def other_axis(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        if _one(step) is None or "axis" not in {f.name for f in fields(step.op)}:
            continue
        for axis in range(step.y.ndim):
            if axis != step.op.axis % step.y.ndim:
                turned = with_op(step, replace(step.op, axis=axis))
                said = (
                    f"{step.label}: the sum in its rule runs over axis {axis}, not {step.op.axis}."
                )
                yield from perturbed(graph, step, turned.rule(step.g, step.y, *step.xs), said)


@mistake("sign", "One step's contribution has the opposite sign.")
def inner_sign(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        for k, right in enumerate(step.right):
            if right is not None and sum(x is step.node.inputs[k] for x in step.node.inputs) == 1:
                what = step.node.inputs[k].name or f"its input {k}"
                said = f"{step.label}: the sign of what goes to {what} is wrong."
                yield from perturbed(graph, step, only(step, k, -right), said)


ALL = (
    upstream_forgotten,
    derivative_forgotten,
    mask,
    diagonal,
    wrong_place,
    derivative_twice,
    other_axis,
    inner_sign,
    half_a_derivative,
    more_than_a_derivative,
)
LAST = (transposed_arrival, flipped_arrival)
