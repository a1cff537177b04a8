"""A document's results as a Jupyter notebook: the questions, the calls that compute, and what they gave.

Read next: `latex_report.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glassgrad.course import Result
from glassgrad.course.parts import Figure, Formulas, Numbers, Output, Part, Sentences
from glassgrad.course.registry import document_of
from glassgrad.files.notebook import Cell, Code, Text, document
from glassgrad.report import prose
from glassgrad.report.page import anchor
from glassgrad.validate import validated


@dataclass(frozen=True)
class Claims:
    """A table of claims that a notebook shows as a table."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


@validated
def claims(results: Sequence[Result]) -> Claims:
    """What was claimed and what was measured; put last in a cell, a notebook shows it as a table.

    Args:
        results: of exercises.
    """
    rows = [(c.text, c.printed, c.measured, c.verdict) for r in results for c in r.claims]
    why = dict.fromkeys(c.why for r in results for c in r.claims if c.why)
    table = _table(("claim", "document", "measured", "verdict"), rows)
    return Claims("\n\n".join([table, *(w.replace("\n", "  \n") for w in why)]))


@validated
def notebook(results: Sequence[Result]) -> str:
    """The results of one document, as the text of an .ipynb file: it can be read, and run again.

    Args:
        results: of one document.
    """
    about = document_of(results)
    head = Text("head", f"# {about.title}\n\n{about.origin}. {about.about}")
    start = Code("start", "from glassgrad import course, report", count=1)
    return document([head, start, *(c for i, r in enumerate(results, 2) for c in _cells(r, i))])


def _cells(result: Result, place: int) -> Iterator[Cell]:
    key = anchor(result.id)
    number = result.id.partition("/")[2]
    yield Text(f"{key}-q", f"## {number} {result.title}\n\n{result.question}")
    call = f"course.run({result.id!r}, form={result.form!r}, seeds={result.seeds})"
    shown = f"report.claims({call})" if result.claims else f"{call};"
    gave = claims([result]).text if result.claims else ""
    yield Code(f"{key}-run", shown, gave, place)
    for i, part in enumerate(result.parts):
        yield _of_part(part, f"{key}-{i}")


def _of_part(part: Part, key: str) -> Text:
    match part:
        case Sentences(text):
            return Text(key, text)
        case Output(title, text):
            return Text(key, f"{_titled(title)}```text\n{text}\n```")
        case Numbers(title, head, rows):
            return Text(key, _titled(title) + _table(head, rows))
        case Formulas():
            return Text(key, _titled(part.title) + part.markdown)
        case Figure(title):
            name = f"{key}.png"
            shown = f"![{prose.words(title)}](attachment:{name})\n\n{_titled(title).strip()}"
            return Text(key, shown, {name: part.png})


def _titled(title: str) -> str:
    return f"*{title}*\n\n" if title else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(c.replace("|", r"\|").replace("\n", " ") for c in line) + " |"
        for line in lines
    )
