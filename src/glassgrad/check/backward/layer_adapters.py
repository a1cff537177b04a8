"""A student's layer: a class with forward and backward, as plain NumPy, edf or `autograd.Function` have it.

Which argument goes to the constructor and which to forward is told by names, then by number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.check.backward.adapters import (
    Answer,
    arguments,
    as_array,
    by_name,
    from_arrays,
    from_function,
    is_gradient_of,
    is_rate,
    overwritten,
    same_name,
)
from glassgrad.check.backward.case import Case
from glassgrad.errors import SettingError, ShapeError

Array = NDArray[Any]


def is_layer(theirs: Any) -> bool:
    """Whether something has a backward pass of its own."""
    return callable(getattr(theirs, "backward", None))


def ask(theirs: Any, case: Case) -> Answer:
    """A student's gradients, whatever form they have."""
    if not is_layer(theirs):
        if isinstance(theirs, type):
            raise SettingError(
                f"{theirs.__name__} has no backward: expected a class with forward and backward."
            )
        return from_function(theirs, case) if callable(theirs) else from_arrays(theirs, case)
    if not isinstance(theirs, type):
        return _from_object(theirs, list(case.order), case)
    layer: Any = theirs
    static = inspect.getattr_static(theirs, "backward")
    if isinstance(static, staticmethod | classmethod):
        return _from_static(theirs, case)
    if not _parameters(layer.backward)[1:] and len(_parameters(layer.forward)) <= 1:
        return _from_node(theirs, case)
    return _from_class(theirs, case)


def _parameters(function: Callable[..., Any]) -> list[str]:
    return [
        p.name
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty
    ]


def _from_static(theirs: Any, case: Case) -> Answer:
    """Static methods, with or without the `ctx` of an autograd function."""
    given = {n: v.copy() for n, v in case.values.items()}
    forward = getattr(theirs, "forward", None)
    if forward is not None and _parameters(forward)[:1] == ["ctx"]:
        kept = SimpleNamespace(saved_tensors=())
        kept.save_for_backward = lambda *values: setattr(kept, "saved_tensors", values)
        y = forward(kept, *given.values())
        g = case.g.copy()
        found = theirs.backward(kept, g)
        return Answer(from_arrays(found, case).grads, np.asarray(y), overwritten(case, given, g))
    answer = from_function(theirs.backward, case)
    return Answer(answer.grads, _output(forward, list(given.values())), answer.notes)


def _output(forward: Callable[..., Any] | None, values: list[Any]) -> Array | None:
    if forward is None or len(_parameters(forward)) != len(values):
        return None
    return np.asarray(forward(*values))


class _Node:
    """What a node of edf sees of another one: value, grad and addgrad."""

    def __init__(self, value: Array) -> None:
        self.value, self.grad = value, np.zeros(()) + 0.0

    def addgrad(self, delta: Any) -> None:
        self.grad = self.grad + delta


def _from_node(theirs: Any, case: Case) -> Answer:
    """edf: the constructor takes nodes, forward fills value, backward adds to the inputs' gradients."""
    nodes = {n: _Node(v.copy()) for n, v in case.values.items()}
    wanted = _parameters(theirs.__init__)[1:]
    args: list[Any] = []
    free = dict(nodes)
    for parameter in wanted:
        name = next((n for n in free if same_name(parameter, n)), None)
        if name is not None:
            args.append(free.pop(name))
        elif parameter.startswith("param"):
            args.append(
                SimpleNamespace(**{k: free.pop(k) for k in list(free) if k != case.order[0]})
            )
        elif free:
            args.append(free.pop(next(iter(free))))
    layer = theirs(*args)
    layer.forward()
    layer.grad = case.g.copy()
    layer.backward()
    grads = {}
    for name, right in zip(case.names, case.ours, strict=True):
        grad = as_array(nodes[name].grad, name)
        per_sample = grad.ndim == right.ndim + 1 and grad.shape == (case.batch, *right.shape)
        grads[name] = grad.sum(0) if per_sample else grad  # edf sums over the batch when it updates
    return Answer(grads, np.asarray(layer.value))


def _from_class(theirs: Any, case: Case) -> Answer:
    """Make the layer: parameters go to the constructor if it asks for them, else they are set."""
    wanted, inputs = _parameters(theirs.__init__)[1:], _parameters(theirs.forward)[1:]
    names = list(case.order)
    for_forward = _matched(inputs, names) or names[: len(inputs)]
    rest = [n for n in names if n not in for_forward]
    for_init = _matched(wanted, rest) or (rest if len(rest) == len(wanted) else [])
    if len(for_init) == len(wanted) and not _sizes(wanted):
        layer = theirs(*(case.values[n].copy() for n in for_init))
        return _from_object(layer, for_forward, case)
    if _sizes(wanted):
        sizes = [
            case.inputs[0].shape[-1] if "in" in w.lower() else case.y.shape[-1] for w in wanted
        ]
        return _from_object(theirs(*sizes), for_forward, case)
    raise SettingError(
        f"{theirs.__name__}({', '.join(wanted)}) could not be made from {', '.join(rest) or 'nothing'}: "
        f"give an object instead, as in check.backward({theirs.__name__}(...), reference, ...)."
    )


