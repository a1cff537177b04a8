"""All claims as one table in Markdown: what `docs/course.md` is.  Read next: `write.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from glassgrad.course import Result, documents
from glassgrad.course.claim import Row
from glassgrad.validate import validated

_HEAD = """# The course: claimed against measured

Written by `glassgrad course run … --format md`, not typed.  *Document* is what is printed there,
*expected* what an earlier careful measurement of ours found, *measured* what the run found: the mean and
the deviation over its seeds; without ± it is a single run, whatever seeds were asked, or
there is no chance in it.  A document is called wrong only with a proof; the reports show it.
"""
_COLUMNS = ("exercise", "claim", "document", "expected", "measured", "verdict", "form, seeds, data")


@validated
def markdown(results: Sequence[Result]) -> str:
    """One table for each document; a line per claim.

    Args:
        results: of exercises.
    """
    parts = [_HEAD]
    for document, group in groupby(results, lambda r: r.document):
        parts += [f"## {documents()[document].title}", documents()[document].origin + "."]
        lines = [_COLUMNS, ("---",) * len(_COLUMNS), *(line for r in group for line in _lines(r))]
        parts.append("\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines))
    return "\n\n".join(parts) + "\n"


def _lines(r: Result) -> Iterator[tuple[str, ...]]:
    about = ", ".join((r.form, str(r.seeds), *r.data))
    for row in r.claims:
        yield r.id, row.text, row.printed, _expected(row), row.measured, row.verdict, about


def _expected(row: Row) -> str:
    return row.truth + (" (not met)" if row.as_expected is False else "")


def _cell(text: str) -> str:
    return text.replace("|", r"\vert " if "$" in text else r"\|").replace("\n", " ")
