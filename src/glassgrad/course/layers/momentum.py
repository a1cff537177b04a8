"""Exercise 5: momentum that averages, and how it compares with PyTorch's.

Read next: `images.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, nn, optim
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise

Floats = NDArray[np.float64]
RATE, MU, DECAY, STEPS = 0.1, 0.9, 0.005, 60
_CURVES = np.array([1.0, 0.1])  # the loss is ½ Σ c w²


def printed(start: Floats) -> Floats:
    """Equations 30 and 31 and the decay of the listing, as they are written."""
    w, m, path = start.copy(), np.zeros(2), [start.copy()]
    for _ in range(STEPS):
        m = MU * m + (1 - MU) * _CURVES * w
        w = w - RATE * (m + DECAY * w)
        path.append(w.copy())
    return np.array(path)


def walked(start: Floats, make: Callable[[nn.Parameter], optim.SGD]) -> Floats:
    """The same by one of our optimizers."""
    w = nn.Parameter(start, dtype=np.float64)
    optimizer, path = make(w), [start.copy()]
    for _ in range(STEPS):
        w.grad = _CURVES * w.numpy()
        optimizer.step()
        path.append(w.numpy())
    return np.array(path)


def averaging(w: nn.Parameter) -> optim.SGD:
    """The document's convention."""
    return optim.SGD(
        [w], lr=RATE, momentum=MU, dampening=MU, damp_first=True, weight_decay=DECAY, decoupled=True
    )


def summing(rate: float) -> Callable[[nn.Parameter], optim.SGD]:
    """PyTorch's convention: m ← µm + g."""
    return lambda w: optim.SGD([w], lr=rate, momentum=MU)


@exercise(
    "layers/5",
    title="Momentum with and without averaging",
    question=r"Implement $m \leftarrow \mu m + (1 - \mu) g$, $w \leftarrow w - \alpha m$, with "
    "weight decay. How does it differ from PyTorch's momentum?",
    has_figure=True,
    claims=[
        Claim(
            key="same",
            text="our optimizer against equations 30 and 31, greatest difference in 60 steps",
            printed=0.0,
            tolerance=1e-14,
        ),
        Claim(
            key="scaled",
            text=r"PyTorch's rule with $\alpha (1 - \mu)$ against the document's, without decay",
            truth=0.0,
            slack=1e-14,
        ),
    ],
)
def momentum(context: Context) -> Answer:
    """Source: Assignment 3, exercise 5, equations 30, 31; the hand-out decays biases too."""
    answer, start = Answer(), np.array([1.0, -1.0])
    theirs = printed(start)
    answer.measure("same", np.abs(theirs - walked(start, averaging)).max())
    plain = walked(
        start, lambda w: optim.SGD([w], lr=RATE, momentum=MU, dampening=MU, damp_first=True)
    )
    scaled = walked(start, summing(RATE * (1 - MU)))
    answer.measure("scaled", np.abs(plain - scaled).max())
    losses = {
        "the document's, α": plain,
        "PyTorch's, α(1 − µ)": scaled,
        "PyTorch's, α": walked(start, summing(RATE)),
    }
    series = {name: 0.5 * (path**2) @ _CURVES for name, path in losses.items()}
    ax = figures.lines(
        range(STEPS + 1), series, x_label="step", y_label="loss", log_y=True, marks=False
    )
    answer.show(
        ax, "The same learning rate means a tenth of the step, here; the first two lines are one."
    )
    answer.say(
        "An average of gradients is as large as a gradient; a sum that forgets a tenth in each "
        r"step is ten times as large. So $\alpha$ in one convention is $\alpha (1 - \mu)$ in the "
        "other, from the first step on if $m$ begins at 0."
    )
    return answer
