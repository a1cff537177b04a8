# ruff: noqa: NPY002 (programs for EDF seed the global generator)
"""Programs written for the Educational Framework run unchanged, to the digits they are known for."""

import itertools
import os

import numpy as np
import pytest

import glassgrad as gg
import glassgrad.bridges.edf as edf
from glassgrad import data
from glassgrad.errors import GraphError, LabelError, SettingError, ShapeError


@pytest.fixture(autouse=True)
def a_fresh_graph(monkeypatch):
    monkeypatch.setattr(edf, "CompNodes", [])
    monkeypatch.setattr(edf, "Parameters", [])
    monkeypatch.setattr(edf, "learning_rate", 0.001)


def full(value):
    node = edf.Input()
    node.value = np.asarray(value)
    return node


def classifier(sizes, activation=edf.Sigmoid):
    """x, y, parameters, probabilities and loss of a network."""
    x, y = edf.Input(), edf.Input()
    packages, node = [], x
    for d, k in itertools.pairwise(sizes):
        packages.append(edf.AffineParams(d, k))
        node = edf.Affine(packages[-1], node if node is x else activation(node))
    p = edf.Softmax(node)
    return x, y, packages, p, edf.CrossEntropyLoss(p, y)


def test_gradients_are_those_of_the_engine():
    rng = np.random.default_rng(0)
    np.random.seed(0)
    x, y, (first, second), p, loss = classifier((3, 4, 5))
    x.value, y.value = rng.normal(size=(6, 3)), np.array([0, 4, 2, 2, 1, 0])
    edf.Forward()
    edf.Backward(loss)
    leaves = [gg.tensor(v.value) for v in (first.A, first.b, second.A, second.b)]
    A, b, C, d = leaves
    logits = gg.sigmoid(x.value @ A + b) @ C + d
    expected = gg.grad(gg.cross_entropy(logits, y.value), leaves)
    for parameter, g in zip((first.A, first.b, second.A, second.b), expected, strict=True):
        np.testing.assert_allclose(parameter.grad, g, rtol=2e-5, atol=1e-7)
    np.testing.assert_allclose(p.value, gg.softmax(logits)._array, rtol=1e-5)
    np.testing.assert_array_equal(loss.grad, np.full(6, 1 / 6))


@pytest.mark.parametrize("node", [edf.Sigmoid, edf.Relu, edf.Softmax, edf.SingleProbToProbVector])
def test_every_backward_is_the_derivative_of_its_forward(node):
    rng = np.random.default_rng(1)
    shape = (4, 1) if node is edf.SingleProbToProbVector else (4, 3)
    probe, h = edf.Parameter(np.zeros(shape)), 1e-6
    probe.value = rng.uniform(0.1, 0.9, shape)
    probe.addgrad = lambda delta: probe.grad.__iadd__(delta)
    y = node(probe)
    edf.Forward()
    g = rng.normal(size=y.value.shape)
    y.grad, probe.grad = g, np.zeros(shape)
    y.backward()
    for i in np.ndindex(shape):
        ends = []
        for step in (h, -h):
            probe.value[i] += step
            edf.Forward()
            ends.append(np.sum(g * y.value))
            probe.value[i] -= step
        assert probe.grad[i] == pytest.approx((ends[0] - ends[1]) / (2 * h), abs=1e-7)


def test_sigmoid_is_clipped_at_ten_and_softmax_at_minus_ten():
    s, p = edf.Sigmoid(full([[-1e6, 1e6]])), edf.Softmax(full([[1000.0, 0.0, 995.0]]))
    edf.Forward()
    np.testing.assert_allclose(s.value, [[1 / (1 + np.e**10), 1 / (1 + np.e**-10)]], rtol=1e-12)
    e = np.exp([0, -10, -5])
    np.testing.assert_allclose(p.value, [e / e.sum()], rtol=1e-12)


