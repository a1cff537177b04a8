"""Problem 1: a function of four numbers, its derivatives, its graph, and thirty steps downhill.

Read next: `linear.py`.
"""

from __future__ import annotations

import numpy as np

import glassgrad as gg
from glassgrad import figures
from glassgrad.check.formula.formula import formula
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.notation.latex import latex
from glassgrad.tensor import Tensor

START = {"w_1": 0.3, "w_2": -0.5, "x_1": 0.2, "x_2": 0.4}
_SIGMOID = r"\frac{-e^{-u} %s}{(1+e^{-u})^2}"


def recorded(start: dict[str, float] = START) -> tuple[Tensor, dict[str, Tensor]]:
    """f and its four arguments, as a graph."""
    leaves = {name: gg.tensor(value, name=name) for name, value in start.items()}
    w1, w2, x1, x2 = leaves.values()
    f = gg.sigmoid(w1 * x1 + w2 * x2) + 0.5 * (w1 * w1 + w2 * w2)
    f.name = "f"
    return f, leaves


def _claim(by: str, other: str, rest: str) -> Claim:
    printed = f"${_SIGMOID % other}{rest}$"
    return Claim(
        key=by, text=rf"$\partial f / \partial {by}$, with $u = w_1 x_1 + w_2 x_2$", printed=printed
    )


@exercise(
    "graph/1a",
    title="Four derivatives",
    question=r"What are the derivatives of $f = \sigma(w_1 x_1 + w_2 x_2) + \frac{1}{2} (w_1^2 + "
    "w_2^2)$ with respect to $w_1, w_2, x_1, x_2$?",
    claims=[
        _claim("w_1", "x_1", " + w_1"),
        _claim("w_2", "x_2", " + w_2"),
        _claim("x_1", "w_1", ""),
        _claim("x_2", "w_2", ""),
        Claim(
            key="numbers",
            text=r"$f$ and its gradient at the start",
            truth=(0.63506, 0.34976, -0.40049, 0.07463, -0.12439),
            slack=5e-6,
        ),
    ],
)
def derivatives(context: Context) -> Answer:
    """Source: Homework 2, problem 1 (a)."""
    answer, (f, leaves) = Answer(), recorded()
    d = derive(f, list(leaves.values()))
    answer.derive(d, "The derivation, from the result back to the four arguments")
    for claim in derivatives.claims[:4]:
        assert isinstance(claim.printed, str)
        found = formula(claim.printed.strip("$"), f, wrt=claim.key, u="w_1*x_1 + w_2*x_2")
        ours = f"${latex(d.expanded(leaves[claim.key]).right)}$"
        answer.judge(claim.key, bool(found), ours, proof=str(found))
    answer.measure("numbers", [f.item(), *(float(d.gradient(x)) for x in leaves.values())])
    answer.say(
        "The logistic function rises, so its part of the derivative by $w_1$ has the sign of "
        "$x_1$. In the document each such part has a minus: the inner derivative of $e^{-u}$ "
        "was forgotten."
    )
    return answer


@exercise(
    "graph/1b",
    title="The graph with its values",
    question="Draw the computation graph of $f$ at $w = (0.3, -0.5)$, $x = (0.2, 0.4)$, with "
    "every value of the forward and of the backward pass.",
    has_figure=True,
    claims=[
        Claim(
            key="nodes",
            text="the backward pass agrees with differences, relative error",
            printed=0.0,
            tolerance=1e-6,
        )
    ],
)
def drawn(context: Context) -> Answer:
    """Source: Homework 2, problem 1 (b)."""
    from glassgrad.course.drawing import draw_graph

    answer, (f, leaves) = Answer(), recorded()
    d = derive(f, list(leaves.values()))
    draw_graph(
        answer,
        f,
        "In each box: formula, value, derivative of f by it; on arrows: parts of a sum.",
    )
    answer.derive(d, "Each value, with the rule it comes from")
    answer.measure("nodes", d.check.error)
    return answer


@exercise(
    "graph/1c",
    title="Thirty steps downhill",
    question="Go 30 steps of 0.01 against the gradient with respect to $w$, $x$ being fixed. How "
    "do the weights move?",
    has_figure=True,
    claims=[
        Claim(
            key="w",
            text="$(w_1, w_2)$ after 30 steps",
            truth=(0.20895, -0.39577),
            slack=5e-6,
        )
    ],
)
def descent(context: Context) -> Answer:
    """Source: Homework 2, problem 1 (c)."""
    answer, point = Answer(), dict(START)
    path = []
    for _ in range(31):
        path.append([point["w_1"], point["w_2"]])
        f, leaves = recorded(point)
        steps = gg.grad(f, [leaves["w_1"], leaves["w_2"]])
        point["w_1"] -= 0.01 * float(steps[0])
        point["w_2"] -= 0.01 * float(steps[1])
    w = np.array(path)
    series = {"$w_1$": w[:, 0], "$w_2$": w[:, 1]}
    ax = figures.lines(range(31), series, x_label="step", y_label="weight", marks=False)
    answer.show(ax, "Both weights shrink: the penalty pulls harder than the logistic function.")
    answer.measure("w", w[30])
    return answer
