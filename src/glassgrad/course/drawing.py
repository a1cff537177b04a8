"""A computation graph as a drawing, with every value and every derivative in it.

Read next: `graph/gradient.py`.
"""

from __future__ import annotations

import re

from glassgrad import figures
from glassgrad.course.answer import Answer
from glassgrad.drawing.picture import Direction, picture
from glassgrad.read.equations import equations
from glassgrad.tensor import Tensor

_PAGE = 900.0
"""Pixels beside each other on a page."""


def draw_graph(answer: Answer, root: Tensor, title: str) -> None:
    """Add the drawing of the graph of `root` to an answer: arrows run down if right is too wide."""
    drawings = {d: picture(root, direction=d).svg for d in ("right", "down")}
    widths = {d: float(re.findall(r'width="(\d+)"', svg)[0]) for d, svg in drawings.items()}
    narrow: Direction = "right" if widths["right"] <= max(_PAGE, widths["down"]) else "down"
    figure = figures.computation_graph(root, direction=narrow)
    answer.draw(drawings[narrow], title, equations(root).to_text(), figure)
