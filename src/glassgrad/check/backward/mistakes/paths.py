"""What does not arrive, or comes from the wrong side: missing ways, wrong values, samples left out.

Read next: `special.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from glassgrad.check.backward.case import Case
from glassgrad.check.backward.mistakes.base import (
    Array,
    Guess,
    by_argument,
    mistake,
    only,
    perturbed,
    searched,
    steps,
)
from glassgrad.check.backward.perturb import Graph, Step
from glassgrad.ops import Elementwise
from glassgrad.tensor import Tensor


def _call(node: Tensor) -> str:
    return node.name or f"the result of {type(node.op).__name__}"


@mistake("wrong value", "A product rule takes another factor than the one it should.")
def wrong_value(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        of = step.node.inputs
        for j, x in enumerate(step.xs):
            if len(of) < 2 or x.dtype.kind != "f" or x.size < 2:
                continue
            for name, v in _instead(graph, step, x):
                xs = [v if of[i] is of[j] else w for i, w in enumerate(step.xs)]
                sent = step.rule(step.g, step.y, *xs)
                said = f"{step.label}: {name} is used where {of[j].name or f'input {j}'} belongs."
                if len({id(t) for t in of}) == 1:
                    yield from perturbed(graph, step, sent, said)
                for k in step.real:
                    if sent is not None and k != j:
                        yield from perturbed(graph, step, only(step, k, sent[k]), said)


def _instead(graph: Graph, step: Step, x: Array) -> Iterator[tuple[str, Array]]:
    """Values, and then gradients, that could stand where x does."""
    if x.ndim == 2 and x.shape[0] == x.shape[1]:
        yield "its transpose", x.T
    fits = step.y.shape if isinstance(step.op, Elementwise) else x.shape
    for node in graph.values:
        if _broadcast(node.shape, fits) and node._array is not x:
            yield _call(node), node._array
        if node.ndim == 2 and node.shape[::-1] == x.shape and node._array is not x:
            yield f"{_call(node)} transposed", node._array.T
    for node in graph.order:
        bar = graph.gradients.get(id(node))
        if bar is not None and bar.shape in (x.shape, fits):
            yield f"the gradient of {_call(node)}", bar


def _broadcast(shape: tuple[int, ...], fits: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_shapes(shape, fits) == fits
    except ValueError:
        return False


@mistake("wrong node", "The gradient of another node: dh where db needs that of the node before.")
def wrong_node(case: Case) -> Iterator[Guess]:
    graph = searched(case)
    if graph is None:
        return
    named = [(t, g) for t in graph.order if (g := graph.gradients.get(id(t))) is not None]
    for i, name, mine, _ in by_argument(case):
        for node, g in named:
            for total in (g, *(g.sum(tuple(range(n))) for n in range(1, g.ndim + 1))):
                if total.shape == mine.shape and node is not graph.leaves[i]:
                    said = f"d{name} is the gradient of {_call(node)}, another node."
                    yield Guess(said, {i: total})


@mistake("wrong node", "A rule is fed with the gradient of another node than its own.")
def other_arrival(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        for node in graph.order:
            g = graph.gradients.get(id(node))
            own = node is step.node or any(node is x for x in step.node.inputs)
            if own or g is None or g.shape != step.g.shape:
                continue
            sent = step.rule(g, step.y, *step.xs)
            said = f"{step.label} is fed with the gradient of {_call(node)}, not with that of its output."
            for k in step.real:
                if sent is not None:
                    yield from perturbed(graph, step, only(step, k, sent[k]), said)


@mistake(
    "overwritten", "A value was changed before it was used: updated weights, a g written over."
)
def overwritten(case: Case) -> Iterator[Guess]:
    for graph, step in steps(case):
        for k in step.real:
            first = step.right[k]
            for j in step.real:
                if j == k or first is None:
                    continue
                if first.shape == step.g.shape and (sent := step.rule(first, step.y, *step.xs)):
                    what = step.node.inputs[k].name or f"input {k}"
                    said = f"{step.label}: g was overwritten by the gradient of {what}, then used again."
                    yield from perturbed(graph, step, only(step, j, sent[j]), said)
                yield from _updated(case, graph, step, k, j)


def _updated(case: Case, graph: Graph, step: Step, k: int, j: int) -> Iterator[Guess]:
    """The gradient of input j with input k already updated, by whatever learning rate fits."""
    new = step.right[k]
    if new is None or not any(x is step.node.inputs[k] for x in graph.leaves):
        return
    changed = step.rule(step.g, step.y, *[new if i == k else x for i, x in enumerate(step.xs)])
    if changed is None or (seed := changed[j]) is None:
        return
    added = graph.carried({id(step.node.inputs[j]): seed}, step.index)
    what = step.node.inputs[k].name or f"input {k}"
    for i, _, mine, ours in by_argument(case):
        if mine.shape == ours.shape and np.any(added[i]) and np.isfinite(mine).all():
            t = float(np.vdot(added[i], mine - ours) / np.vdot(added[i], added[i]))
            said = f"{step.label}: {what} was already updated (by a step of {-t:.3g}) when it was used."
            grads = {n: o + t * a for n, (o, a) in enumerate(zip(graph.right, added, strict=True))}
            if abs(t) > 1e-9:
                yield Guess(said, grads, takes_factor=False)


@mistake("path missing", "One of several ways to an argument does not count: = where += belongs.")
def path_missing(case: Case) -> Iterator[Guess]:
    graph = searched(case)
    if graph is None:
        return
    places = {id(t): (i, t) for i, t in enumerate(graph.order)}
    for key, uses in graph.uses().items():
        place, node = places[key]
        for step, k in uses:
            right = step.right[k]
            if right is None:
                continue
            said = f"the way from {step.label} to {_call(node)} does not count: use += where ways meet."
            yield from perturbed(graph, step, only(step, k, np.zeros_like(right)), said)
            if len(uses) > 2:
                added = graph.carried({key: right - graph.gradients[key]}, place + 1)
                said = f"of all ways to {_call(node)} only that from {step.label} counts: use +=."
                pairs = zip(graph.right, added, strict=True)
                yield Guess(said, {i: r + a for i, (r, a) in enumerate(pairs)})


@mistake("statistics", "A mean or variance is treated as a constant, though it depends on x.")
def statistics(case: Case) -> Iterator[Guess]:
    graph = searched(case)
    cut = {id(s.node) for s in graph.steps if getattr(s.op, "keepdims", False)} if graph else set()
    if graph is not None and cut:
        grads = graph.carried({id(graph.order[-1]): graph.g}, len(graph.order), cut)
        said = "sums and means over x are treated as constants; they depend on x as well."
        yield Guess(said, dict(enumerate(grads)))


@mistake(
    "one sample only", "Only the first or last sample of the batch counts: = where += belongs."
)
def one_sample_only(case: Case) -> Iterator[Guess]:
    yield from _rows(case, keep=True)
    for graph, step in steps(case):
        for n in step.g.shape[:1]:
            for at, word in ((n - 1, "last"), (0, "first")):
                said = f"{step.label}: only the {word} of {n} samples counts; use += in the loop."
                kept = (np.arange(n) == at).astype(float)
                if n > 1:
                    yield from _masked(graph, step, 0, kept, said)


@mistake("off by one", "The first or last row, column or sample is left out.")
def off_by_one(case: Case) -> Iterator[Guess]:
    yield from _rows(case, keep=False)
    for graph, step in steps(case):
        for axis, n in enumerate(step.g.shape):
            for at, word in ((n - 1, "last"), (0, "first")):
                said = f"{step.label}: the {word} of {n} along axis {axis} is left out."
                kept = (np.arange(n) != at).astype(float)
                if n > 1:
                    yield from _masked(graph, step, axis, kept, said)


def _rows(case: Case, keep: bool) -> Iterator[Guess]:
    """A gradient of which only the first or last row is there, or all but that."""
    for i, name, _, ours in by_argument(case):
        for axis, n in enumerate(ours.shape[:4]):
            for at, word in ((n - 1, "last"), (0, "first")):
                kept = (np.arange(n) == at) == keep
                shape = [n if k == axis else 1 for k in range(ours.ndim)]
                said = f"the {word} of {n} along axis {axis} is"
                said = f"only {said} written in d{name}." if keep else f"{said} missing in d{name}."
                if n > 1 and (not keep or axis == 0):
                    yield Guess(said, {i: ours * kept.reshape(shape)})


def _masked(graph: Graph, step: Step, axis: int, kept: Array, said: str) -> Iterator[Guess]:
    """A step that sees only some entries of what arrives, in one input or in all."""
    shape = [1] * step.g.ndim
    shape[axis] = len(kept)
    sent = step.rule(step.g * kept.reshape(shape), step.y, *step.xs)
    if sent is None:
        return
    yield from perturbed(graph, step, sent, said)
    for k in step.real if len(step.real) > 1 else ():
        yield from perturbed(graph, step, only(step, k, sent[k]), said)


ALL = (wrong_value, path_missing, wrong_node, one_sample_only, off_by_one, overwritten)
LAST = (other_arrival,)
