"""Questions 4.1 and 4.2: a convolution by hand, and a graph that is not layered.

Read next: `overfit.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad import data, figures, nn
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.drawing import draw_graph
from glassgrad.course.exercise import exercise
from glassgrad.derivation import derive
from glassgrad.read.equations import Equations
from glassgrad.tensor import Tensor

Floats = NDArray[np.float64]
X = np.array(
    [
        [-15, -10, -13, 12, 6, 2],
        [8, 12, 10, -1, 3, -15],
        [8, 10, 11, -14, -14, 5],
        [-4, 4, -11, -6, 13, 14],
        [-13, 3, 8, -3, -2, 15],
        [14, 12, -2, -9, -11, 0],
    ],
    float,
)
F = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16


@exercise(
    "flood/4.1",
    title="A convolution by hand",
    question="Convolve the 6 × 6 matrix with the Gaussian filter: what is $j$? Which picture is "
    "its output? What sizes, what padding, how many parameters?",
    has_figure=True,
    claims=[
        Claim(
            key="j",
            text="$j$, the element in row 3 and column 2 of the output",
            truth=-0.875,
            slack=1e-12,
        ),
        Claim(
            key="size",
            text="output of a (2, 2) filter on (6, 4) with stride (2, 2): height, width",
            truth=(3, 2),
            slack=0,
        ),
        Claim(
            key="padding",
            text="padding for an output of (6, 4): top = bottom, left = right",
            truth=(3, 2),
            slack=0,
        ),
        Claim(
            key="parameters", text="parameters of one 4 × 4 filter without bias", truth=16, slack=0
        ),
        Claim(
            key="smooth", text="differences of neighbours, after the filter to before, on a picture"
        ),
    ],
)
def convolution(context: Context) -> Answer:
    """Source: Homework 2024, Q4.1."""
    answer = Answer()
    y = gg.conv2d(X[None, None], F[None, None])[0, 0]
    letters = np.array([chr(ord("a") + i) for i in range(16)]).reshape(4, 4)
    answer.table(
        ("", *"1234"),
        [
            (str(r + 1), *(f"{n} = {v:g}" for n, v in zip(letters[r], y[r], strict=True)))
            for r in range(4)
        ],
        "Every element of the output",
    )
    answer.measure("j", y[letters == "j"][0])
    answer.measure("size", _size((6, 4), (2, 2), (0, 0)))
    paddings = [
        (p, q) for p in range(6) for q in range(6) if _size((6, 4), (2, 2), (p, q)) == (6, 4)
    ]
    answer.measure("padding", paddings[0])
    layer = nn.Conv2d(1, 1, 4, stride=2, bias=False, rng=0)
    answer.measure("parameters", sum(p.size for p in layer.parameters()))
    answer.say(
        f"Tried all paddings up to 5: {len(paddings)} gives (6, 4). By the formula, $(6 + 2p - "
        "2)/2 + 1 = 6$ gives $p = 3$ and $(4 + 2q - 2)/2 + 1 = 4$ gives $q = 2$. The filter is "
        "symmetric, so turning it over, as a convolution in the strict sense does, changes "
        "nothing. With a bias there would be 17 parameters."
    )
    _blurred(answer)
    return answer


def _size(
    size: tuple[int, int], kernel: tuple[int, int], padding: tuple[int, int]
) -> tuple[int, int]:
    """Height and width of a convolution with stride 2: measured, not computed."""
    y = gg.conv2d(np.zeros((1, 1, *size)), np.zeros((1, 1, *kernel)), stride=2, padding=padding)
    return y.shape[2], y.shape[3]


def _blurred(answer: Answer) -> None:
    """What the filter does to a picture; the document's pictures are not in its text."""
    picture = data.load("digits").train.x[7, 0].astype(np.float64)
    large = np.kron(picture, np.ones((4, 4)))
    out = gg.conv2d(large[None, None], F[None, None], padding=1)[0, 0]
    edges = 2 * large - out
    titles = ("input", "filtered", "sharpened")
    answer.show(
        figures.tiles([large, out, edges], titles, columns=3),
        "The filter is a weighted mean: it blurs.",
    )
    ratio = np.abs(np.diff(out)).max() / np.abs(np.diff(large)).max()
    answer.measure("smooth", ratio)
    answer.say(
        "All weights are positive and add up to 1, so every output is a mean: of the two "
        "pictures, the blurred one."
    )