def test_integers_are_numbers_too():
    nodes = [edf.Sigmoid(full([[0, 1]])), edf.Relu(full([[-1, 2]])), edf.Softmax(full([[0, 0]]))]
    edf.Forward()
    assert [n.value.dtype.kind for n in nodes] == ["f", "f", "f"]
    assert nodes[2].value.tolist() == [[0.5, 0.5]]


def test_student_classes_need_no_base_and_no_super():
    order = []

    class Square:  # no base class, own addgrad
        def __init__(self, x):
            edf.CompNodes.append(self)
            self.x = x

        def forward(self):
            order.append("forward")
            self.value = self.x.value**2

        def backward(self):
            order.append("backward")
            self.x.addgrad(self.grad * 2 * self.x.value)

        def addgrad(self, delta):
            self.grad += delta

    class Double(edf.CompNode):  # no super().__init__()
        def __init__(self, x):
            edf.CompNodes.append(self)
            self.x = x

        def forward(self):
            order.append("forward 2")
            self.value = 2 * self.x.value

        def backward(self):
            order.append("backward 2")
            self.x.addgrad(2 * self.grad)

    p = edf.Parameter([3.0])
    loss = Double(Square(p))
    edf.Forward()
    edf.Backward(loss)
    assert order == ["forward", "forward 2", "backward 2", "backward"]
    assert p.grad == 12


def test_values_and_gradients_may_be_edited_in_place():
    class Loss(edf.CompNode):
        def __init__(self, p):
            edf.CompNodes.append(self)
            self.p = p

        def forward(self):
            self.value = self.p.value[:, 0]

        def backward(self):
            flat = self.p.grad.reshape(-1)  # a view: written through
            flat[::2] += self.grad

    weights = edf.AffineParams(1, 2)
    hidden = edf.Sigmoid(edf.Affine(weights, full([[1.0]])))
    loss = Loss(hidden)
    weights.A.value[:] = 1
    edf.Forward()
    hidden.value[...] = 0.25  # dropout, say; the rule must use what is there now
    edf.Backward(loss)
    assert hidden.grad.tolist() == [[1, 0]]
    np.testing.assert_allclose(weights.A.grad, [[0.25 * 0.75, 0]])
    before = weights.A.value
    edf.learning_rate = 2
    edf.UpdateParameters()
    assert weights.A.value is before
    assert before[0, 0] == pytest.approx(1 - 2 * 0.1875)


def test_parameters_are_float32_and_sum_over_the_batch():
    p = edf.Parameter(np.ones((2, 3)))
    assert (p.value.dtype, p.grad.dtype) == (np.float32, np.float32)
    p.addgrad(np.ones((5, 2, 3)))
    assert (p.grad == 5).all()
    edf.learning_rate = np.float64(0.5)  # as from np.linspace
    edf.SGD()
    assert p.value.dtype == np.float32
    assert (p.value == -1.5).all()


def test_clear_begins_anew_and_leaves_the_old_graph_whole():
    package = edf.AffineParams(2, 1)
    old = edf.CompNodes
    edf.Affine(package, edf.Input())
    edf.clear_compgraph()
    assert (edf.CompNodes, edf.Parameters, len(old)) == ([], [], 1)
    again = edf.Affine(
        package, full([[1.0, 1.0]])
    )  # made before, used after: computed, not updated
    before = package.A.value.copy()
    edf.Forward()
    edf.Backward(again)
    edf.UpdateParameters()
    assert again.value.shape == (1, 1)
    np.testing.assert_array_equal(package.A.value, before)
    edf.CompNodes = old  # a program may put its first graph back
    old[0].x.value = np.zeros((3, 2))
    edf.Forward()
    assert old[0].value.shape == (3, 1)


