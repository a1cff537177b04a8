"""Equations, drawings, programs and SymPy, where no law covers them."""

import re
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import nn
from glassgrad.derivation import derive
from glassgrad.drawing.layout import Extent, crossings, layered, ranked
from glassgrad.drawing.picture import picture
from glassgrad.errors import GraphError, SettingError
from glassgrad.notation.latex import latex
from glassgrad.notation.names import symbol
from glassgrad.notation.plain import plain
from glassgrad.read.equations import equations
from glassgrad.read.source import source
from glassgrad.read.sympy import expression
from glassgrad.terms.common_subexpressions import shared
from glassgrad.terms.terms import Symbol, evaluate, size, term_of

SVG = "{http://www.w3.org/2000/svg}"


def test_a_shared_node_has_one_line():
    x = gg.tensor(1.5, "x")
    for _ in range(60):  # written as a tree this would have 2⁶⁰ signs
        x = gg.tanh(x + x)
    assert len(equations(x)) == 120
    assert len(source(x, x.inputs[0]).splitlines()) < 130


def test_equations_are_shown_by_a_notebook():
    x, w = gg.tensor(2.0, "x"), gg.tensor(0.5, "w")
    lines = equations(gg.tanh(w * x) + w)
    assert lines._repr_latex_().startswith("$$\\begin{aligned}")
    ET.fromstring(lines._repr_html_())
    assert r"z_{1} &= w \, x" in lines.to_latex()


def test_a_product_of_arrays_is_no_matrix_product():
    a, b = gg.tensor(np.ones((2, 2)), "A"), gg.tensor(np.ones((2, 2)), "B")
    assert str(equations(a * b)[0]) == "y = A ⊙ B"
    assert str(equations(a @ b)[0]) == "y = A·B"
    assert str(equations(0.5 * b)[0]) == "y = 0.5·B"


def boxes_touch(layout, boxes):
    placed = [(layout.centres[i], boxes[i]) for i in boxes]
    for k, ((x, y), a) in enumerate(placed):
        for (u, v), b in placed[k + 1 :]:
            along = abs(x - u) < (a.along + b.along) / 2 - 1e-9
            if along and abs(y - v) < (a.across + b.across) / 2 - 1e-9:
                return True
    return False


@pytest.mark.parametrize("seed", range(5))
def test_boxes_never_touch_and_arrows_point_forward(seed):
    rng = np.random.default_rng(seed)
    boxes = {i: Extent(*rng.uniform(10, 90, 2)) for i in range(25)}
    edges = [(i, int(j)) for j in range(1, 25) for i in rng.choice(j, min(j, 2), replace=False)]
    edges = [(int(i), j) for i, j in edges]
    layout = layered(boxes, edges)
    assert not boxes_touch(layout, boxes)
    for i, j in edges:
        assert layout.centres[i][0] < layout.centres[j][0]
    for i, box in boxes.items():
        x, y = layout.centres[i]
        assert box.along / 2 <= x <= layout.size[0] - box.along / 2 + 1e-9
        assert box.across / 2 <= y + 1e-9
        assert y <= layout.size[1] - box.across / 2 + 1e-9


def test_the_order_within_a_rank_uncrosses_arrows():
    boxes = {i: Extent(10, 10) for i in range(8)}
    edges = [(0, 7), (1, 6), (2, 5), (3, 4)]
    layout = layered(boxes, edges)
    ranks = ranked(boxes, edges)
    order = [[], []]
    for i in sorted(boxes, key=lambda i: layout.centres[i][1]):
        order[ranks[i]].append(i)
    assert crossings(order, edges) == 0


def test_a_picture_of_a_network():
    model = nn.Sequential(nn.Linear(3, 4, rng=0), nn.Tanh(), nn.Linear(4, 2, rng=1))
    loss = gg.cross_entropy(model(np.ones((5, 3), np.float32)), np.array([0, 1, 0, 1, 1]))
    drawing = picture(loss)
    svg = ET.fromstring(drawing._repr_svg_())
    texts = [t.text for t in svg.iter(f"{SVG}text")]
    assert "0 Linear" in texts
    assert "1 Tanh" in texts
    assert any(t.startswith("∂L/∂w₁ = 4×3: ") for t in texts)
    titles = [t.text for t in svg.iter(f"{SVG}title")]
    assert any("layer 0" in t and "float32 (5, 4)" in t for t in titles)
    assert "prefers-color-scheme: dark" in drawing.svg


def test_a_picture_says_what_is_not_finite_and_what_is_empty(tmp_path):
    x = gg.tensor([np.inf, 1.0, np.nan, 2.0, 3.0], "x")
    path = picture(x * 2).save(tmp_path / "graph.svg")
    assert "5, 2 not finite" in path.read_text(encoding="utf-8")
    assert "0×2, empty" in picture(gg.tensor(np.zeros((0, 2)), "x") * 2).svg


