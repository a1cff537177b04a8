"""Exercise 2.3 i: over-fitting, on images many of which have a wrong label.

Read next: `../layers/dense.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassgrad import data, figures, nn, optim, train
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.course.context import Context
from glassgrad.course.edf.training import dense, error
from glassgrad.course.exercise import exercise

FEW, NOISY = 1000, 0.4
"""Images, and the share of them whose label is random."""


@exercise(
    "edf/2.3i",
    title="Over-fitting",
    question="Train error keeps falling, test error rises when there are too many hidden units: "
    "what is the reason? Shown on few small images, many of them with a wrong label.",
    has_figure=True,
    claims=[
        Claim(
            key="falls",
            text="training error: fewest hidden units minus most",
            printed=0.0,
            relation="≥",
            unit="points",
        ),
        Claim(
            key="rises",
            text="test error: from the width where it is least, to the worst wider one",
            printed=0.0,
            relation="≥",
            unit="points",
        ),
        Claim(key="again", text="and from there to the widest", unit="points"),
    ],
)
def overfitting(context: Context) -> Answer:
    """Source: Exercise 2, 2.3 i."""
    answer, values = Answer(), context.pick((4, 16, 64, 512), (2, 4, 8, 16, 32, 64, 128, 256, 512))
    errors = np.array([_trained_on_noise(context, rng, values) for _, rng in context.repetitions()])
    training, test = errors[:, :, 0], errors[:, :, 1]
    series = {"training": training, "test": test}
    ax = figures.lines(values, series, x_label="hidden units", y_label="error, %", log_x=True)
    ax.set_xticks(list(values), [str(v) for v in values])
    ax.minorticks_off()
    answer.show(ax, f"{FEW:,} of the 8 × 8 digits, {100 * NOISY:g} % of them with a random label.")
    least = int(test.mean(axis=0).argmin())
    worst = least + int(test.mean(axis=0)[least:].argmax())
    answer.repeat("falls", training[:, 0] - training[:, -1])
    answer.repeat("rises", test[:, worst] - test[:, least])
    answer.repeat("again", test[:, -1] - test[:, worst])
    answer.say(
        "Over-fitting: a network with more units than the data determine can fit everything, "
        "wrong labels and chance included; what it has learnt of them is wrong for new images. "
        f"Here {values[least]} units are best on new images; with {values[worst]} the training error "
        f"is {training[:, worst].mean():.1f} % and the test error "
        f"{(test[:, worst] - test[:, least]).mean():.1f} points higher. More data, fewer units, "
        "stopping early, weight decay or dropout help."
    )
    answer.say(
        "The rise is no law: far beyond the width that just fits everything there are many networks "
        "that do, descent finds one of the smoother ones, and the test error falls again (double "
        "descent)."
    )
    return answer


def _trained_on_noise(
    context: Context, rng: np.random.Generator, values: Sequence[int]
) -> list[tuple[float, float]]:
    """Training and test error for each width, after training on images with wrong labels.

    The embedded digits in every form: with 784 inputs two dozen units fit everything already.
    """
    training, test = data.load("digits")
    few = training[rng.choice(len(training), FEW, replace=False)]
    wrong = rng.random(FEW) < NOISY
    few.y[wrong] = rng.integers(0, len(few.classes), int(wrong.sum()))
    found = []
    for hidden in values:
        model = dense(hidden, activation=nn.ReLU)(few, rng)
        optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        train.fit(model, few, optimizer=optimizer, epochs=100, batch_size=32, rng=rng)
        found.append((error(model, few), error(model, test)))
    return found
