"""The report as one HTML page: figures inside, formulas as MathML, no script, no network.

The page is a Jinja template, `templates/page.html`, which gets results and nothing else.
Read next: `notebook.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import glassgrad
from glassgrad.course import Result, documents
from glassgrad.course.claim import VERDICTS
from glassgrad.course.parts import KINDS, Part
from glassgrad.report import prose
from glassgrad.report.figure import inline
from glassgrad.validate import validated

_MEANINGS = {
    "reproduced": "measured as printed, within its rounding or the deviation over the seeds",
    "differs": "measured otherwise, and nothing proves the document wrong",
    "document wrong": "a check refutes what is printed, and the proof stands below it",
    "not judged": "measured on other data than the document speaks of",
    "no claim": "a question of the document, which gives no number",
}


@validated
def page(results: Sequence[Result], title: str = "") -> str:
    """One page about all results, in the order in which they come.

    Args:
        title: of the page.
        results: of exercises.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("glassgrad.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["prose"] = lambda text: Markup(prose.html(text))
    environment.filters["badge"] = lambda verdict: Markup(badge(verdict))
    environment.filters["inline"] = lambda figure, key: Markup(inline(figure, key))
    environment.filters["counted"] = counted
    environment.filters["zip"] = zip
    environment.filters["trusted"] = Markup
    environment.filters["anchor"] = anchor
    for kind, cls in KINDS.items():
        environment.tests[kind] = _is(cls)
    groups = [(documents()[d], list(r)) for d, r in groupby(results, lambda r: r.document)]
    return environment.get_template("page.html").render(
        title=title or "Course report",
        groups=groups,
        results=results,
        meanings=_MEANINGS,
        counts=counted(results),
        forms=sorted({r.form for r in results}),
        version=glassgrad.__version__,
    )


def _is(cls: type[Part]) -> Callable[[Part], bool]:
    return lambda part: isinstance(part, cls)


def counted(results: Iterable[Result]) -> list[tuple[str, int]]:
    """How many claims have each verdict."""
    counts = Counter(row.verdict for r in results for row in r.claims)
    return [(verdict, counts[verdict]) for verdict in VERDICTS]


def anchor(id: str) -> str:
    """An id, such as edf/2.1c, as the name of a place in the page."""
    return id.replace("/", "-").replace(".", "-")


def badge(verdict: str) -> str:
    """A verdict in its colour."""
    return f'<span class="verdict {verdict.replace(" ", "-")}">{verdict}</span>'
