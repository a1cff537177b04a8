"""Stochastic gradient descent: a step against the gradient, with memory if wanted.

Read next: `train/one_step.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad.errors import SettingError
from glassgrad.optim.base import Array, Optimizer, State, setting


@dataclass(eq=False)
class SGD(Optimizer):
    r"""$w \leftarrow w - \alpha\, m$ with $m \leftarrow \mu m + (1 - \tau)(g + \lambda w)$; m begins as g.

    Without momentum, $w \leftarrow w - \alpha (g + \lambda w)$.  Nesterov looks one step ahead:
    $w \leftarrow w - \alpha (g + \lambda w + \mu m)$.

    Args:
        params, lr: what is trained, and α.
        momentum: μ; a gradient is remembered for about 1 / (1 - μ) steps, so steps grow by that factor.
        dampening: τ; with τ = μ steps do not grow, the average of FMAN45, $m = \mu m + (1 - \mu) g$.
        weight_decay: λ, on every parameter, biases too.
        nesterov: needs momentum without dampening.
        damp_first: let m begin as $(1 - \tau) g$, that is from 0: FMAN45; PyTorch lets it begin as g.
        decoupled: $w \leftarrow w - \alpha (m + \lambda w)$: FMAN45; PyTorch adds the decay to g.

    Source: Robbins & Monro 1951; Polyak 1964; Nesterov 1983; Sutskever et al. 2013.
    """

    lr: float = setting(1e-3)
    momentum: float = setting(0.0, below=1)
    dampening: float = setting(0.0, below=1)
    weight_decay: float = setting(0.0)
    nesterov: bool = setting(False)
    damp_first: bool = setting(False)
    decoupled: bool = setting(False)

    state_names = ("momentum_buffer",)

    def init(self, p: Array) -> State:
        if self.nesterov and (not self.momentum or self.dampening):
            raise SettingError(
                "nesterov=True needs momentum above 0, such as 0.9, and dampening=0."
            )
        late = any(self.steps) and not any(vars(self).get("state", ()))
        if self.momentum and self.dampening and late and not self.damp_first:
            raise SettingError("set dampening=0 or damp_first=True before momentum begins late.")
        return (np.zeros_like(p),) if self.momentum else ()

    def update(self, p: Array, g: Array, state: State, t: int, lr: float) -> tuple[Array, State]:
        if self.weight_decay and self.decoupled:
            p = (1 - lr * self.weight_decay) * p
        elif self.weight_decay:
            g = g + self.weight_decay * p
        if self.momentum:
            (m,) = state
            m = m * self.momentum
            is_damped = self.dampening and (t > 1 or self.damp_first)
            m += (1 - self.dampening) * g if is_damped else g
            g, state = g + self.momentum * m if self.nesterov else m, (m,)
        return p - lr * g, state
