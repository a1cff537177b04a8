"""Sentences with formulas between dollar signs and code between backticks: as HTML with MathML, as
LaTeX, as plain text.

Read next: `page.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import escape

from glassgrad.notation.latex_parser import parse
from glassgrad.notation.mathml import math
from glassgrad.notation.plain import plain
from glassgrad.notation.symbols import in_sentence

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "_": r"\_",
    "%": r"\%",
    "#": r"\#",
    "&": r"\&",
    "$": r"\$",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "…": r"\ldots{}",
    "“": "``",
    "”": "''",
    "–": "--",
    "°": r"\textdegree{}",
}


def html(text: str) -> str:
    """Sentences for a page.

    >>> html("so $x^2$ < 1")
    'so <math alttext="x²"><msup><mi>x</mi><mn>2</mn></msup></math> &lt; 1'
    """
    return "".join(_pieces(text, _marked, lambda f: math(parse(f), alt=plain(parse(f)))))


def latex(text: str) -> str:
    """Sentences for LaTeX: formulas as they are, signs through their commands.

    >>> latex("5 % of $x^2$ by `--quick`")
    '5 \\\\% of $x^2$ by \\\\texttt{-{}-quick}'
    """
    return "".join(_pieces(text, _typeset, lambda f: f"${f}$"))


def words(text: str) -> str:
    """Sentences for a terminal."""
    return "".join(_pieces(text, str, lambda f: plain(parse(f))))


def _pieces(
    text: str, outside: Callable[[str], str], inside: Callable[[str], str]
) -> Iterator[str]:
    for i, piece in enumerate(re.split(r"(?<!\\)\$", text)):
        yield inside(piece) if i % 2 else outside(piece.replace(r"\$", "$"))


def _marked(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _typeset(text: str) -> str:
    pieces = re.split(r"`([^`]+)`", text)  # every second one is code
    return "".join(
        rf"\texttt{{{_signs(piece).replace('--', '-{}-')}}}" if i % 2 else _signs(piece)
        for i, piece in enumerate(pieces)
    )


def _signs(text: str) -> str:
    return "".join(_SPECIAL.get(c) or (f"${s}$" if (s := in_sentence(c)) else c) for c in text)
