"""A document's results as a Jupyter notebook: the questions, the calls that compute, and what they gave.

Written as JSON by hand, in the format 4.5, which is public and small.  Read next: `latex_report.py`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from glassgrad.course import Result, documents
from glassgrad.course.answer import Part
from glassgrad.report import prose
from glassgrad.report.page import anchor

_Cell = dict[str, Any]


@dataclass(frozen=True)
class Claims:
    """A table of claims that a notebook shows as a table."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def claims(results: Sequence[Result]) -> Claims:
    """What was claimed and what was measured; put last in a cell, a notebook shows it as a table."""
    rows = [(c.text, c.printed, c.measured, c.verdict) for r in results for c in r.claims]
    why = dict.fromkeys(c.why for r in results for c in r.claims if c.why)
    table = _table(("claim", "document", "measured", "verdict"), rows)
    return Claims("\n\n".join([table, *(w.replace("\n", "  \n") for w in why)]))


def notebook(results: Sequence[Result]) -> str:
    """The results of one document, as the text of an .ipynb file: it can be read, and run again."""
    start = _code("start", 1, "from glassgrad import course, report")
    cells = [_markdown("head", _head(results)), start]
    cells += [cell for i, r in enumerate(results, 2) for cell in _cells(r, i)]
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


def _cells(result: Result, place: int) -> Iterator[_Cell]:
    key = anchor(result.id)
    number = result.id.partition("/")[2]
    yield _markdown(f"{key}-q", f"## {number} {result.title}\n\n{result.question}")
    call = f"course.run({result.id!r}, form={result.form!r}, seeds={result.seeds})"
    shown = f"report.claims({call})" if result.claims else f"{call};"
    yield _code(f"{key}-run", place, shown, claims([result]).text if result.claims else "")
    for i, part in enumerate(result.parts):
        yield _of_part(part, f"{key}-{i}")


def _code(key: str, place: int, source: str, output: str = "") -> _Cell:
    """A cell with what it gave."""
    data = {"text/markdown": output, "text/plain": output}
    given = {
        "output_type": "execute_result",
        "execution_count": place,
        "metadata": {},
        "data": data,
    }
    return {
        "cell_type": "code",
        "id": key[:64],
        "execution_count": place,
        "metadata": {},
        "outputs": [given] if output else [],
        "source": source,
    }


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
            return _markdown(key, title + _formulas(part))
    kind, content = ("png", part.png) if part.png else ("svg+xml", part.svg.encode())
    name = f"{key}.{kind.partition('+')[0]}"
    cell = _markdown(key, f"![{prose.words(part.title)}](attachment:{name})\n\n{title.strip()}")
    cell["attachments"] = {name: {f"image/{kind}": base64.b64encode(content).decode()}}
    return cell


def _formulas(part: Part) -> str:
    """The lines of formulas, as notebooks show them, and the conventions under them."""
    blocks = re.findall(r"\\begin\{align\*\}.*?\\end\{align\*\}", part.latex, flags=re.S)
    said = part.text.partition("\nConventions\n")[2].splitlines()
    return "\n\n".join([*blocks, "\n".join(f"- {line.strip()}" for line in said)]).strip()


def _markdown(key: str, text: str) -> _Cell:
    return {"cell_type": "markdown", "id": key[:64], "metadata": {}, "source": text}


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", r"\|").replace("\n", " ") for c in line) + " |"
        for line in lines
    )
