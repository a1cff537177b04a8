"""Draws the computation graph of the README: `scripts/draw_readme.py` writes docs/images/graph.svg."""

from pathlib import Path

import glassgrad as gg
from glassgrad.drawing.picture import picture

TARGET = Path(__file__).parents[1] / "docs" / "images" / "graph.svg"


def drawing() -> str:
    """The drawing as SVG."""
    w1, w2 = gg.tensor(0.3, name="w1"), gg.tensor(-0.5, name="w2")
    f = gg.sigmoid(0.2 * w1 + 0.4 * w2) + 0.5 * (w1**2 + w2**2)
    f.name = "f"
    return picture(f, direction="right").svg


if __name__ == "__main__":
    TARGET.write_text(drawing(), encoding="utf-8")
    print(TARGET)
