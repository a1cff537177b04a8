"""A document's results as LaTeX, section titles numbered like the questions: what is handed in.

Figures are PNG files beside it; only packages of a small TeX installation are used.
Read next: `write.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from glassgrad.course import Result, documents
from glassgrad.course.answer import PNG_DPI, Part
from glassgrad.report.page import anchor
from glassgrad.report.prose import latex

_HEAD = r"""\documentclass[11pt]{article}
\usepackage[utf8]{inputenc}
\usepackage[T1]{fontenc}
\usepackage{amsmath,amssymb,textcomp,graphicx,longtable,array}
\usepackage[a4paper,margin=25mm]{geometry}
\setlength{\parindent}{0pt}\setlength{\parskip}{6pt}\sloppy\allowdisplaybreaks
"""


def tex(results: Sequence[Result]) -> tuple[str, dict[str, bytes]]:
    """The results of one document: the text of a .tex file, and the pictures it includes by name."""
    document = documents()[results[0].document]
    pictures: dict[str, bytes] = {}
    body = "\n\n".join(piece for r in results for piece in _section(r, pictures))
    return (
        f"{_HEAD}\\title{{{latex(document.title)}}}\\date{{}}\n\\begin{{document}}\n\\maketitle\n"
        f"{latex(document.origin)}. {latex(document.about)}\n\n{body}\n\\end{{document}}\n",
        pictures,
    )


def _section(result: Result, pictures: dict[str, bytes]) -> Iterator[str]:
    number = result.id.partition("/")[2]
    yield rf"\section*{{{number} \quad {latex(result.title)}}}"
    yield rf"\textit{{{latex(result.question)}}}"
    if result.claims:
        rows = [(c.text, c.printed, c.measured, c.verdict) for c in result.claims]
        yield _table(("claim", "document", "measured", "verdict"), rows, (0.23, 0.17, 0.42, 0.14))
        yield from (_lines(c.why) for c in result.claims if c.why)
    for i, part in enumerate(result.parts):
        yield from _of_part(part, f"{anchor(result.id)}-{i}", pictures)
    yield rf"{{\small {latex(result.source)} \texttt{{{latex(result.command)}}}}}"


def _of_part(part: Part, key: str, pictures: dict[str, bytes]) -> Iterator[str]:
    if part.title and part.kind != "figure":
        yield latex(part.title)
    match part.kind:
        case "text":
            yield latex(part.text)
        case "output":
            yield _lines(part.text)
        case "table":
            yield _table(part.head, part.rows)
        case "formulas":
            yield part.latex
        case "figure" if part.png:
            pictures[f"{key}.png"] = part.png
            size = f"width={_inches(part.png):.2f}in"
            picture = rf"\includegraphics[{size}]{{{key}.png}}"
            yield rf"\begin{{center}}{picture}\\{{\small {latex(part.title)}}}\end{{center}}"
        case "figure":
            yield _lines(part.text)


def _lines(text: str) -> str:
    """Text whose lines and spaces stay."""
    kept = latex(text).replace("  ", r"~~").replace("\n", "\\\\\n")
    return rf"{{\small\ttfamily\raggedright {kept}\par}}"


def _inches(png: bytes) -> float:
    """The width of a picture at its own size, at most that of a page; a PNG says it in bytes 16 to 20."""
    return min(6.2, int.from_bytes(png[16:20]) / PNG_DPI)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float] = ()) -> str:
    shares = widths or [0.92 / max(len(head), 1)] * len(head)
    columns = "".join(rf">{{\raggedright\arraybackslash}}p{{{w:.3f}\linewidth}}" for w in shares)
    lines = [" & ".join(map(latex, line)) + r" \\" for line in (head, *rows)]
    body = "\n".join([lines[0], r"\hline", *lines[1:]])
    return rf"{{\small\begin{{longtable}}{{@{{}}{columns}@{{}}}}{chr(10)}{body}{chr(10)}\end{{longtable}}}}"
