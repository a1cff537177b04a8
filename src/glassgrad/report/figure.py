"""A figure put into a page: ids of its own, a name for those who cannot see it, the page's own colours.

A drawing of ours follows the page by itself; what matplotlib wrote is read as XML.  Read next: `page.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from glassgrad.course.parts import Figure
from glassgrad.figures import style
from glassgrad.report import prose

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_COLOURS = {style.INK: "--ink", style.PALE: "--pale", style.FAINT: "--line"}
_PAPER = {"#ffffff": "--card"}
ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


def inline(figure: Figure, key: str) -> str:
    """The `<svg>` element of a figure, for a page.

    Args:
        figure: with its title.
        key: unlike that of any other figure of the page, since two may use the same ids.
    """
    if figure.adapts:
        return figure.svg
    root = ElementTree.fromstring(figure.svg)
    for extra in root.findall(f"{{{_SVG}}}metadata"):
        root.remove(extra)
    for element in root.iter():
        for name, value in _renamed(element, key):
            element.set(name, value)
        if "style" in element.attrib:
            element.set("style", _coloured(element.attrib["style"], _COLOURS))
    for path in _papers(root, f"{key}-patch_"):
        path.set("style", _coloured(path.get("style", ""), _PAPER))
    root.set("role", "img")
    root.set("aria-label", prose.words(figure.title))
    return ElementTree.tostring(root, encoding="unicode")


def _renamed(element: ElementTree.Element, key: str) -> Iterator[tuple[str, str]]:
    """The attributes that name a place within the figure, or point to one, with the key before it."""
    for name, value in element.attrib.items():
        if name == "id":
            yield name, f"{key}-{value}"
        elif value.startswith("#") and name in ("href", f"{{{_XLINK}}}href"):
            yield name, f"#{key}-{value[1:]}"
        elif "url(#" in value:
            yield name, value.replace("url(#", f"url(#{key}-")


def _coloured(declarations: str, colours: dict[str, str]) -> str:
    """A style whose colours are variables of `page.css`; data keep theirs."""
    variables = {colour.lower(): f"var({name})" for colour, name in colours.items()}
    pairs = [pair.partition(":") for pair in declarations.split(";") if pair.strip()]
    values = [(k.strip(), v.strip()) for k, _, v in pairs]
    return "; ".join(f"{k}: {variables.get(v, v)}" for k, v in values)


def _papers(root: ElementTree.Element, begin: str) -> Iterator[ElementTree.Element]:
    """What is white behind everything: the first path of each patch."""
    for group in root.iter(f"{{{_SVG}}}g"):
        path = group.find(f"{{{_SVG}}}path")
        if group.get("id", "").startswith(begin) and path is not None:
            yield path
