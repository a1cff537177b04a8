"""An expression as Python: NumPy where NumPy has a function of that name, else an op of glassgrad.

Ops bear NumPy's names, and their settings NumPy's keywords, so an op tells by itself how it is written;
Python's operators need a table of how tightly they bind.  Read next: `source.py`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.engine.modes import recorded
from glassgrad.ops import Elementwise, Op
from glassgrad.ops.index import Key, Places
from glassgrad.ops.shared.spelling import spelled
from glassgrad.tensor import Tensor
from glassgrad.terms.terms import Number, Symbol, Term, fold

_INFIX = {
    "{} + {}": (1, 1, 1),
    "{} - {}": (1, 1, 2),
    "{} * {}": (2, 2, 2),
    "{} / {}": (2, 2, 3),
    "{} @ {}": (2, 2, 3),
    "-{}": (3, 3),
    "{}**{}": (4, 5, 4),
    "{}[{key}]": (5, 5),
}
"""How tightly an operator binds, and how tightly its left and right side must."""
_ATOM = 5
Code = tuple[str, int]
"""Source text, and how tightly it binds."""


def python(term: Term, names: Mapping[str, str]) -> str:
    """The term as a Python expression; `names` has the variable for each key.

    >>> from glassgrad.terms.simplify import as_term
    >>> python(as_term(lambda x, y: (x + y) * ops.tanh(x)), {"x": "x", "y": "y"})
    '(x + y) * np.tanh(x)'
    """

    def visit(t: Term, args: list[Code]) -> Code:
        if isinstance(t, Symbol):
            return names[t.key], _ATOM
        if isinstance(t, Number):
            return digits(t.value)
        sizes = [None if isinstance(a, Number) else a.shape for a in t.args]
        if t.shape not in sizes and t.shape != ():
            args = [_full(a, code) for a, code in zip(t.args, args, strict=True)]
        return call(t.op, args)  # type: ignore[attr-defined]

    text = fold(term, visit)[0]
    return f"np.full({term.shape}, {text})" if isinstance(term, Number) and term.shape else text


def _full(term: Term, code: Code) -> Code:
    """A number that stands for a whole array, where its shape matters."""
    if isinstance(term, Number) and term.shape:
        return f"np.full({term.shape}, {code[0]})", _ATOM
    return code


def digits(value: float) -> Code:
    """A number with all its digits."""
    text = str(int(value)) if value == int(value) and abs(value) < 1e9 else repr(value)
    return text, 3 if text.startswith("-") else _ATOM


def call(op: Op, args: list[Code]) -> Code:
    """An op applied to pieces of source."""
    if op.python:
        own, *needed = _INFIX[op.python]
        parts = [_bracketed(a, n) for a, n in zip(args, needed, strict=True)]
        return op.python.format(*parts, **_in_brackets(op)), own
    plain = [a[0] for a in args]
    if name := _names().get(op, ""):
        room = "np" if isinstance(op, Elementwise) and hasattr(np, name) else "gg"
        return f"{room}.{name}({', '.join(plain)})", _ATOM
    return _with_settings(op, plain), _ATOM


def _with_settings(op: Op, args: list[str]) -> str:
    """An op with settings: as NumPy's function, as ours, or as the class itself."""
    snake = spelled(type(op))
    names = [f.name for f in fields(op)]  # type: ignore[arg-type]
    for room, module in (("np", np), ("gg", ops)):
        function = getattr(module, snake, None)
        if _is_same(function, op, names, room == "np"):
            changed = _unlike(function, op) if room == "np" else _changed(op)
            settings = [f"{n}={_setting(v)}" for n, v in changed.items()]
            if len(names) == 1 and changed:  # np.reshape(x, shape): no keyword before 2.1
                settings = [_setting(getattr(op, names[0]))]
            return f"{room}.{snake}({', '.join([*args, *settings])})"
    settings = [f"{n}={_setting(v)}" for n, v in _changed(op).items()]
    return f"gg.ops.{type(op).__name__}({', '.join(settings)})({', '.join(args)})"


def _is_same(function: Any, op: Op, settings: list[str], is_numpy: bool) -> bool:
    """Whether a function of that name is this op: it takes the same inputs and the same settings."""
    inputs = list(inspect.signature(op.forward).parameters.values())
    if not callable(function) or any(p.kind is p.VAR_POSITIONAL for p in inputs):
        return False
    parameters = set(inspect.signature(function).parameters)
    if is_numpy:
        return set(settings) <= parameters
    if {*settings, *(p.name for p in inputs)} == parameters:
        return True
    return isinstance(op, Elementwise) and set(settings) <= parameters and _records(function, op)


def _records(function: Any, op: Op) -> bool:
    """Whether the function, called on numbers, records just this op on them."""
    probes = [Tensor._constant(np.array(0.5)) for _ in inspect.signature(op.forward).parameters]
    settings = {f.name: getattr(op, f.name) for f in fields(op)}  # type: ignore[arg-type]
    result = recorded(lambda: function(*probes, **settings))
    return result.op == op and all(a is b for a, b in zip(result.inputs, probes, strict=True))


def _unlike(function: Any, op: Op) -> dict[str, Any]:
    """The settings that are not what NumPy's function takes by default."""
    defaults = {n: p.default for n, p in inspect.signature(function).parameters.items()}
    found = {f.name: getattr(op, f.name) for f in fields(op)}  # type: ignore[arg-type]
    return {n: v for n, v in found.items() if v is not False and v != defaults[n]}


def _changed(op: Op) -> dict[str, Any]:
    """The settings that are not the default."""
    found = {f.name: getattr(op, f.name) for f in fields(op)}  # type: ignore[arg-type]
    defaults = {f.name: f.default for f in fields(op)}  # type: ignore[arg-type]
    return {n: v for n, v in found.items() if v != defaults[n]}


def _setting(value: Any) -> str:
    if isinstance(value, Key):
        return f"gg.ops.Key.of(np.s_[{_key(value)}])"
    return repr(value)


def _in_brackets(op: Op) -> dict[str, str]:
    """The settings that an operator shows: what stands in the brackets of x[…]."""
    return {name: _key(value) for name, value in vars(op).items() if isinstance(value, Key)}


def _key(key: Key) -> str:
    """What stands in the brackets, in full."""
    parts = [_part(p) for p in key.parts]
    return ", ".join(parts) if parts else "()"


def _part(part: Any) -> str:
    if part is None or isinstance(part, int):
        return str(part)
    if part is Ellipsis:
        return "..."
    if isinstance(part, Places):
        text = repr(part.array().tolist())
        return text if part.shape != (0,) else "np.zeros(0, int)"
    start, stop, step = ("" if p is None else str(p) for p in part)
    return f"{start}:{stop}:{step}" if step else f"{start}:{stop}"


def _bracketed(code: Code, needed: int) -> str:
    return f"({code[0]})" if code[1] < needed else code[0]


@cache
def _names() -> dict[Op, str]:
    """Every op that is spelled by a plain name, without settings."""
    return {op: name for name, op in ops.FUNCTIONS.items() if isinstance(op, Op)}
