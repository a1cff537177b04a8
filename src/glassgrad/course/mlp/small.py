"""Question 3: a network of 2, 3 and 2 units, every number of its forward and backward pass.

Read next: `synthetic.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.drawing import draw_graph
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.tensor import Tensor

Arrays = dict[str, NDArray[np.float64]]
GIVEN: Arrays = {
    "x": np.array([[1.0, -1.0]]),
    "W": np.array([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]]),
    "b": np.zeros(3),
    "V": np.array([[1.0, 1.0], [-1.0, -1.0], [-1.0, -1.0]]),
    "c": np.zeros(2),
}


def network(numbers: Arrays) -> dict[str, Tensor]:
    """The leaves W, b, V, c and the nodes k, h, s, l by name."""
    x = numbers["x"]
    t = {name: gg.tensor(numbers[name], name=name) for name in ("W", "b", "V", "c")}
    t["k"] = gg.tensor(x, name="x", requires_grad=False) @ t["W"] + t["b"]
    t["h"] = gg.sigmoid(t["k"])
    t["s"] = t["h"] @ t["V"] + t["c"]
    t["l"] = gg.cross_entropy(t["s"], [0])
    for name in "khsl":
        t[name].name = name
    return t


@exercise(
    "mlp/3",
    title="A network of seven units, by hand",
    question="Run the network with the given weights on $x = (1, -1)$, class 1, forward and backward.",
    has_figure=True,
    claims=[
        Claim(key="loss", text="loss $l$", printed=0.6931471805599453, tolerance=1e-12),
        Claim(
            key="output",
            text=r"$\partial l / \partial o_c$, $o$ being the output of the softmax",
            printed=-2.0,
            tolerance=1e-12,
        ),
        Claim(
            key="V",
            text=r"$\partial l / \partial V$",
            tolerance=5e-9,
            printed=((-0.44039854, 0.44039854),) * 3,
        ),
        Claim(key="c", text=r"$\partial l / \partial c$", printed=(-0.5, 0.5), tolerance=1e-12),
        Claim(
            key="W", text=r"$\partial l / \partial W$", printed=((0.0,) * 3,) * 2, tolerance=1e-12
        ),
        Claim(key="b", text=r"$\partial l / \partial b$", printed=(0.0,) * 3, tolerance=1e-12),
        Claim(
            key="which",
            text="what the document's program prints as the gradient of $b$",
            printed=r"$\partial l / \partial h$",
        ),
    ],
)
def by_hand(context: Context) -> Answer:
    """Source: Assignment 1, question 3."""
    answer, t = Answer(), network(GIVEN)
    d = derive(t["l"], [t[n] for n in ("W", "b", "V", "c")])
    answer.derive(d, "Forward and backward, number by number")
    draw_graph(answer, t["l"], "The network with all values and all gradients.")
    answer.measure("loss", t["l"].item())
    o = gg.tensor(gg.softmax(t["s"].numpy()), name="o")
    answer.measure("output", gg.grad(-gg.log(o[0, 0]), o)[0, 0])
    for name in ("V", "c", "W", "b"):
        answer.measure(name, d.gradient(t[name]))
    _which(answer, context)
    return answer


def _which(answer: Answer, context: Context) -> None:
    """With the given weights dh and dk are both 0; with others one sees which of them is db."""
    rng = context.rng(3)
    t = network({n: a if n == "x" else rng.normal(size=a.shape) for n, a in GIVEN.items()})
    h, k, b = (np.ravel(g) for g in gg.grad(t["l"], [t["h"], t["k"], t["b"]]))
    answer.table(
        ("with other weights", "1", "2", "3"),
        [("dh, as the document takes it", *h), ("dk", *k), ("db, the gradient", *b)],
    )
    wrong = not np.allclose(h, b) and np.allclose(k, b)
    answer.judge(
        "which",
        not wrong,
        r"$\partial l / \partial k$, where $k$ is what $b$ is added to",
        proof=f"with random weights dh = {_row(h)} and db = {_row(b)}: not equal. Here both are "
        "0, since the two columns of V are equal, so nobody noticed.",
    )


def _row(values: NDArray[np.float64]) -> str:
    return f"({', '.join(f'{v:.4f}' for v in values)})"
