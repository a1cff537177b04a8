"""Losses over classes that are compositions of ops, and what all losses share: the reduction.

A loss is one number per row; `reduction` says whether to take the mean, the sum or none of it.  Labels
are numbers 0 … K-1.  The losses that want a fused op for their accuracy are in `cross_entropy.py` and
`binary.py`, those over real numbers in `regression.py`.  Read next: `cross_entropy.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad.errors import LabelError
from glassgrad.ops.activations import relu
from glassgrad.ops.elementwise import log
from glassgrad.ops.reduce import sum
from glassgrad.ops.select import where
from glassgrad.ops.shape import reshape
from glassgrad.ops.shared.checks import (
    array_of,
    reduced,
    require_probabilities,
    require_rows,
    require_same_shape,
    same_kind,
)
from glassgrad.ops.shared.refusals import entrance
from glassgrad.ops.take import one_hot


def _picked(name: str, x: Any, labels: Any) -> Any:
    """The element at the label of each row; what the other elements are does not matter."""
    require_rows(name, x, labels)
    if np.ndim(labels) != 1:
        raise LabelError(
            f"{name} expects one label per row, shape {x.shape[:1]}, got {np.shape(labels)}: "
            "write labels.argmax(1) for indicator rows."
        )
    return sum(where(one_hot(labels, x.shape[1], x.dtype), x, 0), -1)


@entrance
def nll_loss(log_p: Any, labels: Any, reduction: str = "mean") -> Any:
    r"""Negative log-likelihood $-\log p_{n,y_n}$ of labels, given logarithms of probabilities.

    log_p : (N, K)   labels : (N,)   loss : () or (N,)

    Args:
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    Raises:
        LabelError: labels outside 0 … K-1, not whole, or not one per row.
        ShapeError: no rows.

    >>> nll_loss(np.log([[0.25, 0.75]]), [0]).round(6)
    np.float64(1.386294)
    """
    return reduced(-_picked("nll_loss", log_p, labels), reduction)


@entrance
def log_loss(p: Any, labels: Any, reduction: str = "mean") -> Any:
    r"""Cross-entropy of probabilities, $-\log p_{n,y_n}$, or $-\sum_k t_{nk} \log p_{nk}$ for targets.

    p : (N, K)   labels : (N,) whole numbers, or (N, K) probabilities   loss : () or (N,)

    Infinite where a probability is 0 that should not be.  If the p come from a softmax, give the logits
    to `cross_entropy` instead: it is exact where these p have been rounded to 0 or 1.

    Args:
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    Raises:
        LabelError: labels outside 0 … K-1, not whole, or of a wrong shape.
        SettingError: p outside of 0 … 1.
        ShapeError: no rows.

    >>> log_loss(np.array([[0.25, 0.75], [1.0, 0.0]]), [0, 1], reduction="none").round(6)
    array([1.386294,      inf])
    """
    require_probabilities("log_loss", p, "cross_entropy")
    if np.ndim(labels) == 1:
        return reduced(-log(_picked("log_loss", p, labels)), reduction)
    require_rows("log_loss", p, labels)
    t = same_kind(labels, p)
    return reduced(-sum(where(t, t * log(where(t, p, 1)), 0), -1), reduction)


@entrance
def kl_div(log_q: Any, p: Any, reduction: str = "batchmean") -> Any:
    r"""Kullback-Leibler divergence $D(p \,\|\, q) = \sum_k p_k (\log p_k - \log q_k)$ of q from p.

    log_q : (N, K) logarithms of the model's probabilities   p : (N, K) the true probabilities

    As in PyTorch the first argument is **log q** and the second the target p, and "mean" divides by the
    number of elements N·K; "batchmean" by N, which is the mean divergence and the default here.

    Args:
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples, or "batchmean".

    Raises:
        ShapeError: shapes differ, or no rows.

    >>> kl_div(np.log([[0.5, 0.5]]), np.array([[1.0, 0.0]])).round(6)
    np.float64(0.693147)
    """
    require_same_shape("kl_div", log_q, p)
    p = same_kind(p, log_q)
    terms = where(p, p * (log(where(p, p, 1)) - log_q), 0)
    if reduction == "batchmean":
        return reduced(sum(terms, tuple(range(1, terms.ndim))), "mean")
    return reduced(terms, reduction)


@entrance
def hinge_loss(scores: Any, labels: Any, reduction: str = "mean") -> Any:
    r"""Hinge loss $\max(0, 1 - t s)$ of scores s for labels t = ±1, as in a support vector machine.

    scores, labels : (N,)   loss : () or (N,)

    Args:
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    Raises:
        LabelError: labels other than -1 and 1.
        ShapeError: shapes differ, or no rows.

    >>> hinge_loss(np.array([2.0, 0.5]), np.array([1, -1]), reduction="none")
    array([0. , 1.5])
    """
    require_same_shape("hinge_loss", scores, labels)
    t = array_of(labels)
    wrong = np.argwhere((t != 1) & (t != -1))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise LabelError(
            f"hinge_loss expects labels -1 and 1, got {t[place]} in row {place[0] if place else 0}: "
            "write 2 * labels - 1 for labels 0 and 1."
        )
    return reduced(relu(1 - scores * same_kind(labels, scores)), reduction)


@entrance
def multi_margin_loss(
    scores: Any, labels: Any, margin: float = 1.0, reduction: str = "mean"
) -> Any:
    r"""Hinge loss over classes, $\frac{1}{K}\sum_{k \ne y} \max(0, \text{margin} - s_y + s_k)$.

    scores : (N, K)   labels : (N,)   loss : () or (N,)      (divided by K as in PyTorch)

    Args:
        margin: by how much the right score must be above the others.
        reduction: "mean", "sum" or "none": what becomes of the losses of the examples.

    Raises:
        LabelError: labels outside 0 … K-1, not whole, or not one per row.
        ShapeError: no rows.
    """
    right = reshape(_picked("multi_margin_loss", scores, labels), (scores.shape[0], 1))
    hot = one_hot(labels, scores.shape[1], scores.dtype)
    terms = where(hot, 0, relu(margin - right + scores))
    return reduced(sum(terms, -1) / scores.shape[1], reduction)
