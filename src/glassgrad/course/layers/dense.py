"""Exercises 1 and 2: the dense layer backwards, by indices, for one example and for a batch.

The document writes examples as columns, Y = WX + b, as it is done here.  Read next: `functions.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import Derivation, derive
from glassgrad.notation.latex import latex
from glassgrad.tensor import Tensor

Floats = NDArray[np.float64]
Formula = Callable[[Floats, Floats, Floats], Floats]

PRINTED: Mapping[str, Formula] = {
    "x": lambda w, x, g: w.T @ g,
    "W": lambda w, x, g: g @ x.T,
    "b": lambda w, x, g: g @ np.ones((g.shape[1], 1)),
}
"""The document's equations 5, 9, 13 and 17, 21, 23: they are the same, with one column or many."""


def dense(rng: np.random.Generator, examples: int) -> tuple[Tensor, dict[str, Tensor], Floats]:
    """Y = WX + b with 3 inputs and 2 outputs, its leaves, and some gradient of Y."""
    leaves = {
        name: gg.tensor(rng.normal(size=shape).round(2), name=name)
        for name, shape in (("W", (2, 3)), ("x", (3, examples)), ("b", (2, 1)))
    }
    y = leaves["W"] @ leaves["x"] + leaves["b"]
    y.name = "y"
    return y, leaves, rng.normal(size=(2, examples)).round(2)


def _judge(answer: Answer, d: Derivation, leaves: dict[str, Tensor], g: Floats) -> None:
    """Each printed formula, computed, against the derived gradient."""
    for name, formula in PRINTED.items():
        theirs = formula(leaves["W"].numpy(), leaves["x"].numpy(), g)
        ours = d.gradient(leaves[name])
        error = float(np.abs(theirs - ours).max())
        shown = f"${latex(d.formula(leaves[name]).right)}$"
        answer.judge(name, error < 1e-12, f"{shown}; greatest difference {error:.2g}")


@exercise(
    "layers/1",
    title="The dense layer, backwards",
    question=r"For $y = Wx + b$: what are $\partial L / \partial x$, $\partial L / \partial W$ "
    r"and $\partial L / \partial b$, given $\partial L / \partial y$?",
    claims=[
        Claim(
            key="x",
            text=r"$\partial L / \partial x$ (5)",
            printed=r"$W^{T} \frac{\partial L}{\partial y}$",
        ),
        Claim(
            key="W",
            text=r"$\partial L / \partial W$ (9)",
            printed=r"$\frac{\partial L}{\partial y} x^{T}$",
        ),
        Claim(
            key="b",
            text=r"$\partial L / \partial b$ (13)",
            printed=r"$\frac{\partial L}{\partial y}$",
        ),
        Claim(
            key="layout",
            text=r"the matrix $W$ as it is written out (4): row 1 is $W_{11} \ldots W_{m1}$",
            printed="$y = Wx$ as in (1)",
        ),
    ],
)
def one_example(context: Context) -> Answer:
    """Source: Assignment 3, exercise 1, equations 1 to 13."""
    answer = Answer()
    y, leaves, g = dense(context.rng(1), 1)
    d = derive(y, list(leaves.values()), seed=g)
    answer.derive(d, "By matrix, and below each line by index and by element")
    _judge(answer, d, leaves, g)
    _layout(answer, context.rng(2))
    return answer


def _layout(answer: Answer, rng: np.random.Generator) -> None:
    """Equation 4 against equation 1, with as many outputs as inputs, so that both can be multiplied."""
    w, x = rng.normal(size=(3, 3)), rng.normal(size=3)
    written = np.array(
        [[w[c, r] for c in range(3)] for r in range(3)]
    )  # row r, column c holds W_cr
    right = np.array([sum(w[i, j] * x[j] for j in range(3)) for i in range(3)])
    error, transposed = (float(np.abs(m @ x - right).max()) for m in (written, written.T))
    proof = (
        f"with random numbers the matrix of (4) gives a y that is {error:.3g} away from (1); its "
        f"transpose gives (1), to {transposed:.0e}. In (4) the indices run the wrong way; (5) "
        "and (9) are right for the matrix of (1)."
    )
    wrong = error > 1e-6 and transposed < 1e-12
    answer.judge(
        "layout", not wrong, "row 1 must be $W_{11} \\ldots W_{1m}$", proof=proof if wrong else ""
    )


@exercise(
    "layers/2",
    title="The dense layer for a batch",
    question="The same for $N$ examples in the columns of $X$.",
    claims=[
        Claim(
            key="x",
            text=r"$\partial L / \partial X$ (17)",
            printed=r"$W^{T} \frac{\partial L}{\partial Y}$",
        ),
        Claim(
            key="W",
            text=r"$\partial L / \partial W$ (21)",
            printed=r"$\frac{\partial L}{\partial Y} X^{T}$",
        ),
        Claim(
            key="b",
            text=r"$\partial L / \partial b$ (23), a sum over the columns",
            printed=r"$\frac{\partial L}{\partial Y} \mathbf{1}$",
        ),
        Claim(
            key="forward",
            text="$Y = WX + b$ (18) against the examples one by one, greatest difference",
            printed=0.0,
            tolerance=1e-12,
        ),
    ],
)
def batch(context: Context) -> Answer:
    """Source: Assignment 3, exercise 2, equations 14 to 23."""
    answer = Answer()
    y, leaves, g = dense(context.rng(2), 4)
    leaves["x"].name, y.name = "X", "Y"
    w, x, b = (leaf.numpy() for leaf in leaves.values())
    columns = [w @ x[:, [n]] + b for n in range(x.shape[1])]
    answer.measure("forward", np.abs(y.numpy() - np.hstack(columns)).max())
    d = derive(y, list(leaves.values()), seed=g)
    answer.derive(d, "By matrix and by index: the sum over the examples appears by itself")
    _judge(answer, d, leaves, g)
    return answer
