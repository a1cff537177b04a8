"""Axes as one types them: `lr=0.1,0.5`, `lr=loguniform(1e-4,1e-1)`, `optimizer=sgd,adam`.

What a field takes is read from its annotation, so any settings dataclass can be swept by typing.
Read next: `training.py`.
"""

from __future__ import annotations

import dataclasses
import re
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from glassgrad.arguments import look_up
from glassgrad.errors import SettingError
from glassgrad.sweep.space import Choice, Distribution, Integers, LogUniform, Uniform, grid, random

C = TypeVar("C")
RANGES: Mapping[str, tuple[Callable[[Any, Any], Distribution], type]] = {
    "uniform": (Uniform, float),
    "loguniform": (LogUniform, float),
    "integers": (Integers, int),
}
"""The ranges that can be typed, and the type of their ends."""
_RANGE = re.compile(r"(\w+)\(([^,]+),([^,]+)\)")


def configurations(base: C, axes: Sequence[str], draws: int = 0, seed: int = 0) -> list[C]:
    """The settings that typed axes stand for: their grid, or `draws` random ones.

    Raises:
        SettingError: an axis that cannot be read, an unknown field, a value that it does not take, or a
            range in a grid, which has no end of values.

    >>> from glassgrad.runs.config import TrainConfig
    >>> [c.lr for c in configurations(TrainConfig(), ["lr=0.1,0.5"])]
    [0.1, 0.5]
    """
    read = dict(_axis(base, text) for text in axes)
    if len(read) < len(axes):
        raise SettingError(
            f"expected each field once, got {' '.join(axes)}: separate values by commas."
        )
    if draws:
        return random(base, draws, seed, **read)
    for name, values in read.items():
        if not isinstance(values, Choice):
            raise SettingError(
                f"expected the values of {name} for a grid, got a range: list them, {name}=1,2,3, or "
                "say how many random draws you want."
            )
    return grid(base, **{n: v.values for n, v in read.items() if isinstance(v, Choice)})


def _axis(base: Any, text: str) -> tuple[str, Distribution]:
    """Name and values of one axis."""
    name, equals, right = (part.strip() for part in text.partition("="))
    if not (name and equals and right):
        raise SettingError(f"expected an axis such as lr=0.1,0.5, got {text!r}.")
    hints = get_type_hints(type(base))
    fields = {f.name: hints[f.name] for f in dataclasses.fields(base) if f.init}
    name = name.replace("-", "_")
    hint = look_up(fields, name, "setting")
    if match := _RANGE.fullmatch(right):
        kind, *ends = match.groups()
        make, number = look_up(RANGES, kind, "range")
        return name, make(*(_value(name, number, end.strip()) for end in ends))
    return name, Choice(tuple(_value(name, hint, v.strip()) for v in right.split(",")))


def _value(name: str, hint: Any, text: str) -> Any:
    """The text as a value of the annotated type."""
    options = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    for option in options:
        try:
            return _as(option, text)
        except ValueError:
            continue
    kinds = [", ".join(map(str, get_args(o))) or getattr(o, "__name__", str(o)) for o in options]
    raise SettingError(
        f"expected {' or '.join(kinds).replace('NoneType', 'none')} for {name}, got {text!r}."
    )


def _as(kind: Any, text: str) -> Any:
    """Raise ValueError if the text is none of that kind."""
    if kind is type(None) or kind is bool:
        words = {"none": None} if kind is not bool else {"true": True, "false": False}
        if text.lower() not in words:
            raise ValueError(text)
        return words[text.lower()]
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise ValueError(text)
        return text
    if kind not in (int, float, str) or not text:
        raise ValueError(text)
    return kind(text)
