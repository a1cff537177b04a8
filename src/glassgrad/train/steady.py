"""A step that would do what it did before: its plan runs, and Python is not asked again.

Tracing a small network costs more than its arithmetic.  For layers and a loss of the library, which are
pure by law, the trace is left out while nothing that it reads has changed (`unchanged.py`); whatever else a
trace would see of this call is compared here.  Where anything differs, the step is traced.
"""

from __future__ import annotations

from operator import is_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import kernels
from glassgrad.engine.modes import is_default
from glassgrad.engine.recording import tracing
from glassgrad.errors import GlassgradError
from glassgrad.nn.hooks import hooks
from glassgrad.plan.jit import Jitted
from glassgrad.plan.slots import Back
from glassgrad.plan.specs import spec_of
from glassgrad.tensor import Tensor
from glassgrad.train.one_step import backward, forward
from glassgrad.train.unchanged import Unchanged, is_pure

Array = NDArray[Any]
MOST = 16
"""Shapes of batches that are remembered."""


class Steady:
    """What a traced function of a `TrainStep` did last, for each shape of the batch.

    Args:
        step: the `TrainStep`.
        jitted: its function.
    """

    def __init__(self, step: Any, jitted: Jitted[Any, Any]) -> None:
        self._step, self._jitted = step, jitted
        self._known: dict[tuple[int, ...], _Known] = {}
        self._news: _Known | None = None
        self._worth = 100  # watching has a price, too: a step that changes each time is only traced

    def __call__(self, x: Array, y: Array) -> Any:
        """What the function gives, traced; and remember what it did."""
        self._known.pop(np.shape(x), None)
        self._news = None
        result = self._jitted(x, y)
        if self._news is not None and self._news.complete(self._jitted.past.last):
            self._worth -= 10
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[np.shape(x)] = self._news
        self._news = None
        return result

    def run(self, x: Array, y: Array) -> list[Array] | None:
        """Forward and backward without a trace, and the results; None if it must be traced."""
        known = self._known.get(x.shape) if type(x) is type(y) is np.ndarray else None
        if known is None or not known.holds(x, y):
            return None
        with self._jitted.lock:
            self._worth = min(self._worth + 1, 100)
            return known.run(x, y)

    def saw(
        self, inputs: Tensor, labels: Tensor, total: Tensor, results: tuple[Tensor, ...]
    ) -> None:
        """Look at what was noted, after the backward pass; called within the function."""
        step, tracer = self._step, tracing.get()
        is_mine = tracer is not None and getattr(tracer, "past", None) is self._jitted.past
        if is_mine and self._worth > 0 and step.penalty is None and is_pure(step.model, step.loss):
            self._news = _Known.of(step, total._holder, inputs, labels, total, results)


class _Known:
    """One segment that was all of a step, and the plan that computes it."""

    def __init__(self, step: Any, segment: Any, at: tuple[int, int], results: list[int]) -> None:
        self.step, self.segment, self.at, self.slots = step, segment, at, results
        self.threads, self.attributes = kernels.threads(), len(vars(step))
        self.model, self.loss = step.model, step.loss
        tensors = segment.tensors
        self.specs = tuple(spec_of(segment.values[segment.inputs[n]]) for n in at)
        self.leaves = [
            (tensors[s], tensors[s]._holder, tensors[s].requires_grad) for s in segment.leaves
        ]
        back = segment.log[-1]
        self.leaf_of = {n: tensors[s] for s, n in zip(back.leaves, back.news, strict=True)}
        self.checks = [
            (e.op, [tensors[s]._spec for s in e.slots[:-1]])
            for e in segment.log[:-1]
            if e.op.validate is not None
        ]
        self.plan: Any = None

    @classmethod
    def of(cls, step: Any, segment: Any, x: Any, y: Any, total: Any, results: Any) -> _Known | None:
        """None if something else than the batch entered, or something else was done."""
        tensors, log = getattr(segment, "tensors", ()), getattr(segment, "log", ())
        if not log or type(log[-1]) is not Back or log[-1].root != total._slot:
            return None
        if any(old is not None for old in log[-1].olds) or any(type(e) is Back for e in log[:-1]):
            return None
        numbers = segment.numbers
        places = [s for s in segment.inputs if s not in numbers]
        if len(places) != 2 or {id(tensors[s]) for s in places} != {id(x), id(y)}:
            return None
        at = {id(tensors[s]): n for n, s in enumerate(segment.inputs)}
        label = segment.inputs[at[id(y)]]
        for e in log[:-1]:
            if e.op.validate is not None and e.slots[-1] != label:
                return None
        if any(r._holder is not segment for r in results):
            return None
        return cls(step, segment, (at[id(x)], at[id(y)]), [r._slot for r in results])

    def complete(self, plan: Any) -> bool:
        """Learn which plan computed it; False if none did."""
        if plan is None or plan.tenant is not self.segment:
            return False
        if len(plan.gradients) != len(self.leaf_of) or any(s not in plan.kept for s in self.slots):
            return False
        self.plan, self.numbers = plan, list(plan.numbers)
        self.results = [plan.kept[s] for s in self.slots]
        self.gradients = [
            (self.leaf_of[s], place, spec_of(place.gradient)) for s, place in plan.gradients
        ]
        self.unchanged = Unchanged(
            self.model.modules(),
            [type(self.step)],
            [self.loss, forward, backward, type(self.step)._backward],
        )
        del self.segment, self.leaf_of
        return True

    def holds(self, x: Array, y: Array) -> bool:
        """Whether a trace would see now what it saw then."""
        step, plan = self.step, self.plan
        if (
            spec_of(x) is not self.specs[0]
            or spec_of(y) is not self.specs[1]
            or not (x.flags.aligned and y.flags.aligned)
            or tracing.get() is not None
            or not is_default()
            or hooks.get()
            or kernels.off_here()
            or kernels.threads() != self.threads
            or (step.model is not self.model or step.loss is not self.loss)
            or (step.penalty is not None or len(vars(step)) != self.attributes)
        ):
            return False
        for p, place, wanted in self.leaves:
            if (
                p._holder is not place
                or p._seen is not None
                or p.requires_grad is not wanted
                or (p._hooks or p._part is not None or p.op is not None)
            ):
                return False
        if not (plan.is_bound() and all(map(is_, plan.numbers, self.numbers))):
            return False
        return self.unchanged() and self._are_labels(y)

    def _are_labels(self, y: Array) -> bool:
        """Whether the labels will do; if not, the trace says what is wrong."""
        try:
            for op, heads in self.checks:
                op.validate(*heads, y)
        except GlassgradError:
            return False
        return True

    def run(self, x: Array, y: Array) -> list[Array]:
        """Run the plan on a batch; the gradients are beside their parameters afterwards."""
        plan, step = self.plan, self.step
        plan.vacate()
        for n, array in zip(self.at, (x, y), strict=True):
            np.copyto(plan.inputs[n], array)
        for p in [*step.parameters, *step.optimizer.params]:
            p._grad = None
        for p, place, _ in self.leaves:
            if "_array" in p.__dict__:
                place.fetch(p)
        for _, place, _ in self.gradients:
            if place.tenant is not None:
                place.vacate()
        plan.replay()
        for p, place, spec in self.gradients:
            p._grad = place.tenant = g = Tensor.__new__(Tensor)
            g._holder, g._spec, g.requires_grad = place, spec, False
        return self.results
