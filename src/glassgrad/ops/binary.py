"""Cross-entropy of yes-or-no answers, from probabilities and from logits.  Read next: `regression.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.errors import LabelError
from glassgrad.ops.base import Array, Elementwise
from glassgrad.ops.elementwise import log
from glassgrad.ops.select import where
from glassgrad.ops.shared.checks import (
    reduced,
    require_probabilities,
    require_same_shape,
    same_kind,
)
from glassgrad.ops.shared.precision import rounded_once
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.shared.witness import by_mpmath
from glassgrad.ops.smooth import sigmoid


def _weighted(weight: Array, loss: Array) -> Array:
    """weight · loss, and 0 where the weight is 0, even if the loss is infinite there; NaN stays."""
    return np.where((weight == 0) & ~np.isnan(loss), 0, weight * loss)


def _require_targets(op: Elementwise, t: Any) -> None:
    wrong = np.argwhere((t < 0) | (t > 1))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise LabelError(
            f"{type(op).__name__} expects targets from 0 to 1, got {t[place]} at {place}: "
            "write (labels + 1) / 2 for labels -1 and 1."
        )


class _YesOrNo(Elementwise):
    """What both share: the ways they are used and misused."""

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.uniform(0.1, 0.9, size=(3, 4)), rng.uniform(0.1, 0.9, size=(3, 4))
        yield cls(), rng.uniform(0.1, 0.9, size=4), np.array([0.2, 0.9, 0.5, 0.75])
        yield cls(), np.array(0.3), np.array(0.6)
        yield cls(), np.zeros((0, 2)), np.zeros((0, 2))

    @classmethod
    def errors(cls):
        yield (
            lambda: cls()(np.array([0.5]), np.array([-1.0])),
            "targets from 0 to 1, got -1.0 at (0,)",
        )


@dataclass(frozen=True)
class BinaryCrossEntropy(_YesOrNo):
    r"""Cross-entropy of probabilities p of "yes", $y = -t \log p - (1 - t) \log(1 - p)$, elementwise.

    p, t, y : (...)      t is the target, 0 or 1 or between.  $\bar p = \bar y\,\frac{p - t}{p(1 - p)}$

    Infinite where p is 0 and t is not (PyTorch stops at 100).

    Raises:
        SettingError: p outside of 0 … 1: those are logits.
        LabelError: t outside of 0 … 1.
    """

    singular = True
    latex = r"-{1}\log {0} - \left(1 - {1}\right)\log\left(1 - {0}\right)"
    source = "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.90"

    @rounded_once
    def forward(self, p, t):
        require_probabilities("BinaryCrossEntropy", p, "binary_cross_entropy_with_logits")
        _require_targets(self, t)
        return _weighted(t, -np.log(p)) + _weighted(1 - t, -np.log1p(-p))

    def definition(self, p, t):
        return -(t * log(p) + (1 - t) * log(1 - p))

    def vjp(self, g, _y, p, t):
        return (
            lambda: g * (where(1 - t, (1 - t) / (1 - p), 0) - where(t, t / p, 0)),
            lambda: g * (log(1 - p) - log(p)),
        )

    def witness(self, p, t):
        return by_mpmath(lambda mp, q, s: -s * mp.log(q) - (1 - s) * mp.log(1 - q), p, t)


@entrance
def binary_cross_entropy(p: Any, t: Any, reduction: str = "mean") -> Any:
    """Cross-entropy of probabilities of "yes", given targets of the same shape; see the class.

    Args:
        p: probabilities.
        t: targets in 0 … 1, of the shape of p.
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    >>> binary_cross_entropy(np.array([0.5, 1.0]), np.array([1, 1]), reduction="none")
    array([0.69314718, 0.        ])
    """
    require_same_shape("binary_cross_entropy", p, t)
    return reduced(BinaryCrossEntropy()(p, same_kind(t, p)), reduction)


@dataclass(frozen=True)
class SigmoidCrossEntropy(_YesOrNo):
    r"""Cross-entropy of logits, $y = -t \log \sigma(x) - (1 - t) \log \sigma(-x)$, elementwise.

    x, t, y : (...)      t is the target, 0 or 1 or between.      $\bar x = \bar y\,(\sigma(x) - t)$

    Raises:
        LabelError: t outside of 0 … 1.
    """

    latex = r"-{1}\log \sigma\left({0}\right) - \left(1 - {1}\right)\log\sigma\left(-{0}\right)"
    source = "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.90"

    @rounded_once
    def forward(self, x, t):
        _require_targets(self, t)
        small = np.log1p(np.exp(-np.abs(x)))
        return _weighted(t, np.maximum(-x, 0) + small) + _weighted(1 - t, np.maximum(x, 0) + small)

    def definition(self, x, t):
        return -(t * log(sigmoid(x)) + (1 - t) * log(sigmoid(-x)))

    def vjp(self, g, _y, x, t):
        # σ(x) - t without its cancellation: for t = 1 it is -σ(-x).
        return (
            lambda: g * ((1 - t) * sigmoid(x) - t * sigmoid(-x)),
            lambda: g * -x,
        )

    def witness(self, x, t):
        return by_mpmath(
            lambda mp, z, s: s * mp.log1p(mp.exp(-z)) + (1 - s) * mp.log1p(mp.exp(z)), x, t
        )


@entrance
def binary_cross_entropy_with_logits(x: Any, t: Any, reduction: str = "mean") -> Any:
    """Cross-entropy of logits of "yes", given targets of the same shape; see `SigmoidCrossEntropy`.

    Args:
        x: logits.
        t: targets in 0 … 1, of the shape of x.
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    >>> binary_cross_entropy_with_logits(np.array([0.0, np.inf]), np.array([1, 1]), reduction="none")
    array([0.69314718, 0.        ])
    """
    require_same_shape("binary_cross_entropy_with_logits", x, t)
    return reduced(SigmoidCrossEntropy()(x, same_kind(t, x)), reduction)
