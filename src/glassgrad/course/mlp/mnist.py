"""Questions 5 to 7: the network for MNIST, its batches, its learning curves.

Read next: `../edf/paper.py`.
"""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad import data, figures, nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset
from glassgrad.figures import style
from glassgrad.nn import models
from glassgrad.train import History

PRINTED = (2.319679248787786, 2.3145017813227646, 2.3316020977610856, 2.355157514421069)
RATES = (0.001, 0.003, 0.01, 0.03)


def trained(
    ds: Dataset,
    rng: np.random.Generator,
    epochs: int,
    lr: float,
    validation: Dataset | None = None,
    momentum: float = 0.0,
) -> tuple[nn.Sequential, History]:
    """300 sigmoid units, batches of 100."""
    model = models.build("mlp", ds.shape, len(ds.classes), rng)
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=momentum)
    history = train.fit(
        model,
        ds,
        optimizer=optimizer,
        epochs=epochs,
        batch_size=100,
        validation=validation,
        rng=rng,
    )
    return model, history


@exercise(
    "mlp/5",
    title="300 sigmoid units on MNIST",
    question="Build the network 784-300-10 with sigmoid and softmax, and train it.",
    claims=[
        Claim(
            key="loss",
            text="batch loss at the end of training, mean of the four printed",
            printed=float(np.mean(PRINTED)),
            tolerance=0.05,
            needs="mnist",
        ),
        Claim(
            key="chance",
            text="what a network loses that always says 10 % for each digit",
            truth=math.log(10),
            slack=1e-6,
        ),
    ],
)
def on_mnist(context: Context) -> Answer:
    """Source: Assignment 1, questions 5 and 6."""
    answer, (training, test) = Answer(), context.load("mnist")
    model, history = trained(training, context.rng(), context.pick(20, 10), 0.1, momentum=0.9)
    last = [s.loss for s in history.steps[-4:]]
    chance = float(gg.cross_entropy(np.zeros((1, 10)), [0]))
    away = max(abs(v - chance) for v in PRINTED)
    answer.measure(
        "loss",
        np.mean(last),
        why=f"the four losses printed after 100 epochs lie within {away:.3f} of ln 10 = "
        f"{chance:.4f}: that network says 10 % for every digit, it has not learnt anything.",
    )
    answer.measure("chance", chance)
    answer.table(
        ("", "1", "2", "3", "4"),
        [("printed", *PRINTED), ("measured", *last)],
        "Loss of the last four batches",
    )
    share = 100 * float(train.evaluate(model, test).accuracy or 0.0)
    answer.say(
        f"The same network, trained with the gradient as it is, gets {share:.2f} % of the test "
        "set right."
    )
    answer.output(nn.summary(model, training.shape), "The network")
    return answer


@exercise(
    "mlp/6",
    title="A batch at once, or in a loop",
    question="Show that the batched forward and backward pass gives what a loop over the "
    "examples gives.",
    claims=[
        Claim(
            key="difference",
            text="greatest difference of a gradient, batch of 100 against a loop, relative",
            truth=0.0,
            slack=1e-5,
        ),
    ],
)
def batched(context: Context) -> Answer:
    """Source: Assignment 1, question 6."""
    answer, (training, _) = Answer(), context.load("mnist")
    model = models.build("mlp", training.shape, len(training.classes), context.rng())
    batch = training[:100]
    start = perf_counter()
    at_once = _gradients(model, batch)
    middle = perf_counter()
    looped = [_gradients(model, batch[i]) for i in range(len(batch))]
    end = perf_counter()
    means = {name: np.mean([g[name] for g in looped], axis=0, dtype=np.float64) for name in at_once}
    rows = []
    for name, g in at_once.items():
        error = float(np.abs(g - means[name]).max() / np.abs(means[name]).max())
        rows.append((name, str(g.shape), f"{error:.1e}"))
    answer.table(
        ("parameter", "shape", "relative difference"),
        rows,
        "The gradient of the mean loss of 100 images",
    )
    answer.measure("difference", max(float(r[2]) for r in rows))
    answer.say(
        f"At once it takes {1e3 * (middle - start):.1f} ms, in a loop {1e3 * (end - middle):.0f} "
        "ms: a matrix product reads the weights once for all examples. What differs is the "
        "order in which float32 sums round."
    )
    return answer


