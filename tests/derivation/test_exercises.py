"""The pen-and-paper exercises of the course: each answer comes out of a recorded graph.

Short ids: edf = 000, graph = 001, layers = 002, flood = 003, mlp = 004.  Where a document prints something
else, the test says what.
"""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.derivation import derive, jacobian
from glassgrad.derivation.rewriting import rewritten
from glassgrad.drawing.picture import picture
from glassgrad.read.equations import equations


def fixed(value, name):
    return gg.tensor(value, name, requires_grad=False)


def named(tensor, name):
    tensor.name = name
    return tensor


# ---- edf/2.1 a: derivatives of activations and of cross-entropy


def test_edf_2_1a_i_relu_with_a_threshold():
    x = gg.tensor(0.7, "x")
    d = derive(named(gg.relu(x, c=0.5), "y"), x)
    assert str(d.cases()) == "∂y/∂x = (1 if x > 0.5 else 0 if x ≤ 0.5)"
    assert d.gradient() == 1.0


def test_edf_2_1a_ii_elu():
    for value, slope in [(0.7, 1.0), (-0.7, 0.3 * np.exp(-0.7))]:
        x = gg.tensor(value, "x")
        d = derive(named(gg.elu(x, alpha=0.3), "y"), x)
        assert str(d.cases()) == "∂y/∂x = (1 if x > 0 else 0.3·e^x if x < 0 else 0.3 if x = 0)"
        assert d.gradient() == pytest.approx(slope, rel=1e-14)


def test_edf_2_1a_iii_tanh_from_its_definition():
    x = gg.tensor(0.7, "x")
    d = derive(named(2 / (1 + gg.exp(-2 * x)) - 1, "y"), x)
    assert str(d.expanded()) == "∂y/∂x = 4·e^(−2·x)/(1 + e^(−2·x))²"
    assert d.gradient() == pytest.approx(1 - np.tanh(0.7) ** 2, rel=1e-14)
    assert str(derive(named(gg.tanh(x), "y"), x).expanded()) == "∂y/∂x = 1 − tanh²(x)"


def test_edf_2_1a_iv_softmax_both_cases_and_vectorised():
    x = gg.tensor([1.0, 2.0, 0.5, -1.0], "x")
    s = named(gg.softmax(x), "S")
    found = jacobian(s, x)
    assert str(found.equation) == "∂Sᵢ/∂xⱼ = Sⱼ·(δᵢⱼ − Sᵢ)"
    assert [str(e) for _, e in found.cases] == ["∂Sᵢ/∂xᵢ = Sᵢ·(1 − Sᵢ)", "∂Sᵢ/∂xⱼ = −Sⱼ·Sᵢ"]
    assert str(found.matrix) == "∂S/∂x = diag(S) − S·Sᵀ"
    S = s.value
    np.testing.assert_allclose(found.value, np.diag(S) - np.outer(S, S), rtol=1e-13)
    assert found.check.ok


def test_edf_2_1a_v_cross_entropy_of_probabilities():
    p, y = gg.tensor([0.2, 0.3, 0.5], "p"), fixed([0.0, 1.0, 0.0], "y")
    h = named(-(y * gg.log(p)).sum(), "H")
    d = derive(h, p)
    assert str(d.by_index(known=())) == "∂H/∂pᵢ = −yᵢ/pᵢ"
    np.testing.assert_allclose(d.gradient(), [0, -1 / 0.3, 0], rtol=1e-14)


def test_edf_2_1b_softmax_does_not_see_a_shift():
    x, c = gg.tensor([0.3, -1.2, 2.0], "x"), gg.tensor(1e4, "c")
    proof = rewritten(named(gg.softmax(x + c), "y"))
    assert str(proof[0].right) != str(proof[-1].right)
    plain = rewritten(named(gg.softmax(x), "y"))
    assert str(proof[-1]) == str(plain[-1]) == "yᵢ = e^(xᵢ)/(∑ⱼ e^(xⱼ))"
    np.testing.assert_allclose(gg.softmax(x + c).value, gg.softmax(x).value, rtol=1e-11)
    np.testing.assert_allclose(jacobian(gg.softmax(x + c), c).value, 0, atol=1e-15)


# ---- edf/2.1 c: one layer, three points


A, X, T = [[3.0, 2.0]], [[2.0, 1.0, -1.0], [4.0, -2.0, 0.0]], [[15.0, 3.0, 1.0]]


