"""What constructors share: settings in range, settings printed."""

from __future__ import annotations

import inspect

import numpy as np

from glassgrad.errors import SettingError

Pair = int | tuple[int, int]
"""One length for height and width, or one for each."""

_PLAIN = (bool, int, float, str, tuple, type(None), np.number)


def positive(**settings: int | tuple[int, ...]) -> None:
    """Raise unless every setting is a whole number from 1 up, or a tuple of such numbers."""
    for name, value in settings.items():
        numbers = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(n, int | np.integer) and n >= 1 for n in numbers):
            raise SettingError(f"{name} must be a whole number from 1 up, got {value!r}.")


def fraction(**settings: float) -> None:
    """Raise unless every setting lies in 0 … 1."""
    for name, value in settings.items():
        if not 0 <= value <= 1:
            raise SettingError(f"{name} must lie between 0 and 1, got {value!r}.")


def settings_of(obj: object) -> str:
    """Settings as they were given to the constructor, those at their default left out: `3, 4, bias=False`.

    A setting is a constructor argument that is kept in a field of the same name; a parameter in the
    place of a flag (`bias`) stands for True, None for False.
    """
    shown = []
    for name, argument in inspect.signature(type(obj)).parameters.items():
        if name not in vars(obj):
            continue
        value = vars(obj)[name]
        if isinstance(argument.default, bool):
            value = value is not None and value is not False
        if argument.default is argument.empty and isinstance(value, _PLAIN):
            shown.append(repr(value))
        elif isinstance(value, _PLAIN) and value != argument.default:
            shown.append(f"{name}={value!r}")
    return ", ".join(shown)
