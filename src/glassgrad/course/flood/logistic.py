"""Questions 3.1 and 3.2: logistic regression with a penalty, and what happens without one.

Read next: `backward.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad import figures
from glassgrad.check.formula.formula import formula
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.tensor import Tensor

Floats = NDArray[np.float64]
Penalty = Callable[[Any], Any]
BOOKS = (
    "((sigmoid(t_1*x_11 + t_2*x_12) - y_1)*x_11 + (sigmoid(t_1*x_21 + t_2*x_22) - y_2)*x_21)/2 + "
    "lam*t_1"
)
"""The derivative as books have it, for two examples."""


def objective(theta: Any, x: Floats, y: Floats, penalty: Penalty | None = None) -> Any:
    """The average negative log-likelihood, and the penalty if there is one."""
    score = (
        x @ theta
        if not isinstance(theta, Tensor)
        else gg.matmul(Tensor(x, requires_grad=False), theta)
    )
    j = gg.mean(gg.softplus(score) - y * score)
    return j if penalty is None else j + penalty(theta)


@exercise(
    "flood/3.1",
    title="Logistic ridge regression",
    question=r"For $f(\theta) = J(\theta) + \frac{\lambda}{2} \sum_j \theta_j^2$: what is "
    r"$\partial f / \partial \theta_k$, and how is $\theta_k$ updated?",
    claims=[
        Claim(key="formula", text=r"$\partial f / \partial \theta_k$, derived"),
        Claim(
            key="check",
            text="every step against differences, greatest relative error",
            truth=0.0,
            slack=1e-7,
        ),
    ],
)
def ridge(context: Context) -> Answer:
    """Source: Homework 2024, Q3.1."""
    answer, rng = Answer(), context.rng(31)
    x = gg.tensor(
        np.column_stack([rng.normal(size=(4, 2)).round(2), np.ones(4)]),
        name="X",
        requires_grad=False,
    )
    y = gg.tensor([1.0, 0.0, 1.0, 0.0], name="y", requires_grad=False)
    lam = gg.tensor(0.1, name="lambda", requires_grad=False)
    theta = gg.tensor([0.5, -0.3, 0.2], name="theta")
    s = x @ theta
    s.name = "s"
    f = gg.mean(gg.softplus(s) - y * s) + 0.5 * lam * (theta * theta).sum()
    f.name = "f"
    d = derive(f, theta)
    answer.derive(d, r"With $s = X\theta$ and $\log(1 + e^s)$ as softplus")
    answer.measure("check", d.check.error)
    found = formula(BOOKS, _by_numbers(), wrt="t_1")
    answer.output(found, "Two examples, number by number, against the formula of the books")
    answer.judge(
        "formula",
        bool(found),
        r"$\frac{1}{N} \sum_i (\sigma(\theta^T x^{(i)}) - y^{(i)}) x^{(i)}_k + \lambda \theta_k$",
    )
    answer.say(
        r"The update with rate $\eta$ is $\theta_k \leftarrow \theta_k - \eta\, \partial f / "
        r"\partial \theta_k = (1 - \eta \lambda)\, \theta_k - \frac{\eta}{N} \sum_i "
        r"(\sigma(\theta^T x^{(i)}) - y^{(i)})\, x^{(i)}_k$: the penalty shrinks every weight by "
        "the same share in each step. The sheet counts features from 1 to $M + 1$ and lets the sum of "
        "squares run from 0 to $M$; taken as all $M + 1$ weights, that of the constant is shrunk too."
    )
    return answer


def _by_numbers() -> Tensor:
    names = {
        "t_1": 0.5,
        "t_2": -0.3,
        "x_11": 1.2,
        "x_12": -0.4,
        "x_21": -0.7,
        "x_22": 0.9,
        "y_1": 1.0,
        "y_2": 0.0,
    }
    t = {n: gg.tensor(v, name=n) for n, v in (names | {"lam": 0.1}).items()}
    scores = [t["t_1"] * t[f"x_{i}1"] + t["t_2"] * t[f"x_{i}2"] for i in (1, 2)]
    losses = [gg.log(1 + gg.exp(s)) - t[f"y_{i}"] * s for i, s in enumerate(scores, 1)]
    f = (losses[0] + losses[1]) / 2 + 0.5 * t["lam"] * (t["t_1"] * t["t_1"] + t["t_2"] * t["t_2"])
    f.name = "f"
    return f


PENALTIES: dict[str, Penalty | None] = {
    "none": None,
    "ℓ₂": lambda t: 0.005 * (t * t).sum(),
    "ℓ₁": lambda t: 0.01 * gg.abs(t).sum(),
}


@exercise(
    "flood/3.2",
    title="Weights that grow without end",
    question="Why can the weights of logistic regression become infinite on separable data? How "
    r"do $\ell_1$ and $\ell_2$ help?",
    has_figure=True,
    claims=[
        Claim(
            key="grows",
            text=r"unregularised: $|\theta|$ in the last tenth of the steps still grows by",
            printed=0.0,
            relation="≥",
            unit="%",
        ),
        Claim(
            key="finite",
            text=r"with $\ell_1$ or $\ell_2$: $|\theta|$ in the last tenth of the steps moves by",
            printed=0.0,
            tolerance=0.5,
            unit="%",
        ),
    ],
)
def growth(context: Context) -> Answer:
    """Source: Homework 2024, Q3.2."""
    answer = Answer()
    rng, steps = context.rng(32), context.pick(1500, 20_000)
    feature = np.concatenate([rng.uniform(-2, -0.3, 15), rng.uniform(0.3, 2, 15)])
    x, y = np.column_stack([feature, np.ones(30)]), np.repeat([0.0, 1.0], 15)
    norms, losses, ends = {}, {}, {}
    for name, penalty in PENALTIES.items():
        norms[name], ends[name] = _descend(x, y, penalty, steps)
        losses[name] = float(objective(ends[name], x, y))
    at = np.arange(1, steps + 1)
    ax = figures.lines(at, norms, x_label="step", y_label="|θ|", log_x=True, marks=False)
    answer.show(ax, "Without a penalty the weights grow like the logarithm of the steps, for ever.")
    moved = {n: 100 * (v[-1] / v[-steps // 10] - 1) for n, v in norms.items()}
    answer.judge("grows", moved["none"] > 0.5, f"{moved['none']:.2f} %")
    answer.measure("finite", max(abs(moved["ℓ₁"]), abs(moved["ℓ₂"])))
    rows = [(n, *ends[n], norms[n][-1], moved[n], losses[n]) for n in PENALTIES]
    head = ("penalty", "θ₁", "θ₂, of the constant", "|θ|", "grew in the last tenth, %", "loss J")
    answer.table(head, rows, "At the end")
    theta = np.array([1.0, 0.0])
    longer = [(k, float(objective(k * theta, x, y))) for k in (1, 2, 4, 8, 16, 32)]
    answer.table((r"$k$", r"$J(k\theta)$"), longer, "A direction that separates, made longer")
    answer.say(
        r"If $\theta$ puts every point on its side, then $2\theta$ does too, and every "
        "probability of a right answer is nearer to 1: the loss is smaller still. So no finite "
        "weight is the best, and descent never ends. A penalty grows with the weights while the "
        r"gain shrinks like $e^{-k}$, so from some length on it is dearer. $\ell_2$ pulls in "
        r"proportion to the weight and leaves all of them small; $\ell_1$ pulls with the same "
        "force at any size, so weights that help less than that end at 0, such as the constant's here "
        f"({ends['ℓ₁'][1]:.2g}; {ends['ℓ₂'][1]:.2g} with "
        r"$\ell_2$)."
    )
    return answer


def _descend(x: Floats, y: Floats, penalty: Penalty | None, steps: int) -> tuple[Floats, Floats]:
    """|θ| after each step, and θ at the end; the rate falls where ℓ₁ has to settle."""
    theta, norms = np.zeros(2), []
    for k in range(steps):
        leaf = Tensor(theta)
        rate = 2.0 if penalty is None else 2.0 / (1 + 20 * k / steps)
        theta = theta - rate * gg.grad(objective(leaf, x, y, penalty), leaf)
        norms.append(float(np.linalg.norm(theta)))
    return np.array(norms), theta
