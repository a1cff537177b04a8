"""What a derivation offers, and what it refuses."""

from dataclasses import replace

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import nn, ops
from glassgrad.check.backward.references import REFERENCES, inputs_of
from glassgrad.derivation import derive, jacobian
from glassgrad.derivation.verify import check_function, check_uses
from glassgrad.drawing.picture import picture
from glassgrad.errors import DtypeError, GraphError, SettingError, ShapeError
from glassgrad.ops.activations import Activation
from glassgrad.read.equations import equations
from glassgrad.read.source import source


def example():
    x, w = gg.tensor([1.0, 2.0], "x"), gg.tensor([0.5, -1.0], "w")
    return gg.tanh((w * x).sum()), x, w


def test_three_readings_of_one_step():
    rng = np.random.default_rng(0)
    x, w, b = (
        gg.tensor(rng.normal(size=s), n) for s, n in (((2, 3), "x"), ((2, 3), "w"), (2, "b"))
    )
    d = derive(gg.linear(x, w, b), [x, w, b], seed=np.ones((2, 2)))
    step = d.of(w)
    assert step.rule == "fully connected layer rule"
    assert str(step.general) == "∂L/∂w = (∂L/∂y)ᵀ·x"
    assert str(step.equation) == "∂L/∂w = (∂L/∂y)ᵀ·x"
    assert str(step.by_index) == "∂L/∂wᵢⱼ = ∑ₖ ∂L/∂yₖᵢ·xₖⱼ"
    assert len(step.by_element) == 6
    assert str(step.by_element[0]).startswith("∂L/∂w₁₁ = ∂L/∂y₁₁·x₁₁ + ∂L/∂y₂₁·x₂₁ = ")
    assert step.shapes == {"∂L/∂w": (2, 3), "∂L/∂y": (2, 2), "x": (2, 3)}


@pytest.mark.parametrize(
    ("notation", "line"),
    [("partial", "∂L/∂w = ∂L/∂z₁ ⊙ x"), ("bar", "w̄ = z̄₁ ⊙ x"), ("delta", "δ_w = δ_{z₁} ⊙ x")],
)
def test_notations(notation, line):
    y, _, w = example()
    assert str(derive(y, w, notation=notation).last.equation) == line


def test_convolution_and_pooling_by_index():
    rng = np.random.default_rng(0)
    x, w = (
        gg.tensor(rng.normal(size=(2, 3, 5, 5)), "x"),
        gg.tensor(rng.normal(size=(4, 3, 2, 2)), "w"),
    )
    y = gg.conv2d(x, w, stride=2, padding=1)
    d = derive(y, [x, w], seed=rng.normal(size=y.shape))
    weights, inputs = str(d.of(w).by_index), str(d.of(x).by_index)
    assert weights == "∂L/∂wᵢⱼₖₗ = ∑_{mpq} ∂L/∂y_{mipq}·x_{m, j, 2p + k − 3, 2q + l − 3}"
    assert inputs == "∂L/∂xᵢⱼₖₗ = ∑_{mpq} ∂L/∂y_{impq}·w_{m, j, k − 2p + 3, l − 2q + 3}"
    pooled = derive(gg.max_pool2d(x, 2), x, seed=rng.normal(size=(2, 3, 2, 2)))
    assert str(pooled.last.by_index).endswith("[(k, l) = arg maxₘₚ x]")
    assert d.check.ok
    assert pooled.check.ok


def test_a_layer_is_named_and_conventions_are_said():
    model = nn.Sequential(nn.Linear(3, 4, rng=0), nn.ReLU())
    y = model(np.ones((2, 3), np.float32))
    d = derive((y * y).sum(), model.parameters())
    assert d.of(model[0].weight).layer == "0"
    assert "L is a sum, not a mean." in d.conventions
    assert any("denominator layout" in c for c in d.conventions)
    assert d.check.ok


def test_an_intermediate_result_can_be_asked_for():
    y, x, w = example()
    d = derive(y, w)
    z = y.inputs[0]
    assert d.gradient(z) == pytest.approx(1 - np.tanh(z.item()) ** 2)
    with pytest.raises(GraphError, match="is not on the way"):
        d.of(x)


