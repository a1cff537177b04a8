"""What ops and functions of ops say when they were given something that they cannot use.

All of it lies on the path of an error, so that a right call pays next to nothing: an op asks only once
NumPy has refused, and `@entrance` looks at settings by their types before, never at arrays.
Read next: `../base.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, NoReturn, TypeVar

import numpy as np

from glassgrad.errors import DtypeError, GlassgradError, SettingError, ShapeError
from glassgrad.validate import SIMPLE, kinds_of, refusal, said_of, shown

F = TypeVar("F", bound=Callable[..., Any])
RAW = (
    TypeError, ValueError, OverflowError, IndexError, AttributeError, MemoryError,
    ZeroDivisionError, KeyError,
)  # fmt: skip
"""What Python and NumPy raise for wrong arguments; errors of the house go before them."""
_SETTINGS: dict[str, tuple[type, ...]] = {
    "float": (float, int), "bool": (bool,), "str": (str,),
}  # fmt: skip
"""Types that need no second look, by the annotation."""


def refuse_inputs(op: Any, arrays: tuple[Any, ...], error: Exception) -> NoReturn:
    """Say in the house's words why an op could not compute; what is no fault of its inputs goes on."""
    name = type(op).__name__
    taken = [*inspect.signature(op.forward).parameters.values()]
    several = any(p.kind is p.VAR_POSITIONAL for p in taken)
    if not several and len(arrays) != len(taken):
        raise DtypeError(
            f"{name} expects {len(taken)} inputs, ({', '.join(p.name for p in taken)}), "
            f"got {len(arrays)}: give each of them once."
        ) from error
    called = [p.name for p in taken] if not several else [f"input {i}" for i in range(len(arrays))]
    for what, value in zip(called, arrays, strict=True):
        refuse_other_than_numbers(name, what, value)
    refuse_beyond_memory(name, error, arrays)
    if isinstance(error, TypeError):
        kinds = ", ".join(str(np.asarray(a).dtype) for a in arrays)
        raise DtypeError(
            f"{name} expects float32 or float64, got {kinds}: write x.astype(np.float32)."
        ) from error
    if isinstance(error, ValueError):
        raise ShapeError(op.refusal(*map(np.shape, arrays))) from error
    raise error


def refuse_other_than_numbers(called: str, what: str, value: Any) -> None:
    """Raise unless the value is an array of numbers that ops take.

    Args:
        called: how the op or the function is called.
        what: the name of its argument.
        value: what came there.

    Raises:
        ShapeError: rows of different lengths.
        DtypeError: text, None, objects, complex numbers, floats of another size, whole numbers beyond
            64 bits.
    """
    try:
        array = np.asarray(getattr(value, "_array", value))
    except (ValueError, TypeError) as error:
        raise ShapeError(
            f"{called} expects {what} as an array, got {said_of(value)} with rows of different lengths: "
            "make them equally long."
        ) from error
    if array.dtype in (np.float32, np.float64) or array.dtype.kind in "biu":
        return
    said = f"{called} expects float32 or float64 as {what}, got {said_of(value)}"
    if array.dtype.kind == "c":
        raise DtypeError(f"{said}: write np.real({what}).")
    if array.dtype.kind == "f":
        raise DtypeError(f"{said}: write {what}.astype(np.float32).")
    raise DtypeError(f"{said}: write np.asarray(numbers, np.float32) with numbers in it.")


def refuse_beyond_memory(called: str, error: Exception, inputs: Iterable[Any]) -> None:
    """Raise if the error says that something is too large, with the sizes that were asked for."""
    words = str(error)
    if isinstance(error, OverflowError):
        raise DtypeError(
            f"{called} expects numbers of at most 64 bits, got {_all_said(inputs)}: write a smaller "
            "number, or float(x)."
        ) from error
    too_large = (
        "aximum allowed dimension",
        "array is too big",
        "dimensions are not allowed",
        "is too large",
    )
    if isinstance(error, MemoryError) or any(text in words for text in too_large):
        raise SettingError(
            f"{called} needs more memory than there is, or a size below 0 ({words or 'too large'}), "
            f"for {_all_said(inputs)}: make something smaller."
        ) from error


def _all_said(inputs: Iterable[Any]) -> str:
    return ", ".join(said_of(getattr(x, "_array", x)) for x in inputs)


def entrance(function: F) -> F:
    """A function of ops that refuses settings of another kind, and has words for what NumPy refuses.

    Args:
        function: one whose settings are annotated as float, bool or str; whole numbers it looks at itself.

    >>> from glassgrad import ops
    >>> ops.leaky_relu([1.0], slope="small")
    Traceback (most recent call last):
    glassgrad.errors.SettingError: leaky_relu expects slope as a number, got the text 'small': write \
leaky_relu(slope=0.01).
    """
    given = inspect.signature(function).parameters
    names = list(given)
    settings = {n: _SETTINGS[p.annotation] for n, p in given.items() if p.annotation in _SETTINGS}
    first = min((names.index(n) for n in settings), default=len(names))

    @wraps(function)
    def entered(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) > first:
            for name, value in (*zip(names[first:], args[first:]), *kwargs.items()):  # noqa: B905
                if name in settings and (type(value) not in settings[name] or value != value):
                    _look_twice(function, name, value)
        try:
            return function(*args, **kwargs)
        except GlassgradError:
            raise
        except RAW as error:
            _refuse_call(function, args, kwargs, error)

    return entered  # type: ignore[return-value]


def _look_twice(function: Callable[..., Any], name: str, value: Any) -> None:
    """A number of NumPy's, or a tensor that is one number, is a number as well."""
    parameter = inspect.signature(function).parameters[name]
    if value is None and parameter.default is None:
        return
    kind = _SETTINGS[parameter.annotation][0]
    fits, said = SIMPLE[kind]
    one = kind is float and getattr(value, "shape", None) == ()
    if one and np.asarray(getattr(value, "_array", value)).dtype.kind in "fiu":
        return
    if not fits(value) or value != value:
        raise SettingError(refusal(function.__name__, name, parameter.default, value, said))


def _refuse_call(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], error: Exception
) -> NoReturn:
    """Find the argument that was wrong, and say it."""
    called, signature = function.__name__, inspect.signature(function)
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as wrong:
        raise SettingError(f"{called}: {wrong}; it takes {shown(signature)}.") from None
    kinds = kinds_of(function)
    for name, value in given.items():
        parameter = signature.parameters[name]
        if parameter.annotation in ("Any", "ArrayLike"):
            if value is not None or parameter.default is not None:
                refuse_other_than_numbers(called, name, value)
        elif name in kinds and not kinds[name][0](value):
            raise SettingError(
                refusal(called, name, parameter.default, value, kinds[name][1])
            ) from error
        elif (
            not isinstance(value, str)
            and isinstance(value, Iterable)
            and "[Any]" in str(parameter.annotation)
        ):
            for i, x in enumerate(value):
                refuse_other_than_numbers(called, f"{name}[{i}]", x)
    refuse_beyond_memory(called, error, given.values())
    for name, value in given.items():
        if signature.parameters[name].annotation == "Any" and isinstance(value, list | tuple):
            raise DtypeError(
                f"{called} expects {name} as an array, got {said_of(value)}: write np.array({name})."
            ) from error
    came = ", ".join(f"{n} = {said_of(getattr(v, '_array', v))}" for n, v in given.items())
    raise SettingError(
        f"{called} cannot work with {came}: {error}. It takes {shown(signature)}."
    ) from error
