"""The dense layer: every output is a weighted sum of all inputs, plus a bias.

Read next: `optim/sgd.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad import ops
from glassgrad.arguments import flags, generator, positive
from glassgrad.nn.init import Init, Rng, scheme
from glassgrad.nn.module import Module, Parameter, Samples


class Linear(Module):
    r"""$y = x w^\top + b$.        x : (N, D)   weight : (K, D)   bias : (K,)   y : (N, K)

    By indices $y_{nk} = \sum_d x_{nd} w_{kd} + b_k$; so $\partial y_{nk} / \partial w_{kd} = x_{nd}$, no
    other row of w touches $y_{nk}$.  With $g = \partial L / \partial y$, the chain rule sums over all uses:
    $\partial L / \partial w_{kd} = \sum_n g_{nk} x_{nd}$, that is $g^\top x$: a sum over the batch,
    $\partial L / \partial b_k = \sum_n g_{nk}$, and
    $\partial L / \partial x_{nd} = \sum_k g_{nk} w_{kd}$, that is $g w$: each sample by itself.
    D is `in_features`, K `out_features`; the layout (K, D) is PyTorch's.  `init` names how weights are
    drawn, `rng` is a generator or a seed.  Raises ShapeError if x does not end in D.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        init: Init = "pytorch",
        rng: Rng = None,
    ) -> None:
        positive(in_features=in_features, out_features=out_features)
        flags(bias=bias)
        self.in_features, self.out_features = in_features, out_features
        shape, rng = (out_features, in_features), generator(rng)
        self.weight = Parameter(scheme(init).weight(shape, rng), "w")
        self.bias = Parameter(scheme(init).bias(shape, rng), "b") if bias else None

    def forward(self, x: Any) -> Any:
        return ops.linear(x, self.weight, self.bias)

    @classmethod
    def samples(cls, rng: np.random.Generator) -> Samples:
        yield cls(4, 3, rng=rng), rng.normal(size=(5, 4))
        yield cls(2, 1, bias=False, init="he_normal", rng=rng), rng.normal(size=(3, 2))
