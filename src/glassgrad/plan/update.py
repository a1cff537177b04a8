"""An optimizer's update of all parameters in one pass over memory, read off its rule.

`Optimizer.update` is plain arithmetic, so it can be fed one tensor that holds all parameters end to end,
and what it does is recorded like any graph; the plan of that graph is the fused update.  Its numbers (the
learning rate, Adam's 1 - βᵗ) change from step to step: they are collected by running the rule once more
on an object that only notes which numbers it meets.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.graph import topological
from glassgrad.plan.plan import Plan
from glassgrad.tensor import Tensor

if TYPE_CHECKING:
    from glassgrad.optim import Optimizer

Array = NDArray[Any]
LINE = 16  # numbers in a cache line: each parameter begins on one


class Flat:
    """Arrays end to end in one: `views[i]` is the part of the i-th, in its shape."""

    def __init__(self, shapes: list[tuple[int, ...]]) -> None:
        sizes = [int(np.prod(shape)) for shape in shapes]
        starts = np.cumsum([0, *(-(-n // LINE) * LINE for n in sizes)])
        self.all = np.zeros(int(starts[-1]), np.float32)
        self.views = [
            self.all[a : a + n].reshape(shape)
            for a, n, shape in zip(starts[:-1].tolist(), sizes, shapes, strict=True)
        ]


class Update:
    """The update of an optimizer over `Flat` parameters: `run(t, lr)` does one step in place.

    Parameters and state are moved into flat memory and stay there.  If somebody gives a parameter another
    array (loading a checkpoint), its numbers are taken over.
    """

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        shapes = [p.shape for p in optimizer.params]
        self.values, self.gradients = Flat(shapes), Flat(shapes)
        self.states = [Flat([a.shape for a in part]) for part in zip(*optimizer.state, strict=True)]
        self._mine = [tuple(s.views[i] for s in self.states) for i in range(len(shapes))]
        self.plan: Plan | None = None
        self._length: Callable[[], float] | None = None
        self._names = [f.name for f in fields(optimizer) if f.name not in ("params", "lr")]
        self._settings: list[Any] = []
        self.adopt()

    def adopt(self) -> None:
        """Let parameters and state lie in flat memory, with the numbers that they have now."""
        state = self.optimizer.state
        for i, p in enumerate(self.optimizer.params):
            if p._array is not self.values.views[i]:
                np.copyto(self.values.views[i], p._array)
                p._assign(self.values.views[i])
            if state[i] is not self._mine[i]:
                for view, array in zip(self._mine[i], state[i], strict=True):
                    np.copyto(view, array)
                state[i] = self._mine[i]

    def take_gradients(self) -> None:
        """Let the parameters' gradients lie in flat memory, too."""
        for p, view in zip(self.optimizer.params, self.gradients.views, strict=True):
            if p.grad is not view and p.grad is not None:
                np.copyto(view, p.grad)
                p.grad = view

    def length(self) -> float:
        """The length of all gradients as one vector; the same bits on any number of threads."""
        from glassgrad.kernels.sums import length_of

        self._length = self._length or length_of(self.gradients.all)
        return self._length()

    def run(self, lr: float) -> None:
        """One step with the gradients that lie in `gradients`."""
        self.adopt()
        optimizer = self.optimizer
        optimizer.steps = [t + 1 for t in optimizer.steps]
        t, settings = optimizer.steps[0], [getattr(optimizer, name) for name in self._names]
        if (
            settings != self._settings or t <= 2
        ):  # a rule may begin differently: SGD's m begins as g
            self._record(t, lr)
            self._settings, self._rate = settings, math.nan
        assert self.plan is not None
        if lr != self._rate or not self._is_steady:
            for place, number in zip(self.places, self._numbers(t, lr), strict=True):
                place[...] = number
            self._rate = lr
        self.plan.replay()
        for p in optimizer.params:
            p._assign(p._array)

    def _record(self, t: int, lr: float) -> None:
        """The rule as a graph over the flat arrays; its outputs go where its inputs are."""
        flats = [self.values, self.gradients, *self.states]
        p, g, *state = (Tensor._constant(flat.all) for flat in flats)
        for leaf in (p, g, *state):
            leaf.requires_grad = True
        new, new_state = self.optimizer.update(p, g, tuple(state), t, lr)
        outputs: list[Any] = [new, *new_state]
        nodes = {id(n): n for y in outputs for n in topological(y)}
        recorded = sorted((n for n in nodes.values() if n.op is not None), key=lambda n: n.born)
        numbers = [x for n in recorded for x in n.inputs if x.op is None and not x.requires_grad]
        into = dict(enumerate([self.values.all, *(flat.all for flat in self.states)]))
        before = [flat.all.copy() for flat in flats]
        self.plan = Plan(outputs, numbers, into)
        for flat, array in zip(flats, before, strict=True):
            np.copyto(flat.all, array)  # binding the calls has run them once
        self.places = [self.plan.memory.place[id(x)] for x in numbers]
        self._is_steady = (
            self._numbers(t, lr) == self._numbers(t + 1, lr) == self._numbers(9 * t, lr)
        )

    def _numbers(self, t: int, lr: float) -> list[float]:
        """The numbers that the rule uses in this step, in the order in which it meets them."""
        met: list[float] = []
        p, g, *state = (_Note(met) for _ in range(2 + len(self.states)))
        self.optimizer.update(p, g, tuple(state), t, lr)
        return met


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
