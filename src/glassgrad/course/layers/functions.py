"""Exercises 3 and 4: ReLU and the softmax loss, and why a formula that is right may overflow.

Read next: `momentum.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad.course.answer import Answer
from glassgrad.course.checked import judge_formula
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.tensor import Tensor

Floats = NDArray[np.float64]


@exercise(
    "layers/3",
    title="ReLU, backwards",
    question=r"For $y_i = \max(x_i, 0)$: what is $\partial L / \partial x_i$? The step function "
    "is 0 at 0.",
    claims=[
        Claim(
            key="rule",
            text=r"$\partial L / \partial x_i$ (25)",
            printed=r"$\frac{\partial L}{\partial y_i} \theta(x_i)$ with $\theta(0) = 0$",
        ),
        Claim(
            key="zero", text="the derivative at 0 by this convention", printed=0.0, tolerance=0.0
        ),
    ],
)
def relu(context: Context) -> Answer:
    """Source: Assignment 3, exercise 3, equations 24 and 25."""
    answer = Answer()
    x = gg.tensor([-1.5, 0.0, 0.5, 2.0], name="x")
    y = gg.relu(x)
    y.name = "y"
    g = np.array([0.3, -0.8, 1.1, -0.4])
    d = derive(y, x, seed=g)
    answer.derive(d, "The rule, in cases, with numbers")
    theta = np.heaviside(x.numpy(), 0.0)
    answer.judge("rule", np.array_equal(g * theta, d.gradient()), "as printed, to the last bit")
    other = gg.grad(gg.relu(at_one := gg.tensor(0.0), at_zero=1.0), at_one)
    answer.measure("zero", gg.grad(gg.relu(at := gg.tensor(0.0)), at))
    answer.say(
        f"There is no derivative at 0; 0 is a convention. Another course takes {float(other):g} "
        "there (flood/4.2): `relu(x, at_zero=1.0)`. MATLAB's `heaviside` is ½ at 0, which is "
        "why the document has to change it."
    )
    return answer


def scalar_loss() -> Tensor:
    """The loss of three scores, number by number, for class 1."""
    x = [gg.tensor(v, name=f"x_{i}") for i, v in enumerate((0.4, -0.9, 1.3), 1)]
    loss = -x[0] + gg.log(gg.exp(x[0]) + gg.exp(x[1]) + gg.exp(x[2]))
    loss.name = "L"
    return loss


@exercise(
    "layers/4",
    title="The softmax loss, and overflow",
    question=r"For $L = -\log y_c$, $y = \mathrm{softmax}(x)$: show $L = -x_c + \log \sum_j "
    r"e^{x_j}$ and $\partial L / \partial x_i = y_i - \delta_{ic}$, and implement both.",
    claims=[
        Claim(
            key="loss",
            text=r"$L = -x_c + \log \sum_j e^{x_j}$ is $-\log y_c$ (26), greatest difference",
            printed=0.0,
            tolerance=1e-12,
        ),
        Claim(key="right", text=r"$\partial L / \partial x_c$ (29)", printed="$y_1 - 1$"),
        Claim(key="others", text=r"$\partial L / \partial x_i$, $i \neq c$ (29)", printed="$y_2$"),
        Claim(
            key="code",
            text="the forward pass as programmed: `-xc + log(sum(exp(x)))`",
            printed="gives the loss",
        ),
    ],
)
def softmax_loss(context: Context) -> Answer:
    """Source: Assignment 3, exercise 4, equations 26 to 29, and the listings under them."""
    answer, loss = Answer(), scalar_loss()
    _, right, others, _ = softmax_loss.claims
    share = "exp(x_{})/(exp(x_1) + exp(x_2) + exp(x_3))"
    judge_formula(answer, right, loss, "x_1", "as printed: equal at 24 points", y_1=share.format(1))
    judge_formula(
        answer, others, loss, "x_2", "as printed: equal at 24 points", y_2=share.format(2)
    )
    x = gg.tensor([[0.4, -0.9, 1.3]], name="x")
    fused = gg.cross_entropy(x, [0])
    fused.name = "L"
    answer.derive(derive(fused, x), "The rule for the whole loss")
    scores = context.rng(4).normal(size=(100, 5))
    y = gg.softmax(scores)[np.arange(100), 0]
    answer.measure("loss", np.abs(-np.log(y) - written(scores)).max())
    _overflow(answer)
    return answer


def written(x: Floats, shift: str = "") -> Floats:
    """-x_c + log Σ eˣ for class 0, after subtracting nothing, the least or the greatest score."""
    by = {"": 0.0, "min": x.min(axis=1, keepdims=True), "max": x.max(axis=1, keepdims=True)}[shift]
    x = x - by
    with np.errstate(all="ignore"):
        return np.asarray(-x[:, 0] + np.log(np.exp(x).sum(axis=1)))


def _overflow(answer: Answer) -> None:
    """The three ways of writing it, on scores that grow."""
    rows: list[tuple[Any, ...]] = []
    for size in (1.0, 100.0, 700.0, 800.0, 1e4):
        x = np.array([[0.0, size]])
        forms = [float(written(x, shift)[0]) for shift in ("", "min", "max")]
        rows.append((f"(0, {size:g})", *forms, float(gg.cross_entropy(x, [0]))))
    answer.table(
        (
            "scores, class 1",
            "as programmed",
            "least subtracted",
            "greatest subtracted",
            "glassgrad",
        ),
        rows,
    )
    fails = [row for row in rows if not np.isfinite(float(row[1]))]
    answer.judge(
        "code",
        not fails,
        f"{float(rows[-1][4]):g} for scores (0, 10000), where the listing gives {float(rows[-1][1])}",
        proof="e⁸⁰⁰ is not a number of float64: from there on the listing gives ∞, where the "
        "loss is 800. Subtracting the least score, as the framework of the course does, does not "
        "help; subtracting the greatest does."
        if fails
        else "",
    )
