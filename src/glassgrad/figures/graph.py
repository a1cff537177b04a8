"""A computation graph with its forward and backward values, drawn on axes: for PNG, LaTeX and notebooks.

The drawing is that of `drawing/compose.py`; its shapes are drawn here with matplotlib, letters as
outlines, so that they keep their proportion on axes of any size.  Read next: `confusion.py`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.drawing.compose import compose
from glassgrad.drawing.shapes import Arrow, Box, Drawing, Point, Shape, Text
from glassgrad.errors import SettingError
from glassgrad.figures import style
from glassgrad.tensor import Tensor
from glassgrad.validate import validated

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

Array = NDArray[Any]
_BOXES: dict[str, dict[str, Any]] = {
    "result": {"facecolor": "white", "edgecolor": "#9aa5b1"},
    "leaf": {"facecolor": "#eef4fb", "edgecolor": "#7b9cc4"},
    "constant": {"facecolor": "#f3f4f6", "edgecolor": "#b8bfc8"},
    "layer": {"facecolor": "#f5f6f7", "edgecolor": "#9aa5b1", "linestyle": "--"},
}
_END = {"edgecolor": style.INK, "linewidth": 1.6}
_TEXTS = {"value": "#1b6e3c", "gradient": "#b3261e", "layer": style.PALE}
_ARROW = "#7b8794"
_INCH = 96.0
"""Pixels of the drawing in an inch of a figure of our own."""


@validated(but=("y",))
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
        ax: where to draw; by default axes of a new figure.
        seed: the gradient of `y`; 1 for a single number; without it an array shows no gradients.
        direction: of the arrows.
        title: above the drawing.

    Raises:
        SettingError: something else than a tensor.
    """
    if not isinstance(y, Tensor):
        raise SettingError(f"expected a recorded tensor, got {type(y).__name__}: use gg.tensor.")
    return draw(compose(y, seed=seed, direction=direction), ax, title)


def draw(drawing: Drawing, ax: Axes | None = None, title: str = "") -> Axes:
    """The shapes of a drawing on axes.

    Args:
        drawing: what to draw.
        ax: where; by default axes of a new figure, an inch for 96 pixels.
        title: above the drawing.
    """
    width, height = drawing.width, drawing.height
    ax = ax or style.new_axes(width / _INCH, height / _INCH + (0.3 if title else 0.0))
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.set_axis_off()
    ax.set_title(title, fontsize=style.LARGE, color=style.INK, loc="left")
    for shape in drawing.shapes:
        _draw(ax, shape)
    return ax


def _draw(ax: Axes, shape: Shape) -> None:
    match shape:
        case Text():
            _text(ax, shape)
        case Box():
            _box(ax, shape)
            for text in shape.texts:
                _text(ax, text)
        case Arrow(curve, head):
            _add(ax, _curved(curve), facecolor="none", edgecolor=_ARROW, linewidth=1.1)
            _add(ax, _closed(head), facecolor=_ARROW, edgecolor="none")


def _box(ax: Axes, box: Box) -> None:
    from matplotlib.patches import BoxStyle

    corners = BoxStyle.Round(pad=0.0, rounding_size=box.radius)
    outline = corners(box.x, box.y, box.width, box.height, mutation_size=1.0)
    look = {"linewidth": 0.8, **_BOXES[box.kind], **(_END if box.is_end else {})}
    _add(ax, outline, **look)


def _text(ax: Axes, text: Text) -> None:
    """Letters as outlines, 13 pixels high, 11 on lines, there with white around them."""
    from matplotlib.path import Path

    size = 11.0 if text.on_lines else 13.0
    corners, codes, x = [], [], 0.0
    for letter in _letters(text.text):
        shape, pen, width = _outline(letter)
        corners.append(shape + np.array((x, 0.0)))
        codes.append(pen)
        x += width
    outline = np.concatenate(corners)
    middle = (outline[:, 0].min() + outline[:, 0].max()) / 2 if text.centred else 0.0
    placed = (outline - (middle, 0.0)) * (size, -size) + (text.x, text.y)
    letters = Path(placed, np.concatenate(codes))
    if text.on_lines:
        _add(ax, letters, facecolor="white", edgecolor="white", linewidth=3)
    _add(ax, letters, facecolor=_TEXTS.get(text.role, style.INK), edgecolor="none")


def _letters(text: str) -> list[str]:
    """The letters of a text, each with the marks that stand on it."""
    found: list[str] = []
    for sign in text:
        if found and unicodedata.combining(sign):
            found[-1] += sign
        else:
            found.append(sign)
    return found


@lru_cache(4096)
def _outline(letter: str) -> tuple[Array, Array, float]:
    """Corners and pen of a letter of height 1, and how far the next one is.

    Letters are kept, since matplotlib takes a millisecond for every line of text.
    """
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    def outline(text: str) -> tuple[Array, Array]:
        corners, pen = text_to_path.get_text_path(FontProperties(), text)
        return np.reshape(corners, (-1, 2)) / text_to_path.FONT_SCALE, np.array(pen, np.uint8)

    bar, _ = outline("|")
    together, _ = outline(f"{letter}|")
    width = together[-len(bar) :, 0].min() - bar[:, 0].min()
    return *outline(letter), float(width)


def _curved(curve: Sequence[Point]) -> Path:
    from matplotlib.path import Path

    return Path(curve, [Path.MOVETO] + [Path.CURVE4] * (len(curve) - 1))


def _closed(corners: Sequence[Point]) -> Path:
    from matplotlib.path import Path

    return Path([*corners, corners[0]], closed=True)


def _add(ax: Axes, path: Path, **look: Any) -> None:
    """As an artist, not as a patch: the limits are known, and to look for them is slow."""
    from matplotlib.patches import PathPatch

    ax.add_artist(PathPatch(path, **look))
