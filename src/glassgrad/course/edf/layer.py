"""Exercise 2.1 c: a layer with two weights and three points, one update, and a ReLU.

Read next: `plane.py`.
"""

from __future__ import annotations

import numpy as np

import glassgrad as gg
from glassgrad import figures
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.tensor import Tensor

A = np.array([[3.0, 2.0]])
X = np.array([[2.0, 1.0, -1.0], [4.0, -2.0, 0.0]])
T = np.array([[15.0, 3.0, 1.0]])


def network(weights: np.ndarray, with_relu: bool) -> tuple[Tensor, Tensor, Tensor]:
    r"""The loss $\frac12 \sum_j (g(AX)_j - t_j)^2$, its leaf A, and the output g."""
    a = gg.tensor(weights, name="A")
    x, t = (gg.tensor(v, name=n, requires_grad=False) for v, n in ((X, "X"), (T, "t")))
    z = a @ x
    z.name = "y"
    g = gg.relu(z) if with_relu else z
    if with_relu:
        g.name = "g"
    error = g - t
    loss = 0.5 * (error * error).sum()
    loss.name = "L"
    return loss, a, g


@exercise(
    "edf/2.1c",
    title="One layer, one update, and a ReLU",
    question="With $A = (3, 2)$, three points and targets: the loss before and after one update "
    "with rate 1; why it rises; and the gradient if the output goes through a ReLU.",
    claims=[
        Claim(key="before", text="i: loss before the update", printed=16.5),
        Claim(key="linear", text=r"i: $\partial L / \partial y$", printed=(-1.0, -4.0, -4.0)),
        Claim(key="gradient", text=r"i: $\partial L / \partial A$", printed=(-2.0, 4.0)),
        Claim(key="update", text="i: $A$ after the update", printed=(3.667, 0.667)),
        Claim(key="after", text="i: loss after the update", printed=23.611),
        Claim(key="rate", text="ii: the loss rises because the rate is too high", printed="yes"),
        Claim(key="output", text=r"iii: $\partial L / \partial g$", printed=(-1.0, -3.0, -1.0)),
        Claim(
            key="rows",
            text=r"iii: $\partial g / \partial A$, one row for each point",
            printed=((2.0, 4.0), (1.0, 0.0), (0.0, 0.0)),
            truth=((2.0, 4.0), (0.0, 0.0), (0.0, 0.0)),
        ),
        Claim(
            key="silent",
            text="iii: how many of the three points contribute nothing to the gradient",
            printed=1.0,
            truth=2.0,
        ),
        Claim(
            key="relu",
            text=r"iii: $\partial L / \partial A$ with ReLU",
            printed=(-5.0, -4.0),
            truth=(-2.0, -4.0),
        ),
    ],
)
def one_layer(context: Context) -> Answer:
    """Source: Exercise 2, 2.1 c, i to iii."""
    answer = Answer()
    loss, a, y = network(A, False)
    d = derive(loss, a)
    answer.derive(d, "i: the linear layer")
    new = A - d.gradient() / 3
    after = network(new, False)[0].item()
    answer.measure("before", loss.item())
    answer.measure("linear", gg.grad(loss, y)[0])
    answer.measure("gradient", d.gradient()[0])
    answer.measure("update", new[0])
    answer.measure("after", after)
    answer.say(
        "A convention to be seen here: the loss is a sum over the three points, but the update "
        "divides its gradient by 3. With the whole gradient the loss would be "
        f"{network(A - d.gradient(), False)[0].item():.4g} after the update."
    )
    _rates(answer, d.gradient())
    _with_relu(answer)
    return answer


def _rates(answer: Answer, gradient: np.ndarray) -> None:
    """The loss after one update, for many rates."""
    rates = np.linspace(0, 1.2, 121)
    losses = np.array([network(A - rate * gradient / 3, False)[0].item() for rate in rates])
    best, last = rates[losses.argmin()], rates[losses <= losses[0]].max()
    answer.judge(
        "rate", last < 1 < rates[-1], f"it falls for rates below {last:.2f}, most at {best:.2f}"
    )
    ax = figures.lines(
        rates, {"after one update": losses}, x_label="learning rate", y_label="loss", marks=False
    )
    ax.axhline(losses[0], color="#8C8C8C", lw=1.3, ls=":")
    answer.show(
        ax, f"ii: Loss after one update. Dotted: before. Rates above {last:.2f} make it worse."
    )


def _with_relu(answer: Answer) -> None:
    loss, a, g = network(A, True)
    d = derive(loss, [a])
    answer.derive(d, "iii: the same with a ReLU")
    answer.measure("output", gg.grad(loss, g)[0])
    numeric = gg.numeric_grad(lambda v: network(v, True)[0].item(), A)[0][0]
    rows = [gg.grad(g[0, j], a)[0] for j in range(3)]
    second = float((A @ X)[0, 1])
    proof = ""
    if second < 0 and d.check.ok:
        proof = (
            f"A x₂ = {second:g} is below 0, so the ReLU passes nothing back from the second "
            "point either: its row of ∂g/∂A is (0, 0), printed is (1, 0). Differences of the "
            f"loss give ({numeric[0]:.6g}, {numeric[1]:.6g})."
        )
    answer.measure("rows", rows, proof=proof)
    answer.measure("silent", sum(not np.any(row) for row in rows), proof=proof)
    answer.measure("relu", d.gradient()[0], proof=proof)
    answer.say(
        "Only the first point still teaches: $A x$ of the other two is below 0, where the ReLU is "
        "flat. The document notices it for the third point and calls it a dead (dying) ReLU. A unit "
        "is dead for good when that happens for every point: then nothing moves its weights again."
    )
