"""`check.backward`: every form a student's code can have; right ones pass; misuse is said."""

from __future__ import annotations

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import check
from glassgrad.errors import GraphError, SettingError, ShapeError

RNG = np.random.default_rng(5)
X, W, B = RNG.normal(size=(6, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)
LABELS = RNG.integers(0, 4, 6)


def linear(g, x, w, b):
    return g @ w, g.T @ x, g.sum(0)


# ---- forms


class Layer:
    def __init__(self, w, b):
        self.w, self.b = w, b

    def forward(self, x):
        self.x = x
        return x @ self.w.T + self.b

    def backward(self, g):
        self.dw, self.db = g.T @ self.x, g.sum(0)
        return g @ self.w


class Sized(Layer):
    def __init__(self, n_in, n_out):
        super().__init__(np.zeros((n_out, n_in)), np.zeros(n_out))


class WithDict(Layer):
    def backward(self, g):
        self.grads = {"w": g.T @ self.x, "b": g.sum(0)}
        return g @ self.w


class Updating(Layer):
    def backward(self, output_gradient, learning_rate):
        dx = output_gradient @ self.w
        self.w = self.w - learning_rate * output_gradient.T @ self.x
        self.b = self.b - learning_rate * output_gradient.sum(0)
        return dx


class Static:
    @staticmethod
    def forward(x, w, b):
        return x @ w.T + b

    @staticmethod
    def backward(grad_output, x, w, b):
        return linear(grad_output, x, w, b)


class Context:
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return x @ w.T + b

    @staticmethod
    def backward(ctx, g):
        x, w = ctx.saved_tensors
        return g @ w, g.T @ x, g.sum(0)


class Node:
    """As in the Educational Framework: parameters' gradients keep the batch axis."""

    def __init__(self, params, x):
        self.params, self.x = params, x

    def forward(self):
        self.value = self.x.value @ self.params.w.value.T + self.params.b.value

    def backward(self):
        self.x.addgrad(self.grad @ self.params.w.value)
        self.params.b.addgrad(self.grad)
        self.params.w.addgrad(self.grad[:, :, None] * self.x.value[:, None, :])


def other_order(x, g, b, weights):
    return {"dW": g.T @ x, "grad_b": g.sum(0), "dx": g @ weights}


@pytest.mark.parametrize(
    "theirs",
    [
        linear,
        other_order,
        lambda g, x, w, b: list(linear(g, x, w, b)),
        lambda g, y, x, w, b: linear(g, x, w, b),
        lambda *args: linear(*args),
        Layer,
        Layer(W, B),
        Sized,
        WithDict,
        Updating,
        Static,
        Context,
        Node,
    ],
    ids=lambda t: getattr(t, "__name__", type(t).__name__),
)
def test_every_form_is_understood(theirs):
    verdict = check.backward(theirs, gg.linear, X, W, B)
    assert verdict
    assert {a.name for a in verdict.arguments if a.right} == {"x", "w", "b"}
    assert "right: dx, dw, db" in verdict.text


def test_arrays_against_a_recorded_tensor():
    x, w = gg.tensor(X, requires_grad=False), gg.tensor(W, name="w")
    loss = gg.cross_entropy(gg.linear(x, w, np.zeros(3)), LABELS % 3)
    right = gg.grad(loss, w)
    assert check.backward(right, loss)
    assert check.backward({"w": right}, loss)
    assert check.backward([right], loss)
    assert check.backward(6 * right, loss).mistakes[0].mistake == "sum for mean"


def test_a_module_is_a_reference():
    module = gg.nn.Linear(4, 3, rng=0)
    w, b = (p.value.astype(float) for p in (module.weight, module.bias))
    g = RNG.normal(size=(6, 3))
    grads = {"x": g @ w, "weight": g.T @ X, "bias": g.sum(0)}
    assert check.backward(grads, module, X, g=g, names=["x"])
    assert b.shape == (3,)


def test_a_loss_needs_no_cotangent():
    def backward(x, labels):
        e = np.exp(x)
        return (e / e.sum(1, keepdims=True) - np.eye(4)[labels]) / len(x)

    assert check.backward(backward, gg.cross_entropy, X, LABELS)


# ---- what is right


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
def test_precision_and_order_of_summation_are_no_mistakes(dtype, order):
    def theirs(g, x, w, b):
        g, x, w = (a.astype(dtype) for a in (g, x, w))
        return g @ w, sum(np.outer(g[n], x[n]) for n in range(6)[order]), g[order].sum(0)

    verdict = check.backward(theirs, gg.linear, X, W, B)
    assert verdict
    assert ("single precision" in verdict.text) == (dtype == np.float32)


def test_axes_of_length_one_are_remarked_not_failed():
    verdict = check.backward(
        lambda g, x, w, b: (g @ w, g.T @ x, g.sum(0, keepdims=True)), gg.linear, X, W, B
    )
    assert verdict
    assert "db has shape (1, 3), b has (3,)" in verdict.text


def test_overwriting_an_input_is_remarked():
    def theirs(g, x):
        g *= 1 - np.tanh(x) ** 2
        return g

    verdict = check.backward(theirs, gg.tanh, X)
    assert verdict
    assert "overwrites g in place" in verdict.text


# ---- what is wrong


def test_a_wrong_forward_is_said_besides():
    class Half(Layer):
        def forward(self, x):
            return super().forward(x) / 2

    verdict = check.backward(Half, gg.linear, X, W, B)
    assert not verdict
    assert verdict.forward_right is False
    assert "forward: yours differs" in verdict.text


def test_wrong_shapes_are_said_in_shapes():
    verdict = check.backward(lambda g, x: g[:, :2], gg.tanh, X)
    assert "expected shape (6, 4), as x has, got (6, 2)" in verdict.text


@pytest.mark.parametrize(
    ("theirs", "error", "said"),
    [
        (
            lambda g, x, w: (g, g, g),
            SettingError,
            r"backward takes \(g, x, w\): expected backward\(g, x\)",
        ),
        (lambda g, x: (g, g), ShapeError, r"expected 1 gradient \(dx\), got 2"),
        (lambda g, x: "no", ShapeError, "must be an array of numbers"),
        (lambda g, x: {"q": g}, SettingError, "'q' is the gradient of no argument: expected dx"),
    ],
)
def test_misuse_is_said(theirs, error, said):
    with pytest.raises(error, match=said):
        check.backward(theirs, gg.tanh, X)


def test_misused_references_are_said():
    with pytest.raises(GraphError, match="the reference must give a Tensor"):
        check.backward(X, lambda x: np.tanh(X), X)
    with pytest.raises(GraphError, match="no leaf of the reference has a name"):
        check.backward(X, gg.tensor(X).sum())
    with pytest.raises(ShapeError, match="g must have the shape of the output"):
        check.backward(X, gg.tanh, X, g=np.ones(3))


def test_g_is_not_the_input_drawn_with_the_same_seed():
    """Else a mask taken of g instead of x would look right."""
    x = np.random.default_rng(0).normal(size=(5, 4))
    verdict = check.backward(lambda g, x: g * (g > 0), gg.relu, x)
    assert [m.mistake for m in verdict.mistakes] == ["mask"]


def test_a_class_without_a_backward_pass_is_said_to_be_one():
    class Nothing:
        pass

    with pytest.raises(SettingError, match="Nothing has no backward"):
        check.backward(Nothing, gg.relu, np.ones(3))
