"""The look that all figures share: colours, lines, fonts, and how a figure is made and saved.

Figures are made with matplotlib's objects, never with pyplot: no window, no global state, so a server
may draw for two people at once.  The colours are those of Okabe & Ito (2008, Color Universal Design),
told apart by people of any colour vision; lines also differ in form, so they survive grey printing.
Read next: `learning.py`.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glassgrad.errors import SettingError
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, RED, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9"
PALETTE = (BLUE, RED, GREEN, ORANGE, "#CC79A7", SKY, "#8C8C8C", "#F0E442")
ON_COLOUR = "#111111"
"""Ink on a coloured ground: dark also on a page whose own ink is light."""
INK, PALE, FAINT = "#222222", "#666666", "#DDDDDD"
SMALL, NORMAL, LARGE = 8.0, 9.0, 10.5
"""Font sizes in points, for a figure shown at its own size."""


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of this size in inches, whose parts make room for each other."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained", facecolor="white")


def new_axes(width: float = 4.4, height: float = 3.2) -> Axes:
    """The axes of a new figure with one panel."""
    return new_figure(width, height).add_subplot()


def dress(ax: Axes, *, title: str = "", x: str = "", y: str = "", grid: bool = True) -> Axes:
    """Give axes the shared look: two spines, a faint grid behind the data, words in ink."""
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(PALE)
    if grid:
        ax.grid(axis="y", color=FAINT, linewidth=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(colors=PALE, labelcolor=INK, labelsize=SMALL, length=3)
    ax.set_xlabel(x, fontsize=NORMAL, color=INK)
    ax.set_ylabel(y, fontsize=NORMAL, color=INK)
    ax.set_title(title, fontsize=LARGE, color=INK, loc="left")
    return ax


def bare(ax: Axes) -> Axes:
    """Axes for an image: no ticks, a thin frame."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set(color=FAINT, linewidth=0.6)
    return ax


@validated
def render(figure: Figure | Axes, kind: str = "png", dpi: int = 160) -> bytes:
    """The figure as the bytes of a PNG or SVG file: the same bytes each time.

    Args:
        dpi: dots per inch of a PNG.
        figure: or axes of one.
        kind: "png" or "svg".

    Raises:
        SettingError: another kind than "png" or "svg".
    """
    import matplotlib as mpl

    if kind not in ("png", "svg"):
        raise SettingError(f"expected a figure kind 'png' or 'svg', got {kind!r}: use fig.png.")
    undated: dict[str, Any] = {"Software": None} if kind == "png" else {"Date": None}
    buffer = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "glassgrad", "svg.fonttype": "path"}):
        whole(figure).savefig(buffer, format=kind, dpi=dpi, metadata=undated)
    return buffer.getvalue()


def whole(figure: Figure | Axes) -> Figure:
    """The figure that axes belong to, or the figure itself."""
    found: Any = figure.get_figure() or figure
    return found


@validated
def save(figure: Figure | Axes, path: str | Path, dpi: int = 160) -> Path:
    """Write the figure as PNG or SVG, by the ending of `path`; returns the path.

    Args:
        dpi: dots per inch of a PNG.
        figure: or axes of one.
    """
    target = Path(path)
    target.write_bytes(render(figure, target.suffix.removeprefix("."), dpi))
    return target
