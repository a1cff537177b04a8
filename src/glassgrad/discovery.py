"""Things that are found because they lie there: the modules of a folder, and what they hold.

An op, a data set, an exercise, a mistake or a doctor's rule is a file in the folder of its kind; no list
names it.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def modules(package: str) -> list[ModuleType]:
    """The files of a package, imported, in the order of their names; its folders are left out.

    Args:
        package: its name, which is `__name__` in its `__init__.py`.

    >>> [module.__name__ for module in modules("glassgrad.optim")][:2]
    ['glassgrad.optim.adagrad', 'glassgrad.optim.adam']
    """
    found = pkgutil.iter_modules(import_module(package).__path__)
    return [import_module(f"{package}.{m.name}") for m in found if not m.ispkg]


def instances(package: str, kind: type[T]) -> list[T]:
    """What of this kind stands at the top of the files of a package, each once.

    Args:
        package: its name.
        kind: the class.

    >>> from glassgrad.data.source import Source
    >>> sorted(source.name for source in instances("glassgrad.data", Source))[:3]
    ['cifar10', 'circle', 'digits']
    """
    values = [v for module in modules(package) for v in vars(module).values()]
    return list({id(v): v for v in values if isinstance(v, kind)}.values())
