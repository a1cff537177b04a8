"""The parts of an answer, each of its kind; the reports write them, and know nothing of exercises.

What comes from a derivation or a figure is written for each report by what it is, once.  As JSON a part
is its kind and its fields; pictures are files of their own.  Read next: `answer.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class Sentences:
    """Sentences; formulas between dollar signs."""

    text: str


@dataclass(frozen=True)
class Output:
    """What a check printed, as it is."""

    title: str
    text: str


@dataclass(frozen=True)
class Numbers:
    """A table, with its head."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Formulas:
    """Formulas as text, as MathML without a style, as LaTeX, and as Markdown with LaTeX in it."""

    title: str
    text: str
    html: str
    latex: str
    markdown: str


@dataclass(frozen=True)
class Figure:
    """A figure as SVG and as PNG, how wide it is as CSS says it, and what it shows in words.

    An SVG that `adapts` is dark in the dark by itself.
    """

    title: str
    text: str
    width: str
    svg: str
    png: bytes
    adapts: bool = False


Part = Sentences | Output | Numbers | Formulas | Figure
KINDS: dict[str, type[Part]] = {
    "text": Sentences, "output": Output, "table": Numbers, "formulas": Formulas, "figure": Figure,
}  # fmt: skip
_FILES = ("svg", "png")


def packed(part: Part, keep: Callable[[str, bytes], str]) -> dict[str, Any]:
    """A part for JSON.

    Args:
        part: what to write.
        keep: puts a picture, by its ending, into a file, and gives its name.
    """
    (kind,) = (name for name, cls in KINDS.items() if isinstance(part, cls))
    found: dict[str, Any] = {"kind": kind}
    for field in fields(part):
        value = getattr(part, field.name)
        if field.name in _FILES:
            value = keep(field.name, value if isinstance(value, bytes) else value.encode())
        found[field.name] = value
    return found


def unpacked(found: dict[str, Any], read: Callable[[str], bytes]) -> Part:
    """What `packed` gave.

    Args:
        found: the fields.
        read: gives the content of a picture's file by its name.

    Raises:
        KeyError, TypeError: it is not a part of this version.
    """
    kind, values = KINDS[found["kind"]], {k: _tuples(v) for k, v in found.items() if k != "kind"}
    if kind is Figure:
        values |= {"svg": read(values["svg"]).decode(), "png": read(values["png"])}
    return kind(**values)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