def test_the_words_of_a_derivation():
    y, _, w = example()
    d = derive(y, w)
    text = d.to_text()
    for words in (
        "Computed",
        "Step 1: hyperbolic tangent rule",
        "rule ",
        "here ",
        "numbers ",
        "checked ",
    ):
        assert words in text
    assert repr(d) == "Derivation of L wrt w: 3 steps"
    assert "<math" in d._repr_html_()
    assert d._repr_latex_().startswith("$$")


def test_a_wrong_rule_is_found_by_its_own_step():
    class Wrong(Activation):
        latex = r"f\left({0}\right)"

        def forward(self, x):
            return np.tanh(x)

        def vjp(self, g, y, x):
            return g * (1 + y * y)

    x = gg.tensor([0.3, -0.2], "x")
    d = derive(gg.sin(Wrong()(gg.cos(x))).sum(), x)
    wrong = [s for s in d.steps if not s.check.ok]
    assert len(wrong) == 1
    assert "DIFFERS" in str(wrong[0].check)
    assert type(wrong[0].use.node.op) is Wrong
    assert "gg-bad" in d.to_html()


def test_a_kink_is_accepted_only_between_both_slopes():
    x = np.array([0.0, 1.0])
    relu = ops.ReLU()
    for at_zero, ok in [(0.0, True), (1.0, True), (0.5, True), (1.2, False), (-0.1, False)]:
        found = check_uses([(relu, [x], [0], np.ones(2))], np.array([at_zero, 1.0]))
        assert found.ok is ok
    assert not check_function(lambda v: v, np.zeros(3), np.array([1, 1, 1.001])).ok


def test_one_wrong_element_of_many_is_found():
    rng = np.random.default_rng(0)
    x, g = rng.normal(size=1024), rng.normal(size=1024)
    right = g * np.cos(x)
    assert check_uses([(ops.Sin(), [x], [0], g)], right).ok
    wrong = right.copy()
    wrong[700] *= 1 + 1e-5
    assert not check_uses([(ops.Sin(), [x], [0], g)], wrong).ok


def test_large_inputs_are_checked_along_directions():
    rng = np.random.default_rng(0)
    x, w = gg.tensor(rng.normal(size=(4, 50)), "x"), gg.tensor(rng.normal(size=(30, 50)), "w")
    check = derive(gg.linear(x, w), w, seed=rng.normal(size=(4, 30))).last.check
    assert check.ok
    assert "directions through all 1500 elements" in str(check)


def test_float32_is_derived_in_float64():
    x = gg.tensor(np.array([0.1, 0.7], np.float32), "x")
    d = derive(gg.sigmoid(x * x).sum(), x)
    assert d.gradient().dtype == np.float64
    assert d.check.ok


def test_within_no_grad_a_recorded_graph_still_derives():
    y, _, w = example()
    with gg.no_grad():
        assert derive(y, w).check.ok


def test_a_part_without_gradient_is_zero():
    x = gg.tensor([0.5, -2.0], "x")
    d = derive(gg.step(x).sum(), x)
    np.testing.assert_array_equal(d.gradient(), [0, 0])
    assert str(d.last.equation) == "∂L/∂x = 0"


def test_the_jacobian_of_a_matrix_product():
    rng = np.random.default_rng(0)
    w, x = gg.tensor(rng.normal(size=(2, 3)), "W"), gg.tensor(rng.normal(size=3), "x")
    y = w @ x
    y.name = "y"
    assert str(jacobian(y, x).equation) == "∂yᵢ/∂xⱼ = Wᵢⱼ"
    found = jacobian(y, w)
    assert str(found.equation) == "∂yᵢ/∂Wⱼₖ = δᵢⱼ·xₖ"
    assert found.value.shape == (2, 2, 3)
    assert found.check.ok
    assert "<math" in found._repr_html_()


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda x, y: derive(y, x), GraphError, "give seed="),
        (lambda x, y: derive(y, x, seed=np.ones(3)), ShapeError, "the seed must have the shape"),
        (lambda x, y: derive(x, x), GraphError, "was not recorded"),
        (lambda x, y: derive(y.sum(), gg.tensor(1.0, "q")), GraphError, "does not depend on 'q'"),
        (lambda x, y: derive(y.sum(), 3.0), GraphError, "got float"),
        (lambda x, y: derive(y.sum(), []), GraphError, "at least one Tensor"),
        (lambda x, y: derive(y.sum(), gg.tensor([1])), GraphError, "take a gradient"),
        (lambda x, y: derive(y.sum(), x, notation="dots"), SettingError, "'partial', 'bar' or 'delta'"),
        (lambda x, y: jacobian(y, gg.tensor(1.0, "u")), GraphError, "does not depend on 'u'"),
        (lambda x, y: jacobian(gg.sin(z := gg.tensor(np.ones(200), "z")), z), GraphError, "40000"),
    ],
)  # fmt: skip
def test_refusals(call, error, said):
    x = gg.tensor([1.0, 2.0], "x")
    with pytest.raises(error) as refused:
        call(x, x * x)
    assert said in str(refused.value)


