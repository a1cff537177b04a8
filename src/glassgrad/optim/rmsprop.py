"""RMSprop: steps in units of the gradient's recent size.  Read next: `adam.py`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassgrad.optim.base import Array, Optimizer, State, setting


@dataclass(eq=False)
class RMSprop(Optimizer):
    r"""$w \leftarrow w - \frac{\alpha\, g}{\sqrt{s} + \epsilon}$ with $s \leftarrow \rho s + (1-\rho) g^2$.

    With momentum, $w \leftarrow w - \alpha b$ where $b \leftarrow \mu b + g / (\sqrt{s} + \epsilon)$.
    Centred, $s - \bar g^2$ takes the place of s, with $\bar g \leftarrow \rho \bar g + (1 - \rho) g$.

    Args:
        lr: α.
        alpha: ρ, as PyTorch calls it.
        eps: ϵ, against division by 0.
        weight_decay: λ; $g + \lambda w$ takes the place of g.
        momentum: μ.
        centered: divide by the deviation instead of the size.
        params: the tensors to train, `model.parameters()`.

    Source: Tieleman & Hinton 2012, Lecture 6.5; centred: Graves 2013, arXiv:1308.0850.
    """

    lr: float = setting(1e-2)
    alpha: float = setting(0.99, below=1)
    eps: float = setting(1e-8)
    weight_decay: float = setting(0.0)
    momentum: float = setting(0.0, below=1)
    centered: bool = setting(False)

    state_names = ("square_avg", "momentum_buffer", "grad_avg")

    def init(self, p: Array) -> State:
        unused = np.zeros(0, p.dtype)
        buffer = np.zeros_like(p) if self.momentum else unused
        return np.zeros_like(p), buffer, np.zeros_like(p) if self.centered else unused

    def update(self, p: Array, g: Array, state: State, t: int, lr: float) -> tuple[Array, State]:
        if self.weight_decay:
            g = g + self.weight_decay * p
        s, b, mean = state
        s = s * self.alpha
        s += (1 - self.alpha) * (g * g)
        size = s
        if self.centered:
            mean = mean * self.alpha
            mean += (1 - self.alpha) * g
            size = np.maximum(s - mean * mean, 0)  # rounding can push it below
        d = g / (np.sqrt(size) + self.eps)
        if self.momentum:
            b = b * self.momentum
            b += d
            d = b
        return p - lr * d, (s, b, mean)