def graph() -> tuple[Tensor, dict[str, Tensor]]:
    """J and everything in it by name; ReLU′(0) = 1, as the sheet wants."""
    values = {
        "x_1": 0.6,
        "x_2": -0.4,
        "x_3": 1.2,
        "y_1": 1.0,
        "y_2": -0.5,
        "w_11": 0.9,
        "w_21": 0.5,
        "w_22": 0.8,
        "w_32": -0.7,
        "m_11": 1.1,
        "m_12": 0.6,
        "m_22": -0.9,
        "b_2": 0.3,
        "c_1": -0.2,
    }
    fixed = ("x_1", "x_2", "x_3", "y_1", "y_2")
    t = {n: gg.tensor(v, name=n, requires_grad=n not in fixed) for n, v in values.items()}
    t["z_1"] = gg.relu(t["w_11"] * t["x_1"] + t["w_21"] * t["x_2"], 0.0, 1.0)
    t["z_2"] = t["w_22"] * t["x_2"] ** 2 + t["w_32"] * t["x_3"] + t["b_2"]
    t["z_1"].name, t["z_2"].name = "z_1", "z_2"
    t["ŷ_1"] = gg.sigmoid(t["m_11"] * t["z_1"] ** 3 + t["c_1"])
    t["ŷ_2"] = t["m_12"] * gg.sin(t["z_1"]) + t["m_22"] * gg.cos(t["z_2"])
    t["ŷ_1"].name, t["ŷ_2"].name = "yhat_1", "yhat_2"
    t["J"] = gg.log((t["y_1"] - t["ŷ_1"]) ** 2) + gg.log((t["y_2"] - t["ŷ_2"]) ** 2)
    t["J"].name = "J"
    return t["J"], t


ASKED = ("ŷ_1", "z_1", "z_2", "m_11", "m_12", "c_1", "w_22", "b_2", "w_11")


@exercise(
    "flood/4.2",
    title="Backpropagation through a graph",
    question=r"For the graph with $z_1, z_2, \hat{y}_1, \hat{y}_2$ and $J$: every asked partial "
    r"derivative, in terms of forward values and of gradients already known. $\mathrm{ReLU}'(0) "
    "= 1$ here.",
    has_figure=True,
    claims=[
        Claim(
            key="check",
            text="every step against differences, greatest relative error",
            truth=0.0,
            slack=1e-6,
        ),
        Claim(
            key="cases",
            text=r"$\partial J / \partial w_{1,1}$ relative to $\partial J / \partial z_1 \cdot "
            "x_1$, for an input of the ReLU above, at and below 0",
            truth=(1.0, 1.0, 0.0),
            slack=1e-12,
        ),
    ],
)
def partials(context: Context) -> Answer:
    """Source: Homework 2024, Q4.2, 1 to 3."""
    answer, (j, t) = Answer(), graph()
    d = derive(j, [t[n] for n in ASKED])
    draw_graph(answer, j, "The graph with its values and gradients at one set of numbers.")
    answer.equations(Equations([d.formula(t[n], functions=True) for n in ASKED]), "What is asked")
    answer.table(("", "value"), [(n, d.gradient(t[n])) for n in ASKED], "The same at these numbers")
    answer.derive(d, "Every step")
    answer.measure("check", d.check.error)
    answer.measure("cases", [_share(s) for s in (1.0, 0.0, -1.0)])
    answer.say(
        r"$\partial J / \partial w_{1,1}$ is $\partial J / \partial z_1 \cdot x_1$ where "
        r"$w_{1,1} x_1 + w_{2,1} x_2 \geq 0$, and 0 where it is below: measured at 1, 0 and -1 "
        "in the table of claims."
    )
    return answer


def _share(inside: float) -> float:
    """∂J/∂w₁₁ over ∂J/∂z₁·x₁, with weights such that the input of the ReLU is `inside`."""
    w, v, x = gg.tensor(inside / 0.5, name="w"), gg.tensor(0.0), 0.5
    z = gg.relu(w * x + v, 0.0, 1.0)
    out = gg.sigmoid(1.1 * z**3 + 0.7 * z)
    dz, dw = gg.grad(out, [z, w])
    return float(dw) / (float(dz) * x)
