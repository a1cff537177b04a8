"""A document's results as a Jupyter notebook: the questions, the calls that compute, and what they gave.

Written as JSON by hand, in the format 4.5, which is public and small.  Read next: `tex.py`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from glassgrad.course import Result, documents
from glassgrad.course.answer import Part
from glassgrad.report.page import anchor

_Cell = dict[str, Any]


def notebook(results: Sequence[Result]) -> str:
    """The results of one document, as the text of an .ipynb file."""
    cells = [_markdown("head", _head(results)), *(c for r in results for c in _cells(r))]
    book = {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(book, ensure_ascii=False, indent=1) + "\n"


def _head(results: Sequence[Result]) -> str:
    document = documents()[results[0].document]
    return f"# {document.title}\n\n{document.origin}. {document.about}"


def _cells(result: Result) -> Iterator[_Cell]:
    key = anchor(result.id)
    number = result.id.partition("/")[2]
    yield _markdown(f"{key}-q", f"## {number} {result.title}\n\n{result.question}")
    call = (
        "from glassgrad import course\n\n"
        f"course.run({result.id!r}, form={result.form!r}, seeds={result.seeds})[0].claims"
    )
    yield {
        "cell_type": "code",
        "id": f"{key}-run",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": call,
    }
    if result.claims:
        rows = [(c.text, c.printed, c.measured, c.verdict) for c in result.claims]
        table = _table(("claim", "document", "measured", "verdict"), rows)
        why = "".join(f"\n\n{c.why}" for c in result.claims if c.why)
        yield _markdown(f"{key}-claims", table + why)
    for i, part in enumerate(result.parts):
        yield _of_part(part, f"{key}-{i}")


def _of_part(part: Part, key: str) -> _Cell:
    title = f"*{part.title}*\n\n" if part.title else ""
    match part.kind:
        case "text":
            return _markdown(key, part.text)
        case "output":
            return _markdown(key, f"{title}```text\n{part.text}\n```")
        case "table":
            return _markdown(key, title + _table(part.head, part.rows))
        case "formulas":
            return _markdown(key, title + part.latex)
    kind, content = ("png", part.png) if part.png else ("svg+xml", part.svg.encode())
    name = f"{key}.{kind.partition('+')[0]}"
    cell = _markdown(key, f"![{part.title}](attachment:{name})\n\n{title.strip()}")
    cell["attachments"] = {name: {f"image/{kind}": base64.b64encode(content).decode()}}
    return cell


def _markdown(key: str, text: str) -> _Cell:
    return {"cell_type": "markdown", "id": key[:64], "metadata": {}, "source": text}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", r"\|").replace("\n", " ") for c in line) + " |"
        for line in lines
    )
