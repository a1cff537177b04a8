"""The exercise notebooks that run on `edf.py`: points in the plane (2.2) and handwritten digits (2.3).

Their text is the Markdown in `exercises/`; a line with `...` and "your turn" is a blank to fill.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from glassgrad.errors import SettingError
from glassgrad.files import notebook

NOTEBOOKS = ("points", "mnist")


def write_notebooks(folder: str | Path) -> list[Path]:
    """Write the exercise notebooks into a folder, which is made if need be.

    Returns:
        The paths of `points.ipynb` and `mnist.ipynb`.

    Raises:
        SettingError: one of them is there already; somebody's work may be in it, so nothing is written.
        OSError: the folder cannot be written.
    """
    paths = [Path(folder) / f"{name}.ipynb" for name in NOTEBOOKS]
    if there := [path for path in paths if path.exists()]:
        raise SettingError(
            f"expected a folder without these notebooks, got {there[0]}: work may be in it, so give "
            "another folder, or move it away."
        )
    Path(folder).mkdir(parents=True, exist_ok=True)
    texts = resources.files("glassgrad.bridges") / "exercises"
    for name, path in zip(NOTEBOOKS, paths, strict=True):
        text = (texts / f"{name}.md").read_text(encoding="utf-8")
        notebook.write(path, notebook.from_markdown(text))
    return paths