def layer(g, a=A):
    a = gg.tensor(a, "A")
    y = named(a @ fixed(X, "X"), "y")
    out = y if g is None else named(g(y), "g")
    return named(0.5 * ((out - fixed(T, "t")) ** 2).sum(), "L"), a, y


def test_edf_2_1c_i_the_linear_layer():
    loss, a, y = layer(None)
    assert loss.item() == 16.5
    d = derive(loss, a)
    np.testing.assert_array_equal(d.gradient(y), [[-1, -4, -4]])
    np.testing.assert_array_equal(d.gradient(), [[-2, 4]])
    assert str(d.expanded()) == "∂L/∂A = (A·X − t)·Xᵀ"
    assert str(d.formula()) == "∂L/∂A = ∂L/∂y·Xᵀ"
    assert str(d.last.by_element[0]).endswith("= −1·2 + (−4·1) + (−4·(−1)) = −2")
    after, _, _ = layer(None, np.array(A) - d.gradient() / 3)
    assert after.item() == pytest.approx(23.611, abs=5e-4)


def test_edf_2_1c_ii_the_loss_rises_because_the_step_is_too_long():
    loss, a, _ = layer(None)
    step = derive(loss, a).gradient() / 3
    losses = [layer(None, np.array(A) - rate * step)[0].item() for rate in (0.01, 0.1, 0.3)]
    assert max(losses) < loss.item() < layer(None, np.array(A) - step)[0].item()


def test_edf_2_1c_iii_relu_lets_only_the_first_point_through():
    """The document prints (−5, −4), but A x₂ = −1 < 0, so x₂ passes nothing."""
    loss, a, y = layer(gg.relu)
    d = derive(loss, a)
    np.testing.assert_array_equal(d.gradient(y), [[-1, 0, 0]])
    np.testing.assert_array_equal(d.gradient(), [[-2, -4]])
    assert "ReLU′(0) = 0, where no derivative exists." in d.conventions


# ---- graph/1: f = σ(w₁x₁ + w₂x₂) + ½(w₁² + w₂²)


def f_of_graph_1():
    names = {"w1": 0.3, "w2": -0.5, "x1": 0.2, "x2": 0.4}
    w1, w2, x1, x2 = (gg.tensor(v, n) for n, v in names.items())
    sigmoid = 1 / (1 + gg.exp(-(w1 * x1 + w2 * x2)))
    return named(sigmoid + 0.5 * (w1**2 + w2**2), "f"), (w1, w2, x1, x2)


def test_graph_1a_the_four_derivatives():
    """The document has every sigmoid term with the wrong sign: 0.25024 instead of 0.34976."""
    f, leaves = f_of_graph_1()
    assert f.item() == pytest.approx(0.63506, abs=5e-6)
    d = derive(f, leaves)
    found = [d.gradient(x).item() for x in leaves]
    assert found == pytest.approx([0.34976, -0.40049, 0.07463, -0.12439], abs=5e-6)
    u = "w₁·x₁ + w₂·x₂"
    assert str(d.expanded(leaves[0])) == f"∂f/∂w₁ = w₁ + e^(−({u}))·x₁/(1 + e^(−({u})))²"
    assert str(d.expanded(leaves[2])) == f"∂f/∂x₁ = e^(−({u}))·w₁/(1 + e^(−({u})))²"
    short = str(d.formula(leaves[0], known=(), functions=True))
    assert short == f"∂f/∂w₁ = w₁ + σ({u})·(1 − σ({u}))·x₁"


def test_graph_1b_every_value_is_in_the_drawing():
    f, leaves = f_of_graph_1()
    svg = picture(f).svg
    for x in leaves:
        assert f"{x.item():.4g}".replace("-", "−") in svg
    for value in (0.3498, -0.4005, 0.07463, -0.1244, 0.2488, 0.6351):
        assert f"{value:.4g}".replace("-", "−") in svg


def test_graph_1c_thirty_steps():
    w = np.array([0.3, -0.5])
    for _ in range(30):
        w1, w2 = (gg.tensor(v, n) for v, n in zip(w, ("w1", "w2"), strict=True))
        u = w1 * 0.2 + w2 * 0.4
        f = 1 / (1 + gg.exp(-u)) + 0.5 * (w1**2 + w2**2)
        d = derive(f, [w1, w2])
        w = w - 0.01 * np.array([d.gradient(w1).item(), d.gradient(w2).item()])
    assert w == pytest.approx([0.20895, -0.39577], abs=5e-6)


