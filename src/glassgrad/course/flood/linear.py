"""Questions 2.1 and 2.2: least squares as a projection, and hulls that meet or do not.

Read next: `logistic.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad import check, figures
from glassgrad.check.separable.separable import SeparableVerdict
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.figures import style

Floats = NDArray[np.float64]


@exercise(
    "flood/2.1",
    title="Least squares is a projection",
    question=r"Show that $\hat{y} = X \theta$, with the least-squares $\theta$, is the "
    "orthogonal projection of $y$ onto the space that the columns of $X$ span.",
    has_figure=True,
    claims=[
        Claim(
            key="orthogonal",
            text=r"$X^T (y - \hat{y})$, greatest element over 100 random problems",
            printed=0.0,
            tolerance=1e-10,
        ),
        Claim(
            key="nearest",
            text=r"no other $X \theta$ is nearer: least gain in distance over 1,000 tries",
            printed=0.0,
            relation="≥",
            tolerance=0.0,
        ),
        Claim(
            key="twice",
            text="projecting twice is projecting once, greatest difference",
            printed=0.0,
            tolerance=1e-10,
        ),
    ],
)
def projection(context: Context) -> Answer:
    """Source: Homework 2024, Q2.1."""
    answer, rng = Answer(), context.rng(21)
    X = np.array([[1.0, 0.2], [0.3, 1.0], [0.2, 0.4]])
    y = np.array([[0.7], [0.6], [1.3]])
    start = gg.tensor([[0.3], [0.4]], name="theta")
    fixed = {n: gg.tensor(v, name=n, requires_grad=False) for n, v in (("X", X), ("y", y))}
    r = fixed["X"] @ start - fixed["y"]
    r.name = "r"
    loss = 0.5 * (r * r).sum()
    loss.name = "L"
    answer.derive(
        derive(loss, start),
        r"The squared distance from $y$ and its derivative by $\theta$, at any $\theta$",
    )
    answer.say(
        r"At the least distance that derivative is 0: $X^T r = 0$. So $r = X\theta - y$ is "
        r"orthogonal to every column of $X$, and with them to everything they span. $y = \hat{y} "
        "- r$ takes $y$ apart into a piece in the space and a piece orthogonal to it, and there "
        r"is only one way to do that: $\hat{y}$ is the orthogonal projection."
    )
    best = np.linalg.lstsq(X, y, rcond=None)[0]
    answer.measure("orthogonal", max(_leftover(rng) for _ in range(100)))
    distance = np.linalg.norm(X @ best - y)
    others = [
        np.linalg.norm(X @ (best + rng.normal(size=(2, 1))) - y) - distance for _ in range(1000)
    ]
    answer.measure("nearest", min(others))
    p = X @ np.linalg.solve(X.T @ X, X.T)
    answer.measure("twice", np.abs(p @ p - p).max())
    ax = figures.projection(X, y[:, 0], (X @ best)[:, 0])
    answer.show(
        ax, r"$y$, its foot $\hat{y}$ in the plane of the columns, and the residual between them."
    )
    return answer


def _leftover(rng: np.random.Generator) -> float:
    """The greatest element of Xᵀr for one random problem of random size."""
    n, d = int(rng.integers(5, 40)), int(rng.integers(1, 5))
    X, y = rng.normal(size=(n, d)), rng.normal(size=n)
    return float(np.abs(X.T @ (y - X @ np.linalg.lstsq(X, y, rcond=None)[0])).max())


@exercise(
    "flood/2.2",
    title="Hulls that meet, and planes between",
    question="Show: if the convex hulls of two sets meet, no plane separates the sets; and if a "
    "plane does, the hulls do not meet.",
    has_figure=True,
    claims=[
        Claim(
            key="either",
            text="random pairs of sets with exactly one of the two certificates, checked",
            printed=100.0,
            tolerance=0.0,
            unit="%",
        ),
    ],
)
def hulls(context: Context) -> Answer:
    """Source: Homework 2024, Q2.2."""
    answer, rng = Answer(), context.rng(22)
    answer.say(
        r"Let $z = \sum_n \alpha_n x_n = \sum_m \beta_m y_m$ be in both hulls, and let $w, w_0$ "
        r"separate. Since the $\alpha_n$ are not negative and add up to 1, $w^T z + w_0 = \sum_n "
        r"\alpha_n (w^T x_n + w_0) > 0$; and by the same sum over the $y_m$, $w^T z + w_0 < 0$. "
        "Both cannot be, so there is no such $z$ or no such $w$. Read in the other direction it "
        "is the second statement."
    )
    fig = style.new_figure(8.2, 3.6)
    axes = fig.subplots(1, 2)
    for ax, gap in zip(axes, (4.0, 1.0), strict=True):
        x, y = _clouds(rng, 14, gap)
        _drawn(ax, answer, x, y)
    answer.show(
        fig,
        "Left: a plane with the widest strip. Right: a point (star) in both hulls; no line can do it.",
    )
    trials = context.pick(100, 1000)
    found = [
        _proves_one(*_clouds(rng, int(rng.integers(3, 25)), rng.uniform(0, 3)))
        for _ in range(trials)
    ]
    answer.measure("either", 100 * float(np.mean([one for one, _ in found])))
    apart = sum(separate for _, separate in found)
    answer.say(
        f"Of {trials} random pairs, {apart} can be separated and {trials - apart} cannot. Each "
        "time linear programming gave either a plane or a common point with its weights, and "
        "plain arithmetic confirmed it (Gordan's theorem says that one of the two always "
        "exists)."
    )
    return answer


def _clouds(rng: np.random.Generator, n: int, gap: float) -> tuple[Floats, Floats]:
    x = np.concatenate(
        [rng.normal(size=(n, 2)) * 0.7, rng.normal(size=(n, 2)) * 0.7 + [gap, 0.3 * gap]]
    )
    return x, np.repeat([0.0, 1.0], n)


def _drawn(ax: object, answer: Answer, x: Floats, y: Floats) -> None:
    found = check.separable(x, y)
    line = None if found.w is None else (found.w, float(found.b))
    figures.hulls(x[y == 0], x[y == 1], ax, line=line, common=found.point)  # type: ignore[arg-type]
    answer.output(found)


def _proves_one(x: Floats, y: Floats) -> tuple[bool, bool]:
    """Whether exactly one certificate holds, by plain arithmetic; and whether it is the plane."""
    found = check.separable(x, y, leave_out=False)
    is_plane = found.w is not None and bool(np.all((x @ found.w + found.b > 0) == (y == 1)))
    return is_plane != _meets(found, x, y), is_plane


def _meets(found: SeparableVerdict, x: Floats, y: Floats) -> bool:
    if found.point is None:
        return False
    sides = []
    for k in (0, 1):
        used = {i: w for i, w in found.weights.items() if y[i] == k}
        weights = np.array(list(used.values()))
        sides.append(weights @ x[list(used)] / weights.sum())
        if weights.min() < 0:
            return False
    return bool(np.abs(sides[0] - sides[1]).max() < 1e-9)
