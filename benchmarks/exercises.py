"""What students' functions are held against: our function, its inputs, and what both get besides."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import glassgrad as gg
from glassgrad import check

Function = Callable[..., Any]


@dataclass(frozen=True)
class Exercise:
    """What a student's function is held against: ours, the inputs, and what both get besides."""

    ours: Function
    inputs: tuple[Any, ...]
    names: tuple[str, ...]
    constants: tuple[Any, ...] = ()

    def reference(self, *xs: Any) -> Any:
        return self.ours(*xs, *self.constants)

    def ask(self, theirs: Any) -> Any:
        """The verdict on a student's function."""
        student = _with(theirs, self.constants) if self.constants else theirs
        return check.backward(student, self.reference, *self.inputs, names=self.names)


def _with(theirs: Function, constants: tuple[Any, ...]) -> Function:
    """A student's function with its last arguments given."""
    signature = inspect.signature(theirs)
    kept = list(signature.parameters.values())[: -len(constants)]

    def student(*xs: Any) -> Any:
        return theirs(*xs, *constants)

    student.__signature__ = signature.replace(parameters=kept)  # type: ignore[attr-defined]
    return student


def _network(x: Any, w: Any, b: Any, v: Any, c: Any, labels: Any) -> Any:
    k = x @ w + b
    k.name = "k"
    h = gg.sigmoid(k)
    h.name = "h"
    s = h @ v + c
    s.name = "s"
    return gg.cross_entropy(s, labels)


def _ridge(theta: Any, x: Any, t: Any) -> Any:
    loss = gg.binary_cross_entropy_with_logits(gg.tensor(x, requires_grad=False) @ theta, t)
    return loss + 0.05 * (theta * theta).sum()


def first_exercises() -> dict[str, Exercise]:
    """For `students/activations.py` and `students/layers.py`."""
    rng = np.random.default_rng(7)
    n = rng.normal
    x, z, t = n(size=(7, 5)), n(size=(6, 3)), rng.integers(0, 2, (6, 3)).astype(float)
    labels, xwb = rng.integers(0, 4, 6), ("x", "w", "b")
    one = {
        name: Exercise(getattr(gg, name), (x,), ("x",))
        for name in ("tanh", "sigmoid", "relu", "leaky_relu", "elu", "softplus", "softmax")
    }
    norms = {
        name: Exercise(getattr(gg, name), (1 + n(size=(7, 5)), n(size=5), n(size=5)), xwb)
        for name in ("batch_norm", "layer_norm")
    }
    image = n(size=(3, 2, 4, 6))
    kernel = (n(size=(3, 2, 5, 5)), n(size=(4, 2, 3, 3)), n(size=4))
    layers = n(size=(6, 3)), n(size=(3, 5)), n(size=5), n(size=(5, 4)), n(size=4)
    return {
        **one,
        "log_softmax": Exercise(gg.log_softmax, (x,), ("x",)),
        "linear": Exercise(gg.linear, (n(size=(6, 4)), n(size=(3, 4)), n(size=3)), xwb),
        "matmul": Exercise(gg.matmul, (n(size=(4, 4)), n(size=(4, 4))), ("a", "b")),
        "multiply": Exercise(gg.multiply, (n(size=(6, 4)), n(size=4)), ("a", "b")),
        "divide": Exercise(gg.divide, (n(size=(6, 4)), 1.5 + rng.random((6, 4))), ("a", "b")),
        "mse": Exercise(gg.mse_loss, (z, n(size=(6, 3))), ("x", "t")),
        "cross_entropy": Exercise(gg.cross_entropy, (n(size=(6, 4)),), ("x",), (labels,)),
        "bce_with_logits": Exercise(gg.binary_cross_entropy_with_logits, (z,), ("x",), (t,)),
        "conv": Exercise(lambda x, w, b: gg.conv2d(x, w, b, padding=1), kernel, xwb),
        "max_pool": Exercise(lambda x: gg.max_pool2d(x, 2), (image,), ("x",)),
        "avg_pool": Exercise(lambda x: gg.avg_pool2d(x, 2), (image,), ("x",)),
        **norms,
        "network": Exercise(_network, layers, ("x", "w", "b", "v", "c"), (labels,)),
        "ridge": Exercise(_ridge, (n(size=3),), ("theta",), (n(size=(6, 3)), t[:, 0])),
    }


def _regression(x: Any, w: Any, b: Any, v: Any, t: Any) -> Any:
    k = x @ w + b
    k.name = "k"
    h = gg.relu(k)
    h.name = "h"
    return gg.mse_loss(h @ v, t)


def _attention(q: Any, k: Any, v: Any) -> Any:
    p = gg.softmax(q @ k.T / np.sqrt(q.shape[1]))
    p.name = "p"
    return p @ v


def _standardise(x: Any) -> Any:
    d = x - x.mean(1, keepdims=True)
    return d / gg.sqrt((d * d).mean(1, keepdims=True))


def _distance(a: Any, b: Any) -> Any:
    d = a - b
    return gg.sqrt((d * d).sum(1))


def _convolution_network(w: Any, b: Any, v: Any, x: Any, labels: Any) -> Any:
    y = gg.relu(gg.conv2d(gg.tensor(x, requires_grad=False), w, b)).mean((2, 3))
    return gg.cross_entropy(y @ v, labels)


