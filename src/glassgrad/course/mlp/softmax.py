"""Questions 1 and 2: derivatives of softmax and of the logarithmic loss.

Read next: `small.py`.
"""

from __future__ import annotations

import numpy as np

import glassgrad as gg
from glassgrad.course.answer import Answer
from glassgrad.course.checked import judge_formula
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.derivation.jacobian import jacobian
from glassgrad.tensor import Tensor

_SCORES = (0.4, -0.9, 1.3)
_CLASS = 2  # counted from 1
_SHARE = "exp(o_{})/(exp(o_1) + exp(o_2) + exp(o_3))"


def scalars() -> tuple[list[Tensor], list[Tensor], Tensor]:
    """Three scores, their softmax and the loss of class 2, number by number."""
    o = [gg.tensor(v, name=f"o_{i}") for i, v in enumerate(_SCORES, 1)]
    e = [gg.exp(x) for x in o]
    total = e[0] + e[1] + e[2]
    y = [x / total for x in e]
    for i, x in enumerate(y, 1):
        x.name = f"y_{i}"
    loss = -gg.log(y[_CLASS - 1])
    loss.name = "l"
    return o, y, loss


@exercise(
    "mlp/1",
    title="Local derivatives of softmax and log loss",
    question=r"What are $\partial y_i / \partial o_j$ for $y = \mathrm{softmax}(o)$, and "
    r"$\partial l / \partial y_j$ for $l = -\log y_c$?",
    claims=[
        Claim(
            key="same",
            text=r"$\partial y_1 / \partial o_1$, the case $i = j$",
            printed="$y_1 (1 - y_1)$",
        ),
        Claim(
            key="other",
            text=r"$\partial y_1 / \partial o_2$, the case $i \neq j$",
            printed="$-y_1 y_2$",
        ),
        Claim(
            key="right",
            text=r"$\partial l / \partial y_c$, here $c = 2$",
            printed=r"$-\frac{1}{y_2}$",
        ),
        Claim(
            key="wrong",
            text=r"$\partial l / \partial y_j$ for $j \neq c$",
            printed=0.0,
            tolerance=0.0,
        ),
    ],
)
def local_derivatives(context: Context) -> Answer:
    """Source: Assignment 1, question 1."""
    answer, (_, y, loss) = Answer(), scalars()
    o = gg.tensor(_SCORES, name="o")
    s = gg.softmax(o)
    s.name = "y"
    answer.jacobian(jacobian(s, o), "All derivatives of the softmax at once, and by cases")
    same, other, right, _ = local_derivatives.claims
    judge_formula(answer, same, y[0], "o_1", "as printed: equal at 24 points")
    judge_formula(
        answer, other, y[0], "o_2", "as printed: equal at 24 points", y_2=_SHARE.format(2)
    )
    p = gg.tensor(gg.softmax(np.array(_SCORES)), name="y")
    l = -gg.log(p[_CLASS - 1])
    l.name = "l"
    d = derive(l, p)
    answer.derive(d, "The loss, derived by the vector y")
    judge_formula(answer, right, loss, "y_2", "as printed: equal at 24 points")
    answer.measure("wrong", np.delete(d.gradient(), _CLASS - 1).max())
    return answer


@exercise(
    "mlp/2",
    title="The loss by the scores",
    question=r"What is $\partial l / \partial o_j$? Why is it not strictly needed, if the two "
    "derivatives above are known?",
    claims=[
        Claim(
            key="right",
            text=r"$\partial l / \partial o_j$ for $j = c$, here 2",
            printed="$y_2 - 1$",
        ),
        Claim(
            key="wrong", text=r"$\partial l / \partial o_j$ for $j \neq c$, here 1", printed="$y_1$"
        ),
        Claim(
            key="needed",
            text="the product of the two local derivatives against this one, greatest difference",
            truth=0.0,
            slack=1e-12,
        ),
    ],
)
def combined(context: Context) -> Answer:
    """Source: Assignment 1, question 2."""
    answer, (o, y, loss) = Answer(), scalars()
    right, wrong, _ = combined.claims
    judge_formula(answer, right, loss, "o_2", "as printed: equal at 24 points")
    judge_formula(
        answer, wrong, loss, "o_1", "as printed: equal at 24 points", y_1=_SHARE.format(1)
    )
    scores = gg.tensor([_SCORES], name="o")
    fused = gg.cross_entropy(scores, [_CLASS - 1])
    fused.name = "l"
    d = derive(fused, scores)
    answer.derive(d, "Softmax and loss in one rule")
    local = np.array([[gg.grad(a, b) for b in o] for a in y])
    chained = gg.grad(loss, y) @ local
    error = float(np.abs(chained - d.gradient()[0]).max())
    answer.measure("needed", error)
    answer.say(
        "It is not needed because backpropagation multiplies local derivatives anyway; the "
        "product above is the same. It is worth having because $y_j - t_j$ needs no division by "
        "a probability that may have been rounded to 0. (The document says that local "
        "derivatives of these two do not suffice for all parameters: true, but that was not the "
        "question.)"
    )
    return answer
