"""The question of `check.backward`: a reference at a point, its right gradients, and a student's.

Read next: `adapters.py` for how a student's are asked for, `search.py` for what is done with them.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad import ops
from glassgrad.arguments import function, input_arrays, reals
from glassgrad.check.backward.perturb import Graph
from glassgrad.errors import GraphError, SettingError, ShapeError
from glassgrad.graph import topological
from glassgrad.read.recompute import recompute
from glassgrad.tensor import Tensor

Array = NDArray[Any]
CLOSE = 2e-5
"""Gradients are the same within this part of the largest entry: float32 is below, mistakes are above."""


@dataclass(frozen=True)
class Case:
    """A reference at a point, and what a student says its gradients are.

    `names`, `inputs`, `leaves`, `ours` and `theirs` go together; integer inputs are in `others`.
    """

    names: tuple[str, ...]
    inputs: tuple[Array, ...]
    leaves: tuple[Tensor, ...]
    others: dict[str, Array]
    y: Tensor
    g: Array
    theirs: tuple[Array | None, ...] = ()
    order: tuple[str, ...] = ()
    """The names of all inputs, in the order of the reference's arguments."""
    inside: bool = False
    """Whether the search looks into fused ops, at the small steps of their definitions."""

    @classmethod
    def of(
        cls,
        reference: Any,
        xs: Sequence[Any],
        names: Sequence[str] | None,
        g: ArrayLike | None,
        rng: Any,
    ) -> Case:
        """Record the reference in float64.

        Raises:
            GraphError: a reference that gives no tensor, or has no leaf to differentiate by.
            ShapeError: a cotangent of another shape than the output's.
        """
        root, leaves, order, others = _recorded(reference, xs, names)
        made = recompute(root, {id(x): x._array.astype(np.float64) for x in leaves.values()})
        y, new = made[id(root)], {name: made[id(x)] for name, x in leaves.items()}
        if g is None:
            # a stream of its own: inputs drawn with the same seed must not be equal to g
            own = [rng, *b"g"] if isinstance(rng, int | np.integer) else rng
            drawn = np.random.default_rng(own).normal(size=y.shape)
            g = np.ones(y.shape) if y.size == 1 else drawn
        cotangent = reals(g, "g")
        if cotangent.shape != y.shape:
            raise ShapeError(
                f"g must have the shape of the output, {y.shape}, got {cotangent.shape}."
            )
        values = tuple(x._array for x in new.values())
        return cls(
            tuple(new), values, tuple(new.values()), others, y, cotangent, order=tuple(order)
        )

    def answered(self, grads: dict[str, Array]) -> Case:
        """The same case with a student's gradients; names that are missing were not answered."""
        return replace(self, theirs=tuple(grads.get(name) for name in self.names))

    @cached_property
    def graph(self) -> Graph:
        """The right backward pass, ready to be perturbed."""
        return Graph(self.y, self.leaves, self.g)

    @cached_property
    def searched(self) -> Graph | None:
        """The graph to perturb: as recorded, or with its fused ops written out, if it has any."""
        return self.graph.written_out() if self.inside else self.graph

    @cached_property
    def ours(self) -> tuple[Array, ...]:
        """The right gradients."""
        return self.graph.right

    @property
    def values(self) -> dict[str, Array]:
        """All inputs by name, in the order of the reference's arguments."""
        found = dict(zip(self.names, self.inputs, strict=True)) | self.others
        return {name: found[name] for name in self.order}

    @cached_property
    def wrong(self) -> tuple[int, ...]:
        """The arguments whose gradient is not right."""
        return tuple(
            i
            for i, (mine, right) in enumerate(zip(self.theirs, self.ours, strict=True))
            if mine is not None and not self.near(i, right)
        )

    def near(self, i: int, guess: Array) -> bool:
        """Whether the student's gradient of argument i is `guess`, as well as float32 can tell."""
        mine = self.theirs[i]
        if mine is None or mine.shape != guess.shape:
            return False
        if mine.size == 0 or not np.isfinite(mine).all():
            return np.array_equal(mine, guess, equal_nan=True)
        room = max(CLOSE, 64 * float(np.finfo(mine.dtype).eps)) if mine.dtype.kind == "f" else CLOSE
        scale = float(np.abs(guess).max())
        return bool(np.abs(mine - guess).max() <= room * scale)

    def times(self, i: int, guess: Array) -> float | None:
        """c with the student's gradient of argument i = c · guess, if there is one that is not 1."""
        mine = self.theirs[i]
        if mine is None or mine.shape != guess.shape or mine.size < 2 or not np.any(guess):
            return None
        if not np.isfinite(mine).all() or not np.isfinite(guess).all():
            return None
        c = float(np.vdot(guess, mine) / np.vdot(guess, guess))
        return c if c and self.near(i, c * guess) else None

    @property
    def lengths(self) -> dict[str, int]:
        """Numbers that a sum may be divided by, and what they are."""
        found = {"the batch": self.batch}
        named = zip(self.names, self.inputs, strict=True)
        nodes = ((t.label, t._array) for t in topological(self.y))
        for name, x in (("the output", self.y._array), *named, *nodes):
            for axes in _subsets(min(x.ndim, 4)):
                what = f"axis {' × '.join(map(str, axes))} of {name}"
                found.setdefault(what, int(np.prod([x.shape[a] for a in axes])))
        return {what: n for what, n in found.items() if n > 1}

    @property
    def batch(self) -> int:
        """N, the length of the first input's first axis."""
        return self.inputs[0].shape[0] if self.inputs and self.inputs[0].ndim else 1


