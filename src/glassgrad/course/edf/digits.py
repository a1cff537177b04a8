"""Exercise 2.3 a to e: MNIST with one layer and with two, activations, and derivatives by differences.

Read next: `sweeps.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np

import glassgrad as gg
from glassgrad import figures, nn
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.edf.training import Errors, dense, error, last, repeated
from glassgrad.course.exercise import exercise
from glassgrad.figures import style
from glassgrad.nn import Module

LEAK = (
    "the notebook's test error is measured on the first {n:,} training images (its run_epoch "
    "ignores what it is given): there we find {leaked:.2f} % too. On images that were not "
    "trained on it is {test:.2f} %."
)


def _claims(
    printed: float,
    leaked: float | None,
    test: float | None,
    slack: float = 0.35,
    relation: Literal["=", "≤"] = "=",
    name: str = "",
) -> list[Claim]:
    """The error that the document states, on new images and where its notebook measures it."""
    words = {
        "test": "test error after 10 epochs",
        "leaked": "error where the notebook measures it: on its first training images",
    }
    truths = {"test": test, "leaked": leaked}
    return [
        Claim(
            key=f"{name} {key}".strip(),
            text=f"{name}: {text}" if name else text,
            printed=printed,
            relation=relation,
            tolerance=0.5,
            unit="%",
            needs="mnist",
            truth=truths[key],
            slack=slack,
        )
        for key, text in words.items()
    ]


def judged(answer: Answer, context: Context, found: list[Errors], name: str = "") -> None:
    """Measure both errors, and say why they differ."""
    leaked, test = last(found, "leaked"), last(found, "test")
    images = len(context.load("mnist").test)
    why = LEAK.format(n=images, leaked=leaked.mean(), test=test.mean())
    answer.repeat(f"{name} leaked".strip(), leaked)
    answer.repeat(f"{name} test".strip(), test, why=why)


def report(answer: Answer, context: Context, found: list[Errors]) -> None:
    """The two errors, and the curves of all three."""
    judged(answer, context, found)
    series = {
        "all training images": [e.training for e in found],
        "the notebook's “test”": [e.leaked for e in found],
        "test images": [e.test for e in found],
    }
    epochs = range(1, len(found[0].test) + 1)
    ax = figures.lines(epochs, series, x_label="epoch", y_label="error, %", log_y=True, marks=False)
    answer.show(ax, "Errors after each epoch, mean and deviation over the draws of the weights.")


@exercise(
    "edf/2.3a",
    title="Logistic regression on MNIST",
    question="Train softmax regression on MNIST for 10 epochs. What is the test error?",
    has_figure=True,
    claims=_claims(8.0, 8.15, 8.61),
)
def logistic(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 a."""
    answer = Answer()
    report(answer, context, repeated(context, dense(layers=1), every_epoch=True))
    return answer


@exercise(
    "edf/2.3b",
    title="Without training",
    question="What test error has the model with random weights?",
    claims=[Claim(key="test", text="test error before training", unit="%", truth=90.0, slack=4.0)],
)
def untrained(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 b."""
    answer = Answer()
    training, test = context.load("mnist")
    draws = 10 * context.seeds
    found = [error(dense(layers=1)(training, context.rng(9, i)), test) for i in range(draws)]
    answer.repeat("test", found)
    answer.say(
        "About 90 %: with ten classes an answer that knows nothing is right one time in ten. "
        f"Over {draws} draws the error goes from {min(found):.1f} to {max(found):.1f} %: a "
        "random matrix has preferences, and by chance they are right or wrong."
    )
    return answer


@exercise(
    "edf/2.3c",
    title="64 sigmoid units",
    question="Train a network with 64 sigmoid units for 10 epochs. What is the test error?",
    has_figure=True,
    claims=_claims(2.0, 2.06, 2.81),
)
def hidden(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 c."""
    answer = Answer()
    report(answer, context, repeated(context, dense(), every_epoch=True))
    return answer


ACTIVATIONS: Mapping[str, tuple[Callable[[], Module], Callable[[Any], Any]]] = {
    "Tanh": (nn.Tanh, gg.tanh),
    "ReLU": (nn.ReLU, gg.relu),
    "LeakyReLU": (lambda: nn.LeakyReLU(0.01), lambda x: gg.leaky_relu(x, 0.01)),
}


@exercise(
    "edf/2.3d",
    title="Other activations",
    question="Implement Tanh, ReLU and LeakyReLU with slope 0.01, plot function and derivative, "
    "and train with each.",
    has_figure=True,
    claims=[
        *_claims(2.0, 1.21, 2.97, 0.5, "≤", "Tanh"),
        *_claims(2.0, 1.46, 3.04, 0.5, "≤", "ReLU"),
        *_claims(2.0, None, None, 0.5, "≤", "LeakyReLU"),
    ],
)
def activations(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 d, i to iii."""
    answer = Answer()
    fig = style.new_figure(8.6, 2.7)
    x = np.linspace(-4.005, 3.995, 161)
    for ax, (name, (_, f)) in zip(fig.subplots(1, 3), ACTIVATIONS.items(), strict=True):
        leaf = gg.tensor(x)
        figures.function_and_derivative(x, f(x), gg.grad(f(leaf).sum(), leaf), ax=ax, title=name)
    answer.show(fig, "The three functions and their derivatives.")
    rows = []
    for name, (make, _) in ACTIVATIONS.items():
        context.say(name)
        found = repeated(context, dense(activation=make))
        rows.append((name, *(last(found, what) for what in ("training", "leaked", "test"))))
        judged(answer, context, found, name)
    answer.table(
        ("", "all training images", "the notebook's “test”", "test"),
        rows,
        "Errors in percent after the last epoch",
    )
    return answer


@exercise(
    "edf/2.3e",
    title="Derivatives by differences",
    question=r"Compare the derivatives with the symmetric quotient $\frac{f(x+h) - f(x-h)}{2h}$, "
    "$h = 10^{-4}$.",
    has_figure=True,
    claims=[
        Claim(
            key="overlap",
            text="analytic and numeric curves overlap: greatest difference away from kinks",
            printed=0.0,
            tolerance=1e-6,
        )
    ],
)
def differences(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 e."""
    answer, h = Answer(), 1e-4
    x = np.linspace(-4.0, 4.0, 161)
    functions: dict[str, Callable[[Any], Any]] = {"Sigmoid": gg.sigmoid}
    functions |= {name: f for name, (_, f) in ACTIVATIONS.items()}
    fig = style.new_figure(8.6, 5.0)
    rows, worst = [], 0.0
    for ax, (name, f) in zip(np.ravel(fig.subplots(2, 2)), functions.items(), strict=True):
        leaf = gg.tensor(x)
        exact, numeric = gg.grad(f(leaf).sum(), leaf), (f(x + h) - f(x - h)) / (2 * h)
        figures.function_and_derivative(x, f(x), exact, numeric, ax, title=name)
        away = np.abs(exact - numeric)[np.abs(x) > h].max()
        worst = max(worst, float(away))
        at_zero = np.argmin(np.abs(x))
        rows.append((name, float(away), float(exact[at_zero]), float(numeric[at_zero])))
    answer.show(fig, "Dots: the difference quotient.")
    answer.table(("", "greatest difference, x ≠ 0", "derivative at 0", "quotient at 0"), rows)
    answer.measure("overlap", worst)
    answer.say(
        "At the kink of a rectifier the quotient is the mean of both slopes; it straddles the "
        "kink, and no comparison means anything there."
    )
    return answer
