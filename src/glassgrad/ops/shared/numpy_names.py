"""`np.sum(tensor)` is `gg.sum(tensor)`: NumPy's functions record where an op bears their name.

A function of ours says which of NumPy's it stands for (`as_numpy`), and is then called with NumPy's
arguments; ufuncs are found by their names.  Questions whose answers have no derivative (shapes, places,
truth values) are answered plainly.  Everything else raises, so no gradient is lost without a word.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import numpy as np

from glassgrad.engine.conversions import Conversions
from glassgrad.errors import DtypeError
from glassgrad.ops.shared.refusals import entrance

F = TypeVar("F", bound=Callable[..., Any])
_OURS: dict[Any, tuple[Callable[..., Any], dict[str, str]]] = {}

QUESTIONS = frozenset(
    (
        *(np.shape, np.ndim, np.size, np.isfinite, np.isnan, np.isinf, np.isneginf, np.isposinf),
        *(np.signbit, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.argmax, np.argmin),
        *(np.argsort, np.argwhere, np.argpartition, np.nanargmax, np.nanargmin, np.lexsort),
        *(np.nonzero, np.flatnonzero, np.count_nonzero, np.searchsorted, np.digitize, np.isin),
        *(np.any, np.all, np.allclose, np.isclose, np.array_equal, np.array_equiv),
        *(np.result_type, np.can_cast, np.common_type, np.min_scalar_type, np.shares_memory),
        *(np.may_share_memory, np.zeros_like, np.ones_like, np.empty_like, np.tril_indices_from),
        *(np.triu_indices_from, np.diag_indices_from, np.array_repr, np.array_str, np.array2string),
    )
)
"""What NumPy answers with numbers that have no derivative: plain numbers, then."""

_LAYOUT: dict[Any, Callable[[Any], Any]] = {
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.size,
}
"""Nobody has to look at the numbers for these."""

WRITING: dict[Any, str] = {
    np.fill_diagonal: "x[np.arange(n), np.arange(n)] = 0",
    np.put: "x[places] = numbers",
    np.place: "x[mask] = numbers",
    np.putmask: "x = gg.where(mask, new, x)",
    np.put_along_axis: "x[rows, columns] = numbers",
    np.copyto: "x[...] = numbers",
}
"""Functions that write into their first argument, and what to write instead."""

ABOUT: dict[Any, str] = {
    **WRITING,
    np.save: "np.save(file, x.numpy())",
    np.floor_divide: "np.floor((x / y).numpy()), which has no derivative",
    np.remainder: "x - y * np.floor((x / y).numpy())",
    np.fmax: "gg.maximum(x, y)",
    np.fmin: "gg.minimum(x, y)",
    np.sort: "x[np.argsort(x)] for a tensor of one axis",
}
"""What to write instead of those for which the general advice would be wrong."""


def as_numpy(*functions: Any, **renamed: str) -> Callable[[F], F]:
    """Say that an op or a function of ours is what these functions of NumPy mean on tensors.

    Args:
        functions: NumPy's; their required arguments are ours, in order, the others are matched by name.
        renamed: ours for NumPy's name of an argument, where they differ.
    """

    def note(ours: F) -> F:
        found = entrance(ours) if inspect.isfunction(ours) else ours
        _OURS.update(dict.fromkeys(functions, (found, renamed)))
        return found

    return note


def by_function(function: Any, args: Any, options: Any) -> Any:
    """What `function(*args, **options)` of NumPy gives when a tensor is among the arguments."""
    if function in _LAYOUT and len(args) == 1 and not options:
        return _LAYOUT[function](args[0])
    if function in _OURS:
        ours, renamed = _OURS[function]
        given = _signature(function).bind(*args, **options)
        numbers, settings, unknown = _translated(function, ours, renamed, given)
        if not unknown:
            return ours(*numbers, **settings)
        if _wants_gradient((args, options)):
            raise DtypeError(_refusal_of_option(function, unknown[0], ours))
    writes = function in WRITING and isinstance(args[0] if args else None, Conversions)
    if function in QUESTIONS or not (writes or _wants_gradient((args, options))):
        return function(*_plain(args), **_plain(options))
    raise DtypeError(_refusal(function))


def by_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: Any) -> Any:
    """What a ufunc of NumPy gives when a tensor is among its inputs or outputs."""
    ours = _OURS.get(ufunc, (_by_name(ufunc.__name__), {}))[0]
    if ours is not None and method == "__call__" and not options:
        return ours(*inputs)
    if "out" in options:
        raise DtypeError(
            f"{_name(ufunc)} cannot write a tensor into an array, or into a tensor, by out= or by an "
            f"operator such as a += x: an array keeps no history. Write y = {_name(ufunc)}(…), or "
            "a = a + x."
        )
    if method == "at" or (ours is not None and options):
        what = (
            f"{_name(ufunc)}.at" if method == "at" else f"{_name(ufunc)}(…, {', '.join(options)}=…)"
        )
        raise DtypeError(
            f"{what} is not recorded: write {_name(ufunc)}(…) without "
            f"{'it' if method != 'at' else '.at, and x[index] = … for places'}."
        )
    if ufunc in QUESTIONS or not _wants_gradient((inputs, options)):
        return getattr(ufunc, method)(*_plain(inputs), **_plain(options))
    raise DtypeError(_refusal(ufunc, method))


def _by_name(name: str) -> Any:
    from glassgrad import ops  # all families, which are made after this file

    return ops.FUNCTIONS.get(name)


@cache
def _signature(function: Any) -> inspect.Signature:
    return inspect.signature(function)


def _translated(
    function: Any, ours: Callable[..., Any], renamed: dict[str, str], given: inspect.BoundArguments
) -> tuple[list[Any], dict[str, Any], list[str]]:
    """NumPy's arguments as ours: what is required by position, the rest by name, defaults left out; and
    the names that ours does not take."""
    args: list[Any] = []
    options: dict[str, Any] = {}
    for name, value in given.arguments.items():
        parameter = _signature(function).parameters[name]
        if parameter.kind is parameter.VAR_POSITIONAL:
            args.extend(value)
        elif parameter.kind is parameter.VAR_KEYWORD:
            options |= value
        elif parameter.default is parameter.empty:
            args.append(value)
        elif not _is_default(value, parameter.default):
            options[renamed.get(name, name)] = value
    return args, options, [name for name in options if name not in _signature(ours).parameters]


def _is_default(value: Any, default: Any) -> bool:
    same_kind = type(value) is type(default) and isinstance(value, str | int | bool)
    return value is default or (same_kind and bool(value == default))


def _plain(x: Any) -> Any:
    """The same arguments with plain numbers in place of tensors."""
    if isinstance(x, Conversions):
        return x._array.copy()
    if isinstance(x, tuple | list):
        return type(x)(map(_plain, x))
    return {k: _plain(v) for k, v in x.items()} if isinstance(x, dict) else x


def _wants_gradient(x: Any) -> bool:
    """Whether a tensor that needs a gradient is among the arguments."""
    if isinstance(x, Conversions):
        return x.requires_grad
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, tuple | list) else ()
    return any(map(_wants_gradient, parts))


def _name(function: Any) -> str:
    module = getattr(function, "__module__", None) or "numpy"
    return f"{module.replace('numpy', 'np', 1)}.{function.__name__}"


def _refusal_of_option(function: Any, option: str, ours: Callable[..., Any]) -> str:
    return (
        f"{_name(function)}(…, {option}=…) of a tensor that needs a gradient is not recorded: leave "
        f"{option} out; the arguments of ours are {', '.join(_signature(ours).parameters)}."
    )


def _refusal(function: Any, method: str = "__call__") -> str:
    name = _name(function) + ("" if method == "__call__" else f".{method}")
    instead = ABOUT.get(function, f"{name}(x.numpy(), …) if no gradient is needed")
    return (
        f"{name} of a tensor that needs a gradient is not recorded, because no op does it: write "
        f"{instead}; dir(gg) lists the ops, of which you can compose it."
    )
