"""What constructors share: how settings are printed.  Their ranges are held in `arguments.py`."""

from __future__ import annotations

import inspect

import numpy as np

Pair = int | tuple[int, int]
"""One length for height and width, or one for each."""

_PLAIN = (int, float, str, tuple, type(None), np.number)


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