def _gradients(model: nn.Module, ds: Dataset) -> dict[str, NDArray[np.float32]]:
    model.zero_grad()
    gg.cross_entropy(model(ds.x), ds.y).backward()
    return {name: np.array(p.grad) for name, p in model.named_parameters()}


@exercise(
    "mlp/7",
    title="Learning curves, learning rates, and the test set",
    question="Plot the loss of each batch; training and validation loss per epoch; mean and "
    "deviation over at least three draws of the weights; four learning rates. What is the "
    "accuracy on the canonical test set?",
    has_figure=True,
    claims=[
        Claim(
            key="same",
            text="test accuracy with the document's settings: 0.03, batches of 100, 10 epochs",
            printed=14.28,
            tolerance=0.5,
            unit="%",
            needs="mnist",
        ),
        Claim(
            key="good",
            text="test accuracy of this network when it is trained until it stands",
            unit="%",
            needs="mnist",
            truth=97.0,
            slack=1.2,
        ),
        Claim(
            key="rate",
            text="the best of the four learning rates",
            printed=0.003,
            tolerance=1e-6,
            needs="mnist",
        ),
    ],
)
def curves(context: Context) -> Answer:
    """Source: Assignment 1, question 7."""
    answer, splits = Answer(), context.load("mnist")
    training, validation = data.split(splits.train, 1 / 6, context.rng(9))
    epochs = context.pick(5, 10, 30)
    found: dict[float, list[History]] = {}
    shares: dict[float, list[float]] = {}
    for lr in RATES:
        for seed, rng in context.repetitions():
            context.say(f"learning rate {lr}, draw {seed}")
            model, history = trained(training, rng, epochs, lr, validation)
            found.setdefault(lr, []).append(history)
            shares.setdefault(lr, []).append(_percent(model, splits.test))
    _draw(answer, found)
    answer.repeat(
        "same",
        shares[0.03],
        why="a correct gradient with the same settings gives what is measured here; 0.1428 is "
        "little more than guessing.",
    )
    rows = [
        (lr, np.mean([h.metric("loss")[-1] for h in found[lr]]), np.mean(shares[lr]))
        for lr in RATES
    ]
    answer.table(
        ("learning rate", "validation loss", "right on the test set, %"),
        rows,
        f"After {epochs} epochs",
    )
    best = min(rows, key=lambda row: row[1])[0]
    answer.measure(
        "rate",
        best,
        why=f"after {epochs} epochs the greatest rate is still the fastest, and none oscillates.",
    )
    good = [
        _percent(
            trained(splits.train, rng, context.pick(10, 15, 40), 0.1, momentum=0.9)[0], splits.test
        )
        for _, rng in context.repetitions()
    ]
    answer.repeat("good", good)
    return answer


def _draw(answer: Answer, found: dict[float, list[History]]) -> None:
    first = found[RATES[-1]][0]
    answer.show(
        figures.learning_curve(first),
        "One run with rate 0.03: each batch, each epoch, and validation.",
    )
    fig = style.new_figure(8.4, 3.0)
    left, right = fig.subplots(1, 2)
    at = [e.epoch for e in first.epochs]
    for ax, what in ((left, "loss"), (right, "validation_loss")):
        series = {
            f"{lr:g}": [[getattr(e, what) for e in h.epochs] for h in runs]
            for lr, runs in found.items()
        }
        title = "training" if what == "loss" else "validation"
        figures.lines(at, series, ax, title=title, x_label="epoch", y_label="loss")
    answer.show(
        fig,
        f"Four learning rates: mean and deviation over {len(found[RATES[0]])} draws of the weights.",
    )


def _percent(model: nn.Module, ds: Dataset) -> float:
    return 100 * float(train.evaluate(model, ds).accuracy or 0.0)