def _subsets(n: int) -> Iterator[tuple[int, ...]]:
    return chain.from_iterable(combinations(range(n), k) for k in range(1, n + 1))


def _recorded(
    reference: Any, xs: Sequence[Any], names: Sequence[str] | None
) -> tuple[Tensor, dict[str, Tensor], list[str], dict[str, Array]]:
    """The output, the leaves by name, the order of all inputs, and the inputs without gradient."""
    if isinstance(reference, Tensor):
        found = {x.name: x for x in topological(reference) if x.op is None and x.name}
        leaves = {n: x for n, x in found.items() if n and x.requires_grad}
        if not leaves:
            raise GraphError("no leaf of the reference has a name: gg.tensor(values, name='w').")
        return reference, leaves, list(leaves), {}
    function(reference, "the reference")
    arrays = input_arrays(xs)
    labels = list(names or _names(reference, len(arrays)))
    if len(labels) != len(arrays):
        raise SettingError(f"{len(arrays)} inputs were given with {len(labels)} names {labels}.")
    real = [a.dtype.kind == "f" for a in arrays]
    args = [Tensor(a, n) if r else a for a, n, r in zip(arrays, labels, real, strict=True)]
    leaves = {n: a for n, a in zip(labels, args, strict=True) if isinstance(a, Tensor)}
    others = {n: a for n, a in zip(labels, args, strict=True) if not isinstance(a, Tensor)}
    y = reference(*args)
    if hasattr(reference, "named_parameters"):
        leaves |= _parameters(reference)
    if not isinstance(y, Tensor) or y.op is None:
        raise GraphError(
            f"the reference must give a Tensor computed from its inputs, got {type(y).__name__}: "
            "write it with gg.exp, gg.matmul, …, and give it float inputs."
        )
    return y, leaves, list(dict.fromkeys([*labels, *leaves])), others


def _parameters(module: Any) -> dict[str, Tensor]:
    """The parameters of a module: by their last name, as long as that is of one only."""
    found = dict(module.named_parameters())
    last = Counter(name.rpartition(".")[2] for name in found)
    return {
        n if last[n.rpartition(".")[2]] > 1 else n.rpartition(".")[2]: p for n, p in found.items()
    }


def _names(reference: Callable[..., Any], count: int) -> list[str]:
    """The names of the reference's arguments; x, x1, … where it has none."""
    called = reference.forward if isinstance(reference, ops.Op) else reference
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):
        parameters = ()  # type: ignore[assignment]
    found = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(found) >= count and len(set(found[:count])) == count:
        return found[:count]
    return ["x"] if count == 1 else [f"x{i}" for i in range(count)]
