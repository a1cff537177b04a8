"""The report as one HTML page: figures inside, formulas as MathML, no script, no network.

The page is a Jinja template, `templates/page.html`, which gets results and nothing else.
Read next: `notebook.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

import glassgrad
from glassgrad.course import Result, documents
from glassgrad.course.claim import VERDICTS
from glassgrad.figures import style
from glassgrad.report import prose

_MEANINGS = {
    "reproduced": "measured as printed, within its rounding or the deviation over the seeds",
    "differs": "measured otherwise, and nothing proves the document wrong",
    "document wrong": "a check refutes what is printed, and the proof stands below it",
    "not judged": "measured on other data than the document speaks of",
    "no claim": "a question of the document, which gives no number",
}


def page(results: Sequence[Result], title: str = "") -> str:
    """One page about all results, in the order in which they come."""
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
    environment.filters["inline"] = lambda svg, key, title: Markup(inline(svg, key, title))
    environment.filters["width"] = width
    environment.filters["counted"] = counted
    environment.filters["zip"] = zip
    environment.filters["trusted"] = lambda html: Markup(without_style(html))
    environment.filters["anchor"] = anchor
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


def counted(results: Iterable[Result]) -> list[tuple[str, int]]:
    """How many claims have each verdict."""
    counts = Counter(row.verdict for r in results for row in r.claims)
    return [(verdict, counts[verdict]) for verdict in VERDICTS]


def anchor(id: str) -> str:
    """An id as the name of a place in the page."""
    return re.sub(r"[^a-z0-9]+", "-", id)


def badge(verdict: str) -> str:
    """A verdict in its colour."""
    return f'<span class="verdict {verdict.replace(" ", "-")}">{verdict}</span>'


def width(svg: str) -> str:
    """How wide a drawing is by itself, as CSS says it."""
    size = re.search(r'<svg\b[^>]*?\bwidth="([\d.]+)(pt)?"', svg)
    return f"{size[1]}{size[2] or 'px'}" if size else "auto"


def inline(svg: str, key: str, title: str = "") -> str:
    """A drawing to be put into a page: ids of its own, since two figures may use the same ones;
    a name for those who cannot see it; ink and paper of the page, so that it is dark in the dark.
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", body)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    if title and 'class="gg"' not in body:  # a computation graph follows the page by itself
        body = _in_colours_of_the_page(body)
        name = escape(prose.words(title), quote=True)
        body = body.replace("<svg ", f'<svg role="img" aria-label="{name}" ', 1)
    return body


def _in_colours_of_the_page(svg: str) -> str:
    """Ink, grid and paper of a figure through the variables of `page.css`; data keep their colours."""
    ours = {style.INK: "--ink", style.PALE: "--pale", style.FAINT: "--line"}
    for colour, variable in ours.items():
        svg = re.sub(rf"(?<=: ){colour.lower()}\b", f"var({variable})", svg)
    paper = r'(<g id="[^"]*patch_\d+">\s*<path [^>]*?fill: )#ffffff'
    return re.sub(paper, r"\1var(--card)", svg)


def without_style(html: str) -> str:
    """A derivation without its style sheet, which the page has once."""
    return re.sub(r"<style>.*?</style>", "", html, flags=re.S)
