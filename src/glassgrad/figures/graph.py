"""A computation graph with its forward and backward values, drawn on axes: for PNG, LaTeX and notebooks.

The drawing itself is that of `drawing/picture.py`: its few shapes are read and drawn again with matplotlib,
letters as outlines, so that they keep their proportion on axes of any size.  Read next: `confusion.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal
from xml.etree.ElementTree import Element, fromstring

from numpy.typing import ArrayLike

from glassgrad.drawing.picture import picture
from glassgrad.errors import SettingError
from glassgrad.figures import style
from glassgrad.tensor import Tensor

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_BOXES: dict[str, dict[str, Any]] = {
    "box": {"facecolor": "white", "edgecolor": "#9aa5b1"},
    "leaf": {"facecolor": "#eef4fb", "edgecolor": "#7b9cc4"},
    "fixed": {"facecolor": "#f3f4f6", "edgecolor": "#b8bfc8"},
    "layer": {"facecolor": "#f5f6f7", "edgecolor": "#9aa5b1", "linestyle": "--"},
    "end": {"edgecolor": style.INK, "linewidth": 1.6},
}
_WORDS = {"forward": "#1b6e3c", "backward": "#b3261e", "muted": style.PALE}
_ARROW = "#7b8794"
_INCH = 96.0
"""Pixels of the drawing in an inch of a figure of our own."""


def computation_graph(
    y: Tensor,
    ax: Axes | None = None,
    *,
    seed: ArrayLike | None = None,
    direction: Literal["right", "down"] = "right",
    title: str = "",
) -> Axes:
    """Boxes with formula, value (green) and gradient (red); arrows run forward.

    Args:
        y: a recorded tensor.
        seed: the gradient of `y`; 1 for a single number; without it an array shows no gradients.
        direction: of the arrows.

    Raises:
        SettingError: something else than a tensor.
    """
    if not isinstance(y, Tensor):
        raise SettingError(f"expected a recorded tensor, got {type(y).__name__}: use gg.tensor.")
    drawing = fromstring(picture(y, seed=seed, direction=direction).svg)
    width, height = float(drawing.get("width", 0)), float(drawing.get("height", 0))
    ax = ax or style.new_axes(width / _INCH, height / _INCH + (0.3 if title else 0.0))
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.set_axis_off()
    ax.set_title(title, fontsize=style.LARGE, color=style.INK, loc="left")
    for element in drawing.iter():
        _draw(ax, element)
    return ax


def _draw(ax: Axes, element: Element) -> None:
    """One shape of the drawing; what has no shape of its own is passed over."""
    kinds = element.get("class", "").split()
    match element.tag.rpartition("}")[2]:
        case "rect":
            _rectangle(ax, element.attrib, kinds)
        case "path":
            _path(ax, element.get("d", ""))
        case "polygon":
            from matplotlib.patches import Polygon

            corners = [tuple(map(float, p.split(","))) for p in element.get("points", "").split()]
            ax.add_patch(Polygon(corners, facecolor=_ARROW, edgecolor="none"))
        case "text":
            _text(ax, element, kinds)


def _rectangle(ax: Axes, a: Mapping[str, str], kinds: list[str]) -> None:
    from matplotlib.patches import FancyBboxPatch

    x, y, width, height, radius = (float(a[k]) for k in ("x", "y", "width", "height", "rx"))
    look: dict[str, Any] = {"linewidth": 0.8}
    for kind in kinds:
        look |= _BOXES.get(kind, {})
    corners = f"round,pad=0,rounding_size={radius}"
    ax.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=corners, **look))


def _path(ax: Axes, d: str) -> None:
    """A line of cubic pieces: M x,y C x,y x,y x,y …"""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    numbers = map(float, re.findall(r"-?\d+(?:\.\d+)?", d))
    points = list(zip(numbers, numbers, strict=True))
    codes = [Path.MOVETO] + [Path.CURVE4] * (len(points) - 1)
    ax.add_patch(PathPatch(Path(points, codes), facecolor="none", edgecolor=_ARROW, linewidth=1.1))


def _text(ax: Axes, element: Element, kinds: list[str]) -> None:
    """Letters as outlines, 13 pixels high, 11 if small, on white where they cross a line."""
    from matplotlib.patches import PathPatch
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    words = element.text or ""
    outline = TextPath((0, 0), words.replace("$", r"\$"), size=11 if "small" in kinds else 13)
    shift = outline.get_extents().width / 2 if element.get("text-anchor") == "middle" else 0.0
    x, y = float(element.get("x", 0)) - shift, float(element.get("y", 0))
    placed = Affine2D().scale(1, -1).translate(x, y).transform_path(outline)
    if "halo" in kinds:
        ax.add_patch(PathPatch(placed, facecolor="white", edgecolor="white", linewidth=3))
    colour = next((_WORDS[k] for k in kinds if k in _WORDS), style.INK)
    ax.add_patch(PathPatch(placed, facecolor=colour, edgecolor="none"))
