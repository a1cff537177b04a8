"""A figure put into a page: ids of its own, a name for those who cannot see it, the page's own colours.

A drawing of ours follows the page by itself; what matplotlib wrote is read as XML.  Read next: `page.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from glassgrad.course.parts import Figure
from glassgrad.figures import style
from glassgrad.report import prose

_SVG = "http://www.w3.org/2000/svg"
_COLOURS = {style.INK: "--ink", style.PALE: "--pale", style.FAINT: "--line"}
_PAPER = {"#ffffff": "--card"}


def inline(figure: Figure, key: str) -> str:
    """The `<svg>` element of a figure, for a page.

    Args:
        figure: with its title.
        key: unlike that of any other figure of the page, since two may use the same ids.
    """
    if figure.adapts:
        return figure.svg
    root = ElementTree.fromstring(figure.svg)
    for element in root.iter():
        element.tag, element.attrib = _local(element.tag), dict(_renamed(element, key))
        if "style" in element.attrib:
            element.set("style", _coloured(element.attrib["style"], _COLOURS))
    for extra in root.findall("metadata"):
        root.remove(extra)
    for path in _papers(root, f"{key}-patch_"):
        path.set("style", _coloured(path.get("style", ""), _PAPER))
    named = {"role": "img", "aria-label": prose.words(figure.title), "xmlns": _SVG}
    root.attrib = named | root.attrib
    return ElementTree.tostring(root, encoding="unicode")


def _local(name: str) -> str:
    """A name without the address of its vocabulary; within a page SVG needs none."""
    return name.rpartition("}")[2]


def _renamed(element: ElementTree.Element, key: str) -> Iterator[tuple[str, str]]:
    """The attributes; the key stands before each name of a place within the figure."""
    for attribute, value in element.attrib.items():
        name = _local(attribute)
        if name == "id":
            yield name, f"{key}-{value}"
        elif name == "href" and value.startswith("#"):
            yield name, f"#{key}-{value[1:]}"
        else:
            yield name, value.replace("url(#", f"url(#{key}-")


def _coloured(declarations: str, colours: dict[str, str]) -> str:
    """A style whose colours are variables of `page.css`; data keep theirs."""
    variables = {colour.lower(): f"var({name})" for colour, name in colours.items()}
    pairs = [pair.partition(":") for pair in declarations.split(";") if pair.strip()]
    values = [(k.strip(), v.strip()) for k, _, v in pairs]
    return "; ".join(f"{k}: {variables.get(v, v)}" for k, v in values)


def _papers(root: ElementTree.Element, begin: str) -> Iterator[ElementTree.Element]:
    """What is white behind everything: the first path of each patch."""
    for group in root.iter("g"):
        path = group.find("path")
        if group.get("id", "").startswith(begin) and path is not None:
            yield path