def test_both_names_of_the_weights_are_one_parameter():
    package = edf.AffineParams(2, 3)
    assert package.w is package.A
    package.w = edf.Parameter(np.zeros((2, 3)))
    assert package.A is package.w

    class Own(edf.ParameterPackage):
        def __init__(self):
            self.w, self.b = edf.Parameter(np.ones((2, 1))), edf.Parameter(np.zeros(1))

    node = edf.Affine(Own(), full([[1.0, 2.0]]))
    edf.Forward()
    assert node.value == 3
    assert edf.LogLoss is edf.CrossEntropyLoss


def test_xavier_draws_from_the_global_generator():
    np.random.seed(1234)
    package = edf.AffineParams(12, 3)
    np.random.seed(1234)
    expected = np.random.uniform(-0.5, 0.5, (12, 3)).astype(np.float32)
    np.testing.assert_array_equal(package.A.value, expected)
    assert not package.b.value.any()


def test_what_is_missing_is_said():
    x, y, _, p, loss = classifier((2, 3))
    with pytest.raises(GraphError, match=r"edf\.Forward\(\) before edf\.Backward"):
        edf.Backward(loss)
    with pytest.raises(AttributeError, match=r"write node\.value"):
        edf.Forward()
    x.value = np.zeros((2, 2))
    y.value = np.array([0, 3])
    with pytest.raises(LabelError, match="labels from 0 to 2, got 3 in row 1"):
        edf.Forward()
    x.value = np.zeros((2, 5))
    with pytest.raises(ShapeError, match=r"\(2, 5\) and \(2, 3\)"):
        edf.Forward()
    with pytest.raises(SettingError, match="expects a computed node of probabilities, got Input"):
        edf.LogLoss(edf.Input(), y)
    p.value, loss.value = np.ones((1, 3)), np.float32(3)
    edf.CompNodes = [p, loss]
    with pytest.raises(ShapeError, match="one per example, got a single number"):
        edf.Backward(loss)


needs_data = pytest.mark.skipif(
    "GLASSGRAD_DATA" not in os.environ, reason="GLASSGRAD_DATA is not set"
)


def points():
    with np.load(f"{os.environ['GLASSGRAD_DATA']}/points/2d_pcl_dataset.npz") as file:
        return file["X"], file["y"]


@pytest.mark.data
@needs_data
@pytest.mark.slow
def test_logistic_regression_on_the_course_s_points_reaches_the_optimum():
    X, y = points()
    np.random.seed(1234)
    line = edf.AffineParams(2, 1)
    p = edf.SingleProbToProbVector(edf.Sigmoid(edf.Affine(line, full(X))))
    loss = edf.CrossEntropyLoss(p, full(y))
    edf.learning_rate = 1
    for _ in range(100_000):
        edf.Forward()
        edf.Backward(loss)
        edf.UpdateParameters()
    assert np.sum(p.value.argmax(1) != y) == 13
    np.testing.assert_allclose(line.A.value[:, 0], [-4.1541, 16.6766], atol=2e-3)
    np.testing.assert_allclose(line.b.value, [1.0915], atol=2e-4)


@pytest.mark.data
@needs_data
def test_the_network_of_exercise_2_3_c_to_the_last_digit():
    """In float32 the same three figures as in float64, the type of the course's loader."""
    (train, test), size = data.load("mnist"), 64
    images, test_images = train.x.reshape(60_000, -1), test.x.reshape(10_000, -1)
    np.random.seed(1234)
    x, y, _, p, loss = classifier((784, 64, 10))
    edf.learning_rate = 0.5

    def wrong(images, labels):
        x.value, y.value = images, labels
        edf.Forward()
        return np.sum(p.value.argmax(1) != labels)

    for _ in range(10):
        errors = 0
        for i in range(0, 60_000 - size + 1, size):
            errors += wrong(images[i : i + size], train.y[i : i + size])
            edf.Backward(loss)
            edf.UpdateParameters()
    leaked = wrong(images[:10_000], train.y[:10_000])
    assert f"{errors / 600:.2f}" == "2.01"
    assert f"{leaked / 100:.2f}" == "2.06"
    assert f"{wrong(test_images, test.y) / 100:.2f}" == "2.81"
