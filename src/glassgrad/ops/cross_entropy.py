"""Cross-entropy of logits: softmax, logarithm and choice in one op.

Fused for its accuracy: the loss of a sure and right answer is 1e-12 rather than 0, and its gradient, which
is minus the probability of all the wrong answers, is not 1 - 1 = 0.  Read next: `binary.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassgrad.ops.base import Array, Op
from glassgrad.ops.reduce import sum
from glassgrad.ops.shape import reshape
from glassgrad.ops.shared.checks import reduced, require_labels, require_rows, same_kind
from glassgrad.ops.shared.fast import side_by_side
from glassgrad.ops.shared.precision import rounded_once, shifted
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.softmax import log_softmax, softmax
from glassgrad.ops.take import one_hot


class _CrossEntropy(Op):
    """What the loss and its gradient share: labels as probabilities, uses and misuses."""

    def _targets(self, x: Array, labels: Any) -> Array:
        """(N, K) probabilities: as given, or 1 at the label."""
        labels = np.asarray(labels)
        require_rows(type(self).__name__, x, labels)
        if labels.ndim == 2:
            return labels.astype(np.float64)
        require_labels(self, labels, x.shape[1])
        t = np.zeros(x.shape)
        np.put_along_axis(t, labels[:, None].astype(np.intp), 1, 1)
        return t

    def validate(self, x: Array, labels: Array) -> None:
        """What the kernel does not look at: labels outside of the classes."""
        require_labels(self, labels, x.shape[1])

    def _can_be_fast(self, x: Array, labels: Array) -> bool:
        require_rows(type(self).__name__, x, labels)
        if labels.ndim != 1 or labels.dtype != np.int64 or not side_by_side(x, 1):
            return False
        self.validate(x, labels)
        return labels.flags.c_contiguous

    @classmethod
    def samples(cls, rng):
        yield cls(), rng.normal(size=(4, 3)), np.array([2, 0, 1, 2])
        yield cls(), 5 * rng.normal(size=(2, 3)), rng.dirichlet(np.ones(3), 2)
        yield cls(), rng.normal(size=(1, 1)), np.array([0])
        yield cls(), np.zeros((0, 3)), np.zeros(0, int)

    @classmethod
    def errors(cls):
        x = np.zeros((4, 10))
        yield lambda: cls()(x, np.array([1, 2, 3, 12])), "labels from 0 to 9, got 12 in row 3"
        yield lambda: cls()(x, np.array([1, 2, -1, 3])), "got -1 in row 2"
        yield lambda: cls()(x, np.ones(4)), "write labels.astype(np.int64)"
        yield lambda: cls()(x, np.ones((4, 1), int)), "write labels.reshape(-1)"
        yield lambda: cls()(x[0], np.array(1)), "x[None] is a batch of one"


@dataclass(frozen=True)
class SoftmaxCrossEntropy(_CrossEntropy):
    r"""Cross-entropy of logits, $y_n = -\log \mathrm{softmax}(x_n)_{t_n}$, one loss per row.

    x : (N, K)   labels : (N,) whole numbers, or (N, K) probabilities   y : (N,)

    For probabilities t it is $-\sum_k t_{nk} \log \mathrm{softmax}(x_n)_k$.  $\bar x = \bar y\,(p - t)$.

    Raises:
        LabelError: labels outside 0 … K-1, not whole, or of a wrong shape.
    """

    latex = r"\mathrm{{H}}\left({1},\,\mathrm{{softmax}}\left({0}\right)\right)"
    source = "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.108"

    @rounded_once
    def forward(self, x, labels):
        t, rows = self._targets(x, labels), shifted(x, 1)
        log_p = rows.d - np.log1p(rows.others)
        # Summing the negatives keeps -0 away; a class of probability 0 may have a logit of -∞.
        return np.where((t == 0) & ~np.isnan(log_p), 0, -t * log_p).sum(1)

    def fast(self, out, x, labels):
        if not self._can_be_fast(x, labels):
            return None
        from glassgrad.kernels.loss import cross_entropy

        y = np.empty(len(x), np.float32) if out is None else out
        cross_entropy(x, labels, losses=y)
        return y

    def definition(self, x, labels):
        t = one_hot(labels, x.shape[1], x.dtype) if labels.ndim == 1 else labels
        return -sum(t * log_softmax(x), -1)

    def vjp(self, g, _y, x, labels):
        g = reshape(g, (*g.shape, 1))
        return lambda: g * softmax_minus_target(x, labels), lambda: -g * log_softmax(x)

    def witness(self, x, labels):
        from scipy.special import logsumexp

        t = labels if labels.ndim == 2 else np.eye(x.shape[1])[labels]
        return np.array([r @ (logsumexp(z) - z) for z, r in zip(x, t, strict=True)])


@dataclass(frozen=True)
class SoftmaxMinusTarget(_CrossEntropy):
    r"""The gradient of cross-entropy, $y = \mathrm{softmax}(x)\,\sum_k t_k - t$.

    x : (N, K)   labels : (N,) or (N, K) as for `SoftmaxCrossEntropy`   y : (N, K)

    At the label it is minus the sum of the other probabilities: computed so, it is 0 only if they are.
    """

    latex = r"\left(\mathrm{{softmax}}\left({0}\right) - {1}\right)"
    source = "Bishop 2006, Pattern Recognition and Machine Learning, eq. 4.109"

    @rounded_once
    def forward(self, x, labels):
        t, rows = self._targets(x, labels), shifted(x, 1)
        p = rows.e / (1 + rows.others)
        rest = 1 - p  # p is at most a half, so this is exact enough; but not for the winner
        np.put_along_axis(rest, rows.winner, rows.others / (1 + rows.others), 1)
        return p * (t.sum(1, keepdims=True) - t) - t * rest

    def fast(self, out, x, labels):
        if not self._can_be_fast(x, labels):
            return None
        from glassgrad.kernels.loss import cross_entropy

        y = np.empty(x.shape, np.float32) if out is None else out
        cross_entropy(x, labels, gradient=y)
        return y

    def definition(self, x, labels):
        if labels.ndim == 1:
            return softmax(x) - one_hot(labels, x.shape[1], x.dtype)
        return softmax(x) * sum(labels, -1, keepdims=True) - labels

    def vjp(self, c, _y, x, labels):
        p = softmax(x)
        total = 1 if labels.ndim == 1 else sum(labels, -1, keepdims=True)
        mean = sum(c * p, -1, keepdims=True)
        return lambda: total * p * (c - mean), lambda: mean - c

    def witness(self, x, labels):
        t = labels if labels.ndim == 2 else np.eye(x.shape[1])[labels]
        y = np.zeros(x.shape)
        for n, k in np.ndindex(x.shape):
            y[n, k] = math.fsum(t[n]) / math.fsum(np.exp(x[n] - x[n, k])) - t[n, k]
        return y


softmax_minus_target = SoftmaxMinusTarget()


@entrance
def cross_entropy(logits: Any, labels: Any, reduction: str = "mean") -> Any:
    """Cross-entropy of logits, over all rows; see `SoftmaxCrossEntropy`.

    Args:
        logits: (N, K), any real numbers: no softmax before it.
        labels: (N,) whole numbers 0 … K-1, or (N, K) probabilities.
        reduction: "mean" over the rows, "sum", or "none" for all N losses.

    Raises:
        LabelError: labels outside 0 … K-1, not whole, or of a wrong shape.
        ShapeError: no rows.

    >>> cross_entropy(np.array([[0.0, 0.0], [50.0, 0.0]]), [0, 0], reduction="none")
    array([6.93147181e-01, 1.92874985e-22])
    """
    targets = same_kind(labels, logits) if np.ndim(labels) == 2 else labels
    return reduced(SoftmaxCrossEntropy()(logits, targets), reduction)
