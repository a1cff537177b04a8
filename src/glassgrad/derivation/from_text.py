"""Deriving from text: a typed formula becomes a recorded tensor, and its derivation is written down.

Read next: `terms/parser.py`, which reads the formula.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.arguments import function, reals
from glassgrad.derivation.derivation import derive
from glassgrad.errors import DataError, GraphError, SettingError
from glassgrad.graph import topological
from glassgrad.notation.lines import Line
from glassgrad.notation.numbers import number
from glassgrad.notation.plain import plain
from glassgrad.tensor import Tensor
from glassgrad.terms.parser import parse
from glassgrad.terms.reader import Limits
from glassgrad.terms.terms import recorded as computed
from glassgrad.terms.tokens import canonical
from glassgrad.validate import said_of

Array = NDArray[Any]
_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Derivation</title>'
    "<style>:root { color-scheme: light dark; } body { margin: 2em; }</style>\n"
)


class Written(NamedTuple):
    """A derivation as lines, or as one piece of LaTeX or HTML, and whether all its steps hold."""

    ok: bool
    lines: tuple[Line, ...]


def derived(y: Any, wrt: str, form: str) -> Written:
    """The derivation of a recorded tensor by its named leaves, written down."""
    if not np.isfinite(y._array).all():
        raise DataError(f"the result is {y._array} at these values: choose others, as --at x=0.5.")
    leaves = {x.name: x for x in topological(y) if x.op is None and x.requires_grad and x.name}
    asked = [name.strip() for name in wrt.split(",")] if wrt else list(leaves)
    spelled = {canonical(name): name for name in leaves}
    if missing := [name for name in asked if canonical(name) not in spelled]:
        raise SettingError(f"wrt must be some of {', '.join(leaves)}; got {missing[0]!r}.")
    asked = [spelled[canonical(name)] for name in asked]
    d = derive(y, [leaves[name] for name in asked], seed=None if y.size == 1 else np.ones(y.shape))
    if form != "text":
        whole = d.to_latex() if form == "latex" else f"{_PAGE}{d.to_html()}"
        return Written(d.check.ok, (Line(whole, role="exact"),))
    at = [f"{n} = {plain(number(x.item()))}" for n, x in leaves.items() if x.size == 1]
    answers = [str(d.expanded(leaves[name])) for name in asked if len(d.steps) <= 40]
    values = (*_titled("Values", at), Line("")) if at else ()
    return Written(d.check.ok, (*values, *d.lines(), Line(""), *_titled("Together", answers)))


def _titled(title: str, lines: list[str]) -> tuple[Line, ...]:
    return Line(title, role="title"), *(Line(line, indent=2) for line in lines)


def recorded(
    f: Any,
    at: Mapping[str, ArrayLike],
    limits: Limits | None = None,
    rng: np.random.Generator | int | None = 0,
) -> Tensor:
    """A function or a formula computed at the given values, with its names as leaves."""
    if isinstance(f, Tensor):
        return f
    values = {str(name): reals(v, f"at[{name!r}]") for name, v in dict(at).items()}
    if isinstance(f, str):
        return _of_text(f, values, limits, rng)
    try:
        wanted = list(inspect.signature(function(f, "f")).parameters)
    except ValueError as error:
        raise SettingError(
            f"f must be a function of tensors with named arguments, got {said_of(f)}: "
            "write lambda w, x: gg.tanh(w * x)."
        ) from error
    if missing := [name for name in wanted if name not in values]:
        raise SettingError(
            f"values are needed for {', '.join(missing)}: at={{'{missing[0]}': 1.0}}, or on the command "
            f"line --at {missing[0]}=1.0."
        )
    y = f(*(Tensor(values[name], name) for name in wanted))
    if not isinstance(y, Tensor):
        raise GraphError(f"f must give a Tensor, got {type(y).__name__}: use gg.exp, gg.log, ….")
    return y


def _of_text(
    f: str, values: dict[str, Array], limits: Limits | None, rng: np.random.Generator | int | None
) -> Tensor:
    """A formula computed; a name without a value gets one that log, sqrt and 1 − x all accept."""
    typed = parse(f, values, limits, free=True)
    draw = np.random.default_rng(rng)
    drawn = {n: np.round(draw.uniform(0.2, 0.9), 2) for n in typed.names if n not in values}
    leaves = {name: Tensor(v, name) for name, v in {**drawn, **values}.items()}
    y = computed(typed.term, leaves)
    if not isinstance(y, Tensor):
        raise SettingError(f"the formula {f!r} has no names: there is nothing to differentiate by.")
    if y.op is not None and typed.name:
        y.name = typed.name
    return y
