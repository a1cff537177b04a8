"""What a function is given: arrays of numbers, or names of what there is, and the packages it
needs; anything else is refused, with what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.errors import DataError, DtypeError, SettingError, ShapeError

Array = NDArray[Any]
T = TypeVar("T")


def as_array(value: ArrayLike) -> NDArray[Any]:
    """What a tensor may hold, as a NumPy array: float32, float64, integers or booleans.

    Raises:
        DtypeError: anything else.
        ShapeError: rows of different lengths.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ShapeError(
            f"a Tensor is an array, got a {type(value).__name__} with rows of different lengths: make "
            "them equally long."
        ) from error
    if array.dtype not in (np.float32, np.float64) and array.dtype.kind not in "biu":
        raise DtypeError(
            f"a Tensor holds float32, float64, integers or booleans, got {array.dtype}: "
            "write np.asarray(x, dtype=np.float32)."
        )
    return array


def leaf_settings(name: Any, requires_grad: Any) -> None:
    """Raise unless a tensor's name is text or None, and its wish for a gradient True, False or None."""
    if not isinstance(name, str | None):
        raise SettingError(f"name must be text, got {name!r:.60}: write gg.tensor(x, name='x').")
    if requires_grad is not None:
        flags(requires_grad=requires_grad)


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


def positive(**settings: int | tuple[int, ...]) -> None:
    """Raise unless every setting is a whole number from 1 up, or a tuple of such numbers."""
    for name, value in settings.items():
        numbers = value if isinstance(value, tuple) else (value,)
        whole = (isinstance(n, int | np.integer) and not isinstance(n, bool) for n in numbers)
        if not all(whole) or not all(n >= 1 for n in numbers):
            raise SettingError(f"{name} must be a whole number from 1 up, got {value!r}.")


def flags(**settings: bool) -> None:
    """Raise unless every setting is True or False."""
    for name, value in settings.items():
        if not isinstance(value, bool | np.bool_):
            raise SettingError(f"{name} must be True or False, got {value!r:.60}.")


def fraction(**settings: float) -> None:
    """Raise unless every setting lies in 0 … 1."""
    for name, value in settings.items():
        if not 0 <= value <= 1:
            raise SettingError(f"{name} must lie between 0 and 1, got {value!r}.")


def generator(rng: np.random.Generator | int | None) -> np.random.Generator:
    """The generator that is meant by itself, by a seed, or by None, which is another one each time.

    Args:
        rng: a generator, a whole number from 0 up, or None.

    Raises:
        SettingError: none of these.
    """
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise SettingError(
            f"rng must be a generator or a seed from 0 up, got {rng!r}: write rng=0."
        ) from error


def whole_numbers(value: Any, what: str) -> NDArray[np.int64]:
    """Whole numbers as int64; reals that are whole are taken, others are not cut off.

    Args:
        value: an array, or a list of numbers.
        what: how a message calls it.

    Raises:
        DtypeError: numbers that are not whole, or no numbers.
    """
    array = numbers(value, what)
    if array.dtype.kind == "f" and not (np.isfinite(array) & (array == np.floor(array))).all():
        raise DtypeError(f"{what} must be whole numbers, got {str(array.ravel()[:3])[1:-1]}.")
    if array.size and np.abs(array.astype(np.float64)).max() >= 2.0**63:
        raise DtypeError(f"{what} must be below 2**63, got {array.max()}.")
    return array.astype(np.int64)


def one_number(value: Any, what: str) -> float:
    """A single finite or infinite number; a tensor or an array of one element is one.

    Args:
        value: what came.
        what: how a message calls it.

    Raises:
        ShapeError: several numbers, or none.
        DtypeError: no number.
    """
    array = numbers(value, what)
    if array.size != 1:
        raise ShapeError(
            f"{what} must be one number, got shape {array.shape}: take its mean, loss.mean()."
        )
    return float(array.reshape(()))


def look_up(table: Mapping[str, T], name: str, kind: str) -> T:
    """The entry called `name`.

    Raises:
        SettingError: there is none; the nearest name and the whole list are said.

    >>> look_up({"relu": 1, "tanh": 2}, "tnah", "activation")
    Traceback (most recent call last):
    glassgrad.errors.SettingError: unknown activation 'tnah': did you mean 'tanh'? There are: relu, tanh.
    """
    if isinstance(name, str) and name in table:
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
