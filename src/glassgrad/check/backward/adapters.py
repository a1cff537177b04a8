"""A student's backward pass, in whatever form it comes: arrays, a function, a layer, a node of edf.

Every form ends as gradients by argument name.  Inputs are handed over as copies, so what is overwritten in
place is noticed and hurts nobody.  Read next: `layer_adapters.py`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.check.backward.case import Case
from glassgrad.errors import SettingError, ShapeError

Array = NDArray[Any]
ALIASES = {
    "x": ("x", "input", "inputs", "a", "data", "inp"),
    "w": ("w", "weight", "weights", "kernel", "kernels", "theta", "filters", "filter"),
    "b": ("b", "bias", "biases", "beta"),
    "labels": ("labels", "label", "t", "target", "targets", "y", "ytrue"),
}
_GIVEN = ("g", "delta", "gy", "outputgradient")
"""What arrives from above, besides what begins as `_means_g` says."""
_OUTPUT = ("y", "out", "output", "yhat", "cache", "h", "s", "z")
_RATES = ("lr", "learningrate", "eta", "alpha", "stepsize")


@dataclass(frozen=True)
class Answer:
    """What a student's code gave: gradients by argument, the output if it has one, and remarks."""

    grads: dict[str, Array]
    y: Array | None = None
    notes: tuple[str, ...] = field(default=())


def plain(name: str) -> str:
    """A name for comparing: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def same_name(theirs: str, ours: str) -> bool:
    """Whether two names mean the same argument: `weights` is w."""
    a, b = plain(theirs), plain(ours)
    return a == b or any(a in names and b in names for names in ALIASES.values())


def is_rate(name: str) -> bool:
    """Whether a parameter is a learning rate."""
    return plain(name) in _RATES


def from_arrays(theirs: Any, case: Case) -> Answer:
    """Gradients that were computed already: by name, in order, or the one that there is."""
    if isinstance(theirs, Mapping):
        return Answer(by_name(theirs, case))
    if isinstance(theirs, list | tuple) and not _is_one_array(theirs, case):
        return Answer(in_order(list(theirs), case))
    return Answer(in_order([theirs], case))


def _is_one_array(theirs: Any, case: Case) -> bool:
    """A list of numbers is a gradient itself, not one gradient per argument."""
    try:
        shape = np.shape(theirs)
    except ValueError:
        return False
    return len(case.names) == 1 and shape == case.inputs[0].shape


def by_name(found: Mapping[str, Any], case: Case) -> dict[str, Array]:
    """Gradients named `w`, `dw`, `grad_w`, …"""
    grads: dict[str, Array] = {}
    for key, value in found.items():
        name = next(
            (n for n in case.names if is_gradient_of(str(key), n) or same_name(key, n)), None
        )
        if name is None:
            expected = ", ".join("d" + n for n in case.names)
            raise SettingError(f"'{key}' is the gradient of no argument: expected {expected}.")
        grads[name] = as_array(value, name)
    return grads


def is_gradient_of(attribute: str, name: str) -> bool:
    """Whether an attribute is called as the gradient of an argument: dW, grad_w, w_grad, dL_dw."""
    word = plain(attribute)
    for own in next((a for a in ALIASES.values() if plain(name) in a), (plain(name),)):
        prefixes = ("d", "grad", "g", "dl", "dld", "gradient", "delta", "nabla")
        if word in [p + own for p in prefixes] or word in (
            own + "grad",
            own + "gradient",
            own + "bar",
        ):
            return True
    return False


def in_order(found: list[Any], case: Case) -> dict[str, Array]:
    """Gradients in the order of the arguments; None for one that is not given."""
    order = list(case.order)
    if len(found) == len(order):
        names = order
    elif len(found) == len(case.names):
        names = list(case.names)
    elif len(found) == 1:
        names = [case.names[0]]
    else:
        expected = ", ".join("d" + n for n in case.names)
        many = "gradient" if len(case.names) == 1 else "gradients"
        raise ShapeError(f"expected {len(case.names)} {many} ({expected}), got {len(found)}.")
    pairs = zip(names, found, strict=True)
    return {n: as_array(v, n) for n, v in pairs if v is not None and n in case.names}


def as_array(value: Any, name: str) -> Array:
    """A gradient as an array; tensors of other packages and lists of numbers are taken too."""
    value = getattr(value, "detach", lambda: value)()
    value = getattr(value, "_array", value)
    try:
        array = np.asarray(value)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"d{name} must be an array of numbers, got {value!r}.") from error
    if array.dtype.kind not in "fiub":
        raise ShapeError(
            f"d{name} must be an array of numbers, got {type(value).__name__} {value!r}."
        )
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def from_function(theirs: Callable[..., Any], case: Case) -> Answer:
    """`backward(g, *inputs)`, in any order of parameters whose names say what they are."""
    given = {n: v.copy() for n, v in case.values.items()}
    g = case.g.copy()
    args = arguments(theirs, given, g, case.y._array.copy())
    found = theirs(*args)
    notes = overwritten(case, given, g)
    answer = from_arrays(found, case)
    return Answer(answer.grads, None, notes)


def arguments(function: Callable[..., Any], given: Mapping[str, Any], g: Any, y: Any) -> list[Any]:
    """What to call a backward function with, by its parameters' names or else their number.

    Raises:
        SettingError: a signature that fits neither.
    """
    parameters = [
        p
        for p in inspect.signature(function).parameters.values()
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    star = any(p.kind == p.VAR_POSITIONAL for p in inspect.signature(function).parameters.values())
    wanted = [p.name for p in parameters if p.default is p.empty]
    named = _by_parameter(wanted, given, g, y)
    if named is not None and not star:
        return named
    values = list(given.values())
    with_y = [g, y, *values] if len(wanted) > 1 and plain(wanted[1]) in _OUTPUT else None
    for candidate in ([g, *values], with_y, values if np.size(g) == 1 else None, [g]):
        if candidate is not None and (star or len(candidate) == len(wanted)):
            return candidate
    raise SettingError(
        f"backward takes ({', '.join(wanted)}): expected backward(g, {', '.join(given)}), with g the "
        f"gradient of the output, of shape {np.shape(g)}."
    )


def _by_parameter(wanted: list[str], given: Mapping[str, Any], g: Any, y: Any) -> list[Any] | None:
    """One value for each parameter, if every name is understood and no two mean the same."""
    used: list[str] = []
    values: list[Any] = []
    for parameter in wanted:
        exact = next((n for n in given if plain(n) == plain(parameter)), None)
        alike = next((n for n in given if same_name(parameter, n) and n not in used), None)
        if exact or (alike and plain(parameter) not in _GIVEN):
            name = exact or alike or ""
            value: Any = given[name]
        elif _means_g(parameter):
            name, value = "g", g
        elif plain(parameter) in _OUTPUT:
            name, value = "y", y
        else:
            return None
        if name in used:
            return None
        used.append(name)
        values.append(value)
    return values if "g" in used or np.size(g) == 1 else None


def _means_g(parameter: str) -> bool:
    word = plain(parameter)
    return word in _GIVEN or word.startswith(("dl", "dout", "grad", "upstream", "dy", "dz", "do"))


def overwritten(case: Case, given: Mapping[str, Any], g: Array) -> tuple[str, ...]:
    """A remark on each input that the student's code wrote into."""
    changed = [n for n, v in given.items() if not np.array_equal(v, case.values[n], equal_nan=True)]
    if not np.array_equal(g, case.g, equal_nan=True):
        changed.append("g")
    if not changed:
        return ()
    return (
        f"your code overwrites {' and '.join(changed)} in place: whoever needs it next gets a wrong one.",
    )
