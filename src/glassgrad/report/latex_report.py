"""A document's results as LaTeX, section titles numbered like the questions: what is handed in.

Figures are PNG files beside it; only packages of a small TeX installation are used.
Read next: `write.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassgrad.course import Result
from glassgrad.course.answer import PNG_DPI
from glassgrad.course.parts import Figure, Formulas, Numbers, Output, Part, Sentences
from glassgrad.course.registry import document_of
from glassgrad.report.page import anchor
from glassgrad.report.prose import latex
from glassgrad.validate import validated

_HEAD = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{amsmath,amssymb,textcomp,graphicx,longtable,array,booktabs}
\usepackage[a4paper,margin=25mm]{geometry}
\setlength{\parindent}{0pt}\setlength{\parskip}{6pt}\sloppy\allowdisplaybreaks
\setlength{\tabcolsep}{4pt}\setlength{\LTpre}{2pt}\setlength{\LTpost}{4pt}\renewcommand{\arraystretch}{1.15}
"""


@validated
def tex(results: Sequence[Result]) -> tuple[str, dict[str, bytes]]:
    """The results of one document: the text of a .tex file, and the pictures it includes by name.

    Args:
        results: of one document.
    """
    document = document_of(results)
    pictures: dict[str, bytes] = {}
    body = "\n\n".join(piece for r in results for piece in _section(r, pictures))
    return (
        f"{_HEAD}\\begin{{document}}\n{{\\LARGE\\bfseries {latex(document.title)}\\par}}\\medskip\n"
        f"{latex(document.origin)}. {latex(document.about)}\n\n{body}\n\\end{{document}}\n",
        pictures,
    )


def _section(result: Result, pictures: dict[str, bytes]) -> Iterator[str]:
    number = result.id.partition("/")[2]
    yield rf"\section*{{{number} \quad {latex(result.title)}}}"
    yield rf"\textit{{{latex(result.question)}}}"
    if result.claims:
        rows = [(c.text, c.printed, c.measured, c.verdict) for c in result.claims]
        yield _table(("claim", "document", "measured", "verdict"), rows, (0.34, 0.2, 0.27, 0.13))
        yield from (_lines(why) for why in dict.fromkeys(c.why for c in result.claims) if why)
    for i, part in enumerate(result.parts):
        yield from _of_part(part, f"{anchor(result.id)}-{i}", pictures)
    yield rf"{{\small {latex(result.source)} {latex(f'`{result.command}`')}}}"


def _of_part(part: Part, key: str, pictures: dict[str, bytes]) -> Iterator[str]:
    if isinstance(part, Output | Numbers | Formulas) and part.title:
        yield rf"{latex(part.title)}\nopagebreak"
    match part:
        case Sentences(text):
            yield latex(text)
        case Output(_, text):
            yield _lines(text)
        case Numbers(_, head, rows):
            yield _table(head, rows)
        case Formulas():
            yield part.latex
        case Figure():
            pictures[f"{key}.png"] = part.png
            width, height = _inches(part.png)
            size = f"width={width:.2f}in,height={height:.2f}in"
            picture = rf"\includegraphics[{size}]{{{key}.png}}"
            yield rf"\begin{{center}}{picture}\\{{\small {latex(part.title)}}}\end{{center}}"


def _lines(text: str) -> str:
    """Text whose lines and spaces stay."""
    kept = latex(text).replace("--", "-{}-").replace("  ", r"~~").replace("\n", "\\\\\n")
    return rf"{{\small\ttfamily\raggedright {kept}\par}}"


def _inches(png: bytes) -> tuple[float, float]:
    """Width and height of a picture, at most those of a page; a PNG says them in bytes 16 to 24."""
    width, height = (int.from_bytes(png[i : i + 4]) / PNG_DPI for i in (16, 20))
    share = min(1.0, 6.2 / width, 8.2 / height)
    return share * width, share * height


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float] = ()) -> str:
    shares = widths or [0.98 / max(len(head), 1) - 0.018] * len(head)
    columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{w:.3f}\linewidth}}" for w in shares)
    head, *body = [" & ".join(map(latex, line)) + r" \\" for line in (head, *rows)]
    inside = "\n".join([rf"\toprule {head} \midrule\endhead", *body, r"\bottomrule"])
    return (
        f"{{\\small\\begin{{longtable}}[l]{{@{{}}{columns}@{{}}}}\n{inside}\n\\end{{longtable}}}}"
    )
