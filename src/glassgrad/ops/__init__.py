"""The ops, one class each; a file is a family.

A new op is a class, and the line that spells it, in one of these files: nothing else changes, and the
laws in `tests/laws/` find it by themselves.
"""

from typing import Any

from glassgrad.ops.activations import *
from glassgrad.ops.arithmetic import *
from glassgrad.ops.average_pool import *
from glassgrad.ops.base import Elementwise as Elementwise
from glassgrad.ops.base import Op as Op
from glassgrad.ops.binary import *
from glassgrad.ops.conv import *
from glassgrad.ops.cross_entropy import *
from glassgrad.ops.dropout import *
from glassgrad.ops.elementwise import *
from glassgrad.ops.extremes import *
from glassgrad.ops.index import *
from glassgrad.ops.linear import *
from glassgrad.ops.losses import *
from glassgrad.ops.max_pool import *
from glassgrad.ops.norm import *
from glassgrad.ops.norm_gradients import *
from glassgrad.ops.penalties import *
from glassgrad.ops.rectifiers import *
from glassgrad.ops.reduce import *
from glassgrad.ops.regression import *
from glassgrad.ops.select import *
from glassgrad.ops.shape import *
from glassgrad.ops.smooth import *
from glassgrad.ops.softmax import *
from glassgrad.ops.take import *

HELPERS = ("axes", "base", "checks", "columns", "fast", "precision", "windows", "witness")
"""Files that are no family: what they define is for the ops, not for users."""


def spelling(name: str) -> Any:
    """The op, or the function that makes one, which is public as `gg.name`; None if there is none.

    >>> spelling("tanh")
    Tanh()
    """
    found = globals().get(name)
    if isinstance(found, Op):
        return found
    package, _, family = getattr(found, "__module__", "").rpartition(".")
    is_function = callable(found) and not isinstance(found, type)
    return found if is_function and package == __name__ and family not in HELPERS else None


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
