"""A formula and a gradient, measured at the given values and at random points around them.

The graph is computed again at each point (`read/recompute.py`); how many digits count is what rounding
of both leaves.  Read next: `explain.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.arguments import reals
from glassgrad.check.formula.explain import Facts
from glassgrad.errors import SettingError, ShapeError
from glassgrad.graph import grad, topological
from glassgrad.read.recompute import named, recompute, rounding
from glassgrad.tensor import Tensor
from glassgrad.terms.parser import parse
from glassgrad.terms.places import Typed
from glassgrad.terms.reader import Limits
from glassgrad.terms.terms import Term, recorded
from glassgrad.terms.tokens import canonical

Array = NDArray[Any]
POINTS = 24


@dataclass(frozen=True)
class Paper:
    """What a formula may speak of: a graph, the node to differentiate by, and extra names."""

    root: Tensor
    wrt: Tensor
    nodes: dict[str, Tensor]
    extra: dict[str, Term | Tensor | Array]

    @classmethod
    def of(
        cls, root: Tensor, wrt: str | None, definitions: Mapping[str, Any], limits: Limits | None
    ) -> Paper:
        """Find the names; `wrt` may be left out if only one leaf has a name."""
        nodes = named(root)
        leaves = [n for n, t in nodes.items() if t.op is None and t.requires_grad]
        by_name = {canonical(n): n for n, t in nodes.items() if t.requires_grad}
        name = by_name.get(canonical(wrt)) if wrt else leaves[0] if len(leaves) == 1 else None
        if name is None:
            choice = (
                ", ".join(leaves) or "a name, but f has no named leaf: gg.tensor(1.0, name='w')"
            )
            came = f"; got {wrt!r}" if wrt else ", the name to differentiate by"
            raise SettingError(f"wrt must be one of {choice}{came}.")
        extra: dict[str, Term | Tensor | Array] = {}
        for key, value in definitions.items():
            if isinstance(value, str):
                extra[key] = parse(value, [*nodes, *extra], limits).term
            elif isinstance(value, Tensor):
                extra[key] = value
            else:
                extra[key] = reals(value, key)
        return cls(root, nodes[name], nodes, extra)

    @property
    def names(self) -> list[str]:
        """Names a formula may use; `dz` is the gradient with respect to the node z."""
        own = [*self.nodes, *self.extra]
        taken = {canonical(n) for n in own}
        inner = (n for n, t in self.nodes.items() if t is not self.wrt and t.op is not None)
        return own + [d for n in inner if (d := "d" + canonical(n)) not in taken]

    @property
    def leaves(self) -> list[str]:
        """The names whose values make up a point."""
        return [n for n, t in self.nodes.items() if t.op is None and t.requires_grad]

    @property
    def title(self) -> str:
        """What is being claimed, as df/dw."""
        return f"d{self.root.name or 'f'}/d{self.wrt.name}"


@dataclass(frozen=True)
class _Point:
    """What there is to know at one point."""

    values: dict[str, Array]
    gradient: Array
    rounding: float
    others: dict[str, Array]
    parts: dict[str, Array]


def measure(paper: Paper, typed: Typed, rng: np.random.Generator) -> Facts:
    """The formula and the gradient at every point; plain numbers only at the given one."""
    used = set(typed.names)
    points = [_at(paper, values, used) for values in _values(paper, rng, POINTS if used else 1)]
    axes = max(np.ndim(v) for p in points for v in (*p.values.values(), p.gradient))
    columns = {k: _column([p.values[k] for p in points], axes) for k in points[0].values}
    ours = _column([p.gradient for p in points], axes)
    theirs, slack = _theirs(typed.term, columns, ours)
    own = _column([np.asarray(p.rounding) for p in points], axes)
    others = {k: _column([p.others[k] for p in points], axes) for k in points[0].others}
    parts = {k: _column([p.parts[k] for p in points], axes) for k in points[0].parts}
    slack = 8 * (slack.reshape(own.shape) + own)
    return Facts(typed, columns, theirs, ours, slack, others, parts, paper.wrt.name or "")


def _values(paper: Paper, rng: np.random.Generator, count: int) -> Iterator[dict[int, Array]]:
    """The values of the leaves at each point: the given ones, then others around them.

    Half of the points keep every sign, so that log x and sqrt x stay where they were defined.
    """
    leaves = [t for t in topological(paper.root) if t.op is None and t.requires_grad]
    given = {id(t): t._array.astype(np.float64) for t in leaves}
    yield given
    for i in range(1, count):
        yield {
            key: v * np.exp(0.4 * rng.normal(size=v.shape))
            + (i % 2 or v == 0) * np.clip(np.abs(v), 0.5, 2.0) * rng.normal(size=v.shape)
            for key, v in given.items()
        }


def _at(paper: Paper, values: dict[int, Array], used: set[str]) -> _Point:
    new = recompute(paper.root, values)
    y, wrt = new[id(paper.root)], new[id(paper.wrt)]
    root = y if y.shape == () else y.sum()
    gradient = grad(root, wrt, create_graph=True)
    nodes = {name: new[id(t)] for name, t in paper.nodes.items()}
    inner = {n: t for n, t in nodes.items() if t.requires_grad and t is not wrt}
    others = dict(zip(inner, grad(root, list(inner.values())), strict=True))
    found: dict[str, Array] = {name: t._array for name, t in nodes.items()}
    found |= {d: g for n, g in others.items() if (d := "d" + canonical(n)) in used - set(found)}
    for name, extra in paper.extra.items():
        found[name] = _extra(extra, found, new)
    others = {n: g for n, g in others.items() if nodes[n].op is None}
    return _Point(found, gradient._array, float(rounding(gradient)), others, _parts(y, wrt))


def _extra(extra: Term | Tensor | Array, found: dict[str, Array], new: dict[int, Tensor]) -> Array:
    if isinstance(extra, Term):
        return np.asarray(recorded(extra, found))
    return new[id(extra)]._array if isinstance(extra, Tensor) else extra


def _parts(y: Tensor, wrt: Tensor) -> dict[str, Array]:
    """The gradient of each term of f, where f is a sum: `a + b` has two."""
    terms: list[Tensor] = [y]
    found: dict[str, Array] = {}
    while terms:
        term = terms.pop()
        if term.op in (ops.add, ops.subtract):
            terms.extend(term.inputs)
        elif term is not y and term.requires_grad and term.shape == ():
            label = term.name or f"{len(found) + 1}, a {type(term.op).__name__}"
            found[label] = grad(term, wrt)
    return found


def _column(values: Sequence[Array], axes: int) -> Array:
    """One value per point, aligned so that numbers and arrays broadcast along the same axes."""
    first = np.asarray(values[0])
    return np.stack(values).reshape(len(values), *[1] * (axes - first.ndim), *first.shape)


def _theirs(term: Term, columns: dict[str, Array], ours: Array) -> tuple[Array, Array]:
    """The formula at every point, and how much of it rounding may be."""
    value = recorded(term, {k: Tensor(v.astype(np.float64)) for k, v in columns.items()})
    array = value._array if isinstance(value, Tensor) else np.full(ours.shape, float(value))
    try:
        theirs = np.broadcast_to(array, ours.shape)
    except ValueError as error:
        raise ShapeError(
            f"the formula gives values of shape {array.shape[1:]}, the gradient has shape "
            f"{ours.shape[1:]}: a sum over an axis is missing, or an axis is too much."
        ) from error
    has_graph = isinstance(value, Tensor) and value.op is not None
    return theirs, np.broadcast_to(rounding(value, keep=1) if has_graph else 0.0, len(ours))
