"""Which exercises there are: those found in the folders of the five documents, and how they are named.

Read next: `run.py`.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

from glassgrad.arguments import did_you_mean
from glassgrad.course.exercise import Document, Exercise
from glassgrad.discovery import instances
from glassgrad.errors import SettingError
from glassgrad.validate import validated


@validated
@cache
def documents() -> MappingProxyType[str, Document]:
    """The documents, by id."""
    here = str(Path(__file__).parent)
    folders = [m.name for m in pkgutil.iter_modules([here]) if m.ispkg]
    modules = [import_module(f"{__package__}.{name}") for name in folders]
    found = [module.DOCUMENT for module in modules]
    return MappingProxyType({d.id: d for d in sorted(found, key=lambda d: d.place)})


@validated
def document_of(results: Sequence[Any]) -> Document:
    """The document that results belong to.

    Args:
        results: of one document.

    Raises:
        SettingError: there are none.
    """
    if not results or not hasattr(results[0], "document"):
        raise SettingError("expected at least one result of a document, got none: run an exercise.")
    return documents()[results[0].document]


@cache
def exercises() -> MappingProxyType[str, Exercise]:
    """Every exercise, by id, in the order of the documents."""
    found = [e for d in documents() for e in instances(f"{__package__}.{d}", Exercise)]
    return MappingProxyType({e.id: e for e in sorted(found, key=lambda e: _place(e.id))})


@validated
def select(names: str | tuple[str, ...]) -> list[Exercise]:
    """The exercises meant by ids, documents, beginnings of ids, or "all".

    Args:
        names: one, or several.

    Raises:
        SettingError: no exercise is called so; the nearest names are suggested.

    >>> [e.id for e in select("graph/1")]
    ['graph/1a', 'graph/1b', 'graph/1c']
    """
    wanted = (names,) if isinstance(names, str) else names
    chosen = {e.id for name in wanted for e in _meant(name)}
    return [e for e in exercises().values() if e.id in chosen]


def _meant(name: str) -> list[Exercise]:
    everything = list(exercises().values())
    if name == "all":
        return everything
    if name in exercises():
        return [exercises()[name]]
    if found := [e for e in everything if e.document == name or _begins(e.id, name)]:
        return found
    known = [*exercises(), *documents(), "all"]
    hint = did_you_mean(name, known, "glassgrad course list shows them.", most=3)
    raise SettingError(
        f"there is no exercise {name!r}; expected 'all', a document ({', '.join(documents())}) or an "
        f"exercise such as {everything[0].id}: {hint}"
    )


def _begins(id: str, name: str) -> bool:
    """edf/2.1 means edf/2.1a to edf/2.1c, but flood/5.1 is not meant by flood/5.1x."""
    rest = id.removeprefix(name)
    return "/" in name and rest != id and rest.removeprefix(".").isalnum()


def _place(id: str) -> tuple[int, tuple[tuple[int, str], ...]]:
    """Numbers in order: 2 before 10, 1a before 1b."""
    document, _, number = id.partition("/")
    place = documents()[document].place
    parts = ["".join(part) for _, part in groupby(number, _kind)]
    return place, tuple((int(p), "") if p.isdigit() else (0, p) for p in parts if p != ".")


def _kind(sign: str) -> tuple[bool, bool]:
    return sign.isdigit(), sign.isalpha()
