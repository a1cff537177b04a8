"""Drawings: few crossings, everything in its place, and every writer says what the shapes say."""

import itertools
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import figures, nn
from glassgrad.drawing import layout
from glassgrad.drawing.compose import compose
from glassgrad.drawing.shapes import Arrow, Box, Drawing, Text
from glassgrad.drawing.svg import svg

SVG = "{http://www.w3.org/2000/svg}"


def network(layers=3):
    model = nn.Sequential(
        *[layer for i in range(layers) for layer in (nn.Linear(8, 8, rng=i), nn.ReLU())]
    )
    return model(gg.tensor(np.ones((2, 8), np.float32))).sum()


def random_graphs():
    """Ranks and links of 200 graphs of up to 20 boxes."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(6, 20))
        edges = [(int(i), j) for j in range(1, n) for i in rng.choice(j, min(j, 2), replace=False)]
        ranks = layout.ranked(dict.fromkeys(range(n)), edges)
        yield ranks, [(a, b) for a, b in edges if ranks[b] - ranks[a] == 1]


def as_given(ranks):
    order = [[] for _ in range(max(ranks.values()) + 1)]
    for i, rank in ranks.items():
        order[rank].append(i)
    return order


def counts():
    """Crossings of the boxes as they are given, and as they are ordered."""
    count = layout.crossings
    return [
        (count(as_given(r), links), count(layout.ordered(r, links), links))
        for r, links in random_graphs()
    ]


def never_more_than_given(found):
    return all(after <= before for before, after in found)


def mostly_fewer(found):
    return 2 * sum(after for _, after in found) < sum(before for before, _ in found)


def test_an_order_with_few_crossings_is_found():
    found = counts()
    assert never_more_than_given(found)
    assert mostly_fewer(found)


@pytest.mark.parametrize(
    ("choice", "law"),
    [("the last order", never_more_than_given), ("the first order", mostly_fewer)],
)
def test_without_the_choice_by_crossings_that_would_not_be_so(choice, law, monkeypatch):
    """Planted: every sweep counts as better than the one before, or none does."""
    links, count = list(random_graphs()), layout.crossings
    step = -1 if choice == "the last order" else 0
    falling = itertools.count(0, step)
    monkeypatch.setattr(layout, "crossings", lambda order, links: next(falling))
    orders = [layout.ordered(r, pairs) for r, pairs in links]
    found = [
        (count(as_given(r), pairs), count(order, pairs))
        for (r, pairs), order in zip(links, orders, strict=True)
    ]
    assert not law(found)


def test_crossings_are_counted():
    assert layout.crossings([[0, 1], [2, 3]], [(0, 3), (1, 2)]) == 1
    assert layout.crossings([[0, 1], [2, 3]], [(0, 2), (1, 3)]) == 0
    assert layout.crossings([[0, 1, 2], [3, 4, 5]], [(0, 5), (1, 4), (2, 3)]) == 3


@pytest.mark.parametrize("direction", ["right", "down"])
def test_every_shape_lies_within_the_drawing(direction):
    drawing = compose(network(), direction=direction)
    boxes = [s for s in drawing.shapes if isinstance(s, Box)]
    assert {box.kind for box in boxes} == {"result", "leaf", "layer"}
    assert [box.is_end for box in boxes].count(True) == 1
    for box in boxes:
        assert 0 <= box.x <= box.x + box.width <= drawing.width
        assert 0 <= box.y <= box.y + box.height <= drawing.height
    for arrow in (s for s in drawing.shapes if isinstance(s, Arrow)):
        assert len(arrow.curve) % 3 == 1
        assert len(arrow.head) == 3
    for text in drawing.texts():
        assert 0 <= text.x <= drawing.width
        assert 0 <= text.y <= drawing.height


def test_svg_says_what_the_shapes_say():
    texts = (Text("a < b & c", "name", 5, 6),)
    box = Box("leaf", 1, 2, 30, 20, 4.0, texts, title="<i>\n&", is_end=True)
    arrow = Arrow(((0, 0), (1, 0), (2, 3), (3, 3)), ((3, 3), (2, 2), (2, 4)))
    label = Text("−1", "gradient", 3, 4, on_lines=True)
    root = ET.fromstring(svg(Drawing('"f"', 40.4, 30.0, (arrow, label, box))))
    assert root.get("aria-label") == 'computation of "f"'
    assert (root.get("width"), root.get("viewBox")) == ("40", "0 0 40 30")
    assert root.find(f"{SVG}path").get("d") == "M0.0,0.0C1.0,0.0 2.0,3.0 3.0,3.0"
    assert [t.text for t in root.iter(f"{SVG}text")] == ["−1", "a < b & c"]
    assert [t.get("class") for t in root.iter(f"{SVG}text")] == ["backward small halo", ""]
    assert root.find(f"{SVG}g/{SVG}title").text == "<i>\n&"
    assert root.find(f"{SVG}g/{SVG}rect").get("class") == "leaf end"


def test_a_figure_has_the_shapes_of_the_drawing():
    """A patch for each box; two for each arrow; one for each text, two where it stands on lines."""
    a, b = gg.tensor(2.0, "a$^"), gg.tensor(3.0, "b")
    y = a * b + a * a
    drawing = compose(y)
    ax = figures.computation_graph(y)
    arrows = sum(isinstance(s, Arrow) for s in drawing.shapes)
    boxes = sum(isinstance(s, Box) for s in drawing.shapes)
    texts = sum(2 if t.on_lines else 1 for t in drawing.texts())
    assert len(ax.artists) + len(ax.patches) == 2 * arrows + boxes + texts
    (box,) = (s for s in drawing.shapes if isinstance(s, Box) and s.is_end)
    outlines = [p.get_path().get_extents().bounds for p in (*ax.artists, *ax.patches)]
    assert any(np.allclose(o, (box.x, box.y, box.width, box.height), atol=0.1) for o in outlines)


def test_letters_of_a_figure_are_centred_where_the_text_is():
    y = gg.tensor(0.5, "x") * 2
    drawing = compose(y)
    ax = figures.computation_graph(y)
    middles = [p.get_path().get_extents() for p in (*ax.artists, *ax.patches)]
    for text in drawing.texts():
        assert any(
            abs((m.x0 + m.x1) / 2 - text.x) < 0.6 and m.y0 - 3 < text.y < m.y1 + 3 for m in middles
        )


def test_a_graph_is_drawn_without_matplotlib():
    program = (
        "import sys, glassgrad as gg; from glassgrad.drawing.picture import picture; "
        "picture(gg.sin(gg.tensor(0.5, 'x'))).svg; assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
