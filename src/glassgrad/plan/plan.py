"""A recorded computation, replayed without Python per op and without allocation.

The graph of one training step (forward, backward: rules are written in ops, so all of it is one graph) is
read once: elementwise chains become one pass over memory, views are made once, every value gets a place
that is reused when its last reader is done.  What is left is a list of calls.  `replay == eager`, bit for
bit, is a law; `source()` prints the calls.  Read next: `memory.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import ShapeError
from glassgrad.graph import topological
from glassgrad.plan.calls import Calls
from glassgrad.plan.memory import Memory, layout_of
from glassgrad.plan.specs import spec_of
from glassgrad.plan.values import Value, names_of, values_of
from glassgrad.tensor import Tensor

Array = NDArray[Any]


class Plan:
    """The calls that compute `outputs` from `inputs`; everything else is fixed at recording.

    Args:
        outputs: recorded tensors, in the order in which their values are wanted.
        inputs: leaves whose numbers change from call to call (batch, labels, masks); the plan keeps their
            arrays.
        into: arrays that receive outputs, by position; the others get a place of their own.
        numbers: which inputs (by `id`) are single numbers that seldom change: what is made of them alone
            is computed when one does.

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
        numbers: AbstractSet[int] = frozenset(),
    ) -> None:
        nodes = {id(n): n for y in outputs for n in topological(y)}
        recorded = sorted((n for n in nodes.values() if n.op is not None), key=lambda n: n.born)
        self.names = names_of(list(nodes.values()), recorded)
        self.outputs, self._input_keys = [id(y) for y in outputs], [id(x) for x in inputs]
        self.inputs = [x._array for x in inputs]
        self.values = values_of(recorded, set(self.outputs), set(self._input_keys), numbers)
        fixed = {v.key for v in self.values if v.kind == "constant"}
        given = {k: n._array for k, n in nodes.items() if n.op is None or k in fixed}
        self.memory = Memory(given | dict(zip(self._input_keys, self.inputs, strict=True)))
        self.into = {id(outputs[position]): array for position, array in (into or {}).items()}
        self._keep = list(nodes.values())  # so that no key is given to another tensor while we link
        self.early, self.calls = self._link()
        del self._keep
        self.results = [self.memory.place[key] for key in self.outputs]

    def __call__(self, *values: Any) -> list[Array]:
        """The outputs for these inputs; the arrays returned are overwritten by the next call."""
        for place, value in zip(self.inputs, values, strict=True):
            if np.shape(value) != place.shape:
                raise ShapeError(
                    f"the plan was recorded for an input of shape {place.shape}, got "
                    f"{np.shape(value)}: record another plan for that shape."
                )
            np.copyto(place, value)
        self.replay(numbers_changed=True)
        return self.results

    def replay(self, numbers_changed: bool = False) -> None:
        """Run the calls on what lies in the input places."""
        for call in self.early if numbers_changed else ():
            call()
        for call in self.calls:
            call()

    # ---- for a traced call

    def bind(
        self, slots: list[int], segment: Any, gradients: dict[int, Any], places: list[Any]
    ) -> None:
        """Belong to segments like this one: outputs are their `slots`, leaves live at `places`."""
        results = zip(slots, self.results, strict=True)
        self.kept = {slot: array for slot, array in results if slot not in gradients}
        self.gradients = list(gradients.items())
        self.places = [(place, place.home, place.gradient) for place in places]
        inputs = [segment.tensors[s] for s in segment.inputs]
        self.specs = [x._spec or spec_of(x._array) for x in inputs]
        self.numbers: list[Any] = [None] * len(self.inputs)
        self.tenant: Any = None
        self.successor: Any = self

    def is_bound(self) -> bool:
        """Whether the leaves live where they lived when the plan was made."""
        for place, home, gradient in self.places:
            if place.home is not home or place.gradient is not gradient:
                return False
        return True

    def vacate(self) -> None:
        """Before our memory is overwritten: what somebody holds of it is copied."""
        tenant, self.tenant = self.tenant, None
        if tenant is not None:
            tenant.leave()

    def run(self, segment: Any) -> None:
        """Compute a segment: its inputs in, its results for whoever holds them."""
        self.vacate()
        is_new, tensors = self._put_in(segment), segment.tensors
        for slot in segment.leaves:
            leaf = tensors[slot]
            if "_array" in leaf.__dict__:
                leaf._holder.fetch(leaf)
        for _, place in self.gradients:
            if place.tenant is not None:
                place.vacate()
        self.replay(is_new)
        for slot, place in self.gradients:
            gradient = tensors[slot]
            gradient._holder, place.tenant = place, gradient
        segment.planned(self.kept)
        self.tenant = segment

    def _put_in(self, segment: Any) -> bool:
        """Copy the inputs that do not lie here yet; tells whether a number changed."""
        changed = False
        for n, slot in enumerate(segment.inputs):
            place = self.inputs[n]
            if slot in segment.numbers:
                number = segment.numbers[slot][0]
                if number is not self.numbers[n]:
                    self.numbers[n] = place[...] = number
                    changed = True
            elif (value := segment.values[slot]) is not place:
                np.copyto(place, value)
        return changed

    def _link(self) -> tuple[list[Callable[[], None]], list[Callable[[], None]]]:
        """Give every value its place, in order, and bind each computation to the places it uses.

        Binding computes, so what is read further on is never rubbish.
        """
        self.by_key = {v.key: v for v in self.values}
        last, early, calls = self._last_readers(), Calls(), Calls()
        for i, value in enumerate(self.values):
            if value.kind == "view":
                self.memory.view(value.key, value.op.forward(*self._arrays(value)), value.inputs[0])
            elif value.kind in ("call", "chain", "early"):
                out = self._place(value, i, last)
                if value.kind == "chain":
                    calls.elementwise(value, self.by_key, self.memory.place)
                else:
                    (early if value.kind == "early" else calls).call(
                        value, out, self._arrays(value)
                    )
            self.memory.release(i, last)
        for key, array in self.into.items():
            if self.memory.place[key] is not array:
                calls.by_python(partial(np.copyto, array, self.memory.place[key]))
                self.memory.place[key] = array
        return early.done(), calls.done()

    def _place(self, value: Value, line: int, last: dict[int, int]) -> Array:
        """Memory for a value; straight into the array that wants it, if that fits and nobody needs
        what is there any more."""
        place, wanted = self.memory.place, self.into.get(value.key)
        if wanted is not None and layout_of(wanted) == value.layout:
            there = [key for key, array in place.items() if array is wanted]
            if all(last.get(key, -1) <= line for key in there):
                place[value.key] = self.into.pop(value.key)
        return self.memory.allocate(value.key, value.layout, value.kind == "early")

    def _last_readers(self) -> dict[int, int]:
        """For each value, the position of the last line that reads it; outputs are read for ever."""
        last: dict[int, int] = {}
        for i, value in enumerate(self.values):
            if value.kind in ("view", "call", "chain", "early"):
                for key in self._leaves(value) if value.kind == "chain" else value.inputs:
                    last[key] = i
        lasting = [v.key for v in self.values if v.kind == "early"]
        last.update(dict.fromkeys([*self.outputs, *lasting], len(self.values)))
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
            if value.kind in ("view", "call", "chain", "constant", "early"):
                view = {"view": ", no copy", "constant": ", once", "early": ", if a number changes"}
                how = view.get(value.kind, "")
                where = f", {value.layer}" if value.layer else ""
                lines.append(
                    f"{self.names[value.key]} = {self._text(value)}  # {value.layout.shape}{where}{how}"
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
