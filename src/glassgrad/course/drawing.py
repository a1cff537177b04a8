"""A computation graph as a drawing, with every value and every derivative in it.

Read next: `graph/gradient.py`.
"""

from __future__ import annotations

from glassgrad.course.answer import Answer
from glassgrad.drawing.compose import compose
from glassgrad.read.equations import equations
from glassgrad.tensor import Tensor

_PAGE = 900.0
"""Pixels beside each other on a page."""


def draw_graph(answer: Answer, root: Tensor, title: str) -> None:
    """Add the drawing of the graph of `root` to an answer: arrows run down if right is too wide."""
    right, down = compose(root, direction="right"), compose(root, direction="down")
    narrow = right if right.width <= max(_PAGE, down.width) else down
    answer.draw(narrow, title, equations(root).to_text())
