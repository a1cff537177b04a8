"""The trace of a call: each op asks whether the function has come this way before.

A function's past is a tree.  From where it is, an op with its inputs leads on to the next `State`, which
knows what the result will look like; so an op that has come before costs one look into a dictionary, and
computes nothing.  An op that is new here is computed as written, and makes a branch.  When numbers are
needed, the state knows the plan that computes them, or makes one the second time.  Read next: `jit.py`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from glassgrad import kernels
from glassgrad.engine.modes import is_recording
from glassgrad.engine.mutation import clock
from glassgrad.engine.recording import Spec, tracing
from glassgrad.graph import backward as backward_as_written
from glassgrad.ops.base import current_layer
from glassgrad.plan.link import plan_of
from glassgrad.plan.segment import Segment
from glassgrad.plan.slots import Back, Noted
from glassgrad.plan.specs import PLAIN, Detach, Unusual, spec_of, token_of
from glassgrad.plan.update import updated
from glassgrad.tensor import Tensor


def _line() -> str:
    """The line outside of this package that is being run: "train.py:12"."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("glassgrad"):
        frame = frame.f_back
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"


def _validate(op: Any, *inputs: Any) -> None:
    """Refuse labels where they are used; the kernels do not look at them."""
    labels = inputs[-1]._array if isinstance(inputs[-1], Tensor) else np.asarray(inputs[-1])
    if labels.dtype.kind in "iu":
        op.validate(*inputs[:-1], labels)


_blank = Tensor.__new__


class State:
    """A place in the tree: what the op that leads here gives, and where other ops lead from here."""

    __slots__ = ("back", "next", "noted", "plan", "requires_grad", "spec", "targets", "uses")
    noted: Noted
    """The op that leads here: in the tree the slots of an op and its result are always the same."""
    back: Back
    """The backward pass that leads here."""

    def __init__(self, spec: Spec | None = None, requires_grad: bool = False) -> None:
        self.next: dict[Any, State] = {}
        self.spec, self.requires_grad = spec, requires_grad
        self.targets: tuple[tuple[int, Spec], ...] = ()
        self.plan: Any = None
        self.uses: list[tuple[int, int]] | None = None  # for `Segment.alive`, once it was asked


def _is_odd(x: Tensor) -> bool:
    """Whether Python looks at the gradient of x on the way, or has left something odd there."""
    return bool(x._hooks) or not (x._grad is None or type(x._grad) in (np.ndarray, Tensor))