# ---- layers/1-5: a dense layer, a batch, ReLU, softmax loss, momentum


def dense(x_shape, b_shape):
    rng = np.random.default_rng(0)
    w, x, b = (
        gg.tensor(rng.normal(size=s), n) for s, n in (((2, 3), "W"), (x_shape, "x"), (b_shape, "b"))
    )
    y = named(w @ x + b, "y")
    return derive(y, [x, w, b], seed=rng.normal(size=y.shape)), (x, w, b)


def test_layers_1_a_dense_layer():
    d, leaves = dense((3,), (2,))
    x, w, b = leaves
    assert [str(d.formula(t)) for t in leaves] == [
        "∂L/∂x = Wᵀ·∂L/∂y",
        "∂L/∂W = ∂L/∂y·xᵀ",
        "∂L/∂b = ∂L/∂y",
    ]
    assert [str(d.by_index(t)) for t in leaves] == [
        "∂L/∂xᵢ = ∑ⱼ Wⱼᵢ·∂L/∂yⱼ",
        "∂L/∂Wᵢⱼ = ∂L/∂yᵢ·xⱼ",
        "∂L/∂bᵢ = ∂L/∂yᵢ",
    ]
    g = d.gradient(b)
    np.testing.assert_allclose(d.gradient(w), np.outer(g, x.value), rtol=1e-13)
    np.testing.assert_allclose(d.gradient(x), w.value.T @ g, rtol=1e-13)


def test_layers_2_a_batch_in_columns():
    d, leaves = dense((3, 4), (2, 1))
    assert [str(d.formula(t)) for t in leaves] == [
        "∂L/∂x = Wᵀ·∂L/∂y",
        "∂L/∂W = ∂L/∂y·xᵀ",
        "∂L/∂b = ∑ ∂L/∂y",
    ]
    assert str(d.by_index(leaves[1])) == "∂L/∂Wᵢⱼ = ∑ₖ ∂L/∂yᵢₖ·xⱼₖ"
    assert str(d.by_index(leaves[2])) == "∂L/∂bᵢ₁ = ∑ⱼ ∂L/∂yᵢⱼ"
    assert d.check.ok


def test_layers_3_relu_with_heaviside_0_at_0():
    x = gg.tensor([-1.0, 0.0, 2.0], "x")
    d = derive(named(gg.relu(x), "y"), x, seed=[10.0, 20.0, 30.0])
    assert str(d.last.by_cases) == "∂L/∂x = (∂L/∂y if x > 0 else 0 if x ≤ 0)"
    np.testing.assert_array_equal(d.gradient(), [0, 0, 30])
    assert d.check.kinks == 1
    assert "1 element lies at a kink, where the convention decides." in d.conventions


def test_layers_4_softmax_loss():
    x = gg.tensor([1.0, -0.5, 2.0], "x")
    loss = named(-x[1] + gg.log(gg.exp(x).sum()), "L")
    found = jacobian(loss, x)
    assert [str(e) for _, e in found.cases] == [
        "∂L/∂x₂ = e^(x₂)/(∑ⱼ e^(xⱼ)) − 1",
        "∂L/∂xᵢ = e^(xᵢ)/(∑ⱼ e^(xⱼ))",
    ]
    y = np.exp(x.value) / np.exp(x.value).sum()
    np.testing.assert_allclose(found.value, y - [0, 1, 0], rtol=1e-13)
    fused = derive(named(gg.cross_entropy(gg.reshape(x, (1, 3)), np.array([1])), "L"), x)
    assert str(fused.formula()) == "∂L/∂x = softmax(x) − t"
    np.testing.assert_allclose(fused.gradient(), y - [0, 1, 0], rtol=1e-13)


def test_layers_4_their_forward_overflows_ours_does_not():
    x = gg.tensor([0.0, 1000.0], "x")
    assert not np.isfinite(gg.log(gg.exp(x).sum()).item())
    d = derive(gg.cross_entropy(gg.reshape(x, (1, 2)), np.array([0])), x)
    np.testing.assert_array_equal(d.gradient(), [-1, 1])


