"""How good is a model: accuracy, the confusion matrix and what follows from it, the worst mistakes.

Everything here runs the model in evaluation mode, records nothing, and leaves the model as it was.
Read next: `train/records.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad import ops
from glassgrad.arguments import one_number, positive, whole_numbers
from glassgrad.engine.modes import no_grad
from glassgrad.errors import DataError, LabelError, ShapeError
from glassgrad.tensor import Tensor
from glassgrad.text_table import in_columns
from glassgrad.train.diverged import explain_validation, refuse_nan_scores
from glassgrad.validate import validated

if TYPE_CHECKING:
    from glassgrad.data import Dataset
    from glassgrad.nn import Module

Array = NDArray[Any]
Loss = Callable[[Any, Any], Any]


@validated
@dataclass(frozen=True)
class Confusion:
    r"""Confusion matrix: how often class i (row, true) was called class j (column, predicted).

    counts : (K, K)        classes : K names

    $\text{precision}_k = c_{kk} / \sum_i c_{ik}$,   $\text{recall}_k = c_{kk} / \sum_j c_{kj}$,
    $F_1 = 2\,\frac{\text{precision}\cdot\text{recall}}{\text{precision} + \text{recall}}$;
    0 where a class was never predicted, or never there.

    Source: van Rijsbergen 1979, Information Retrieval, ch. 7.

    >>> print(confusion_matrix([0, 0, 1, 1], [0, 1, 1, 1], classes=["cat", "dog"]))
    true \ predicted  cat  dog
                 cat    1    1
                 dog    0    2
    """

    counts: NDArray[np.int64]
    classes: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """Share of all examples on the diagonal."""
        return float(_ratio(np.trace(self.counts), self.counts.sum()))

    @property
    def precision(self) -> NDArray[np.float64]:
        """Of what was called k, the share that is k.    (K,)"""
        return _ratio(np.diagonal(self.counts), self.counts.sum(axis=0))

    @property
    def recall(self) -> NDArray[np.float64]:
        """Of what is k, the share that was called k.    (K,)"""
        return _ratio(np.diagonal(self.counts), self.counts.sum(axis=1))

    @property
    def f1(self) -> NDArray[np.float64]:
        """Harmonic mean of precision and recall.    (K,)"""
        called, there = self.counts.sum(axis=0), self.counts.sum(axis=1)
        return _ratio(2 * np.diagonal(self.counts), called + there)

    def macro(self) -> dict[str, float]:
        """Precision, recall and F1, averaged over the classes with equal weight."""
        columns = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {name: float(column.mean()) for name, column in columns.items()}

    def report(self) -> str:
        """Precision, recall, F1 and number of examples per class, as a table."""
        rows = [["class", "precision", "recall", "F1", "examples"]]
        numbers = zip(self.precision, self.recall, self.f1, strict=True)
        for name, row, there in zip(self.classes, numbers, self.counts.sum(axis=1), strict=True):
            rows.append([name, *(f"{value:.3f}" for value in row), str(there)])
        macro = self.macro().values()
        rows.append(["mean", *(f"{value:.3f}" for value in macro), str(self.counts.sum())])
        return in_columns(rows)

    def __str__(self) -> str:
        head = ["true \\ predicted", *self.classes]
        rows = [[name, *map(str, row)] for name, row in zip(self.classes, self.counts, strict=True)]
        return in_columns([head, *rows])


@validated
@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found: mean loss, accuracy and confusion matrix (None where labels are numbers).

    Args:
        loss, accuracy, confusion, examples: the mean loss, the share that is right, counts, how many.
    """

    loss: float
    accuracy: float | None
    confusion: Confusion | None
    examples: int


@dataclass(frozen=True)
class Mistake:
    """An example that was classified wrong: its row, both classes, and the probability of the wrong one."""

    index: int
    true: int
    predicted: int
    probability: float


@validated
def accuracy(outputs: ArrayLike, labels: ArrayLike) -> float:
    """Share of rows whose largest output is at the label.    outputs : (N, K)   labels : (N,)

    Raises:
        ShapeError: rows and labels that do not fit.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
    0.5
    """
    scores, y = np.asarray(outputs), np.asarray(labels)
    if scores.ndim != 2 or y.shape != scores.shape[:1]:
        raise ShapeError(
            "accuracy expects outputs (N, K) and labels (N,), "
            f"got {scores.shape} and {y.shape}: pass one row of K scores per example."
        )
    return float(_ratio((scores.argmax(axis=1) == y).sum(), len(y)))


@validated
def confusion_matrix(
    true: ArrayLike, predicted: ArrayLike, classes: Sequence[str] | int | None = None
) -> Confusion:
    """Count pairs of true and predicted labels.    true, predicted : (N,) of 0 … K-1

    Args:
        true: the labels.
        predicted: the model's answers, from `predict`.
        classes: names of the K classes, or K; by default, up to the largest label that occurs.

    Raises:
        ShapeError: not two rows of equal length.
        LabelError: a label outside 0 … K-1.
    """
    t, p = (whole_numbers(labels, "labels") for labels in (true, predicted))
    if t.ndim != 1 or t.shape != p.shape:
        raise ShapeError(f"expected true and predicted labels (N,), got {t.shape} and {p.shape}.")
    if classes is None:
        classes = 1 + int(max(t.max(initial=-1), p.max(initial=-1)))
    names = tuple(map(str, range(classes) if isinstance(classes, int) else classes))
    both = np.concatenate([t, p])
    if (outside := both[(both < 0) | (both >= len(names))]).size:
        raise LabelError(
            f"expected labels 0 … {len(names) - 1}, got {outside[0]}: name all classes."
        )
    counts = np.bincount(t * len(names) + p, minlength=len(names) ** 2)
    return Confusion(counts.reshape(len(names), -1), names)


