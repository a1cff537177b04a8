"""Copies of a run, and the way back: everything that a step changes, at an instant.

A checkpoint (`checkpoint.py`) holds what a file can hold.  A copy in memory holds more: each field of each
layer, a counter or a list as well as an array, each generator, and what the optimizer remembers.  What is
in no field (a global, a variable in a closure of a loss) is nobody's and is not copied.
Read next: `session.py`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from glassgrad.data import Loader
from glassgrad.nn import Module
from glassgrad.tensor import Tensor
from glassgrad.train.records import History


@dataclass(frozen=True, eq=False, repr=False)
class Snapshot:
    """A session as it was: `session.restore(snapshot)`, as often as you like.

    Args:
        step: updates made until then.
        parts: copies of all that steps change, and the settings, by name.
    """

    step: int
    parts: dict[str, Any]

    def __repr__(self) -> str:
        return f"Snapshot(step={self.step})"


def copied(parts: dict[str, Any]) -> dict[str, Any]:
    """The parts of a run with nothing in common but its data.

    They are copied together: an optimizer's copy moves the copy of its model, and a loss that is a method
    of the model becomes one of the copy.
    """
    loaders = {id(part): at_its_place(part) for part in parts.values() if isinstance(part, Loader)}
    return copy.deepcopy(parts, {**loaders})


def at_its_place(loader: Loader) -> Loader:
    """A loader of the same data that goes on where this one is, if this one is in the middle."""
    other = copy.copy(loader)
    other.load_state_dict(loader.state_dict())
    return other


def put_back(saved: dict[str, Any], live: dict[str, Any]) -> dict[str, Any]:
    """The parts of a run as they were when `saved` was copied.

    Model, layers, parameters, optimizer and loader stay the objects that they are; their fields change.

    Args:
        saved: what `copied` gave; it may be put back again.
        live: the same parts of the run now.
    """
    pairs = list(_pairs(saved, live))
    memo: dict[int, Any] = {id(old): now for old, now in pairs}
    for name, old in saved.items():
        if isinstance(old, Loader):
            memo[id(old)] = live[name]
            vars(live[name]).update(vars(at_its_place(old)))
    for old, now in pairs:
        if isinstance(old, Tensor):
            _put_back_numbers(old, now)
        else:
            fields = copy.deepcopy(vars(old), memo)
            vars(now).clear()
            vars(now).update(fields)
    return copy.deepcopy(saved, memo)


def _put_back_numbers(old: Tensor, now: Tensor) -> None:
    """A parameter's numbers, its gradient, and whether it takes one."""
    now._assign(old._array.copy())
    now.grad = None if old.grad is None else old.grad.copy()
    now.requires_grad, now._hooks, now.name = old.requires_grad, old._hooks, old.name


def _pairs(saved: dict[str, Any], live: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Every object that is to stay the same, beside its copy: each once."""
    for name, old in saved.items():
        now = live[name]
        if isinstance(old, Module):
            for one, other in _by_path(old.named_modules(), now.named_modules()):
                yield one, other
                yield from _by_path(_leaves(one), _leaves(other))
            yield from _by_path(old.named_parameters(), now.named_parameters())
        elif name == "optimizer":
            yield old, now


def _leaves(module: Module) -> list[tuple[str, Any]]:
    """The fields that are tensors, and were not computed from others."""
    found = vars(module).items()
    return [(name, x) for name, x in found if isinstance(x, Tensor) and x.op is None]


def _by_path(
    saved: list[tuple[str, Any]], live: list[tuple[str, Any]]
) -> Iterator[tuple[Any, Any]]:
    now = dict(live)
    for path, old in saved:
        if type(now.get(path)) is type(old):
            yield old, now[path]


def history_of(history: History) -> History:
    """A list of its own of the same records, which cannot change."""
    return History([*history.steps], [*history.epochs], history.stopped)
