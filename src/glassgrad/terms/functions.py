"""The functions that may be typed: every elementwise op, under its own name and those it has elsewhere.

There is no table of them: the registry of ops says what there is, an op says its other names
(`Op.typed`), and a call is read off by running the op on placeholders.  Read next: `places.py`.
"""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.engine.modes import recorded
from glassgrad.ops import Elementwise, Op
from glassgrad.ops.shared.spelling import spelled
from glassgrad.tensor import Tensor
from glassgrad.terms.terms import Term, term_of


@dataclass(frozen=True)
class Function:
    """A function of `inputs` terms, with up to `settings` numbers behind them."""

    name: str
    inputs: int
    settings: int
    call: Callable[..., Any]

    def __call__(self, args: Sequence[Term], settings: Sequence[float] = ()) -> Term:
        """The term of the function of these terms.

        Raises:
            GlassgradError: a setting that the op refuses.
        """
        leaves = [Tensor(0.5 + 0.1 * i) for i in range(len(args))]
        with np.errstate(all="ignore"):
            y = recorded(self.call, *leaves, *settings)
        return term_of(y, {id(leaf): arg for leaf, arg in zip(leaves, args, strict=True)})


def sech(x: Any) -> Any:
    return 1 / ops.cosh(x)


COMPOSED = (ops.tan, ops.sinh, ops.cosh, sech, ops.log2, ops.log10, ops.square)
"""What has no op of its own, written in ops."""


@cache
def functions() -> Mapping[str, Function]:
    """Every function, by each of its names as `key` writes them."""
    found: dict[str, Function] = {}
    for op in ops.registry():
        if function := _function(op):
            for name in (function.name, *op.typed):
                found.setdefault(key(name), function)
    for call in COMPOSED:
        found.setdefault(call.__name__, Function(call.__name__, 1, 0, call))
    return found


def key(word: str) -> str:
    """A function's name without what people write in different ways: `Leaky_ReLU` is leakyrelu.

    >>> functions()[key("Leaky_ReLU")].name, functions()[key("ln")].name
    ('leaky_relu', 'log')
    """
    plain = unicodedata.normalize("NFKC", re.sub(r"[_{}]", "", word))
    return plain.lower() if plain.isascii() else plain


def _function(op: type[Op]) -> Function | None:
    """An elementwise op of one input or two, called as in `gg.name`; None for any other."""
    if not issubclass(op, Elementwise):
        return None
    name, call = _public().get(op.__name__.lower(), ("", None))
    if call is None:
        name, call = spelled(op), op()
    taken = inspect.signature(call.forward if isinstance(call, Op) else call).parameters.values()
    settings = [p.default for p in taken if p.default is not p.empty]
    inputs = len(taken) - len(settings)
    if inputs > 2 or not all(isinstance(s, float) for s in settings):
        return None  # a mean over elements, for one
    return Function(name, inputs, len(settings), call)


def _public() -> dict[str, tuple[str, Any]]:
    """What is public as `gg.name`, by the class of the op in small letters."""
    found: dict[str, tuple[str, Any]] = {}
    for name, call in ops.FUNCTIONS.items():
        own = type(call).__name__.lower() if isinstance(call, Op) else name.replace("_", "")
        found.setdefault(own, (name, call))
    return found
