"""Writing reports: a page or a table for everything, a notebook or a LaTeX file for each document.

Read next: `cli/course.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from glassgrad.course import Result
from glassgrad.errors import SettingError
from glassgrad.files import atomic
from glassgrad.report.latex_report import tex
from glassgrad.report.markdown import markdown
from glassgrad.report.notebook import notebook
from glassgrad.report.page import page
from glassgrad.validate import validated

FORMATS = ("html", "ipynb", "tex", "md")


@validated
def write(results: Sequence[Result], out: str | Path, format: str = "html") -> list[Path]:
    """Write the report into the folder `out`; returns what was written, the report itself first.

    Args:
        results: of exercises.
        format: "html", "ipynb", "tex" or "md".

    Raises:
        SettingError: an unknown format, no results, or a folder that cannot be written.
    """
    if format not in FORMATS:
        raise SettingError(f"expected a format of {', '.join(FORMATS)}, got {format!r}.")
    if not results:
        raise SettingError("expected at least one result to report on, got none.")
    atomic.check_folder(Path(out))
    files: dict[str, bytes] = {}
    if format == "html":
        files["report.html"] = page(results).encode()
    if format == "md":
        files["course.md"] = markdown(results).encode()
    for document, group in groupby(results, lambda r: r.document):
        if format == "ipynb":
            files[f"{document}.ipynb"] = notebook(list(group)).encode()
        elif format == "tex":
            text, pictures = tex(list(group))
            files |= {f"tex/{document}.tex": text.encode()}
            files |= {f"tex/{name}": content for name, content in pictures.items()}
    return [_put(Path(out) / name, content) for name, content in files.items()]


def _put(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, content)
    return path
