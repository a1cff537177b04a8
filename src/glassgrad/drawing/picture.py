"""A graph as a picture: every value forward and every gradient back, on one SVG.

Boxes are results and leaves, arrows run forward; what flows back is written in the second colour.
Read next: `compose.py`, then `read/source.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from numpy.typing import ArrayLike

from glassgrad.drawing.compose import Direction, compose
from glassgrad.drawing.shapes import Drawing
from glassgrad.drawing.svg import svg
from glassgrad.tensor import Tensor


@dataclass(frozen=True)
class Picture:
    """A finished drawing; a notebook shows it, `save` writes it."""

    drawing: Drawing

    @cached_property
    def svg(self) -> str:
        """The drawing as SVG, which needs nothing else to be shown."""
        return svg(self.drawing)

    def save(self, path: str | Path) -> Path:
        """Write the SVG to a file; returns its path.

        Args:
            path: of the file; what is there is replaced.
        """
        target = Path(path)
        target.write_text(self.svg, encoding="utf-8")
        return target

    def _repr_html_(self) -> str:  # within the page titles show on hover, as an image they do not
        return f'<div style="overflow-x: auto">{self.svg}</div>'

    def _repr_svg_(self) -> str:
        return self.svg


def picture(
    y: Tensor, *, seed: ArrayLike | None = None, direction: Direction | None = None
) -> Picture:
    """Draw the computation of `y` with its values and, where there are any, its gradients.

    Args:
        y: a recorded tensor.
        seed: the gradient of `y`; 1 for a single number; without it an array shows no gradients.
        direction: of the arrows, "right" or "down"; by default right, as long as that is not too wide.

    Raises:
        SettingError: another direction.
        GraphError: `y` is no tensor.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor(2.0, name="x"), gg.tensor(0.5, name="w")
    >>> picture(gg.tanh(w * x)).svg.startswith("<svg")
    True
    """
    return Picture(compose(y, seed=seed, direction=direction))
