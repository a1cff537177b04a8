"""For every figure: how it is called with typical data, and calls with data that it must refuse."""

import numpy as np

import glassgrad as gg
from glassgrad import figures
from glassgrad.errors import DataError, SettingError, ShapeError
from glassgrad.train.metrics import confusion_matrix
from glassgrad.train.records import Epoch, History, Step

RNG = np.random.default_rng(0)
X = np.linspace(-2.0, 2.0, 41)
POINTS, LABELS = RNG.normal(size=(20, 2)), np.arange(20) % 2
KERNELS, IMAGES, WEIGHTS = RNG.normal(size=(6, 3, 5, 5)), RNG.random((3, 8, 8)), RNG.normal(size=90)
COLUMNS, Y = np.array([[1.0, 0.2], [0.3, 1.0], [0.2, 0.4]]), np.array([0.7, 0.6, 1.3])


def run():
    """A made-up training run of three epochs."""
    history = History()
    for n in range(1, 31):
        epoch = -(-n // 10)
        history.add(Step(n, epoch, 1, 32, 2.0 * 0.9**n, 0.5, 1.0, 0.1, 0.01))
        if n % 10 == 0:
            history.add(Epoch(epoch, n, 2.0 * 0.9**n, 0.5, 1.0, 0.4, 0.1, 1.0))
    return history


def loss():
    w, x = gg.tensor([0.3, -0.5], name="w"), gg.tensor([0.2, 0.4], name="x")
    return gg.sigmoid((w * x).sum()) + 0.5 * (w * w).sum()


SAMPLES = {
    "computation_graph": lambda **on: figures.computation_graph(loss(), title="f", **on),
    "confusion": lambda **on: figures.confusion(confusion_matrix([0, 1, 1], [0, 1, 0]), **on),
    "decision_map": lambda **on: figures.decision_map(lambda p: p[:, 0], POINTS, LABELS, **on),
    "first_layer_kernels": lambda **on: figures.first_layer_kernels(KERNELS, **on),
    "function_and_derivative": lambda **on: figures.function_and_derivative(
        X, X**2, 2 * X, 2 * X, title="square", **on
    ),
    "histograms": lambda **on: figures.histograms(
        {"layer 1": WEIGHTS, "layer 2": WEIGHTS[:40] + 1}, **on
    ),
    "hulls": lambda **on: figures.hulls(POINTS, POINTS + 5, line=([1.0, 1.0], -5.0), **on),
    "learning_curve": lambda **on: figures.learning_curve(run(), "accuracy", **on),
    "learning_curves": lambda **on: figures.learning_curves(run(), **on),
    "lines": lambda **on: figures.lines(
        [1, 2, 3], {"a": [3.0, 2.0, 1.0]}, x_label="epoch", y_label="loss", **on
    ),
    "projection": lambda **on: figures.projection(
        COLUMNS, Y, COLUMNS @ np.linalg.lstsq(COLUMNS, Y, rcond=None)[0], **on
    ),
    "tiles": lambda **on: figures.tiles(IMAGES, ["0", "1", "2"], **on),
    "worst_mistakes": lambda **on: figures.worst_mistakes(
        IMAGES, [1, 2, 3], [7, 7, 7], [0.9, 0.8, 0.7], **on
    ),
}
"""By name; `on` is the axes or the figure to draw on, or nothing."""

REFUSALS = [
    (lambda: figures.decision_map(None, POINTS, LABELS[:3]), ShapeError, "one label for each of 20"),
    (lambda: figures.decision_map(None, POINTS[:0], []), ShapeError, r"got \(0, 2\)"),
    (lambda: figures.decision_map(None, POINTS, LABELS - 1), DataError, r"labels 0, 1, …, got int64"),
    (lambda: figures.decision_map(None, POINTS, ["a"] * 20), DataError, "such as"),
    (lambda: figures.decision_map(lambda p: 1.0, POINTS, LABELS), ShapeError, r"gives \(M,\) or"),
    (lambda: figures.function_and_derivative(X, X[:3], X), ShapeError, r"x and y \(n,\), got \(41,\)"),
    (lambda: figures.function_and_derivative(X, X, X, X[1:]), ShapeError, "x and numeric"),
    (lambda: figures.histograms({}), DataError, "expected values to count"),
    (lambda: figures.histograms({"w": [1.0, np.nan]}), DataError, "got 1 of 2 otherwise in w"),
    (lambda: figures.hulls(X, X), ShapeError, r"points \(N, 2\), not all on one line, got \(41,\)"),
    (lambda: figures.hulls(POINTS, np.stack([X, 2 * X], 1)), ShapeError, "not all on one line"),
    (lambda: figures.projection(COLUMNS, Y, Y[:2]), ShapeError, r"got \(3, 2\), \(3,\) and \(2,\)"),
    (lambda: figures.worst_mistakes(np.zeros((2, 8, 8)), [1], [2, 3], [1, 1]), ShapeError, "got 1 for 2"),
    (lambda: figures.computation_graph(3.0), SettingError, "expected a recorded tensor"),
]  # fmt: skip
