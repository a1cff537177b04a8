"""An optimizer's update of many parameters in one pass over memory, read off its rule.

`Optimizer.update` is plain arithmetic, so it can be fed one tensor that holds parameters end to end, and
what it does is recorded like any graph; the plan of that graph is the fused update.  Its numbers (the
learning rate, Adam's 1 - βᵗ) change from step to step: they are collected by running the rule once more
on an object that only notes which numbers it meets.  Parameters next to each other that have taken the same
number of steps share a pass; a parameter without a gradient is not touched.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.modes import recorded
from glassgrad.graph import topological
from glassgrad.optim.base import checked_rate, gradient_of
from glassgrad.plan.place import Place, place_of
from glassgrad.plan.plan import Plan
from glassgrad.plan.specs import is_ours
from glassgrad.tensor import Tensor

if TYPE_CHECKING:
    from glassgrad.optim import Optimizer

Array = NDArray[Any]
LINE = 16  # numbers in a cache line: each parameter begins on one


class Flat:
    """Arrays end to end in one: `views[i]` is the part of the i-th, in its shape."""

    def __init__(self, shapes: list[tuple[int, ...]]) -> None:
        sizes = [int(np.prod(shape)) for shape in shapes]
        self.starts = np.cumsum([0, *(-(-n // LINE) * LINE for n in sizes)]).tolist()
        self.all = np.zeros(self.starts[-1], np.float32)
        self.views = [
            self.all[a : a + n].reshape(shape)
            for a, n, shape in zip(self.starts[:-1], sizes, shapes, strict=True)
        ]

    def part(self, first: int, last: int) -> Array:
        """From the first array to the one before the last."""
        return self.all[self.starts[first] : self.starts[last]]


def updated(optimizer: Optimizer) -> bool:
    """One step of an optimizer on flat memory; False if it must be done as it is written."""
    optimizer.follow()
    flat = FLAT_UPDATES.get(optimizer)
    if flat is None or not flat.fits():
        if not _can_be_flat(optimizer):
            return False
        flat = FLAT_UPDATES[optimizer] = FlatUpdate(optimizer)
    flat.step(optimizer.settings())
    return True


def length_of_gradients(optimizer: Optimizer) -> float | None:
    """The length of all gradients as one vector, if all of them lie in flat memory."""
    flat = FLAT_UPDATES.get(optimizer)
    return None if flat is None else flat.length()


def _can_be_flat(optimizer: Optimizer) -> bool:
    """Whether the rule is one of ours, on float32, and no other optimizer has these parameters."""
    return (
        is_ours(type(optimizer))
        and len(optimizer.state) == len(optimizer.params)
        and all(p.dtype == np.float32 and p.op is None for p in optimizer.params)
        and all(_is_free(p._holder) for p in optimizer.params)
    )


def _is_free(holder: Any) -> bool:
    return not isinstance(holder, Place) or holder.owner is None or holder.owner() is None


class FlatUpdate:
    """The parameters, gradients and memory of an optimizer in flat memory, and the passes over it."""

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = weakref.ref(optimizer)
        self.params = list(optimizer.params)
        shapes = [p.shape for p in self.params]
        self.values, self.gradients = Flat(shapes), Flat(shapes)
        self.kinds = [tuple(a.shape for a in part) for part in optimizer.state]
        self.states = [Flat(list(part)) for part in zip(*self.kinds, strict=True)]
        self._mine = [tuple(s.views[i] for s in self.states) for i in range(len(shapes))]
        self.places = [place_of(p) for p in self.params]
        for i, place in enumerate(self.places):
            place.move(self.values.views[i], self.gradients.views[i], weakref.ref(self))
        self.passes: dict[Any, Pass] = {}
        self._length: Any = None

    def fits(self) -> bool:
        """Whether the optimizer still has these parameters, each with that much memory."""
        optimizer = self._optimizer()
        if optimizer is None or len(optimizer.params) != len(self.params):
            return False
        for p, mine, place, state, own, kind in zip(
            *(optimizer.params, self.params, self.places, optimizer.state, self._mine, self.kinds),
            strict=True,
        ):
            if p is not mine or p._holder is not place:
                return False
            if state is not own and _kind(state) != kind:
                return False
        return True

    def step(self, settings: tuple[Any, ...]) -> None:
        """Update every parameter that has a gradient."""
        optimizer = self._optimizer()
        assert optimizer is not None
        lr, steps = checked_rate(optimizer), optimizer.steps
        for first, last, t in self._runs(self._adopt(optimizer)):
            key = (first, last, settings, t > 1)
            if key not in self.passes:
                self.passes[key] = Pass(self, optimizer, first, last, t, lr)
            self.passes[key].run(optimizer, t, lr)
            steps[first:last] = [t] * (last - first)
            for p, place in zip(self.params[first:last], self.places[first:last], strict=True):
                place.moved_on(p)

    def _adopt(self, optimizer: Optimizer) -> list[int]:
        """Take over the numbers of parameters, gradients and memory that lie elsewhere; gives the number
        of the step of each parameter, 0 for one without a gradient."""
        state, mine, steps = optimizer.state, self._mine, [0] * len(self.params)
        for i, (p, place) in enumerate(zip(self.params, self.places, strict=True)):
            g = p._grad
            if g is None:
                continue
            steps[i] = optimizer.steps[i] + 1
            if g is not place.tenant or "_array" in g.__dict__:
                g = gradient_of(p, p.grad)  # type: ignore[arg-type]
                place.vacate()
                np.copyto(self.gradients.views[i], g)
            if "_array" in p.__dict__:
                place.fetch(p)
            if state[i] is not mine[i]:
                for view, array in zip(mine[i], state[i], strict=True):
                    np.copyto(view, array)
                state[i] = mine[i]
        return steps

    def _runs(self, steps: list[int]) -> Iterator[tuple[int, int, int]]:
        """Neighbours with a gradient that have taken the same number of steps: (first, end, step)."""
        if min(steps) == max(steps) > 0:
            yield 0, len(steps), steps[0]
            return
        first = 0
        for i in range(1, len(steps) + 1):
            if i == len(steps) or steps[i] != steps[first]:
                if steps[first]:
                    yield first, i, steps[first]
                first = i

    def length(self) -> float | None:
        """The length of all gradients as one vector, the same bits on any number of threads."""
        if not all(
            p._grad is not None and p._grad is q.tenant
            for p, q in zip(self.params, self.places, strict=True)
        ):
            return None
        if any("_array" in vars(p._grad) for p in self.params):
            return None
        from glassgrad.kernels.sums import length_of

        self._length = self._length or length_of(self.gradients.views)
        found: float = self._length()
        return found


class Pass:
    """The rule over some neighbours, as a plan on flat memory."""

    def __init__(
        self, flat: FlatUpdate, optimizer: Optimizer, first: int, last: int, t: int, lr: float
    ) -> None:
        flats = [flat.values, flat.gradients, *flat.states]
        parts = [f.part(first, last) for f in flats]
        leaves = tuple(Tensor._constant(part) for part in parts)
        before = [part.copy() for part in parts]
        self.plan = recorded(_plan, optimizer, leaves, parts, t, lr)
        for part, array in zip(parts, before, strict=True):
            np.copyto(part, array)  # binding the calls has run them once
        self._count = len(flat.states)
        self._is_steady = (
            self._numbers(optimizer, t, lr)
            == self._numbers(optimizer, t + 1, lr)
            == self._numbers(optimizer, 9 * t + 1, lr)
        )
        self._rate: Any = None

    def run(self, optimizer: Optimizer, t: int, lr: float) -> None:
        """One step."""
        if lr is not self._rate or not self._is_steady:
            numbers = self._numbers(optimizer, t, lr)
            for place, number in zip(self.plan.inputs, numbers, strict=True):
                place[...] = number
            self._rate = lr
        self.plan.replay()

    def _numbers(self, optimizer: Optimizer, t: int, lr: float) -> list[float]:
        """The numbers that the rule uses in this step, in the order in which it meets them."""
        met: list[float] = []
        p, g, *state = (_Note(met) for _ in range(2 + self._count))
        optimizer.update(p, g, tuple(state), t, lr)
        return met


@np.errstate(all="ignore")
def _plan(optimizer: Optimizer, leaves: Any, parts: list[Array], t: int, lr: float) -> Plan:
    """The rule as a graph over flat memory; its outputs go where its inputs are."""
    p, g, *state = leaves
    new, new_state = optimizer.update(p, g, tuple(state), t, lr)
    for leaf in leaves:
        leaf.requires_grad = True  # it moves, so nothing that is made of it is computed only once
    outputs: list[Any] = [new, *new_state]
    nodes = {id(n): n for y in outputs for n in topological(y)}
    recorded = sorted((n for n in nodes.values() if n.op), key=lambda n: n.born)
    numbers = [x for n in recorded for x in n.inputs if not (x.op or x.requires_grad)]
    return Plan(outputs, numbers, dict(enumerate([parts[0], *parts[2:]])))


class _Note:
    """Stands for an array in a rule and writes down the numbers that it is combined with."""

    def __init__(self, met: list[float]) -> None:
        self.met = met

    def _with(self, *others: Any) -> _Note:
        self.met.extend(other for other in others if isinstance(other, int | float))
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _with
    __truediv__ = __rtruediv__ = __neg__ = _with

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any) -> _Note:
        return self._with(*inputs)


def _kind(state: Any) -> tuple[tuple[int, ...], ...]:
    return tuple(a.shape for a in state)


FLAT_UPDATES: weakref.WeakKeyDictionary[Any, FlatUpdate] = weakref.WeakKeyDictionary()
"""The flat memory of each optimizer that has some."""
