"""The report as one HTML page: figures inside, formulas as MathML, no script, no network.

The page is a Jinja template, `templates/page.html`, which gets results and nothing else.
Read next: `notebook.py`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

import glassgrad
from glassgrad.course import Result, documents
from glassgrad.course.claim import VERDICTS
from glassgrad.report import prose


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
    environment.filters["inline"] = lambda svg, key: Markup(inline(svg, key))
    environment.filters["trusted"] = lambda html: Markup(without_style(html))
    environment.filters["anchor"] = anchor
    groups = [(documents()[d], list(r)) for d, r in groupby(results, lambda r: r.document)]
    return environment.get_template("page.html").render(
        title=title or "Course report",
        groups=groups,
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


def inline(svg: str, key: str) -> str:
    """A drawing to be put into a page, its ids made its own: two figures may use the same ones."""
    body = svg[svg.index("<svg") :]
    body = re.sub(r'\bid="([^"]+)"', rf'id="{key}-\1"', body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{key}-\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{key}-\1)", body)
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.S)
    return re.sub(r"<svg ", '<svg role="img" ', body, count=1)


def without_style(html: str) -> str:
    """A derivation without its style sheet, which the page has once."""
    return re.sub(r"<style>.*?</style>", "", html, flags=re.S)
