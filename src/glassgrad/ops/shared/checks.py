"""What losses and layers demand of their inputs, said once: shapes, labels, probabilities, reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassgrad.errors import LabelError, SettingError, ShapeError
from glassgrad.ops.base import Array, Op
from glassgrad.ops.reduce import mean, sum
from glassgrad.tensor import Tensor


def reduced(losses: Any, reduction: str) -> Any:
    """The mean or the sum of the losses, or all of them.

    Raises:
        ShapeError: there are none.
        SettingError: an unknown reduction.
    """
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise SettingError(f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}.")
    if losses.size == 0:
        raise ShapeError(
            f"the {reduction} of the losses of 0 rows does not exist: the batch is empty. Skip it, "
            "or write reduction='none'."
        )
    return mean(losses) if reduction == "mean" else sum(losses)


def require_rows(name: str, x: Any, labels: Any) -> None:
    """Raise unless x is (N, K) and there is one label per row, or one number per element."""
    if np.ndim(x) != 2:
        hint = "x[None] is a batch of one" if np.ndim(x) == 1 else "x.reshape(-1, K)"
        raise ShapeError(f"{name} expects one row per example, (N, K), got {np.shape(x)}: {hint}.")
    if np.shape(labels) not in (x.shape, x.shape[:1]):
        raise LabelError(
            f"{name} expects one label per row, shape {x.shape[:1]}, or one probability per class, "
            f"shape {x.shape}; got shape {np.shape(labels)}: write labels.reshape(-1)."
        )


def array_of(x: Any) -> Any:
    """The plain array of a tensor or of anything NumPy takes: to look at, not to differentiate."""
    return x._array if isinstance(x, Tensor) else np.asarray(x)


def require_probabilities(name: str, p: Any, for_logits: str) -> None:
    """Raise unless every p lies in 0 … 1; NaN passes, since it is found where training watches for it."""
    array = array_of(p)
    wrong = np.argwhere((array < 0) | (array > 1))
    if len(wrong):
        place = tuple(wrong[0].tolist())
        raise SettingError(
            f"{name} expects probabilities from 0 to 1, got {array[place]} at {place}: for logits, "
            f"write {for_logits}."
        )


def same_kind(t: Any, like: Any) -> Any:
    """Targets in the dtype of what they are compared with, so that float32 stays float32."""
    if isinstance(t, Tensor) and (t.requires_grad or t.dtype == like.dtype):
        return t
    return array_of(t).astype(like.dtype, copy=False)


def require_same_shape(name: str, x: Any, t: Any) -> None:
    """Raise unless both have the same shape: broadcasting (N, 1) with (N,) is a well-known trap."""
    if np.shape(x) != np.shape(t):
        raise ShapeError(
            f"{name} expects two arrays of the same shape, got {np.shape(x)} and {np.shape(t)}: "
            f"write t.reshape({', '.join(map(str, np.shape(x)))})."
        )


def require_bias(op: Op, b: Array, rows: int) -> None:
    """Raise unless the bias has one number per row of the weights."""
    if np.shape(b) != (rows,):
        raise ShapeError(
            f"{type(op).__name__} expects b of shape ({rows},), one number per row of w, "
            f"got {np.shape(b)}: make it np.zeros({rows}) to begin with."
        )


_UNSIGNED = {size: np.dtype(f"u{size}") for size in (1, 2, 4, 8)}


def require_labels(op: Op, labels: Any, classes: int) -> None:
    """Raise unless every label is a whole number from 0 to K - 1; the message names the first row."""
    name, labels = type(op).__name__, np.asarray(labels)
    if labels.dtype.kind not in "iu":
        raise LabelError(
            f"{name} expects integers as labels, got {labels.dtype}{_first(labels, labels % 1 != 0)}: "
            "write labels.astype(np.int64)."
        )
    unsigned = labels.view(_UNSIGNED[labels.itemsize])  # so that below 0 is beyond all classes
    if labels.size and np.maximum.reduce(unsigned, None) >= classes:
        wrong = (labels < 0) | (labels >= classes)
        raise LabelError(
            f"{name} expects labels from 0 to {classes - 1}, got{_first(labels, wrong)}: count classes "
            "from 0, or ask for more of them."
        )


def _first(labels: Array, wrong: Array) -> str:
    """The first wrong label and its row, if there is one."""
    places = np.argwhere(wrong).tolist()
    if not places:
        return ""
    row = places[0][0] if labels.ndim else 0
    return f" {labels[tuple(places[0])]} in row {row}"