def more_exercises() -> dict[str, Exercise]:
    """For `students/more.py`."""
    rng = np.random.default_rng(11)
    n = rng.normal
    x, positive = n(size=(7, 5)), 0.5 + rng.random((7, 5))
    regression = n(size=(6, 3)), n(size=(3, 5)), n(size=5), n(size=(5, 2))
    images = n(size=(3, 2, 7, 7)), n(size=(4, 2, 3, 3))
    three = n(size=(6, 4)), n(size=(6, 4)), n(size=(6, 4))
    tokens = n(size=(6, 6)), n(size=(6, 6)), n(size=(6, 6))
    pair = n(size=(6, 4)), n(size=(6, 4))
    wxb = n(size=(3, 4)), n(size=(4, 6)), n(size=(3, 1))
    network = n(size=(5, 2, 3, 3)), n(size=5), n(size=(5, 4))
    pictures, labels = n(size=(6, 2, 6, 6)), rng.integers(0, 4, 6)
    return {
        "affine": Exercise(
            lambda x, w, b: x @ w + b, (n(size=(6, 4)), n(size=(4, 3)), n(size=3)), ("x", "w", "b")
        ),
        "silu": Exercise(gg.silu, (x,), ("x",)),
        "exponential": Exercise(gg.exp, (x,), ("x",)),
        "logarithm": Exercise(gg.log, (positive,), ("x",)),
        "square_root": Exercise(gg.sqrt, (positive,), ("x",)),
        "log_sum_exp": Exercise(lambda x: gg.logsumexp(x, 1), (x,), ("x",)),
        "mean_rows": Exercise(lambda x: x.mean(0), (x,), ("x",)),
        "product_of_three": Exercise(lambda a, b, c: a * b * c, three, ("a", "b", "c")),
        "regression_network": Exercise(
            _regression, regression, ("x", "w", "b", "v"), (n(size=(6, 2)),)
        ),
        "attention": Exercise(_attention, tokens, ("q", "k", "v")),
        "strided_conv": Exercise(lambda x, w: gg.conv2d(x, w, stride=2), images, ("x", "w")),
        "columns": Exercise(lambda w, x, b: w @ x + b, wxb, ("w", "x", "b")),
        "gated": Exercise(lambda a, b: a * gg.sigmoid(b), pair, ("a", "b")),
        "residual": Exercise(
            lambda x, w: x + gg.tanh(x @ w), (pair[0], n(size=(4, 4))), ("x", "w")
        ),
        "standardise": Exercise(_standardise, (n(size=(6, 5)),), ("x",)),
        "absolute_loss": Exercise(gg.l1_loss, (pair[0],), ("x",), (pair[1],)),
        "cube": Exercise(lambda x: x * x * x, (pair[0],), ("x",)),
        "distance": Exercise(_distance, pair, ("a", "b")),
        "convolution_network": Exercise(
            _convolution_network, network, ("w", "b", "v"), (pictures, labels)
        ),
    }


def _three_layers(x: Any, w: Any, b: Any, u: Any, c: Any, v: Any, t: Any) -> Any:
    k = x @ w + b
    k.name = "k"
    h = gg.tanh(k)
    h.name = "h"
    m = h @ u + c
    m.name = "m"
    r = gg.relu(m)
    r.name = "r"
    return gg.mse_loss(r @ v, t)


def deeper_exercises() -> dict[str, Exercise]:
    """For `students/deeper.py`."""
    rng = np.random.default_rng(17)
    n = rng.normal
    layers = n(size=(6, 3)), n(size=(3, 5)), n(size=5), n(size=(5, 5)), n(size=5), n(size=(5, 2))
    forms = n(size=(6, 4)), n(size=(4, 4)), n(size=(6, 4))
    images = n(size=(3, 2, 6, 6)), n(size=(4, 2, 5, 5))
    return {
        "cosine": Exercise(gg.cos, (n(size=(6, 4)),), ("x",)),
        "bilinear": Exercise(lambda x, a, y: ((x @ a) * y).sum(1), forms, ("x", "a", "y")),
        "three_layers": Exercise(
            _three_layers, layers, ("x", "w", "b", "u", "c", "v"), (n(size=(6, 2)),)
        ),
        "harmonic": Exercise(lambda x: 1 / (1 / x).sum(1), (0.5 + rng.random((6, 4)),), ("x",)),
        "padded_conv": Exercise(lambda x, w: gg.conv2d(x, w, padding=2), images, ("x", "w")),
    }


def _cell(f: Any, i: Any, k: Any, c: Any) -> Any:
    kept = gg.sigmoid(f) * c
    kept.name = "kept"
    new = gg.sigmoid(i) * gg.tanh(k)
    new.name = "new"
    return kept + new


def held_out_exercises() -> dict[str, Exercise]:
    """For `students/held_out.py`."""
    rng = np.random.default_rng(19)
    n = rng.normal
    four = n(size=(5, 4)), n(size=(5, 4)), n(size=(5, 4)), n(size=(5, 4))
    image = n(size=(4, 2, 4, 4)), n(size=(3, 8))
    return {
        "cell": Exercise(_cell, four, ("f", "i", "k", "c")),
        "temperature": Exercise(lambda x: gg.softmax(x / 3.0), (n(size=(5, 4)),), ("x",)),
        "pooled_linear": Exercise(
            lambda x, w: gg.linear(gg.max_pool2d(x, 2).reshape(4, 8), w), image, ("x", "w")
        ),
        "lasso": Exercise(
            lambda w, x, t: (
                gg.mse_loss(gg.tensor(x, requires_grad=False) @ w, t) + 0.1 * gg.abs(w).sum()
            ),
            (n(size=5),),
            ("w",),
            (n(size=(8, 5)), n(size=8)),
        ),
        "softplus_layer": Exercise(
            lambda x, w, b: gg.softplus(x @ w + b),
            (n(size=(6, 4)), n(size=(4, 3)), n(size=3)),
            ("x", "w", "b"),
        ),
    }


def exercises() -> dict[str, Exercise]:
    """All of them, by the name of the student's function."""
    some = first_exercises() | more_exercises() | deeper_exercises()
    return some | held_out_exercises()