def test_a_deep_graph_is_drawn_in_a_moment():
    x = gg.tensor(1.0, "x")
    for _ in range(200):
        x = x + 0.01 * x
    assert picture(x).svg.count("<title>") == 401


def test_the_program_of_a_training_step():
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1, rng=0), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(8, 3, rng=1),
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=(2, 1, 4, 4)).astype(np.float32)
    labels = np.array([0, 2])
    loss = gg.cross_entropy(model(gg.tensor(x, "x", requires_grad=False)), labels)
    program = source(loss, model.parameters(), function="gradients")
    assert "def gradients(x, w1, b1, w2, b2, t):" in program
    assert "# (2, 2, 4, 4)" in program
    namespace = {}
    exec(compile(program, "program", "exec"), namespace)
    arrays = [p.value.astype(np.float64) for p in model.parameters()]
    found = namespace["gradients"](x.astype(np.float64), *arrays, labels)
    loss.backward()
    for name, p in zip(("w1", "b1", "w2", "b2"), model.parameters(), strict=True):
        np.testing.assert_allclose(found[name], p.grad, rtol=2e-4, atol=1e-6)


def test_a_node_used_twice_adds_up_in_the_program():
    x = gg.tensor([1.0, 2.0], "x")
    program = source((x * x - gg.sin(x)).sum(), x)
    assert program.count("dx = ") == 3
    assert "dx = dx + " in program or "dx = dx - " in program
    namespace = {}
    exec(compile(program, "program", "exec"), namespace)
    np.testing.assert_allclose(namespace["backward"](x.value)["x"], 2 * x.value - np.cos(x.value))


def test_a_program_needs_a_place_to_begin():
    x = gg.tensor([1.0, 2.0], "x")
    with pytest.raises(GraphError, match="give seed="):
        source(x * x, x)


def test_what_is_said_twice_gets_a_name():
    x, y = gg.tensor(0.3, "x"), gg.tensor(0.5, "y")
    e = gg.exp(x + y * y)
    z = e / (1 + e) * gg.sin(e) + gg.cos(e) * gg.tanh(e - e * x) + gg.log(e + e * y)
    term = term_of(z, {id(t): Symbol(t.name, symbol(t.name), t.value) for t in (x, y)})
    definitions, short = shared(term)
    assert [plain(label.name) for label, _ in definitions] == ["t₁"]
    assert size(short) < 0.7 * size(term)
    np.testing.assert_allclose(evaluate(short), z.value)


def test_sympy_of_a_network():
    sympy = pytest.importorskip("sympy")
    from glassgrad.read.sympy import expression

    w = gg.tensor([[1.0, 2.0], [0.5, -1.0]], "w")
    x = gg.tensor([1.0, -1.0], requires_grad=False)
    y = expression((w @ x).sum())
    w11, w12, w21, w22 = (sympy.Symbol(f"w_{i}_{j}", real=True) for i in (1, 2) for j in (1, 2))
    assert sympy.simplify(y - (w11 - w12 + w21 - w22)) == 0
    with pytest.raises(GraphError, match="at most 2000"):
        expression(gg.tensor(np.ones(2001), "x") * 2)


def test_a_wide_graph_is_drawn_downwards():
    x = gg.tensor(0.5, "x")
    y = x
    for _ in range(30):
        y = gg.sin(y)
    drawings = {d: picture(y, direction=d).svg for d in ("right", "down", None)}
    assert drawings[None] == drawings["down"] != drawings["right"]
    assert picture(gg.sin(x)).svg == picture(gg.sin(x), direction="right").svg


def test_within_a_page_a_drawing_is_part_of_it():
    drawing = picture(gg.sin(gg.tensor(0.5, "x")))
    assert drawing.svg in drawing._repr_html_()  # as an image its titles would not show on hover


def test_what_comes_back_along_each_arrow_is_written_on_it():
    a, b = gg.tensor(2.0, "a"), gg.tensor(3.0, "b")
    svg = picture(a * b + a * a).svg
    labels = re.findall(r'<text class="backward small halo"[^>]*>([^<]*)<', svg)
    assert sorted(labels) == ["2, 2", "3"]


def test_cases_say_if_and_else():
    x = gg.tensor([1.0, -2.0], "x")
    y = gg.where(np.array([True, False]), x, 0)
    assert r"\text{if } t" in equations(y).to_latex()
    assert r"\text{else}" in equations(y).to_latex()
    assert "<mtext>if&#160;</mtext>" in equations(y).to_mathml()
    assert str(equations(y)) == "y = (x if t else 0)"
    cases = derive(gg.relu(x), x, seed=np.ones(2)).last.by_cases
    assert latex(cases.right).count(r"\text{if }") == 2


def test_without_sympy_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(SettingError, match=r"Write pip install sympy\.$"):
        expression(gg.tensor(1.0))
