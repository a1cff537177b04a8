"""A graph as a `Drawing`: a box for every result and leaf, arrows forward, and what flows back on them.

Read next: `svg.py`, which writes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.drawing.boxes import Content, content, layers, text_size, value_text
from glassgrad.drawing.layout import Edge, Extent, layered
from glassgrad.drawing.shapes import Arrow, Box, Drawing, Point, Shape, Text
from glassgrad.errors import SettingError
from glassgrad.graph import topological
from glassgrad.notation.names import Names
from glassgrad.notation.plain import plain
from glassgrad.read.backward import Pass, backward_pass
from glassgrad.tensor import Tensor

Direction = Literal["right", "down"]
_MARGIN, _WIDEST = 14.0, 1700.0


def compose(
    y: Tensor, *, seed: ArrayLike | None = None, direction: Direction | None = None
) -> Drawing:
    """The drawing of the computation of `y` with its values and, where there are any, its gradients.

    Args:
        y: a recorded tensor.
        seed: the gradient of `y`; 1 for a single number; without it an array shows no gradients.
        direction: of the arrows, "right" or "down"; by default right, as long as that is not too wide.

    Raises:
        SettingError: another direction.
        GraphError: `y` is no tensor.

    >>> import glassgrad as gg
    >>> drawing = compose(gg.tanh(gg.tensor(0.5, name="x")))
    >>> [text.text for text in drawing.texts()]
    ['x', '0.5', '∂L/∂x = 0.7864', 'L = tanh(x)', '0.4621', '∂L/∂L = 1']
    """
    if direction not in (None, "right", "down"):
        raise SettingError(f"direction must be 'right' or 'down', got {direction!r}.")
    order = topological(y)
    names = Names(order, "L" if y.size == 1 else "y")
    start = np.ones(y.shape) if seed is None and y.size == 1 else seed
    wrt = [n for n in order if n.requires_grad]
    back = None if start is None or not wrt else backward_pass(order, wrt, start)
    shown = [n for n in order if not _is_number(n)]
    return _arranged(_Contents(shown, names, back), direction, plain(names[y]))


def _is_number(node: Tensor) -> bool:
    """A constant without a name stands in the formulas, it needs no box."""
    return node.op is None and not node.requires_grad and node.name is None and node.ndim == 0


class _Contents:
    """Everything that a drawing says, before anything has its place; nodes go by their id."""

    def __init__(self, shown: list[Tensor], names: Names, back: Pass | None) -> None:
        self.layers = layers(shown)
        self.boxes = {
            id(n): content(n, names, back, self.layers.get(id(n), ("", ""))[0]) for n in shown
        }
        self.edges = [(id(x), id(n)) for n in shown for x in n.inputs if id(x) in self.boxes]
        self.labels = _labels(back, self.boxes)
        self.end = id(shown[-1])


def _labels(back: Pass | None, boxes: Mapping[int, Content]) -> dict[Edge, str]:
    """By arrow: what comes back along it, where a node is used more than once and it is a number."""
    found: dict[Edge, str] = {}
    uses = back.uses if back is not None else []
    counts = Counter(id(use.target) for use in uses)
    for use in uses:
        edge = (id(use.target), id(use.node))
        if edge[0] in boxes and use.value.size == 1 and counts[edge[0]] > 1:
            text = value_text(use.value.reshape(()))
            found[edge] = f"{found[edge]}, {text}" if edge in found else text
    return found


def _arranged(found: _Contents, direction: Direction | None, name: str) -> Drawing:
    right = None if direction == "down" else _placed(found, False, name)
    if right is not None and (direction == "right" or right.width <= _WIDEST):
        return right
    down = _placed(found, True, name)
    return down if right is None or down.width < right.width else right


def _placed(found: _Contents, turn: bool, name: str) -> Drawing:
    """Every shape in its place; with `turn`, arrows run down."""
    sizes = {i: (c.width, c.height) for i, c in found.boxes.items()}
    extents = {i: Extent(*(size[::-1] if turn else size)) for i, size in sizes.items()}
    room = max(map(text_size, found.labels.values()), default=22.0) + 30.0
    layout = layered(extents, found.edges, gap=40.0 if turn else room)

    def place(p: Point) -> Point:
        x, y = p[::-1] if turn else p
        return x + _MARGIN, y + _MARGIN

    width, height = (2 * _MARGIN + s for s in (layout.size[::-1] if turn else layout.size))
    boxes = {i: c.box(place(layout.centres[i]), i == found.end) for i, c in found.boxes.items()}
    routes = {
        edge: _route([place(p) for p in points], boxes[edge[0]], boxes[edge[1]], turn)
        for edge, points in layout.paths.items()
    }
    frames = list(_frames(boxes, found.layers))
    shapes: list[Shape] = [frame for frame, _ in frames]
    shapes += [_arrow(route, turn) for route in routes.values()]
    shapes += [_label(text, routes[edge]) for edge, text in found.labels.items()]
    shapes += [text for _, text in frames]
    return Drawing(name, width, height, (*shapes, *boxes.values()))


def _route(points: Sequence[Point], start: Box, end: Box, turn: bool) -> list[Point]:
    """The points of an arrow, from the edge of one box to the edge of the other."""
    half = (start.height if turn else start.width) / 2, (end.height if turn else end.width) / 2
    first, last = points[0], points[-1]
    if turn:
        return [(first[0], first[1] + half[0]), *points[1:-1], (last[0], last[1] - half[1])]
    return [(first[0] + half[0], first[1]), *points[1:-1], (last[0] - half[1], last[1])]


def _arrow(route: list[Point], turn: bool) -> Arrow:
    """A smooth line from edge to edge, with a head at its end."""
    k = 1 if turn else 0
    tip = route[-1]
    short = (tip[0], tip[1] - 6) if turn else (tip[0] - 6, tip[1])
    curve = [route[0]]
    for a, b in pairwise([*route[:-1], short]):
        bend = (b[k] - a[k]) / 2
        c, d = list(a), list(b)
        c[k] += bend
        d[k] -= bend
        curve += [(c[0], c[1]), (d[0], d[1]), b]
    side = (4, -7) if turn else (-7, 4)
    other = (-4, -7) if turn else (-7, -4)
    head = [(tip[0] + dx, tip[1] + dy) for dx, dy in ((0, 0), side, other)]
    return Arrow(tuple(curve), tuple(head))


def _label(text: str, route: Sequence[Point]) -> Text:
    """A number on its arrow, half way to the next bend."""
    (x0, y0), (x1, y1) = route[:2]
    return Text(text, "gradient", (x0 + x1) / 2, (y0 + y1) / 2 + 4, on_lines=True)


def _frames(
    boxes: Mapping[int, Box], layers: Mapping[int, tuple[str, str]]
) -> Iterator[tuple[Box, Text]]:
    """Frame and label of the results of each layer, where nothing else stands in between."""
    members: dict[str, list[int]] = {}
    for i in boxes:
        if i in layers:
            members.setdefault(" ".join(layers[i]).strip(), []).append(i)
    for label, ids in members.items():
        frame = _around([boxes[i] for i in ids])
        if not any(_overlap(frame, box) for i, box in boxes.items() if i not in ids):
            yield frame, Text(label, "layer", frame.x + 4, frame.y - 3, False, True)


def _around(boxes: Sequence[Box]) -> Box:
    x, y = min(b.x for b in boxes) - 5, min(b.y for b in boxes) - 5
    right, below = max(b.x + b.width for b in boxes) + 5, max(b.y + b.height for b in boxes) + 5
    return Box("layer", x, y, right - x, below - y, 6.0)


def _overlap(a: Box, b: Box) -> bool:
    beside = a.x < b.x + b.width and b.x < a.x + a.width
    return beside and a.y < b.y + b.height and b.y < a.y + a.height