def test_a_formula_too_long_to_read_is_refused():
    x = gg.tensor(0.3, "x")
    y = x
    for _ in range(12):
        y = gg.tanh(y + y * y)
    with pytest.raises(GraphError, match="signs: give intermediate results a name"):
        derive(y, x).expanded()


@pytest.mark.parametrize(
    "mistake",
    [lambda v: -v, lambda v: 2 * v, lambda v: v * (1 + 1e-5), lambda v: np.roll(v, 1)],
    ids=["sign", "twice", "by 1e-5", "elsewhere"],
)
def test_equal_maxima_do_not_hide_a_mistake(mistake):
    """Behind a ReLU many windows are all zeros; what stands beside them is checked all the same."""
    x = gg.tensor(np.random.default_rng(0).normal(size=(2, 3, 8, 8)), "x")
    y = gg.max_pool2d(gg.relu(x), 2)
    step = derive(y, x, seed=np.random.default_rng(1).normal(size=y.shape)).steps[0]
    assert step.check.ok
    assert step.check.error < 1e-9
    assert step.check.kinks > 10
    assert "elements without a tie" in str(step.check)
    assert not replace(step, value=mistake(step.value)).check.ok


X, W = gg.tensor([1.0, 2.0], "x"), gg.tensor([0.5, 1.0], "w")
Y = (X * W).sum()


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (lambda: derive(3.0, X), GraphError, "expected a Tensor computed from Tensors, got float"),
        (lambda: derive(Y, None), GraphError, "wrt expects Tensors that take a gradient"),
        (lambda: derive(Y, "x"), GraphError, "wrt expects Tensors that take a gradient, got str"),
        (lambda: derive(X * W, X, seed="a"), DtypeError, "seed must be an array of numbers"),
        (lambda: derive(X * W, X, seed=[1.0]), ShapeError, "seed must have the shape of y, (2,)"),
        (lambda: derive(Y, X).formula("x"), GraphError, "d.formula(w), not its name"),
        (lambda: jacobian(3, X), GraphError, "got int"),
        (lambda: jacobian(Y, 3), GraphError, "wrt expects a Tensor, got int"),
        (lambda: picture(3), GraphError, "got int"),
        (lambda: picture(Y, direction="left"), SettingError, "direction must be 'right' or 'down'"),
        (lambda: equations(3), GraphError, "got int"),
        (lambda: source(3, X), GraphError, "got int"),
        (lambda: source(Y, "x"), GraphError, "wrt expects Tensors, got str"),
    ],
)
def test_what_cannot_be_derived_is_said(ask, error, said):
    with pytest.raises(error) as caught:
        ask()
    assert said in str(caught.value)


@pytest.mark.parametrize("name", REFERENCES)
def test_every_function_with_a_reference_can_be_derived(name):
    """Activations, layers and losses: each step is checked."""
    for reference, shapes in REFERENCES[name]:
        inputs = inputs_of(reference, shapes, 0)
        leaves = [gg.tensor(v, n) if v.dtype.kind == "f" else v for n, v in inputs.items()]
        y = reference(*leaves)
        wrt = [x for x in leaves if isinstance(x, gg.Tensor)]
        d = derive(y, wrt, seed=np.random.default_rng(1).normal(size=y.shape) if y.ndim else None)
        assert d.check.ok
        assert all(step.check.compared for step in d.steps)
        assert d.to_latex()
        assert "<math" in d.to_html()
