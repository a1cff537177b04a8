"""The optimizers' updates, fused: one call for all parameters of a network.

`Parameters` lists the arrays once; `sgd`, `adam`, `rmsprop` and `adagrad` then run over all of them.
What changes from step to step (a learning rate, Adam's corrections) is read from the array `numbers` when
the kernel runs, so a `Program` that has been noted follows a schedule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassgrad.kernels.arrays import Array, address, is_flat
from glassgrad.kernels.launch import launch
from glassgrad.kernels.native import Kernel

SGD, ADAM = Kernel("update", "sgd"), Kernel("update", "adam")
RMSPROP, ADAGRAD = Kernel("update", "rmsprop"), Kernel("update", "adagrad")
PIECE = 4096
"""Numbers in one task."""
MICROS = 1e-3


class Parameters:
    """Where the parameters, gradients and states are.

    Args:
        rows: per parameter `(new, w, g, state, …)` with up to three arrays of state, or None for those that
            the method does not use; `new` may be w itself.  All of one row have the same shape and order.

    Raises:
        ValueError: arrays of a row that differ in shape or order, or have gaps.
    """

    def __init__(self, rows: Sequence[Sequence[Array | None]]) -> None:
        table, pieces = [], []
        for i, row in enumerate(rows):
            given = [a for a in row if a is not None and a.size]
            if any(a.strides != given[0].strides or not is_flat(a) for a in given):
                raise ValueError(f"the arrays of parameter {i} are not of one shape and order")
            size = given[0].size if given else 0
            table.append([*map(address, row), *[0] * (6 - len(row)), size])
            pieces += [[i, start] for start in range(0, size, PIECE)]
        self.arrays = rows
        self.table = np.array(table, np.int64)
        self.pieces = np.array(pieces, np.int64)
        self.size = int(self.table[:, 6].sum()) if table else 0

    def _launch(self, kernel: Kernel, numbers: Array, *flags: bool) -> None:
        args = [self.table, self.pieces, PIECE, numbers, *map(int, flags)]
        launch(kernel, len(self.pieces), args, MICROS * self.size)


def sgd(
    parameters: Parameters,
    numbers: Array,
    momentum: bool = False,
    nesterov: bool = False,
    weight_decay: bool = False,
    decoupled: bool = False,
) -> None:
    """`optim/sgd.py`.  numbers: α, μ, 1 - τ (1 in the first step unless damped), λ, 1 - αλ.  State: m."""
    parameters._launch(SGD, numbers, momentum, nesterov, weight_decay, decoupled)


def adam(
    parameters: Parameters,
    numbers: Array,
    weight_decay: bool = False,
    decoupled: bool = False,
    amsgrad: bool = False,
) -> None:
    """`optim/adam.py`, and `optim/adamw.py` if decoupled.  State: m, v and the largest v.

    numbers: α, β₁, 1 - β₁, β₂, 1 - β₂, 1 - β₁ᵗ, 1 - β₂ᵗ, ϵ, λ, 1 - αλ.
    """
    parameters._launch(ADAM, numbers, weight_decay, decoupled, amsgrad)


def rmsprop(
    parameters: Parameters,
    numbers: Array,
    weight_decay: bool = False,
    momentum: bool = False,
    centered: bool = False,
) -> None:
    """`optim/rmsprop.py`.  numbers: α, ρ, 1 - ρ, ϵ, λ, μ.  State: s, the buffer, the mean of g."""
    parameters._launch(RMSPROP, numbers, weight_decay, momentum, centered)


def adagrad(parameters: Parameters, numbers: Array, weight_decay: bool = False) -> None:
    """`optim/adagrad.py`.  numbers: α/(1 + (t - 1) η), ϵ, λ.  State: s."""
    parameters._launch(ADAGRAD, numbers, weight_decay)