class Trace:
    """What one call of a jitted function does, noted as it happens.

    Args:
        past: the function's tree and its plans.
        serial: the number of this call.
    """

    def __init__(self, past: Any, serial: int) -> None:
        self.past, self.serial = past, serial
        self._begin()

    def _begin(self) -> None:
        self.state = self.root = self.past.root(kernels.threads())
        self.segment = Segment(self.past.guess(), self.serial)

    # ---- noting

    def note(self, op: Any, inputs: tuple[Any, ...], recording: bool | None = None) -> Any:
        """Note `op(*inputs)`; gives a tensor that knows everything but its numbers."""
        segment, token = self.segment, PLAIN.get(type(op)) or token_of(op)
        if token is None or kernels.off_here():
            return op.written(inputs)
        before = len(segment.tensors), len(segment.inputs), len(segment.leaves)
        parts: list[Any] = [token, is_recording() if recording is None else recording]
        try:
            slots = [segment.enter(x, inputs, parts) for x in inputs]
        except BaseException as error:
            segment.forget(*before)
            if isinstance(error, Unusual):
                return op.written(inputs)
            raise
        key = tuple(parts)
        state = self.state.next.get(key)
        if state is None:
            return self._discover(op, slots, key, before)
        if op.validate is not None:
            _validate(op, *inputs)
        self.state = state
        return self._result(op, slots, state)

    def _result(self, op: Any, slots: list[int], state: State) -> Tensor:
        segment, x = self.segment, _blank(Tensor)
        tensors = segment.tensors
        x._holder, x._spec, x._slot = segment, state.spec, len(tensors)
        tensors.append(x)
        if state.requires_grad:
            x.requires_grad, x.op, x.born, x.layer = True, op, next(clock), current_layer.get()
            x.inputs = tuple([tensors[s] for s in slots])
        else:
            x.requires_grad = False
        segment.log.append(state.noted)
        return x

    def _discover(self, op: Any, slots: list[int], key: Any, before: Any) -> Tensor:
        """An op that is new here: compute it, and remember what it gave."""
        segment = self.segment
        segment.own_inputs()
        try:
            value = np.asarray(op.compute(*map(segment.value, slots)))
        except BaseException:
            segment.forget(*before)
            raise
        wanted = key[1] and any(segment.tensors[s].requires_grad for s in slots)
        state = State(spec_of(value), wanted and value.dtype.kind == "f")
        state.noted = Noted(op, tuple(slots), len(segment.tensors), _line())
        self.state = self.past.grow(self.state, key, state)
        x = self._result(op, slots, state)
        segment.set(x._slot, value)
        return x

    def detach(self, x: Tensor) -> Tensor:
        """The numbers of x without its history."""
        y: Tensor = self.note(Detach(), (x,), recording=False)
        y.name = x.name
        return y

    # ---- backward and update

    def backward(self, y: Tensor, seed: Any) -> bool:
        """Note the backward pass of y: it is known by the forward pass, since rules are functions of it."""
        segment = self.segment
        leaves = [segment.tensors[slot] for slot in segment.wanted]
        if seed is not None or not self._can_note(y) or any(map(_is_odd, leaves)):
            self.settle()
            return False
        parts: list[Any] = ["backward", y._slot]
        olds = [self._old(x, parts) for x in leaves]
        key = tuple(parts)
        state = self.state.next.get(key)
        if state is None:
            return self._discover_backward(y, leaves, olds, key)
        self.state = state
        self._note_back(state)
        return True

    def _can_note(self, y: Tensor) -> bool:
        """Whether all that is under y was noted here, and y can start a backward pass."""
        is_ours = y._holder is self.segment and not self.segment.is_mixed
        return is_ours and y.requires_grad and y.op is not None and y.size == 1

    def _old(self, x: Tensor, parts: list[Any]) -> int | None:
        """The slot of a gradient that is there already."""
        if x._grad is None:
            parts.append(None)
            return None
        old = x._grad
        if isinstance(old, Tensor) and old._holder is not self.segment:
            old = old._array
        return self.segment.enter(old, (old,), parts)

    def _note_back(self, state: State) -> None:
        segment = self.segment
        for slot, spec in state.targets:
            segment.tensors[slot]._grad = segment.stand_in(spec)
        segment.log.append(state.back)
        segment.has_back = True

    def _discover_backward(self, y: Tensor, leaves: Any, olds: Any, key: Any) -> bool:
        """A backward pass that is new here: done as written, to learn which leaves it reaches."""
        segment = self.segment
        segment.materialize()
        before = [x._grad for x in leaves]
        token = tracing.set(None)
        try:
            backward_as_written(y)
        finally:
            tracing.reset(token)
        every = zip(segment.wanted, leaves, before, olds, strict=True)
        reached = [(slot, x._grad, old) for slot, x, g, old in every if x._grad is not g]
        state, first = State(), len(segment.tensors)
        state.targets = tuple((slot, spec_of(g)) for slot, g, _ in reached)
        slots, news = [slot for slot, _, _ in reached], range(first, first + len(reached))
        state.back = Back(y._slot, slots, [old for _, _, old in reached], list(news))
        self.state = self.past.grow(self.state, key, state)
        self._note_back(state)
        for new, (_, g, _) in zip(news, reached, strict=True):
            segment.set(new, g)
        segment.done = len(segment.log)
        return True

    def update(self, optimizer: Any) -> bool:
        """An optimizer's step, on whole memory where its rule allows it."""
        self.flush()
        return updated(optimizer)

    # ---- when numbers are needed

    def flush(self) -> None:
        """Compute what was noted, by a plan if there is one; what comes next begins anew."""
        segment = self.segment
        if segment.log:
            if self.state.uses is None:
                self.state.uses = segment.uses()
            key = ("flush", segment.alive(self.state.uses))
            state = self.state.next.get(key)
            if state is None:
                is_new = self.past.grew  # if not, all of it has come before, but for who holds what
                state = self.past.grow(self.state, key, State())
                if is_new:
                    self.settle()
                    return
            plan = state.plan
            if plan is None or not plan.is_bound():
                plan = state.plan = plan_of(segment, key[1])
                self.past.planned(state)
            plan.run(segment)
            self.past.ran(plan)
        if segment.tensors:
            self._begin()

    def settle(self) -> None:
        """Compute all that was noted, as it is written; what comes next begins anew."""
        self.segment.settle()
        self._begin()
