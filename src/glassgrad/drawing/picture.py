"""A graph as a drawing: every value forward and every gradient back, on one SVG.

Boxes are results and leaves, arrows run forward; what flows back is written in the second colour.
Nothing but the SVG is needed to show it, in light and in dark.  Read next: `read/source.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from glassgrad.drawing.boxes import Text, text_size, value_text, words
from glassgrad.drawing.layout import Box, Point, layered
from glassgrad.errors import SettingError
from glassgrad.graph import layer_path, topological
from glassgrad.notation.names import Names
from glassgrad.notation.plain import plain
from glassgrad.read.backward import Pass, backward_pass
from glassgrad.read.equations import line
from glassgrad.tensor import Tensor

Direction = Literal["right", "down"]
_MARGIN, _PAD, _LINE, _WIDEST = 14.0, 9.0, 17.0, 1700.0

_STYLE = """
.gg text { font: 13px ui-sans-serif, system-ui, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2933; }
.gg .box { fill: #ffffff; stroke: #9aa5b1; }
.gg .leaf { fill: #eef4fb; stroke: #7b9cc4; }
.gg .fixed { fill: #f3f4f6; stroke: #b8bfc8; }
.gg .end { stroke: #1f2933; stroke-width: 2; }
.gg .forward { fill: #1b6e3c; }
.gg .backward { fill: #b3261e; }
.gg .arrow { fill: none; stroke: #7b8794; stroke-width: 1.4; }
.gg .head { fill: #7b8794; }
.gg .layer { fill: #9aa5b1; fill-opacity: .1; stroke: #9aa5b1; stroke-dasharray: 4 3; }
.gg .small { font-size: 11px; }
.gg .muted { fill: #7b8794; }
.gg .halo { paint-order: stroke; stroke: #ffffff; stroke-width: 5px; stroke-linejoin: round; }
@media (prefers-color-scheme: dark) {
.gg text { fill: #e4e7eb; }
.gg .box { fill: #1f2933; stroke: #616e7c; }
.gg .leaf { fill: #1d3147; stroke: #5c82b0; }
.gg .fixed { fill: #2a323c; stroke: #52606d; }
.gg .end { stroke: #e4e7eb; }
.gg .forward { fill: #7bd39b; }
.gg .backward { fill: #ff9b93; }
.gg .arrow { stroke: #9aa5b1; }
.gg .head { fill: #9aa5b1; }
.gg .muted { fill: #9aa5b1; }
.gg .halo { stroke: #111418; }
}"""


@dataclass(frozen=True)
class Picture:
    """A finished drawing; a notebook shows it, `save` writes it."""

    svg: str

    def save(self, path: str | Path) -> Path:
        """Write the SVG to a file."""
        target = Path(path)
        target.write_text(self.svg, encoding="utf-8")
        return target

    def _repr_html_(self) -> str:  # within the page titles show on hover, as an image they do not
        return f'<div style="overflow-x: auto">{self.svg}</div>'

    def _repr_svg_(self) -> str:
        return self.svg


@dataclass(frozen=True)
class Drawn:
    """One box: what is written in it, and how large it is."""

    node: Tensor
    lines: tuple[Text, ...]
    title: str
    width: float
    height: float


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

    >>> import glassgrad as gg
    >>> x, w = gg.tensor(2.0, name="x"), gg.tensor(0.5, name="w")
    >>> picture(gg.tanh(w * x)).svg.startswith("<svg")
    True
    """
    if direction not in (None, "right", "down"):
        raise SettingError(f"direction must be 'right' or 'down', got {direction!r}.")
    order = topological(y)
    names = Names(order, "L" if y.size == 1 else "y")
    start = np.ones(y.shape) if seed is None and y.size == 1 else seed
    wrt = [n for n in order if n.requires_grad]
    back = None if start is None or not wrt else backward_pass(order, wrt, start)
    shown = [n for n in order if not _is_number(n)]
    drawn = {id(n): _drawn(n, names, back) for n in shown}
    width, svg = _svg(shown, drawn, back, direction or "right", plain(names[y]))
    if direction is None and width > _WIDEST:
        _, svg = min((width, svg), _svg(shown, drawn, back, "down", plain(names[y])))
    return Picture(svg)


def _is_number(node: Tensor) -> bool:
    """A constant without a name stands in the formulas, it needs no box."""
    return node.op is None and not node.requires_grad and node.name is None and node.ndim == 0


def _drawn(node: Tensor, names: Names, back: Pass | None) -> Drawn:
    name = plain(names[node])
    head = name if node.op is None else str(line(node, names))
    lines = [Text(words(head, 34), ""), Text(value_text(node._array), "forward")]
    gradient = None if back is None else back.gradients.get(id(node))
    loss = "" if back is None else plain(names[back.order[-1]])
    if gradient is not None:
        lines.append(Text(f"∂{loss}/∂{name} = {value_text(gradient)}", "backward"))
    width = max(text_size(t.text) for t in lines) + 2 * _PAD
    return Drawn(node, tuple(lines), _title(node, head, gradient), width, len(lines) * _LINE + 10)


def _title(node: Tensor, head: str, gradient: Any) -> str:
    """What shows when the pointer rests on a box: everything."""
    parts = [head]
    if node.op is not None:
        parts.append(repr(node.op).partition("object at")[0])
    if path := layer_path(node):
        parts.append(f"layer {path}")
    parts.append(f"{node.dtype} {node.shape}" if node.shape else str(node.dtype))
    parts.append("value " + np.array2string(node._array, precision=4, threshold=24))
    if gradient is not None:
        parts.append("gradient " + np.array2string(gradient, precision=4, threshold=24))
    return "\n".join(parts)


def _svg(
    shown: Sequence[Tensor],
    drawn: dict[int, Drawn],
    back: Pass | None,
    direction: Direction,
    name: str,
) -> tuple[float, str]:
    edges = [(id(x), id(n)) for n in shown for x in n.inputs if id(x) in drawn]
    turn = direction == "down"
    boxes = {
        i: Box(d.height, d.width) if turn else Box(d.width, d.height) for i, d in drawn.items()
    }
    labels = _labels(back, drawn)
    room = max(map(text_size, labels.values()), default=22.0) + 30.0
    layout = layered(boxes, edges, gap=40.0 if turn else room)

    def place(p: Point) -> Point:
        x, y = p[::-1] if turn else p
        return x + _MARGIN, y + _MARGIN

    width, height = (2 * _MARGIN + s for s in (layout.size[::-1] if turn else layout.size))
    centres = {i: place(p) for i, p in layout.centres.items()}
    groups = dict(_groups(drawn, centres))
    body = [*groups]
    routes = {
        edge: _route([place(p) for p in points], drawn[edge[0]], drawn[edge[1]], turn)
        for edge, points in layout.paths.items()
    }
    body += [_arrow(route, turn) for route in routes.values()]
    body += [_label(text, routes[edge]) for edge, text in labels.items()]
    body += groups.values()
    body += [_box(drawn[id(n)], centres[id(n)], n is shown[-1]) for n in shown]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="computation of {escape(name)}">'
        f"<style>{_STYLE}</style>{''.join(body)}</svg>"
    )
    return width, svg


def _box(d: Drawn, centre: Point, is_end: bool) -> str:
    x, y = centre[0] - d.width / 2, centre[1] - d.height / 2
    kind = "box" if d.node.op is not None else "leaf" if d.node.requires_grad else "fixed"
    radius = 4 if d.node.op is not None else 12
    end = " end" if is_end else ""
    lines = "".join(
        f'<text class="{t.kind}" x="{centre[0]:.1f}" y="{y + 5 + _LINE * (i + 0.78):.1f}" '
        f'text-anchor="middle">{escape(t.text)}</text>'
        for i, t in enumerate(d.lines)
    )
    return (
        f"<g><title>{escape(d.title)}</title>"
        f'<rect class="{kind}{end}" x="{x:.1f}" y="{y:.1f}" width="{d.width:.1f}" '
        f'height="{d.height:.1f}" rx="{radius}"/>{lines}</g>'
    )


def _route(points: Sequence[Point], start: Drawn, end: Drawn, turn: bool) -> list[Point]:
    """The points of an arrow, from the edge of one box to the edge of the other."""
    half = (start.height if turn else start.width) / 2, (end.height if turn else end.width) / 2
    first, last = points[0], points[-1]
    if turn:
        return [(first[0], first[1] + half[0]), *points[1:-1], (last[0], last[1] - half[1])]
    return [(first[0] + half[0], first[1]), *points[1:-1], (last[0] - half[1], last[1])]


def _arrow(route: list[Point], turn: bool) -> str:
    """A smooth line from edge to edge, with a head at its end."""
    k = 1 if turn else 0
    tip = route[-1]
    short = (tip[0], tip[1] - 6) if turn else (tip[0] - 6, tip[1])
    path = f"M{route[0][0]:.1f},{route[0][1]:.1f}"
    for a, b in pairwise([*route[:-1], short]):
        bend = (b[k] - a[k]) / 2
        c, d = list(a), list(b)
        c[k] += bend
        d[k] -= bend
        path += f"C{c[0]:.1f},{c[1]:.1f} {d[0]:.1f},{d[1]:.1f} {b[0]:.1f},{b[1]:.1f}"
    side = (4, -7) if turn else (-7, 4)
    other = (-4, -7) if turn else (-7, -4)
    head = " ".join(f"{tip[0] + dx:.1f},{tip[1] + dy:.1f}" for dx, dy in ((0, 0), side, other))
    return f'<path class="arrow" d="{path}"/><polygon class="head" points="{head}"/>'


def _labels(back: Pass | None, drawn: dict[int, Drawn]) -> dict[tuple[int, int], str]:
    """By arrow: what comes back along it, where a node is used more than once and it is a number."""
    found: dict[tuple[int, int], str] = {}
    for use in back.uses if back is not None else ():
        edge = (id(use.target), id(use.node))
        if edge[0] in drawn and use.value.size == 1 and len(_uses(back, use.target)) > 1:
            text = value_text(use.value.reshape(()))
            found[edge] = f"{found[edge]}, {text}" if edge in found else text
    return found


def _label(text: str, route: Sequence[Point]) -> str:
    """A number on its arrow, half way to the next bend."""
    (x0, y0), (x1, y1) = route[:2]
    return (
        f'<text class="backward small halo" x="{(x0 + x1) / 2:.1f}" y="{(y0 + y1) / 2 + 4:.1f}" '
        f'text-anchor="middle">{text}</text>'
    )


def _uses(back: Pass | None, node: Tensor) -> list[Any]:
    return back.uses_of(node) if back is not None else []


def _groups(drawn: dict[int, Drawn], centres: dict[int, Point]) -> Iterator[tuple[str, str]]:
    """Frame and label of the results of each layer, where nothing else stands in between."""
    members: dict[str, list[int]] = {}
    for i, d in drawn.items():
        if d.node.layer is not None:
            kind = type(d.node.layer[1]).__name__
            members.setdefault(f"{layer_path(d.node)} {kind}".strip(), []).append(i)
    for path, ids in members.items():
        frame = _frame(drawn, centres, ids)
        strangers = [i for i in drawn if i not in ids and _overlaps(frame, drawn[i], centres[i])]
        if not strangers:
            x0, y0, x1, y1 = frame
            yield (
                f'<rect class="layer" x="{x0:.1f}" y="{y0:.1f}" width="{x1 - x0:.1f}" '
                f'height="{y1 - y0:.1f}" rx="6"/>',
                f'<text class="small muted halo" x="{x0 + 4:.1f}" y="{y0 - 3:.1f}">{escape(path)}</text>',
            )


def _frame(
    drawn: dict[int, Drawn], centres: dict[int, Point], ids: Sequence[int]
) -> tuple[float, float, float, float]:
    xs = [(centres[i][0], drawn[i].width / 2 + 5) for i in ids]
    ys = [(centres[i][1], drawn[i].height / 2 + 5) for i in ids]
    return (
        min(c - h for c, h in xs), min(c - h for c, h in ys),
        max(c + h for c, h in xs), max(c + h for c, h in ys),
    )  # fmt: skip


def _overlaps(frame: tuple[float, float, float, float], d: Drawn, centre: Point) -> bool:
    x0, y0, x1, y1 = frame
    across = centre[0] + d.width / 2 > x0 and centre[0] - d.width / 2 < x1
    return across and centre[1] + d.height / 2 > y0 and centre[1] - d.height / 2 < y1
