"""Notebooks from Markdown: fenced Python becomes a code cell, everything between is text.

A notebook is a JSON document (nbformat 4.5); nothing but the standard library is needed to write one.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from glassgrad.files import atomic

_FENCE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def from_markdown(text: str) -> dict[str, Any]:
    """The notebook, without outputs, as a document for `json.dumps`.

    >>> [cell["cell_type"] for cell in from_markdown("# A sum\\n\\n```python\\n1 + 1\\n```\\n")["cells"]]
    ['markdown', 'code']
    """
    parts = [part.strip("\n") for part in _FENCE.split(text)]  # text, code, text, …
    cells = [_cell(part, i % 2 == 1, i) for i, part in enumerate(parts) if part]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path: Path, text: str) -> None:
    """Write the notebook of a Markdown text to `path`, at once or not at all."""
    document = json.dumps(from_markdown(text), indent=1, ensure_ascii=False)
    atomic.write(path, (document + "\n").encode())


def _cell(source: str, is_code: bool, number: int) -> dict[str, Any]:
    """One cell; the format wants its source as lines that keep their ends."""
    cell = {"id": f"cell-{number}", "metadata": {}, "source": source.splitlines(keepends=True)}
    if is_code:
        return {"cell_type": "code", "execution_count": None, "outputs": [], **cell}
    return {"cell_type": "markdown", **cell}