def _sizes(wanted: list[str]) -> bool:
    """Whether a constructor takes lengths, such as (n_in, n_out)."""
    words = [w.lower() for w in wanted]
    return len(words) == 2 and "in" in words[0] and "out" in words[1]


def _matched(wanted: list[str], names: list[str]) -> list[str]:
    """The names that parameters stand for; nothing if one of them stands for none."""
    found: list[str] = []
    for parameter in wanted:
        name = next((n for n in names if same_name(parameter, n) and n not in found), None)
        if name is None:
            return []
        found.append(name)
    return found


def _from_object(layer: Any, for_forward: list[str], case: Case) -> Answer:
    given = {n: v.copy() for n, v in case.values.items()}
    count = len(_parameters(layer.forward))
    if len(for_forward) != count:
        for_forward = _matched(_parameters(layer.forward), list(given)) or list(given)[:count]
    set_here = _set(layer, {n: v for n, v in given.items() if n not in for_forward})
    y = layer.forward(*(given[n] for n in for_forward))
    g = case.g.copy()
    backward = layer.backward
    rates = [n for n in _parameters(backward) if is_rate(n)]
    taken = {n: given[n] for n in for_forward}
    found = _call(backward, rates, taken, g, np.asarray(y))
    notes = overwritten(case, taken, g)
    grads = _returned(found, for_forward, case) | _held(layer, set_here, case, bool(rates))
    return Answer(grads, None if y is None else as_array(y, "y"), notes)


def _call(
    backward: Callable[..., Any], rates: list[str], taken: dict[str, Any], g: Array, y: Array
) -> Any:
    wanted = [n for n in _parameters(backward) if n not in rates]
    extra = dict.fromkeys(rates, 1.0)
    if not wanted:
        return backward(**extra)
    if len(wanted) == 1:
        return backward(g, **extra)
    return backward(*arguments(backward, taken, g, y)[: len(wanted)], **extra)


def _set(layer: Any, values: dict[str, Array]) -> dict[str, str]:
    """Put parameters into the layer's attributes; which attribute each went to."""
    placed: dict[str, str] = {}
    for name, value in values.items():
        attribute = next((a for a in vars(layer) if same_name(a, name)), None)
        if attribute is None:
            continue
        own = np.shape(getattr(layer, attribute))
        if own != value.shape and own not in ((), (1, *value.shape)):
            raise ShapeError(
                f"your {attribute} has shape {own}, the reference's {name} has {value.shape}: give a "
                "reference in your layout, such as lambda x, w, b: x @ w + b."
            )
        setattr(layer, attribute, value.reshape(own) if own else value)
        placed[name] = attribute
    return placed


def _returned(found: Any, for_forward: list[str], case: Case) -> dict[str, Array]:
    if found is None:
        return {}
    if isinstance(found, dict):
        return by_name(found, case)
    if isinstance(found, tuple | list) and len(found) == len(case.names) > 1:
        return {n: as_array(v, n) for n, v in zip(case.names, found, strict=True) if v is not None}
    if isinstance(found, tuple) and len(found) == len(for_forward):
        pairs = zip(for_forward, found, strict=True)
        return {n: as_array(v, n) for n, v in pairs if n in case.names and v is not None}
    first = next(n for n in for_forward if n in case.names)
    return {first: as_array(found, first)}


def _held(layer: Any, placed: dict[str, str], case: Case, updates: bool) -> dict[str, Array]:
    """Gradients that the layer keeps: dW, grads["w"], w.grad, or what a step of 1 took away."""
    kept = {k: v for k, v in vars(layer).items() if v is not None}
    for holder in ("grads", "gradients", "grad"):
        if isinstance(kept.get(holder), dict):
            known = {k: any(is_gradient_of(k, n) for n in case.names) for k in kept[holder]}
            kept |= {k if known[k] else f"d{k}": v for k, v in kept[holder].items()}
    found: dict[str, Array] = {}
    for name in case.names:
        for attribute, value in kept.items():
            if is_gradient_of(attribute, name) and not callable(value):
                found[name] = as_array(value, name)
            elif same_name(attribute, name) and getattr(value, "grad", None) is not None:
                found[name] = as_array(value.grad, name)
        if name not in found and updates and name in placed:
            after = as_array(getattr(layer, placed[name]), name)
            found[name] = (case.values[name].reshape(after.shape) - after).reshape(
                case.values[name].shape
            )
    return found
