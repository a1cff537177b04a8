"""Exercise 2.1 a and b: derivatives of activation functions, of softmax and of cross-entropy.

Read next: `layer.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad import figures
from glassgrad.course.answer import Answer
from glassgrad.course.checked import judge_formula
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.derivation.jacobian import jacobian
from glassgrad.tensor import Tensor

Floats = NDArray[np.float64]
NAMES = {"relu": "ReLU", "elu": "ELU"}
C = 0.5  # the constant c of ReLU and ELU

PIECES: Mapping[str, tuple[Callable[[Any], Any], Callable[[Floats], Floats], float]] = {
    "relu": (lambda x: gg.relu(x, C), lambda x: np.where(x > C, 1.0, 0.0), C),
    "elu": (lambda x: gg.elu(x, C), lambda x: np.where(x >= 0, 1.0, C * np.exp(x)), 0.0),
}
"""Function, the derivative that is printed, and where the function has its kink."""


@exercise(
    "edf/2.1a",
    title="Derivatives by hand",
    question="Differentiate ReLU shifted by $c$, ELU, tanh, softmax and cross-entropy.",
    claims=[
        Claim(key="relu", text=r"ReLU shifted by $c$", printed="1 for $x > c$, 0 for $x \\leq c$"),
        Claim(key="elu", text="ELU", printed=r"1 for $x \geq 0$, $c e^x$ for $x < 0$"),
        Claim(
            key="tanh", text=r"$\tanh x = \frac{2}{1 + e^{-2x}} - 1$", printed=r"$1 - \tanh^2(x)$"
        ),
        Claim(
            key="same", text=r"softmax, $\partial S_1 / \partial x_1$", printed="$S_1 (1 - S_1)$"
        ),
        Claim(key="other", text=r"softmax, $\partial S_1 / \partial x_2$", printed="$-S_2 S_1$"),
        Claim(
            key="entropy",
            text=r"cross-entropy $H = -\sum_i y_i \log p_i$ by $p_1$",
            printed=r"$-\frac{y_1}{p_1}$",
        ),
    ],
)
def derivatives(context: Context) -> Answer:
    """Source: Exercise 2, 2.1 a, i to v."""
    answer = Answer()
    _, _, tanh, same, other, entropy = derivatives.claims
    for key, (f, printed, kink) in PIECES.items():
        _piecewise(answer, key, f, printed, kink)
    x = gg.tensor(0.7, name="x")
    y = 2 / (1 + gg.exp(-2 * x)) - 1
    y.name = "y"
    answer.derive(derive(y, x), "tanh, from its definition by one exponential")
    judge_formula(answer, tanh, y, "x", "as printed: equal at 24 points")
    scores = gg.tensor([0.2, -1.0, 0.5], name="x")
    s = gg.softmax(scores)
    s.name = "S"
    answer.jacobian(jacobian(s, scores), "Softmax: with δ, in two cases, and as a matrix")
    first = _softmax_by_numbers()
    share = "exp(x_2)/(exp(x_1) + exp(x_2) + exp(x_3))"
    judge_formula(answer, same, first, "x_1", "as printed: equal at 24 points")
    judge_formula(answer, other, first, "x_2", "as printed: equal at 24 points", S_2=share)
    h = _cross_entropy(answer)
    judge_formula(answer, entropy, h, "p_1", "as printed: equal at 24 points")
    return answer


def _piecewise(
    answer: Answer,
    key: str,
    f: Callable[[Any], Any],
    printed: Callable[[Floats], Floats],
    kink: float,
) -> None:
    """A function with a kink: the rule, and both curves."""
    x = np.linspace(-2.505, 2.495, 201)
    leaf = gg.tensor(x, name="x")
    found = gg.grad(f(leaf).sum(), leaf)
    numeric = gg.numeric_grad(lambda v: f(v).sum(), x)[0]
    short = gg.tensor([-1.0, 0.2, 1.5], name="x")
    answer.derive(derive(f(short), short, seed=np.ones(3)), f"{NAMES[key]} with $c = {C}$")
    agrees = np.array_equal(found, printed(x)) or np.allclose(found, printed(x), rtol=1e-12)
    at_kink = float(gg.grad(f(t := gg.tensor(kink)), t))
    note = f"as printed at {len(x)} points; at the kink {kink:g}, where none exists, ours is {at_kink:g}"
    answer.judge(key, bool(agrees), note)
    answer.show(
        figures.function_and_derivative(x, f(x), found, numeric), f"{NAMES[key]} with $c = {C}$."
    )


def _softmax_by_numbers() -> Tensor:
    x = [gg.tensor(v, name=f"x_{i}") for i, v in enumerate((0.2, -1.0, 0.5), 1)]
    e = [gg.exp(v) for v in x]
    first = e[0] / (e[0] + e[1] + e[2])
    first.name = "S_1"
    return first


def _cross_entropy(answer: Answer) -> Tensor:
    """The loss by the vector p, derived; and number by number, for the check."""
    p, y = (
        gg.tensor([0.2, 0.5, 0.3], name="p"),
        gg.tensor([0.0, 1.0, 0.0], name="y", requires_grad=False),
    )
    whole = -(y * gg.log(p)).sum()
    whole.name = "H"
    answer.derive(derive(whole, p), "Cross-entropy")
    ps = [gg.tensor(v, name=f"p_{i}") for i, v in enumerate((0.2, 0.5, 0.3), 1)]
    ys = [gg.tensor(v, name=f"y_{i}") for i, v in enumerate((0.1, 0.7, 0.2), 1)]
    h = -(ys[0] * gg.log(ps[0]) + ys[1] * gg.log(ps[1]) + ys[2] * gg.log(ps[2]))
    h.name = "H"
    return h


@exercise(
    "edf/2.1b",
    title="Softmax does not feel a constant",
    question=r"Prove that $\mathrm{softmax}(x) = \mathrm{softmax}(x + c)$ for every constant $c$.",
    claims=[
        Claim(
            key="zero",
            text=r"the derivative of $\mathrm{softmax}(x + c)$ by $c$",
            printed=0.0,
            tolerance=1e-15,
        ),
        Claim(
            key="equal",
            text="greatest difference for $c$ up to 10,000",
            printed=0.0,
            tolerance=1e-11,
        ),
    ],
)
def shift(context: Context) -> Answer:
    """Source: Exercise 2, 2.1 b."""
    answer = Answer()
    numbers = np.array([0.2, -1.0, 0.5])
    x, c = gg.tensor(numbers, name="x"), gg.tensor(0.7, name="c")
    s = gg.softmax(x + c)
    s.name = "S"
    seeds = np.eye(3)
    slopes = [derive(s, c, seed=seed).gradient() for seed in seeds]
    answer.derive(
        derive(s, c, seed=[1.0, 0.0, 0.0]),
        "How the first share moves with $c$: the two parts cancel",
    )
    answer.jacobian(
        jacobian(s, x),
        "Each row of the derivatives by $x$ adds up to 0, and $c$ moves all of them alike",
    )
    answer.measure("zero", np.abs(slopes).max())
    answer.say(
        "A function of $c$ whose derivative is 0 everywhere is constant, so its value at $c$ is "
        r"its value at 0: $\mathrm{softmax}(x + c) = \mathrm{softmax}(x)$. The cancellation "
        r"holds for every $x$, because the shares add up to 1: $S_j (1 - \sum_k S_k) = 0$."
    )
    rows = []
    for c_value in (1.0, -30.0, 500.0, 1e3, -1e4, 1e4):
        moved = gg.softmax(numbers + c_value)
        with np.errstate(all="ignore"):
            e = np.exp(numbers + c_value)
            naive = e / e.sum()
        rows.append(
            (c_value, float(np.abs(moved - gg.softmax(numbers)).max()), str(naive.round(6)))
        )
    answer.table(("c", "greatest difference", "as the formula is written"), rows)
    answer.measure("equal", max(row[1] for row in rows))
    answer.say(
        "The last column computes the formula as it is written: from $c = 710$ on the "
        "exponential overflows, and far below it is 0/0. Subtracting the greatest element first "
        "is the same function, by this very proof, and safe."
    )
    return answer
