"""A formula as LaTeX, as an op wrote it but with its arguments in place.  Read next: `names.py`."""

from __future__ import annotations

from glassgrad.notation.formula import (
    Atom,
    Fence,
    Formula,
    Frac,
    Over,
    Root,
    Row,
    Script,
    Table,
    conditioned,
)
from glassgrad.notation.symbols import command


def latex(formula: Formula) -> str:
    r"""The formula as LaTeX; it compiles in TeX and, but for tables, in matplotlib.

    >>> from glassgrad.notation.latex_parser import parse
    >>> latex(parse(r"\frac12 x^2"))
    '\\frac{1}{2} x^{2}'
    """
    match formula:
        case Row(parts):
            return " ".join(map(latex, parts))
        case Atom(_, _, source):
            return source
        case Frac(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}"
        case Root(body):
            return rf"\sqrt{{{latex(body)}}}"
        case Script(base, below, above):
            text = latex(base) if isinstance(base, Atom | Fence) else f"{{{latex(base)}}}"
            text += f"_{{{latex(below)}}}" if below is not None else ""
            return text + (f"^{{{latex(above)}}}" if above is not None else "")
        case Over(accent, body):
            return rf"\{accent}{{{latex(body)}}}"
        case Fence(left, body, right):
            ends = [command(sign) or "." for sign in (left, right)]
            return rf"\left{ends[0]} {latex(body)} \right{ends[1]}"
        case Table(kind, rows):
            lines = r" \\ ".join(" & ".join(map(latex, r)) for r in conditioned(kind, rows))
            return rf"\begin{{{kind}}} {lines} \end{{{kind}}}"
    raise TypeError(f"a slot without argument in {formula}")