@validated
def top_mistakes(probabilities: ArrayLike, labels: ArrayLike, count: int = 16) -> list[Mistake]:
    """The wrong answers of which the model was surest, worst first.

    probabilities : (N, K)   labels : (N,)

    Args:
        count: how many at most.
    """
    scores, y = np.asarray(probabilities), np.asarray(labels)
    accuracy(scores, y)  # the same shapes are wanted
    predicted = scores.argmax(axis=1)
    surety = scores.max(axis=1)
    wrong = np.flatnonzero(predicted != y)
    worst = wrong[np.argsort(-surety[wrong], kind="stable")][:count]
    return [Mistake(int(i), int(y[i]), int(predicted[i]), float(surety[i])) for i in worst]


def outputs(model: Module, x: ArrayLike, batch_size: int = 256) -> Array:
    """The model's outputs for all rows of `x`, computed in batches, in evaluation mode.

    x : (N, …)   y : (N, …)
    """
    positive(batch_size=batch_size)
    rows = np.asarray(x)
    if not rows.ndim or not len(rows):
        raise DataError(f"expected at least one example (N, …), got x of shape {rows.shape}.")
    with evaluation_mode(model):
        starts = range(0, len(rows), batch_size)
        parts = [model(Tensor._constant(rows[i : i + batch_size]))._array for i in starts]
        return np.concatenate(parts)


@validated
def predict_proba(model: Module, x: ArrayLike, batch_size: int = 256) -> Array:
    """The probability of each class: softmax of the outputs.    x : (N, …)   y : (N, K)

    Args:
        model, batch_size: what gives K scores for each example, and how many are computed at once.
    """
    return ops.softmax(_scores(model, x, batch_size))


@validated
def predict(model: Module, x: ArrayLike, batch_size: int = 256) -> NDArray[np.int64]:
    """The class with the largest output.    x : (N, …)   y : (N,)

    Args:
        model, batch_size: what gives K scores for each example, and how many are computed at once.
    """
    return _scores(model, x, batch_size).argmax(axis=1)


def _scores(model: Module, x: ArrayLike, batch_size: int) -> Array:
    """Outputs that are scores of classes, (N, K)."""
    y = outputs(model, x, batch_size)
    if y.ndim != 2:
        raise ShapeError(
            f"expected a model that gives K scores for each example, (N, K), got {y.shape} for x of "
            f"shape {np.shape(x)}: x needs one row per example, x[None] if it is one."
        )
    refuse_nan_scores(y)
    return y


@validated
def evaluate(
    model: Module, ds: Dataset, *, loss: Loss = ops.cross_entropy, batch_size: int = 256
) -> Evaluation:
    """Loss, accuracy and confusion matrix of a model on a data set.

    Args:
        model: any module; its mode is restored afterwards.
        ds: the examples.
        loss: function of (outputs, labels) that returns their mean loss.
        batch_size: how many examples are computed at once; it changes nothing but memory and time.
    """
    y = outputs(model, ds.x, batch_size)
    return judge(y, ds, loss)


def validate(model: Module, ds: Dataset, loss: Loss) -> Evaluation:
    """`evaluate` during training: a mean loss that is not finite is traced to its origin."""
    found = evaluate(model, ds, loss=loss)
    if not math.isfinite(found.loss):
        with evaluation_mode(model, recording=True):
            raise explain_validation(model, ds, loss)
    return found


def judge(y: Array, ds: Dataset, loss: Loss = ops.cross_entropy) -> Evaluation:
    """`evaluate` for outputs that are there already.    y : (N, K)"""
    mean = one_number(loss(y, ds.y), "loss(outputs, labels)")
    if not is_classification(y, ds.y):
        return Evaluation(mean, None, None, len(ds))
    confusion = confusion_matrix(ds.y, y.argmax(axis=1), ds.classes or y.shape[1])
    return Evaluation(mean, confusion.accuracy, confusion, len(ds))


def is_classification(outputs: Array, labels: Array) -> bool:
    """Whether rows of K scores stand against integer labels, so that accuracy has a meaning."""
    return outputs.ndim == 2 and labels.ndim == 1 and labels.dtype.kind in "iu"


def batch_accuracy(outputs: Array, labels: Array) -> float | None:
    """`accuracy`, or None where it has no meaning."""
    return accuracy(outputs, labels) if is_classification(outputs, labels) else None


@contextmanager
def evaluation_mode(model: Module, recording: bool = False) -> Iterator[None]:
    """Within this block the model predicts: no dropout, running means, nothing recorded."""
    modes = [(module, module.training) for _, module in model.named_modules()]
    model.eval()
    try:
        with nullcontext() if recording else no_grad(), np.errstate(all="ignore"):
            yield
    finally:
        for module, training in modes:
            module.training = training


def _ratio(part: Any, whole: Any) -> Any:
    """part / whole in float64, and 0 where there is nothing to divide."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole != 0)
