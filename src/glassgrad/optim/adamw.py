"""AdamW: Adam, with a weight decay that the division does not touch.  Read next: `schedules.py`."""

from __future__ import annotations

from dataclasses import dataclass

from glassgrad.optim.adam import adam_direction, moments
from glassgrad.optim.base import Array, Optimizer, State, setting


@dataclass(eq=False)
class AdamW(Optimizer):
    r"""$w \leftarrow w - \alpha \left(\frac{\hat m}{\sqrt{\hat v} + \epsilon} + \lambda w\right)$.

    The moments are Adam's, of g alone.  In Adam the decay passes through the division, so weights with
    large gradients hardly decay; here each weight loses the same fraction αλ in a step.

    Args:
        lr: α.
        betas: β₁ and β₂.
        eps: ϵ, against division by 0.
        weight_decay: λ.
        amsgrad: divide by the largest v so far.
        params: the tensors to train, `model.parameters()`.

    Source: Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2.
    """

    lr: float = setting(1e-3)
    betas: tuple[float, float] = setting((0.9, 0.999), below=1)
    eps: float = setting(1e-8)
    weight_decay: float = setting(1e-2)
    amsgrad: bool = setting(False)

    state_names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")

    def init(self, p: Array) -> State:
        return moments(p, self.amsgrad)

    def update(self, p: Array, g: Array, state: State, t: int, lr: float) -> tuple[Array, State]:
        direction, state = adam_direction(g, state, t, self.betas, self.eps)
        return (1 - lr * self.weight_decay) * p - lr * direction, state
