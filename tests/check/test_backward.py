"""`check.backward`: every form a student's code can have, right ones not slandered, mistakes named.

The large counts are in `benchmarks/truth_check.py`; here is one of each kind.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import check
from glassgrad.check.mistakes import INSIDE, MISTAKES
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


# ---- mistakes


def named(theirs, reference, *inputs, **options):
    verdict = check.backward(theirs, reference, *inputs, **options)
    assert not verdict
    return {m.mistake: m for m in verdict.mistakes}


def network(x, w, b, v):
    k = x @ w + b
    k.name = "k"
    h = gg.sigmoid(k)
    h.name = "h"
    return gg.cross_entropy(h @ v, LABELS)


NETWORK = X, RNG.normal(size=(4, 5)), RNG.normal(size=5), RNG.normal(size=(5, 4))


def test_dh_for_db_is_found_on_generic_numbers():
    """Document 004, question 3, prints dh as the gradient of b; both were 0 there, so nobody saw."""
    x, w, b, v = NETWORK
    h = 1 / (1 + np.exp(-(x @ w + b)))
    s = np.exp(h @ v)
    ds = (s / s.sum(1, keepdims=True) - np.eye(4)[LABELS]) / len(x)
    dh = ds @ v.T
    dk = dh * h * (1 - h)
    found = named({"w": x.T @ dk, "b": dh.sum(0), "v": h.T @ ds}, network, *NETWORK)
    assert found["wrong node"].arguments == ("b",)
    assert "gradient of h" in found["wrong node"].sentence


def test_one_mistake_that_explains_everything_is_said_once():
    x, w, b, v = NETWORK
    h = 1 / (1 + np.exp(-(x @ w + b)))
    s = np.exp(h @ v)
    ds = (s / s.sum(1, keepdims=True) - np.eye(4)[LABELS]) / len(x)
    dk = ds @ v.T  # the sigmoid's derivative is missing
    found = named((dk @ w.T, x.T @ dk, dk.sum(0), h.T @ ds), network, *NETWORK)
    assert set(found) == {"derivative forgotten"}
    assert found["derivative forgotten"].arguments == ("x", "w", "b")


def test_two_mistakes_are_both_named():
    found = named(lambda g, x, w, b: (g @ w, -g.T @ x, g), gg.linear, X, W, B)
    assert {k: m.arguments for k, m in found.items()} == {"sign": ("w",), "not summed": ("b",)}


def softmax_rows(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


@pytest.mark.parametrize(
    ("mistake", "theirs", "reference", "inputs"),
    [
        ("factor", lambda g, x: 2 * g * (x > 0), gg.relu, (X,)),
        ("sign", lambda g, x: -g * (x > 0), gg.relu, (X,)),
        ("zero", lambda g, x: 0 * x, gg.relu, (X,)),
        ("not finite", lambda g, x: g * np.nan, gg.relu, (X,)),
        ("mask", lambda g, x: g * (g > 0), gg.relu, (X,)),
        ("derivative forgotten", lambda g, x: g, gg.relu, (X,)),
        ("upstream forgotten", lambda g, x: 1.0 * (x > 0), gg.relu, (X,)),
        ("wrong place", lambda g, x: g * (1 - x**2), gg.tanh, (X,)),
        ("wrong place", lambda g, x: g * (1 - np.tanh(np.tanh(x)) ** 2), gg.tanh, (X,)),
        ("derivative twice", lambda g, x: g * np.cosh(x) ** -4, gg.tanh, (X,)),
        ("missing factor", lambda g, x: g * (1 - np.tanh(x)), gg.tanh, (X,)),
        (
            "diagonal",
            lambda g, x: g * softmax_rows(x) * (1 - softmax_rows(x)),
            gg.softmax,
            (X,),
        ),
        (
            "mean for sum",
            lambda g, x, w, b: (g @ w, g.T @ x / len(x), g.mean(0)),
            gg.linear,
            (X, W, B),
        ),
        ("transpose", lambda g, x, w, b: (g @ w, x.T @ g, g.sum(0)), gg.linear, (X, W, B)),
        ("swapped", lambda g, x, w, b: (g @ w, g.sum(0), g.T @ x), gg.linear, (X, W, B)),
        ("axis", lambda g, x, w, b: (g @ w, g.T @ x, g.sum(1)), gg.linear, (X, W, B)),
        ("summed too far", lambda g, x, w, b: (g @ w, g.T @ x, g.sum()), gg.linear, (X, W, B)),
        (
            "one sample only",
            lambda g, x, w, b: (g @ w, np.outer(g[-1], x[-1]), g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        (
            "off by one",
            lambda g, x, w, b: (g @ w, g[1:].T @ x[1:], g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        (
            "overwritten",
            lambda g, x, w, b: (g @ (w - 0.3 * g.T @ x), g.T @ x, g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        (
            "extra term",
            lambda g, x, w, b: (g @ w, g.T @ x + 0.01 * w, g.sum(0)),
            gg.linear,
            (X, W, B),
        ),
        ("wrong value", lambda g, a, b: (g * a, g * a), gg.multiply, (X, X[::-1])),
        (
            "sum for mean",
            lambda x, t: softmax_rows(x) - np.eye(4)[t],
            gg.cross_entropy,
            (X, LABELS),
        ),
        ("target", lambda x, t: softmax_rows(x) / len(x), gg.cross_entropy, (X, LABELS)),
    ],
)
def test_the_mistake_is_named(mistake, theirs, reference, inputs):
    assert set(named(theirs, reference, *inputs)) == {mistake}


def test_convolution_padding_and_flips():
    x, w = RNG.normal(size=(2, 2, 5, 5)), RNG.normal(size=(3, 2, 3, 3))

    def conv(x, w):
        return gg.conv2d(x, w, padding=1)

    g = RNG.normal(size=(2, 3, 5, 5))
    tx, tw = gg.tensor(x), gg.tensor(w)
    dx, dw = gg.grad(conv(tx, tw), [tx, tw], g)
    assert check.backward((dx, dw), conv, x, w, g=g)
    found = named((np.roll(dx, 1, 2), dw[:, :, ::-1, ::-1]), conv, x, w, g=g)
    assert found["flipped"].arguments == ("w",)
    assert found["shifted"].arguments == ("x",)
    wide = np.pad(dx, ((0, 0), (0, 0), (1, 1), (1, 1)))
    assert set(named((wide, dw), conv, x, w, g=g)) == {"shifted"}


def test_an_unknown_mistake_is_located():
    def theirs(g, x):
        out = g * (1 - np.tanh(x) ** 2)
        out[2] += 0.5 * np.arange(4) ** 2
        return out

    verdict = check.backward(theirs, gg.tanh, X)
    assert not verdict
    assert not verdict.mistakes
    assert "no known mistake" in verdict.text
    assert "only at 2 of axis 0" in verdict.text


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
        (lambda g, x: (g, g), ShapeError, r"expected 1 gradients \(dx\), got 2"),
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


def test_the_catalogue_is_written_down():
    page = (Path(__file__).parents[2] / "docs" / "mistakes.md").read_text()
    for mistake in (*MISTAKES, *INSIDE):
        assert f"**{mistake.name}**" in page or mistake.name == "part"
        assert mistake.sign.endswith(".")
