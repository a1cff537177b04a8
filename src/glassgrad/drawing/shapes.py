"""What a drawing consists of: boxes, arrows and texts, each with its place and its part in the whole.

A `Drawing` is data.  `svg.py` writes it as SVG, `figures/graph.py` draws it with matplotlib; how a part
looks is decided there.  Places are in pixels, from the upper left corner.  Read next: `svg.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Role = Literal["formula", "name", "value", "gradient", "layer"]
Kind = Literal["result", "leaf", "constant", "layer"]


@dataclass(frozen=True)
class Text:
    """A line of text; `x` is its middle, or its beginning if it is not centred."""

    text: str
    role: Role
    x: float
    y: float
    centred: bool = True
    on_lines: bool = False
    """Smaller, with paper around the letters, since lines pass behind it."""


@dataclass(frozen=True)
class Box:
    """A box, the texts in it, and what shows when the pointer rests on it."""

    kind: Kind
    x: float
    y: float
    width: float
    height: float
    radius: float
    texts: tuple[Text, ...] = ()
    title: str = ""
    is_end: bool = False
    """Whether it is the result of it all."""


@dataclass(frozen=True)
class Arrow:
    """A smooth line and its head: a start, three points for each cubic piece; three corners."""

    curve: tuple[Point, ...]
    head: tuple[Point, ...]


Shape = Box | Arrow | Text


@dataclass(frozen=True)
class Drawing:
    """The computation of `name`: what is drawn, the hindmost first."""

    name: str
    width: float
    height: float
    shapes: tuple[Shape, ...]

    def texts(self) -> Iterator[Text]:
        """Every text of it, in boxes and on its own."""
        for shape in self.shapes:
            if isinstance(shape, Text):
                yield shape
            elif isinstance(shape, Box):
                yield from shape.texts
