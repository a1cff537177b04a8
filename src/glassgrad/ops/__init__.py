"""The ops, one class each; a file is a family, and is found because it lies in this folder.

A new op is a class, and the line that names it, in any file here: nothing else changes.  What the
families share lies in `shared/`, and is not looked at.
"""

from typing import Any

from glassgrad.discovery import modules
from glassgrad.ops.base import Elementwise as Elementwise
from glassgrad.ops.base import Op as Op


def _defined(module: Any) -> dict[str, Any]:
    """What a family defines by a public name: its op classes, its ops, and the functions that make ops."""
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", "") == module.__name__  # an op has its class's
    }


def _found() -> dict[str, Any]:
    """What all the families define."""
    return {n: value for family in modules(__name__) for n, value in _defined(family).items()}


_FOUND = _found()
globals().update(_FOUND)

FUNCTIONS: dict[str, Any] = {n: v for n, v in _FOUND.items() if not isinstance(v, type)}
"""What users call, by its name: `gg.tanh` is an op, `gg.sum` a function that makes one.

>>> FUNCTIONS["tanh"]
Tanh()
"""


def registry() -> list[type[Op]]:
    """Every op of the package, in the order of definition: a class is registered because it exists."""
    found: list[type[Op]] = []
    stack = list(reversed(Op.__subclasses__()))
    while stack:
        op = stack.pop()
        if "forward" in vars(op) and op.__module__.startswith(__name__):
            found.append(op)
        stack.extend(reversed(op.__subclasses__()))
    return found
