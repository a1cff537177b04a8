"""Whether anything in Python that a step of library layers reads has changed since it was last traced.

Layers of the library are functions of their fields, and these are functions of nothing else: no chance, no
counter, no list.  So if every field, every class and every function on the way is the very object that it
was, Python would do the very same again.  Compared is by identity only.  Read next: `steady.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from operator import attrgetter, is_
from types import FunctionType, ModuleType
from typing import Any

from glassgrad.nn import Module
from glassgrad.nn.module import Parameter
from glassgrad.tensor import Tensor

PLAIN = (int, float, str, bool, type(None))
_ARITHMETIC = tuple(f"__{r}{n}__" for n in ("add", "sub", "mul", "truediv") for r in ("", "r"))
_parts_of_functions = tuple(map(attrgetter, ("__code__", "__defaults__", "__kwdefaults__")))


class Unchanged:
    """All that is read, as it is now; called, it tells whether it is still so.

    Args:
        modules: the model and all below it.
        kinds: other classes whose methods take part.
        functions: those that are called, such as the loss.
    """

    def __init__(self, modules: list[Module], kinds: list[type], functions: list[Any]) -> None:
        self._modules, self._types = modules, [type(m) for m in modules]
        layers = {k for kind in self._types for k in kind.__mro__ if k is not object}
        self._fields = [vars(m) for m in modules]
        self._tables: list[Any] = [*self._fields, *map(vars, layers), *map(vars, kinds)]
        self._views = [t.values() for t in self._tables]  # they follow their tables
        self._lengths = list(map(len, self._tables))
        self._keys, self._values = _joined(self._tables), _joined(self._views)
        every = [item for k in layers for item in vars(k).items()]
        methods = [(name, f) for name, f in every if isinstance(f, FunctionType)]
        begin = [f for name, f in methods if name in ("forward", "__call__", "__iter__")]
        reached = _Reached([*begin, *functions], methods)
        self._globals, self._names, self._named = reached.names()
        self._parts = [reached.parts(get) for get in _parts_of_functions]
        self._of_tensors = attrgetter(*_ARITHMETIC, *reached.of_tensors())
        self._known_of_tensors = self._of_tensors(Tensor)

    def __call__(self) -> bool:
        """Whether all of it is as it was, in the same order."""
        join = chain.from_iterable
        return (
            all(map(is_, map(vars, self._modules), self._fields))
            and all(map(is_, map(type, self._modules), self._types))
            and list(map(len, self._tables)) == self._lengths
            and all(map(is_, join(self._views), self._values))
            and all(map(is_, join(self._tables), self._keys))
            and all(map(is_, map(dict.get, self._globals, self._names), self._named))
            and all(all(map(is_, map(get, f), known)) for get, f, known in self._parts)
            and all(map(is_, self._of_tensors(Tensor), self._known_of_tensors))
        )


def _joined(parts: list[Any]) -> list[Any]:
    return list(chain.from_iterable(parts))


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
            if hasattr(f, "__wrapped__"):  # a door: what it says of mistakes does not matter here
                stack += [v for c in f.__closure__ or () if is_function(v := c.cell_contents)]
                continue
            names = f.__code__.co_names
            found = [v for name in names if name in f.__globals__ for v in self._look(f, name)]
            found += [m for name, m in methods if name in names]
            stack += filter(is_function, found)

    def names(self) -> tuple[list[dict[str, Any]], list[str], list[Any]]:
        """The names that are read: the table of each, the name, and what it stands for."""
        every = [(t, n, v) for t, known in self._tables.values() for n, v in known.items()]
        return [t for t, _, _ in every], [n for _, n, _ in every], [v for _, _, v in every]

    def parts(self, get: Any) -> tuple[Any, list[Any], list[Any]]:
        """One part of all functions that have it: none gets other defaults if it has none now."""
        having = [f for f in self.functions if get(f) is not None]
        return get, having, list(map(get, having))

    def of_tensors(self) -> set[str]:
        """The methods of tensors among the names in the functions."""
        return {n for f in self.functions for n in f.__code__.co_names if hasattr(Tensor, n)}

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


def is_ours(what: Any, room: str = "glassgrad.") -> bool:
    """Whether a function or a class is the library's own."""
    return str(what.__module__).startswith(room)


def is_function(what: Any) -> bool:
    """Whether something is a function of the library in Python, which can be looked into."""
    return isinstance(what, FunctionType) and is_ours(what)


def is_pure(model: Any, loss: Any) -> bool:
    """Whether a model is made of the library's own layers, without state of their own, and its loss is one
    of the library's functions."""
    return (
        isinstance(loss, FunctionType)
        and is_ours(loss, "glassgrad.ops.")
        and isinstance(model, Module)
        and all(_is_plain(m) for m in model.modules())
    )


def _is_plain(module: Module) -> bool:
    fields: Mapping[str, Any] = vars(module)
    if not is_ours(type(module), "glassgrad.nn."):
        return False
    return all(
        isinstance(v, Module) or type(v) is Parameter or _is_fixed(v) for v in fields.values()
    )


def _is_fixed(value: Any) -> bool:
    return all(map(_is_fixed, value)) if type(value) is tuple else type(value) in PLAIN