def test_layers_5_momentum():
    """The document's momentum keeps (1 − μ) of the gradient, PyTorch's all of it; decay is added after."""
    names = {"m": 0.2, "w": 1.5, "g": -0.4, "mu": 0.9, "alpha": 0.1, "lambda": 0.005}
    m, w, g, mu, alpha, lam = (gg.tensor(v, n) for n, v in names.items())
    m_new = named(mu * m + (1 - mu) * g, "m'")
    w_new = named(w - alpha * (m_new + lam * w), "w'")
    d = derive(w_new, [g, w, m])
    assert w_new.item() == pytest.approx(1.5 - 0.1 * (0.9 * 0.2 - 0.1 * 0.4 + 0.005 * 1.5))
    assert d.gradient(g) == pytest.approx(-0.1 * 0.1)
    assert d.gradient(w) == pytest.approx(1 - 0.1 * 0.005)
    assert len(equations(w_new)) == 8


# ---- flood/3.1: logistic ridge regression


def test_flood_3_1_logistic_ridge_regression():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4, 3)), np.array([0.0, 1.0, 1.0, 0.0])
    theta, lam = gg.tensor(rng.normal(size=3), "theta"), fixed(0.1, "lambda")
    u = named(fixed(x, "X") @ theta, "u")
    j = (-fixed(y, "y") * u + gg.log(1 + gg.exp(u))).mean()
    f = named(j + lam * 0.5 * (theta**2).sum(), "f")
    d = derive(f, theta)
    assert str(d.formula()) == "∂f/∂θ = λ·θ + Xᵀ·∂f/∂u"
    whole = d.formula(known=[u], functions=True)
    assert str(d.formula(u, known=[u], functions=True)) == "∂f/∂u = 0.25·σ(u) − 0.25·y"
    assert str(whole) == "∂f/∂θ = λ·θ + Xᵀ·∂f/∂u"
    sigma = 1 / (1 + np.exp(-x @ theta.value))
    np.testing.assert_allclose(d.gradient(), x.T @ (sigma - y) / 4 + 0.1 * theta.value, rtol=1e-12)
    assert "A mean divides by 4, so each element counts 1/4." in d.conventions


# ---- flood/4.2: the DAG, with ReLU′(0) = 1


def dag(**values):
    names = [
        "x1",
        "x2",
        "x3",
        "w11",
        "w21",
        "w22",
        "w32",
        "m11",
        "m12",
        "m22",
        "b2",
        "c1",
        "y1",
        "y2",
    ]
    rng = np.random.default_rng(1)
    v = {n: gg.tensor(values.get(n, rng.uniform(0.3, 1.2)), n) for n in names}
    z1 = named(gg.relu(v["w11"] * v["x1"] + v["w21"] * v["x2"], at_zero=1.0), "z1")
    z2 = named(v["w22"] * v["x2"] ** 2 + v["w32"] * v["x3"] + v["b2"], "z2")
    yhat1 = named(gg.sigmoid(v["m11"] * z1**3 + v["c1"]), "yhat1")
    yhat2 = named(v["m12"] * gg.sin(z1) + v["m22"] * gg.cos(z2), "yhat2")
    loss = gg.log((v["y1"] - yhat1) ** 2) + gg.log((v["y2"] - yhat2) ** 2)
    v |= {"z1": z1, "z2": z2, "yhat1": yhat1, "yhat2": yhat2}
    d = derive(named(loss, "J"), [v[n] for n in ("w11", "w22", "b2", "m11", "m12", "c1")])
    return d, v


def test_flood_4_2_every_partial_in_the_asked_terms():
    d, v = dag()
    s = "σ(m₁₁·z₁³ + c₁)·(1 − σ(m₁₁·z₁³ + c₁))"
    assert {n: str(d.formula(v[n])).partition(" = ")[2] for n in ("yhat1", "z1", "z2")} == {
        "yhat1": "−2/(y₁ − ŷ₁)",
        "z1": f"∂J/∂ŷ₂·m₁₂·cos(z₁) + 3·∂J/∂ŷ₁·{s}·m₁₁·z₁²",
        "z2": "−∂J/∂ŷ₂·m₂₂·sin(z₂)",
    }
    asked = ("m11", "m12", "c1", "w22", "b2")
    assert {n: str(d.formula(v[n])).partition(" = ")[2] for n in asked} == {
        "m11": f"∂J/∂ŷ₁·{s}·z₁³",
        "m12": "∂J/∂ŷ₂·sin(z₁)",
        "c1": f"∂J/∂ŷ₁·{s}",
        "w22": "∂J/∂z₂·x₂²",
        "b2": "∂J/∂z₂",
    }
    inner = "w₁₁·x₁ + w₂₁·x₂"
    cases = f"∂J/∂w₁₁ = (∂J/∂z₁·x₁ if {inner} ≥ 0 else 0 if {inner} < 0)"
    assert str(d.cases(v["w11"])) == cases


