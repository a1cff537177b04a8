"""What a function is given: arrays of numbers, or names of what there is, and the packages it
needs; anything else is refused, with what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from glassgrad.errors import DataError, DtypeError, SettingError, ShapeError

Array = NDArray[Any]
T = TypeVar("T")


def numbers(value: Any, what: str) -> Array:
    """A copy of an array of numbers, of whatever kind they are.

    Raises:
        DtypeError: text, or other objects.
        ShapeError: rows of different lengths.
    """
    try:
        array = np.array(getattr(value, "_array", value))
    except ValueError as error:
        raise ShapeError(
            f"{what} must be an array, got rows of different lengths: make them equally long."
        ) from error
    if array.dtype.kind not in "fiub":
        raise DtypeError(f"{what} must be numbers, got {type(value).__name__} {str(value)[:40]!r}.")
    return array


def reals(value: Any, what: str) -> Array:
    """Numbers in float64."""
    return numbers(value, what).astype(np.float64)


def input_arrays(values: Iterable[Any]) -> list[Array]:
    """The inputs of a function, of which one at least is real.

    Raises:
        SettingError: none, or none that is real.
        DataError: a number that is not finite.
    """
    found = [numbers(x, f"input {i}") for i, x in enumerate(values)]
    if not any(a.dtype.kind == "f" for a in found):
        raise SettingError(
            "at least one input must be an array of real numbers: write 1.0 for 1, or x.astype(float)."
        )
    for i, a in enumerate(found):
        if not np.isfinite(a).all():
            raise DataError(f"input {i} is not finite: give numbers at which there is a gradient.")
    return found


def function(f: Any, what: str) -> Any:
    """Something that can be called.

    Raises:
        SettingError: it cannot.
    """
    if not callable(f):
        raise SettingError(f"{what} must be a function of tensors, such as gg.tanh, got {f!r}.")
    return f


def look_up(table: Mapping[str, T], name: str, kind: str) -> T:
    """The entry called `name`.

    Raises:
        SettingError: there is none; the nearest name and the whole list are said.

    >>> look_up({"relu": 1, "tanh": 2}, "tnah", "activation")
    Traceback (most recent call last):
    glassgrad.errors.SettingError: unknown activation 'tnah': did you mean 'tanh'? There are: relu, tanh.
    """
    if name in table:
        return table[name]
    near = did_you_mean(name, table)
    hint = f": {near} There are" if near else ". There are"
    raise SettingError(f"unknown {kind} {name!r}{hint}: {', '.join(table)}.")


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "", most: int = 1) -> str:
    """The question whether a name that is near was meant; `otherwise` if none is.

    Args:
        name: what was given.
        known: what there is.
        otherwise: what to say if nothing looks like it.
        most: how many names are suggested.

    >>> did_you_mean("Tnah", ["relu", "tanh"]), did_you_mean("x", ["relu"], "choose one of these.")
    ("did you mean 'tanh'?", 'choose one of these.')
    """
    lower = {k.lower(): k for k in known}
    near = get_close_matches(str(name).lower(), lower, n=most, cutoff=0.6)
    return f"did you mean {' or '.join(repr(lower[k]) for k in near)}?" if near else otherwise


def package(module: str, *beside: str) -> Any:
    """A module of a package that only some need, so that it need not be installed.

    Args:
        module: its name, such as "ray.util.joblib"; the package is called as its first part.
        beside: further packages that are needed with it.

    Raises:
        SettingError: it is not installed; the message says what to write.
    """
    try:
        return import_module(module)
    except ImportError as error:
        names = " ".join((module.partition(".")[0], *beside))
        raise SettingError(
            f"expected {module} to be installed, got: {error}. Write pip install {names}."
        ) from error
