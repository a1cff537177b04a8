"""Parts of an answer: they come back from the disk as they were, and those of before are not misread."""

import json

import numpy as np
import pytest
from matplotlib.figure import Figure as Drawn

import glassgrad as gg
from glassgrad import course
from glassgrad.course import store
from glassgrad.course.answer import Answer
from glassgrad.course.drawing import draw_graph
from glassgrad.course.parts import KINDS, Figure, Formulas, packed, unpacked
from glassgrad.derivation import derive, jacobian
from glassgrad.derivation.page import STYLE


def answer():
    found, x = Answer(), gg.tensor([0.5, -1.0], "x")
    y = (gg.tanh(x) * x).sum()
    found.say("The answer is $x^2$.")
    found.output("right: dx", "What a check said")
    found.table(("a", "b"), [(1.5, True), (np.array([1.0, 2.0]), "c")], "A table")
    found.derive(derive(y, x), "Step by step")
    found.jacobian(jacobian(gg.softmax(x), x), "All at once")
    draw_graph(found, y, "The graph")
    figure = Drawn(figsize=(2.0, 1.0))
    figure.add_subplot().plot([1, 2])
    found.show(figure, "A line")
    return found


def test_every_kind_of_part_comes_back_as_it_was():
    files = {}
    parts = answer().parts
    assert {type(part) for part in parts} == set(KINDS.values())

    def keep(ending, content):
        name = f"{len(files)}.{ending}"
        files[name] = content
        return name

    texts = [json.dumps(packed(part, keep)) for part in parts]
    assert [unpacked(json.loads(text), files.__getitem__) for text in texts] == parts


def test_a_derivation_is_written_for_each_report_by_what_it_is():
    (d, j) = (part for part in answer().parts if isinstance(part, Formulas))
    assert STYLE not in d.html
    assert d.html.startswith('<div class="gg-derivation">')
    assert d.markdown.count(r"\begin{align*}") == d.latex.count(r"\begin{align*}") == 2
    assert r"\par\noindent" in d.latex
    assert "noindent" not in d.markdown
    assert d.markdown.splitlines()[-1].startswith("- ")
    assert j.markdown == j.latex


def test_a_figure_knows_how_wide_it_is():
    graph, line = (part for part in answer().parts if isinstance(part, Figure))
    assert graph.adapts
    assert graph.width.endswith("px")
    assert f'width="{graph.width[:-2]}"' in graph.svg
    assert not line.adapts
    assert line.width == "144pt"
    assert 'width="144pt"' in line.svg


@pytest.mark.parametrize("part", [
    {"kind": "formulas", "text": "a = b", "html": "<style></style>", "latex": "a = b"},
    {"kind": "figure", "title": "A line", "svg": "x-0.svg", "png": "x-0.png"},
])  # fmt: skip
def test_a_result_of_an_earlier_version_is_computed_again(tmp_path, part):
    """Its formulas had their style in them, and its figures no width."""
    (result,) = course.run("graph/1a", out=tmp_path, form="quick", seeds=1)
    path = store.path_of("graph/1a", tmp_path)
    before = json.loads(path.read_text())
    for name in ("x-0.svg", "x-0.png"):
        (path.parent / name).write_text("")
    path.write_text(json.dumps(before | {"parts": [part]}))
    assert store.load("graph/1a", tmp_path) is None
    (again,) = course.run("graph/1a", out=tmp_path, form="quick", seeds=1)
    assert again.parts == result.parts
    assert store.load("graph/1a", tmp_path) == again