def test_flood_4_2_numbers_and_the_derivative_at_zero():
    d, v = dag()
    n = {k: t.item() for k, t in v.items()}
    g1, g2 = -2 / (n["y1"] - n["yhat1"]), -2 / (n["y2"] - n["yhat2"])
    slope = n["yhat1"] * (1 - n["yhat1"])
    z1 = g1 * slope * 3 * n["m11"] * n["z1"] ** 2 + g2 * n["m12"] * np.cos(n["z1"])
    assert d.gradient(v["z1"]) == pytest.approx(z1, rel=1e-12)
    assert d.gradient(v["w11"]) == pytest.approx(z1 * n["x1"], rel=1e-12)
    assert d.gradient(v["w22"]) == pytest.approx(
        -g2 * n["m22"] * np.sin(n["z2"]) * n["x2"] ** 2, rel=1e-12
    )
    at_zero, w = dag(x1=1.0, x2=1.0, w11=0.5, w21=-0.5)
    assert at_zero.gradient(w["w11"]) == at_zero.gradient(w["z1"]) != 0
    assert "ReLU′(0) = 1, where no derivative exists." in at_zero.conventions
    assert at_zero.check.ok
    assert at_zero.check.kinks == 1


# ---- mlp/1-3: softmax, log loss, and the small network scalar by scalar


def test_mlp_1_local_derivatives():
    o = gg.tensor([0.2, -0.1, 0.4], "o")
    y = named(gg.softmax(o), "y")
    assert [str(e) for _, e in jacobian(y, o).cases] == [
        "∂yᵢ/∂oᵢ = yᵢ·(1 − yᵢ)",
        "∂yᵢ/∂oⱼ = −yⱼ·yᵢ",
    ]
    p = gg.tensor(y.value, "y")
    found = jacobian(named(-gg.log(p[1]), "l"), p)
    assert [str(e) for _, e in found.cases] == ["∂l/∂y₂ = −1/y₂", "∂l/∂yᵢ = 0"]
    np.testing.assert_allclose(found.value, [0, -1 / y.value[1], 0], rtol=1e-14)


def test_mlp_2_together_they_are_y_minus_t():
    o = gg.tensor([0.2, -0.1, 0.4], "o")
    y = named(gg.softmax(o), "y")
    found = jacobian(named(-gg.log(y[1]), "l"), o)
    np.testing.assert_allclose(found.value, y.value - [0, 1, 0], rtol=1e-13)
    assert [str(e) for _, e in found.cases] == ["∂l/∂o₂ = y₂ − 1", "∂l/∂oᵢ = yᵢ"]


def test_mlp_3_the_network_with_its_gradients():
    """The document prints dh for db; both are 0 here, so nobody noticed."""
    x = fixed([1.0, -1.0], "x")
    w, b = gg.tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]], "W"), gg.tensor(np.zeros(3), "b")
    v, c = gg.tensor([[1.0, 1.0], [-1.0, -1.0], [-1.0, -1.0]], "V"), gg.tensor(np.zeros(2), "c")
    k = named(x @ w + b, "k")
    h = named(gg.sigmoid(k), "h")
    o = named(h @ v + c, "o")
    loss = named(-gg.log(gg.softmax(o)[0]), "l")
    d = derive(loss, [w, b, v, c])
    assert loss.item() == pytest.approx(0.693147, abs=5e-7)
    np.testing.assert_allclose(d.gradient(v), [[-0.44039854, 0.44039854]] * 3, atol=5e-9)
    np.testing.assert_allclose(d.gradient(c), [-0.5, 0.5], atol=1e-15)
    np.testing.assert_allclose(d.gradient(w), np.zeros((2, 3)), atol=1e-15)
    np.testing.assert_allclose(d.gradient(b), np.zeros(3), atol=1e-15)
    assert str(d.formula(v)) == "∂l/∂V = hᵀ·∂l/∂o"
    assert str(d.formula(b)) == "∂l/∂b = ∂l/∂k"
    assert str(d.formula(h)) == "∂l/∂h = ∂l/∂o·Vᵀ"
    element = d.of(v).by_element[0]
    assert str(element) == "∂l/∂V₁₁ = h₁·∂l/∂[z₂]₁ = 0.880797·(−0.5) = −0.440399"
    assert d.check.ok
