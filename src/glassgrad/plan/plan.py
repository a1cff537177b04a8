"""A recorded computation, replayed without Python per op and without allocation.

The graph of one training step (forward, backward: rules are written in ops, so all of it is one graph) is
read once: elementwise chains become one pass over memory, views are made once, every value gets a place
that is reused when its last reader is done.  What is left is a list of calls.  `replay == eager`, bit for
bit, is a law; `source()` prints the calls.  Read next: `memory.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.recording import Tape
from glassgrad.errors import ShapeError
from glassgrad.graph import topological
from glassgrad.plan.calls import Calls
from glassgrad.plan.memory import Memory, layout_of
from glassgrad.plan.values import Value, names_of, values_of
from glassgrad.tensor import Tensor

Array = NDArray[Any]


class Plan:
    """The calls that compute `outputs` from `inputs`; everything else is fixed at recording.

    Args:
        outputs: recorded tensors, in the order in which their values are wanted.
        inputs: leaves whose numbers change from call to call (batch, labels, masks).
        into: arrays that receive outputs, by position; the others get a place of their own.
        tape: what else happened while it was recorded: chance is drawn again, effects are repeated.
        consume: the recorded values are not needed any more, so their memory is free for the plan.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor([1.0, 2.0], name="x"), gg.tensor([3.0, 4.0], name="w")
    >>> plan = Plan([(x * w).sum()], [x])
    >>> float(plan([10.0, 20.0])[0])
    110.0
    """

    def __init__(
        self,
        outputs: Sequence[Tensor],
        inputs: Sequence[Tensor],
        into: dict[int, Array] | None = None,
        tape: Tape | None = None,
        consume: bool = False,
    ) -> None:
        tape = tape or Tape()
        self.effects = [(id(x), action) for action, x in tape.effects]
        self.draws = [(id(x), draw) for x, draw in tape.draws]
        inputs = [*inputs, *(x for x, _ in tape.draws)]
        nodes = {id(n): n for y in outputs for n in topological(y)}
        recorded = sorted((n for n in nodes.values() if n.op is not None), key=lambda n: n.born)
        self.names = names_of(list(nodes.values()), recorded)
        self.outputs = [id(y) for y in outputs]
        self.inputs = [id(x) for x in inputs][: len(inputs) - len(self.draws)]
        self.values = values_of(recorded, set(self.outputs), {id(x) for x in inputs})
        fixed = {v.key for v in self.values if v.kind == "constant"}
        self.memory = Memory({k: n._array for k, n in nodes.items() if n.op is None or k in fixed})
        for x in inputs:
            self.memory.place[id(x)] = x._array.copy(order="K")
        for n in recorded if consume else ():
            n._array = np.broadcast_to(np.zeros((), n.dtype), n.shape)
        self.into = {id(outputs[position]): array for position, array in (into or {}).items()}
        self._keep = list(nodes.values())  # so that no key is given to another tensor while we link
        self.calls = self._link()
        del self._keep

    def __call__(self, *values: Any) -> list[Array]:
        """The outputs for these inputs; the arrays returned are overwritten by the next call."""
        for key, value in zip(self.inputs, values, strict=True):
            place = self.memory.place[key]
            if np.shape(value) != place.shape:
                raise ShapeError(
                    f"the plan was recorded for an input of shape {place.shape}, got "
                    f"{np.shape(value)}: record another plan for that shape."
                )
            np.copyto(place, value)
        for validate in self.validations:
            validate()
        self.replay()
        return [self.memory.place[key] for key in self.outputs]

    def replay(self) -> None:
        """Run the calls on what lies in the input places."""
        for key, draw in self.draws:
            np.copyto(self.memory.place[key], draw())
        for call in self.calls:
            call()

    def _link(self) -> list[Callable[[], None]]:
        """Give every value its place, in order, and bind each computation to the places it uses.

        Binding computes, so what is read further on is never rubbish.
        """
        self.by_key = {v.key: v for v in self.values}
        last, calls = self._last_readers(), Calls()
        self._repeat_effects(calls, *self.inputs)
        for i, value in enumerate(self.values):
            if value.kind == "view":
                self.memory.view(value.key, value.op.forward(*self._arrays(value)), value.inputs[0])
            elif value.kind in ("call", "chain"):
                out = self._place(value, i, last)
                if value.kind == "chain":
                    calls.elementwise(value, self.by_key, self.memory.place)
                else:
                    calls.call(value, out, self._arrays(value))
            self._repeat_effects(calls, value.key)
            self.memory.release(i, last)
        for key, array in self.into.items():
            if self.memory.place[key] is not array:
                calls.by_python(partial(np.copyto, array, self.memory.place[key]))
                self.memory.place[key] = array
        self.validations = list(calls.validations.values())
        return calls.done()

    def _repeat_effects(self, calls: Calls, *keys: int) -> None:
        for key, action in self.effects:
            if key in keys:
                calls.by_python(partial(action, self.memory.place[key]))

    def _place(self, value: Value, line: int, last: dict[int, int]) -> Array:
        """Memory for a value; straight into the array that wants it, if that fits and nobody needs
        what is there any more."""
        place, wanted = self.memory.place, self.into.get(value.key)
        if wanted is not None and layout_of(wanted) == value.layout:
            there = [key for key, array in place.items() if array is wanted]
            if all(last.get(key, -1) <= line for key in there):
                place[value.key] = self.into.pop(value.key)
        return self.memory.allocate(value.key, value.layout)

    def _last_readers(self) -> dict[int, int]:
        """For each value, the position of the last line that reads it; outputs are read for ever."""
        last: dict[int, int] = {}
        for i, value in enumerate(self.values):
            if value.kind in ("view", "call", "chain"):
                for key in self._leaves(value) if value.kind == "chain" else value.inputs:
                    last[key] = i
        last.update(dict.fromkeys(self.outputs, len(self.values)))
        return last

    def _arrays(self, value: Value) -> list[Array]:
        return [self.memory.place[key] for key in value.inputs]

    def _leaves(self, value: Value) -> list[int]:
        """What a chain reads from memory: its inputs, and those of the values absorbed into it."""
        found = []
        for key in value.inputs:
            inner = self.by_key.get(key)
            absorbed = inner is not None and inner.kind == "absorbed"
            found += self._leaves(inner) if inner is not None and absorbed else [key]
        return found

    def source(self) -> str:
        """The calls as a program: one line each, with the shape and the layer of what it computes.

        >>> import glassgrad as gg
        >>> x, w = gg.tensor([1.0, 2.0], name="x"), gg.tensor([3.0, 4.0], name="w")
        >>> print(Plan([(x * w).sum()], [x]).source())
        z1 = Multiply(x, w)  # (2,)
        z2 = Sum(z1, axis=None, keepdims=False)  # ()
        """
        lines = []
        for value in self.values:
            if value.kind in ("view", "call", "chain", "constant"):
                view = {"view": ", no copy", "constant": ", once"}.get(value.kind, "")
                where = f", {value.layer}" if value.layer else ""
                lines.append(
                    f"{self.names[value.key]} = {self._text(value)}  # {value.layout.shape}{where}{view}"
                )
        return "\n".join(lines)

    def _text(self, value: Value) -> str:
        parts = []
        for key in value.inputs:
            inner = self.by_key.get(key)
            absorbed = inner is not None and inner.kind == "absorbed"
            parts.append(self._text(inner) if inner is not None and absorbed else self.names[key])
        settings = [f"{f.name}={getattr(value.op, f.name)!r}" for f in fields(value.op)]  # type: ignore[arg-type]
        settings += [f"{name}={how!r}" for name, how in value.how]
        return f"{type(value.op).__name__}({', '.join(parts + settings)})"
