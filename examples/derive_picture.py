"""A computation graph as a drawing, with every value forward and every gradient back.

Homework 2 of 600.482/682, 1 b, asks for it on paper.  The SVG needs nothing to be shown: open it in a
browser, or let a notebook show `picture(f)`.
"""

import tempfile
from pathlib import Path

import glassgrad as gg
from glassgrad.drawing.picture import picture

w1, w2 = gg.tensor(0.3, "w1"), gg.tensor(-0.5, "w2")
x1, x2 = gg.tensor(0.2, "x1"), gg.tensor(0.4, "x2")
f = 1 / (1 + gg.exp(-(w1 * x1 + w2 * x2))) + 0.5 * (w1**2 + w2**2)
f.name = "f"

path = picture(f).save(Path(tempfile.mkdtemp()) / "graph.svg")
drawing = path.read_text(encoding="utf-8")
print(f"{drawing.count('<rect')} boxes, drawn in {path}")

assert "∂f/∂w₁ = 0.3498" in drawing
assert "∂f/∂x₂ = −0.1244" in drawing
