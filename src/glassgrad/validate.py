"""At the door: a public function looks at its arguments once, by its own annotations, before it begins.

`@validated` reads the annotations at the first call, and refuses what is of another kind; ranges and shapes
stay with the function.  Classes are told by their names: none is imported.  Read next: `arguments.py`.
"""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import sys
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial, wraps
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, overload

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.errors import SettingError, is_ours

T = TypeVar("T", bound=Callable[..., Any])
Kind = tuple[Callable[[Any], bool], str]
"""Whether a value is of it, and how a message calls it."""

WRITE = {
    "Module": "a model such as nn.Sequential(nn.Flatten(), nn.Linear(64, 10))",
    "Dataset": "a data set such as data.load('digits').train, or data.Dataset(x, y, classes, name)",
    "Loader": "data.Loader(data.load('digits').train, batch_size=32)",
    "Optimizer": "an optimizer such as optim.SGD(model.parameters(), lr=0.1)",
    "Tensor": "a tensor such as gg.tensor([1.0, 2.0])",
    "Generator": "np.random.default_rng(0), or its seed, 0",
    "Path": "a path such as 'folder/file'",
    "Store": "runs.Store('runs.sqlite')",
    "TrainConfig": "runs.TrainConfig()",
    "History": "what train.fit returns",
    "Checkpoints": "train.Checkpoints('folder')",
    "Axes": "the axes of a figure, or leave it out",
    "Figure": "a figure of matplotlib, or leave it out",
}
"""What to write where something of this class is expected."""


LIKE = {"Dataset": ("x", "y", "__len__")}  # who has its parts is one: real labels have no class


@overload
def validated(entrance: T) -> T: ...


@overload
def validated(*, but: tuple[str, ...]) -> Callable[[T], T]: ...


def validated(entrance: Any = None, *, but: tuple[str, ...] = ()) -> Any:
    """A function, or a class with its constructor, that refuses arguments of another kind than it says.

    Args:
        entrance: a function or a method with annotations, or a class whose `__init__` has them.
        but: parameters that the function looks at itself, because it has more to say about them.

    Raises:
        SettingError: when it is called with an argument of another kind, with too many or too few of
            them, with one that it does not have, or with sizes beyond the memory.

    >>> @validated
    ... def half(x: float, name: str = "x") -> float:
    ...     return x / 2
    >>> half(3)
    1.5
    >>> half("3")
    Traceback (most recent call last):
    glassgrad.errors.SettingError: half expects x as a number, got the text '3': write half(x=1.0).
    """
    if entrance is None:
        return partial(validated, but=but)
    if inspect.isclass(entrance):
        constructor: Any = entrance
        constructor.__init__ = _checked(constructor.__init__, entrance.__name__, but, entrance)
        return entrance
    return _checked(entrance, entrance.__name__, but)


def _checked(
    function: Callable[..., Any], called: str, but: tuple[str, ...], owner: type | None = None
) -> Callable[..., Any]:
    signature = inspect.signature(function)
    kinds: dict[str, Kind] = {}

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if not kinds:
            kinds.update(kinds_of(function, owner))
        try:
            given = signature.bind(*args, **kwargs).arguments
        except TypeError as error:
            raise SettingError(f"{called}: {error}; it takes {shown(signature)}.") from None
        for name, value in given.items():
            if name in kinds and name not in but and not kinds[name][0](value):
                default = signature.parameters[name].default
                raise SettingError(refusal(called, name, default, value, kinds[name][1]))
        try:
            return function(*args, **kwargs)
        except (MemoryError, ValueError) as error:
            large = isinstance(error, MemoryError) or "aximum allowed dimension" in str(error)
            if large and is_ours(error):
                raise SettingError(
                    f"{called} needs more memory than there is ({error}): make something smaller."
                ) from error
            raise

    return checked


def refusal(called: str, name: str, default: Any, value: Any, what: str) -> str:
    """What was expected, what came, and what to write."""
    advice = next((text for kind, text in WRITE.items() if kind in what.split()), "")
    example = _EXAMPLES.get(what.split(" or ")[0], "")
    if default not in (inspect.Parameter.empty, None):
        example = (
            f"gg.{getattr(default, '__name__', 'tanh')}" if callable(default) else repr(default)
        )
    elif type(value).__name__ == "Dataset" and example.startswith("np."):
        example = "ds.x"
    if example and not advice:
        advice = f"{called}({name}={example})"
    write = f": write {advice}" if advice else ""
    return f"{called} expects {name} as {what}, got {said_of(value)}{write}."


_EXAMPLES = {
    "a number": "1.0",
    "a whole number": "1",
    "True": "True",
    "text": "'text'",
    "a function": "gg.tanh",
    "a tuple of any number (text)": "('a', 'b')",
    "an array of numbers": "np.zeros((2, 3))",
}


def said_of(value: Any) -> str:
    """How a message calls a value that is not what was expected.

    Args:
        value: anything.

    >>> said_of("3"), said_of(2.5), said_of([1, 2]), said_of(int), said_of(None)
    ("the text '3'", '2.5', 'a list of 2', 'the class int', 'None')
    """
    if value is None or isinstance(value, bool | int | float | complex):
        return repr(value)
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and dtype {value.dtype}"
    if inspect.isclass(value):
        return f"the class {value.__name__}"
    if inspect.isroutine(value):
        return f"the function {getattr(value, '__name__', value)}"
    size = f" of {len(value)}" if isinstance(value, Sequence | Mapping | set | frozenset) else ""
    return f"a {type(value).__name__}{size}"


