"""What is written in a box of a drawing: short texts, and how wide they are.  Read next: `compose.py`."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.drawing.shapes import Box, Kind, Point, Role, Text
from glassgrad.notation.names import Names
from glassgrad.notation.numbers import number_text
from glassgrad.notation.plain import plain
from glassgrad.read.backward import Pass
from glassgrad.read.equations import line
from glassgrad.tensor import Tensor

_PAD, _LINE = 9.0, 17.0
_NARROW, _WIDE = set("ijlt,.:;'|()[]/ ′"), set("mwMW∑∂⊙⊤=+−≤≥…")


@dataclass(frozen=True)
class Content:
    """What a box says about a node, and how large it has to be for that."""

    kind: Kind
    lines: tuple[tuple[str, Role], ...]
    title: str

    @cached_property
    def width(self) -> float:
        """The widest line with some room at both ends."""
        return max(text_size(text) for text, _ in self.lines) + 2 * _PAD

    @cached_property
    def height(self) -> float:
        """All lines with some room above and below."""
        return len(self.lines) * _LINE + 10

    def box(self, centre: Point, is_end: bool) -> Box:
        """The box in its place."""
        x, y = centre[0] - self.width / 2, centre[1] - self.height / 2
        texts = tuple(
            Text(text, role, centre[0], y + 5 + _LINE * (i + 0.78))
            for i, (text, role) in enumerate(self.lines)
        )
        radius = 4.0 if self.kind == "result" else 12.0
        return Box(self.kind, x, y, self.width, self.height, radius, texts, self.title, is_end)


def content(node: Tensor, names: Names, back: Pass | None, layer: str) -> Content:
    """Formula, value and gradient of a node; the rest is in the title.

    Args:
        node: what the box stands for.
        names: what all nodes are called.
        back: the backward pass, if there is one.
        layer: the path of the node's layer, empty outside of a layer.
    """
    name = plain(names[node])
    head = name if node.op is None else str(line(node, names))
    lines: list[tuple[str, Role]] = [(words(head, 34), "name" if node.op is None else "formula")]
    lines.append((value_text(node._array), "value"))
    gradient = None if back is None else back.gradients.get(id(node))
    if back is not None and gradient is not None:
        loss = plain(names[back.order[-1]])
        lines.append((f"∂{loss}/∂{name} = {value_text(gradient)}", "gradient"))
    kind: Kind = "result" if node.op is not None else "leaf" if node.requires_grad else "constant"
    return Content(kind, tuple(lines), _title(node, head, gradient, layer))


def _title(node: Tensor, head: str, gradient: Any, layer: str) -> str:
    """What shows when the pointer rests on a box: everything."""
    parts = [head]
    if node.op is not None:
        parts.append(repr(node.op).partition("object at")[0])
    if layer:
        parts.append(f"layer {layer}")
    parts.append(f"{node.dtype} {node.shape}" if node.shape else str(node.dtype))
    parts.append("value " + np.array2string(node._array, precision=4, threshold=24))
    if gradient is not None:
        parts.append("gradient " + np.array2string(gradient, precision=4, threshold=24))
    return "\n".join(parts)


def text_size(text: str) -> float:
    """About how wide a text is at 13 pixels, a little on the generous side."""
    return sum(_letter_size(c) for c in text)


def _letter_size(c: str) -> float:
    if unicodedata.combining(c):
        return 0.0
    if unicodedata.category(c) in ("Lm", "No"):  # small raised and lowered signs
        return 5.6
    return 4.8 if c in _NARROW else 10.4 if c in _WIDE else 7.9


def words(text: str, most: int) -> str:
    """A text of at most so many letters; dots say that there is more."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def value_text(value: NDArray[Any]) -> str:
    """A number, a few numbers, or shape and range of many; how many are not finite is said first."""
    array = np.asarray(value)
    if array.ndim == 0:
        return number_text(array.item(), 4, "−", padded=True)
    shape = "×".join(map(str, array.shape))
    if array.size == 0:
        return f"{shape}, empty"
    if array.size <= 4 and array.ndim == 1:
        return "(" + ", ".join(number_text(v, 3, "−", padded=True) for v in array.tolist()) + ")"
    bad = int(np.sum(~np.isfinite(array))) if array.dtype.kind == "f" else 0
    if bad:
        return f"{shape}, {bad} not finite"
    low, high = (number_text(v, 3, "−", padded=True) for v in (array.min(), array.max()))
    return f"{shape}: {low} … {high}"


def layers(nodes: list[Tensor]) -> Mapping[int, tuple[str, str]]:
    """By node, the path of the layer that computed it and what kind of layer that is."""
    paths: dict[int, dict[int, str]] = {}
    found = {}
    for node in nodes:
        if node.layer is not None:
            root, module = node.layer
            if id(root) not in paths:
                paths[id(root)] = {id(m): path for path, m in reversed(list(root.named_modules()))}
            kind = type(module).__name__
            found[id(node)] = paths[id(root)].get(id(module), kind), kind
    return found
