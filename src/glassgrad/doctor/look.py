"""What is seen in one look at a network in training: its units, its gradients, where its step leads.

Read next: `probe.py`, which looks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glassgrad import ops
from glassgrad.ops.base import Op

FACTORS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
WHOLE = FACTORS.index(1.0)
"""Multiples of the step at which the loss is computed."""
EXAMPLES = 64
"""Training examples that are looked at."""
SQUASHING: set[type[Op]] = {ops.Softmax, ops.Sigmoid, ops.Tanh, ops.ReLU}
"""Ops that scores must not go through before a cross-entropy."""


@dataclass(frozen=True)
class Units:
    """The units of one activation: `dead` never pass a gradient, `saturated` pass next to none.

    Args:
        layer: path of the layer.
        op: the class of its op.
        count: units (channels, where there are images).
        dead: share of units with slope 0 for every example; 0 for ops that do not die.
        saturated: share of slopes below a twentieth of the steepest; 0 for ops that do not saturate.
    """

    layer: str
    op: type[Op]
    count: int
    dead: float
    saturated: float


@dataclass(frozen=True)
class Weights:
    """One parameter: lengths of itself, of its gradient, and of the optimizer's next step.

    Args:
        path: its name in the model.
        axes: number of axes; 1 for biases.
        rms: root mean square of the elements.
        expected: what He's initialisation would give it; 0 for biases.
        rows_equal: whether all units have the same weights.
    """

    path: str
    axes: int
    length: float
    gradient: float
    step: float
    rms: float
    expected: float
    rows_equal: bool

    @property
    def ratio(self) -> float:
        """Length of the step over that of the parameter."""
        return self.step / self.length if self.length else math.inf if self.step else 0.0


@dataclass(frozen=True)
class Look:
    """What was seen after so many steps.

    Args:
        step: updates made so far; 0 before training.
        loss: on the examples looked at.
        accuracy: None where there are no classes.
        explained: 1 minus the share of the variance that is left, for real labels, else None.
        times_cross_entropy: loss over mean cross-entropy of the same scores; None without classes.
        last_op: the class of the op that made the scores.
        spread: deviation of the outputs over examples, over their deviation as a whole.
        gradient: length of the gradient of all parameters.
        moved: how far the weights are from where they began, over their length there.
        finite: share of finite numbers in the last output of each layer; "" is the loss.
        ahead: the loss at each of `FACTORS` times the step; NaN where nobody asked: shorter steps are
            tried if the step leads up, longer ones as long as they lead further down.
    """

    step: int
    loss: float
    accuracy: float | None
    explained: float | None
    times_cross_entropy: float | None
    last_op: type[Op] | None
    spread: float
    gradient: float
    moved: float
    units: tuple[Units, ...]
    weights: tuple[Weights, ...]
    finite: tuple[tuple[str, float], ...]
    ahead: tuple[float, ...]

    @property
    def matrices(self) -> tuple[Weights, ...]:
        """Weights without biases, first layer first."""
        return tuple(w for w in self.weights if w.axes >= 2)

    def named(self, path: str) -> Weights:
        """The parameter of this path."""
        return next(w for w in self.weights if w.path == path)
