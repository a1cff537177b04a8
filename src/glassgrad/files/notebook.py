"""Notebooks: cells of text and of code, with what they gave, as a JSON document (nbformat 4.5).

Nothing but the standard library is needed to write one.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from glassgrad.files import atomic

_FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Text:
    """A cell of Markdown; `pictures` are PNG or SVG files that it shows, by name."""

    key: str
    source: str
    pictures: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Code:
    """A cell of Python; `gave` is the Markdown that it gave, run as number `count`, if it was run."""

    key: str
    source: str
    gave: str = ""
    count: int | None = None


Cell = Text | Code
_TYPES = {".png": "image/png", ".svg": "image/svg+xml"}


def document(cells: Iterable[Cell]) -> str:
    """The text of an .ipynb file.

    Args:
        cells: whose keys differ, in letters, digits, - and _; 64 of them are kept.

    >>> json.loads(document([Code("sum", "1 + 1")]))["cells"][0]["cell_type"]
    'code'
    """
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    book = {
        "cells": [_fields(cell) for cell in cells],
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def write(path: Path, cells: Iterable[Cell]) -> None:
    """Write a notebook to `path`, at once or not at all."""
    atomic.write(path, document(cells).encode())


def from_markdown(text: str) -> list[Cell]:
    """A Markdown text as cells: fenced Python becomes code, everything between is text.

    >>> [type(cell).__name__ for cell in from_markdown("# A sum\\n\\n```python\\n1 + 1\\n```\\n")]
    ['Text', 'Code']
    """
    parts = [part.strip("\n") for part in _FENCE.split(text)]  # text, code, text, …
    return [(Text, Code)[i % 2](f"cell-{i}", part) for i, part in enumerate(parts) if part]


def _fields(cell: Cell) -> dict[str, Any]:
    """One cell; the format wants its source as lines that keep their ends."""
    source = cell.source.splitlines(keepends=True)
    found: dict[str, Any] = {"id": cell.key[:64], "metadata": {}, "source": source}
    if isinstance(cell, Code):
        outputs = [_given(cell)] if cell.gave else []
        count = {"execution_count": cell.count, "outputs": outputs}
        return {"cell_type": "code", **count, **found}
    if cell.pictures:
        found["attachments"] = {n: _attachment(n, data) for n, data in cell.pictures.items()}
    return {"cell_type": "markdown", **found}


def _given(cell: Code) -> dict[str, Any]:
    data = {"text/markdown": cell.gave, "text/plain": cell.gave}
    kind = {"output_type": "execute_result", "execution_count": cell.count}
    return {**kind, "metadata": {}, "data": data}


def _attachment(name: str, content: bytes) -> dict[str, str]:
    return {_TYPES[Path(name).suffix]: base64.b64encode(content).decode()}
