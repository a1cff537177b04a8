"""A computation graph as a drawing, with every value and every derivative in it.

Read next: `graph/gradient.py`.
"""

from __future__ import annotations

from glassgrad.course.answer import Answer
from glassgrad.read.equations import equations
from glassgrad.read.picture import picture
from glassgrad.tensor import Tensor


def draw_graph(answer: Answer, root: Tensor, title: str) -> None:
    """Add the drawing of the graph of `root` to an answer."""
    answer.draw(picture(root).svg, title, equations(root).to_text())
