"""Adagrad: coordinates that have seen large gradients take small steps.  Read next: `rmsprop.py`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad.optim.base import Array, Optimizer, State, setting


@dataclass(eq=False)
class Adagrad(Optimizer):
    r"""$w \leftarrow w - \frac{\alpha_t\, g}{\sqrt{s} + \epsilon}$ with $s \leftarrow s + g^2$.

    Args:
        lr: α; $\alpha_t = \alpha / (1 + (t - 1)\,\eta)$.
        lr_decay: η.
        weight_decay: λ; $g + \lambda w$ takes the place of g.
        initial_accumulator_value: where s begins.
        eps: ϵ, against division by 0.
        params: the tensors to train, `model.parameters()`.

    Source: Duchi, Hazan & Singer 2011, Adaptive Subgradient Methods, JMLR 12.
    """

    lr: float = setting(1e-2)
    lr_decay: float = setting(0.0)
    weight_decay: float = setting(0.0)
    initial_accumulator_value: float = setting(0.0)
    eps: float = setting(1e-10)

    state_names = ("sum",)

    def init(self, p: Array) -> State:
        return (np.full_like(p, self.initial_accumulator_value),)

    def update(self, p: Array, g: Array, state: State, t: int, lr: float) -> tuple[Array, State]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        (s,) = state
        s = s + g * g
        rate = lr / (1 + (t - 1) * self.lr_decay)
        return p - rate * g / (np.sqrt(s) + self.eps), (s,)
