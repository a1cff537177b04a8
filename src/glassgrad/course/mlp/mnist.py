"""Questions 5 and 6: the network for MNIST, and its batches.

Read next: `curves.py`.
"""

from __future__ import annotations

import math
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

import glassgrad as gg
from glassgrad import nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim, number
from glassgrad.course.context import Context
from glassgrad.course.exercise import exercise
from glassgrad.data import Dataset
from glassgrad.nn import models
from glassgrad.train import History

PRINTED = (2.319679248787786, 2.3145017813227646, 2.3316020977610856, 2.355157514421069)


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
    last, share = [], []
    for _, rng in context.repetitions():
        model, history = trained(training, rng, context.pick(20, 10), 0.1, momentum=0.9)
        last.append([s.loss for s in history.steps[-4:]])
        share.append(percent(model, test))
    chance = float(gg.cross_entropy(np.zeros((1, 10)), [0]))
    away = max(abs(v - chance) for v in PRINTED)
    answer.repeat(
        "loss",
        np.mean(last, axis=1),
        why=f"the four losses printed after 100 epochs lie within {away:.3f} of ln 10 = "
        f"{chance:.4f}: that network says 10 % for every digit, it has not learnt anything.",
    )
    answer.measure("chance", chance)
    answer.table(
        ("", "1", "2", "3", "4"),
        [("printed", *PRINTED), ("measured", *np.array(last).T)],
        "Loss of the last four batches",
    )
    answer.say(
        f"The same network, trained with the gradient as it is, gets {number(np.array(share), '%')} of "
        "the test set right."
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


def percent(model: nn.Module, ds: Dataset) -> float:
    """Right answers in percent."""
    return 100 * float(train.evaluate(model, ds).accuracy or 0.0)
