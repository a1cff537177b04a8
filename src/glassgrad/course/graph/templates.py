"""Problem 4: the mean image of each digit as a linear classifier, and what training makes of it.

Read next: `handwriting.py`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from glassgrad import figures, nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset
from glassgrad.train import History

Floats = NDArray[np.float32]


def means(ds: Dataset) -> Floats:
    """The mean image of each class.    (K, D)"""
    flat = ds.x.reshape(len(ds), -1)
    return np.stack([flat[ds.y == k].mean(axis=0) for k in range(len(ds.classes))])


def classifier(weights: Floats, bias: Floats | None = None) -> nn.Sequential:
    """Scores Wx + b with these rows."""
    layer = nn.Linear(weights.shape[1], len(weights), rng=0)
    layer.weight._assign(weights.copy())
    assert layer.bias is not None
    layer.bias._assign(np.zeros(len(weights), np.float32) if bias is None else bias)
    return nn.Sequential(nn.Flatten(), layer)


def trained_templates(
    train_set: Dataset, epochs: int, rng: np.random.Generator, test: Dataset | None = None
) -> tuple[nn.Sequential, History]:
    """The same classifier after training from the mean images; chance is in the order of the batches."""
    model = classifier(means(train_set))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    history = train.fit(
        model,
        train_set,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=128,
        validation=test,
        rng=rng,
    )
    return model, history


def percent(model: nn.Sequential, ds: Dataset) -> float:
    """Accuracy in percent."""
    return 100 * float(train.evaluate(model, ds).accuracy or 0.0)


@exercise(
    "graph/4a",
    title="Mean images as a classifier",
    question="Take the mean image of each digit as a row of $W$. How often is $\\arg\\max Wx$ "
    "right on the test set?",
    has_figure=True,
    claims=[
        Claim(
            key="plain",
            text="accuracy of the templates on the test set",
            printed=63.1,
            tolerance=0.05,
            unit="%",
            needs="mnist",
            truth=63.10,
            slack=0.005,
        ),
        Claim(
            key="bias",
            text=r"the same with the bias $-\frac{1}{2}\|t\|^2$, that is, the nearest mean",
            unit="%",
            needs="mnist",
            truth=82.03,
            slack=0.005,
        ),
    ],
)
def templates(context: Context) -> Answer:
    """Source: Homework 2, problem 4 (a)."""
    answer = Answer()
    training, test = context.load("mnist")
    rows = means(training)
    nearest = (-0.5 * (rows.astype(np.float64) ** 2).sum(axis=1)).astype(np.float32)
    answer.measure("plain", percent(classifier(rows), test))
    answer.measure("bias", percent(classifier(rows, nearest), test))
    images = rows.reshape(-1, *training.shape[1:])
    answer.show(figures.tiles(images, training.classes), "The ten templates.")
    answer.say(
        r"A score $t^\top x$ is large for a template with much ink, whatever it shows. The "
        r"distance $\|x - t\|^2 = \|x\|^2 - 2 t^\top x + \|t\|^2$ does not have that fault: all "
        "it needs is the bias."
    )
    return answer


@exercise(
    "graph/4b",
    title="Training from the mean images",
    question="Start from those templates and train until it converges. How good is it, and how "
    "do the templates change?",
    has_figure=True,
    claims=[
        Claim(
            key="accuracy",
            text="accuracy after training from the templates",
            printed=86.0,
            tolerance=0.5,
            unit="%",
            needs="mnist",
            truth=91.4,
            slack=1.2,
        ),
    ],
)
def training(context: Context) -> Answer:
    """Source: Homework 2, problem 4 (b)."""
    answer = Answer()
    training_set, test = context.load("mnist")
    epochs = context.pick(5, 20, 60)
    before = percent(classifier(means(training_set)), test)
    shares = []
    for _, rng in context.repetitions():
        model, history = trained_templates(training_set, epochs, rng, test)
        shares.append([100 * (e.validation_accuracy or 0.0) for e in history.epochs])
    share = np.array(shares)
    answer.repeat("accuracy", share[:, -1], why=_why(share.mean(axis=0)))
    at = range(epochs + 1)
    series = {"test": np.insert(share, 0, before, axis=1)}
    ax = figures.lines(at, series, x_label="epoch", y_label="right on the test set, %")
    answer.show(ax, "Accuracy from the templates (epoch 0) on.")
    weights = model.parameters()[0].numpy().reshape(-1, *training_set.shape[1:])
    fig = figures.tiles(weights, training_set.classes, signed=True)
    answer.show(fig, "The rows after training: red speaks for the digit, blue against it.")
    answer.say(
        "The mean images show digits; the trained rows show differences between digits, which is "
        "why they look less like one. They are not fuzzier because of variance, as the document "
        "supposes: a row need not resemble a digit, it must only score higher for its own digit "
        "than the others do."
    )
    return answer


def _why(share: NDArray[np.float64]) -> str:
    first = next((i for i, a in enumerate(share, 1) if a >= 86.0), None)
    when = f"86 % are passed in epoch {first}" if first else "86 % are not reached"
    return (
        f"the document stopped early: {when} here, and {share[-1]:.1f} % after epoch {len(share)}."
    )
