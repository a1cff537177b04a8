"""Adam: momentum, in units of the gradient's recent size.  Read next: `adamw.py`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad.optim.base import Array, Optimizer, State, setting


@dataclass(eq=False)
class Adam(Optimizer):
    r"""$w \leftarrow w - \alpha \frac{\hat m}{\sqrt{\hat v} + \epsilon}$.

    $m \leftarrow \beta_1 m + (1 - \beta_1) g$ and $v \leftarrow \beta_2 v + (1 - \beta_2) g^2$ begin at 0,
    too small at first; $\hat m = m / (1 - \beta_1^t)$ and $\hat v = v / (1 - \beta_2^t)$ are not.

    Args:
        lr: α.
        betas: β₁ and β₂.
        eps: ϵ, against division by 0.
        weight_decay: λ; $g + \lambda w$ takes the place of g (`AdamW` does it better).
        amsgrad: divide by the largest v so far, so that rates never grow again.
        params: the tensors to train, `model.parameters()`.

    Source: Kingma & Ba 2015, arXiv:1412.6980, algorithm 1; amsgrad: Reddi et al. 2018.
    """

    lr: float = setting(1e-3)
    betas: tuple[float, float] = setting((0.9, 0.999), below=1)
    eps: float = setting(1e-8)
    weight_decay: float = setting(0.0)
    amsgrad: bool = setting(False)

    state_names = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")

    def init(self, p: Array) -> State:
        return moments(p, self.amsgrad)

    def update(self, p: Array, g: Array, state: State, t: int, lr: float) -> tuple[Array, State]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        direction, state = adam_direction(g, state, t, self.betas, self.eps)
        return p - lr * direction, state


def moments(p: Array, amsgrad: bool) -> State:
    """m and v at the start, and the largest v if amsgrad wants it."""
    return tuple(np.zeros_like(p) for _ in range(3 if amsgrad else 2))


def adam_direction(
    g: Array, state: State, t: int, betas: tuple[float, float], eps: float
) -> tuple[Array, State]:
    r"""$\hat m / (\sqrt{\hat v} + \epsilon)$ and the next moments: what Adam and AdamW share."""
    (beta1, beta2), (m, v, *largest) = betas, state
    m = m * beta1
    m += (1 - beta1) * g
    v = v * beta2
    v += (1 - beta2) * (g * g)
    largest = [np.maximum(largest[0], v)] if largest else []
    size = (largest[0] if largest else v) / (1 - beta2**t)
    return m / (1 - beta1**t) / (np.sqrt(size) + eps), (m, v, *largest)
