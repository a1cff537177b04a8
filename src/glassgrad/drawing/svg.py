"""A drawing written as SVG: it needs nothing else, in light and in dark.  Read next: `picture.py`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from glassgrad.drawing.shapes import Arrow, Box, Drawing, Point, Shape, Text

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
_BOXES = {"result": "box", "leaf": "leaf", "constant": "fixed", "layer": "layer"}
_TEXTS = {"value": "forward", "gradient": "backward", "layer": "muted"}


def svg(drawing: Drawing) -> str:
    """The whole `<svg>` element, with its style."""
    width, height = f"{drawing.width:.0f}", f"{drawing.height:.0f}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="gg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        f'aria-label="computation of {escape(drawing.name)}">'
        f"<style>{_STYLE}</style>{''.join(map(_element, drawing.shapes))}</svg>"
    )


def _element(shape: Shape) -> str:
    match shape:
        case Text():
            return _text(shape)
        case Box():
            return _box(shape)
        case Arrow(curve, head):
            path = f'<path class="arrow" d="{_path(curve)}"/>'
            return f'{path}<polygon class="head" points="{" ".join(map(_point, head))}"/>'


def _text(t: Text) -> str:
    kind = _TEXTS.get(t.role, "") + (" small halo" if t.on_lines else "")
    anchor = ' text-anchor="middle"' if t.centred else ""
    return f'<text class="{kind}" x="{t.x:.1f}" y="{t.y:.1f}"{anchor}>{escape(t.text)}</text>'


def _box(b: Box) -> str:
    end = " end" if b.is_end else ""
    frame = (
        f'<rect class="{_BOXES[b.kind]}{end}" x="{b.x:.1f}" y="{b.y:.1f}" width="{b.width:.1f}" '
        f'height="{b.height:.1f}" rx="{b.radius:g}"/>'
    )
    if not b.title:
        return frame
    return f"<g><title>{escape(b.title)}</title>{frame}{''.join(map(_text, b.texts))}</g>"


def _path(curve: Sequence[Point]) -> str:
    """M start C two points that bend it, and the next point; and so on."""
    pieces = [f"C{' '.join(map(_point, curve[i : i + 3]))}" for i in range(1, len(curve), 3)]
    return f"M{_point(curve[0])}{''.join(pieces)}"


def _point(p: Point) -> str:
    return f"{p[0]:.1f},{p[1]:.1f}"
