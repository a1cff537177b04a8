"""Whether anything in Python that a step of library layers reads has changed since it was last traced.

Layers of the library are functions of their fields, and these are functions of nothing else: no chance, no
counter, no list.  So if every field, every class and every function on the way is the very object that it
was, Python would do the very same again.  Compared is by identity only.  Read next: `steady.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import attrgetter, is_
from types import FunctionType, ModuleType
from typing import Any

from glassgrad.nn import Module
from glassgrad.nn.module import Parameter

PLAIN = (int, float, str, bool, type(None))
_code = attrgetter("__code__", "__defaults__", "__kwdefaults__")


class Unchanged:
    """All that is read, as it is now; called, it tells whether it is still so.

    Args:
        modules: the model and all below it.
        kinds: other classes whose methods take part.
        functions: those that are called, such as the loss.
    """

    def __init__(self, modules: list[Module], kinds: list[type], functions: list[Any]) -> None:
        self._modules, self._types = modules, [type(m) for m in modules]
        every = {k for kind in [*self._types, *kinds] for k in kind.__mro__ if k is not object}
        tables = [*map(vars, modules), *map(vars, every)]
        self._tables = [(t, list(t), list(t.values())) for t in tables]
        methods = [f for t in map(vars, every) for f in t.values() if isinstance(f, FunctionType)]
        begin = [f for f in methods if f.__name__ in ("forward", "__call__", "__iter__")]
        reached = _Reached([*begin, *functions], methods)
        self._names = [(table.get, [*n], [*n.values()]) for table, n in reached.tables()]
        self._functions = reached.functions
        self._codes = [c for f in self._functions for c in _code(f)]

    def __call__(self) -> bool:
        """Whether all of it is as it was, in the same order."""
        for table, names, values in self._tables:
            if len(table) != len(names) or not all(map(is_, table.values(), values)):
                return False
            if not all(map(is_, table, names)):
                return False
        for get, names, values in self._names:
            if not all(map(is_, map(get, names), values)):
                return False
        codes = [c for f in self._functions for c in _code(f)]
        return all(map(is_, codes, self._codes)) and all(
            map(is_, map(type, self._modules), self._types)
        )


class _Reached:
    """The functions of the library that some functions call by name, and the names by which they do."""

    def __init__(self, functions: list[Any], methods: list[Any]) -> None:
        self.functions: list[Any] = []
        self._tables: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        stack = list(functions)
        while stack:
            f = stack.pop()
            if any(f is known for known in self.functions):
                continue
            self.functions.append(f)
            names = f.__code__.co_names
            found = [v for name in names if name in f.__globals__ for v in self._look(f, name)]
            found += [m for m in methods if m.__name__ in names]
            stack += [v for v in found if isinstance(v, FunctionType) and is_ours(v)]

    def tables(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Each table of names, with those that are read, and what they name."""
        return iter(self._tables.values())

    def _look(self, f: Any, name: str) -> list[Any]:
        """What a name in a function stands for; of a module of ours, what the function takes from it."""
        found = [self._note(f.__globals__, name)]
        if isinstance(found[0], ModuleType) and found[0].__name__.startswith("glassgrad"):
            inside = vars(found[0])
            found += [self._note(inside, n) for n in f.__code__.co_names if n in inside]
        return found

    def _note(self, table: dict[str, Any], name: str) -> Any:
        value = table[name]
        self._tables.setdefault(id(table), (table, {}))[1][name] = value
        return value


def is_ours(what: Any) -> bool:
    """Whether a function or a class is the library's own."""
    return str(getattr(what, "__module__", "")).startswith("glassgrad.")


def is_pure(model: Any, loss: Any) -> bool:
    """Whether a model is made of the library's own layers, without state of their own, and its loss is one
    of the library's functions."""
    return (
        isinstance(loss, FunctionType)
        and loss.__module__.startswith("glassgrad.ops.")
        and isinstance(model, Module)
        and all(_is_plain(m) for m in model.modules())
    )


def _is_plain(module: Module) -> bool:
    fields: Mapping[str, Any] = vars(module)
    if not type(module).__module__.startswith("glassgrad.nn."):
        return False
    return all(
        isinstance(v, Module) or type(v) is Parameter or _is_fixed(v) for v in fields.values()
    )


def _is_fixed(value: Any) -> bool:
    return all(map(_is_fixed, value)) if type(value) is tuple else type(value) in PLAIN