def shown(signature: inspect.Signature) -> str:
    """The names of its parameters."""
    return f"({', '.join(str(p).split(':')[0] for n, p in signature.parameters.items() if n != 'self')})"


class _Names(dict[str, Any]):
    """Names that an annotation may use though the module imports them for the type checker only."""

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = known

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            raise KeyError(name)
        return self.known[name] if name in self.known else type(name, (), {})


def kinds_of(function: Callable[..., Any], owner: type | None = None) -> dict[str, Kind]:
    """The kinds of a function's parameters; those of a dataclass stand in the modules of its bases."""
    modules = [sys.modules[c.__module__] for c in reversed(owner.__mro__)] if owner else []
    plain = inspect.unwrap(function)
    known = {k: v for m in modules for k, v in vars(m).items()} | getattr(plain, "__globals__", {})
    annotated: Any = owner if owner and dataclasses.is_dataclass(owner) else plain
    hints = typing.get_type_hints(annotated, localns=_Names(known))
    named = [p for p in inspect.signature(function).parameters.values() if "VAR" not in p.kind.name]
    return {p.name: _kind(hints[p.name]) for p in named if p.name in hints}


def _kind(hint: Any) -> Kind:
    """What an annotation stands for."""
    if hint is Any or isinstance(hint, TypeVar | ParamSpec):
        return (lambda _: True), "anything"
    if hint is ArrayLike or get_origin(hint) is np.ndarray or hint is np.ndarray:
        return _is_array, "an array of numbers"
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        if set(inner) >= set(get_args(ArrayLike)):  # a union with it is taken apart into its parts
            rest = tuple(part for part in inner if part not in get_args(ArrayLike))
            others = [_kind(part) for part in rest]
            return (lambda v: _is_array(v) or any(is_one(v) for is_one, _ in others)), " or ".join(
                ["an array of numbers", *(said for _, said in others)]
            )
        kinds = [_kind(part) for part in inner]
        words = " or ".join(dict.fromkeys(said for _, said in kinds))
        if np.random.Generator in inner:
            kinds = [
                _SEED if part is int else kind for part, kind in zip(inner, kinds, strict=True)
            ]
        return (lambda v: any(is_one(v) for is_one, _ in kinds)), words
    if origin is Literal:
        return (lambda v: any(type(v) is type(x) and v == x for x in inner)), " or ".join(
            map(repr, inner)
        )
    if hint is None or hint is type(None):
        return (lambda v: v is None), "None"
    if origin is not None:
        return _container(origin, inner)
    return SIMPLE.get(hint) or _class(hint)


def _container(origin: Any, inner: tuple[Any, ...]) -> Kind:
    if origin is type:
        return inspect.isclass, "a class"
    if issubclass(origin, Callable):  # type: ignore[arg-type]
        return callable, "a function"
    if issubclass(origin, tuple):
        return _tuple([_kind(part) for part in inner if part is not ...], ... in inner)
    if issubclass(origin, Mapping):
        return (lambda v: isinstance(v, Mapping)), "a dict"
    if issubclass(origin, Iterable):
        item = _kind(inner[0]) if inner else _kind(Any)

        def holds(v: Any) -> bool:
            if isinstance(v, str) or not isinstance(v, Iterable):
                return False
            if isinstance(v, np.ndarray):
                return "number" in item[1] or item[1] == "anything"
            return not isinstance(v, Collection) or all(item[0](x) for x in v)

        return holds, f"a list of {_several(item[1])}" if item[1] != "anything" else "a list"
    return _class(origin)


def _several(said: str) -> str:
    """The plural: "a Tensor" is "Tensors", "text" stays."""
    words = [w.removeprefix("an ").removeprefix("a ") for w in said.split(" or ")]
    return " or ".join(w if w == "text" else f"{w}s" for w in words)


def _tuple(parts: list[Kind], several: bool) -> Kind:
    def fits(v: Any) -> bool:
        if not isinstance(v, tuple) or not (several or len(v) == len(parts)):
            return False
        kinds = parts * len(v) if several else parts
        return all(is_one(x) for (is_one, _), x in zip(kinds, v, strict=True))

    said = ", ".join(dict.fromkeys(said for _, said in parts))
    return fits, f"a tuple of {'any number' if several else len(parts)} ({said})"


def _class(hint: Any) -> Kind:
    """A class, told by its name, so that it need not be imported."""
    name = getattr(hint, "__name__", str(hint))
    said = f"{'an' if name[0] in 'AEIO' else 'a'} {name}"
    if name in LIKE:
        return (lambda v: all(hasattr(v, part) for part in LIKE[name])), said
    if getattr(hint, "__module__", __name__) != __name__:
        return (lambda v: isinstance(v, hint)), said
    return (lambda v: any(c.__name__ == name for c in type(v).__mro__)), said


def _is_array(value: Any) -> bool:
    try:
        return np.asarray(getattr(value, "_array", value)).dtype.kind in "fiub"
    except (ValueError, TypeError):
        return False


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.integer | np.floating) and not isinstance(value, bool)


_SEED: Kind = (lambda v: _is_whole(v) and v >= 0), "a seed from 0 up"
SIMPLE: dict[Any, Kind] = {
    int: (_is_whole, "a whole number"),
    float: (_is_number, "a number"),
    bool: (lambda v: isinstance(v, bool | np.bool_), "True or False"),
    str: (lambda v: isinstance(v, str), "text"),
    object: (lambda _: True, "anything"),
}
