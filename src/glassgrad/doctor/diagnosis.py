"""`diagnose`: train as `fit` does, with a doctor looking on, and hear the findings.

Read next: `runs/run.py`, where the command line does the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from glassgrad.data import Dataset, Loader
from glassgrad.doctor.case import Case
from glassgrad.doctor.experiment import Comparison, Score
from glassgrad.doctor.finding import Finding
from glassgrad.doctor.monitor import Monitor
from glassgrad.doctor.rules import RULES
from glassgrad.doctor.setup import Setup
from glassgrad.errors import DataError, Diverged, SettingError
from glassgrad.nn import Module
from glassgrad.train.checkpoint import Checkpoints
from glassgrad.train.records import Callback, History, Step
from glassgrad.validate import validated


@validated
@dataclass(frozen=True)
class Diagnosis:
    """What the doctor says about a run.

    Args:
        findings: causes before consequences; empty for a run that is well.
        history: the records of the run.
        error: how it ended, if it was ended by a NaN or an infinity.
        setup: what the run was made of, to make it again; None if there are records only.
    """

    findings: tuple[Finding, ...]
    history: History
    error: Exception | None = None
    setup: Setup | None = field(default=None, repr=False)

    def prove(self, finding: Finding | int = 0) -> Comparison:
        """Train again from the same weights, in the same order, with the finding's one change.

        Raises:
            SettingError: no such finding, or nothing is known of the run but its records.
        """
        if isinstance(finding, int):
            if not 0 <= finding < len(self.findings):
                raise SettingError(
                    f"expected the number of one of {len(self.findings)} findings, from 0, got {finding}."
                )
            finding = self.findings[finding]
        if self.setup is None:
            raise SettingError(
                "a counter-experiment needs the run itself, and only its records are known: train with "
                "doctor.diagnose, or `glassgrad train … --doctor`."
            )
        changed = watched(finding.change.apply(self.setup))
        before = Score.of(self.history, self.error)
        after = Score.of(changed.history, changed.error)
        return Comparison(finding, before, after, changed.history, changed.findings)

    def to_json(self) -> list[dict[str, Any]]:
        """The findings, as JSON can hold them."""
        return [finding.to_json() for finding in self.findings]

    def __str__(self) -> str:
        if not self.findings:
            return "The doctor finds nothing."
        return "\n".join(f"{i}. {finding}" for i, finding in enumerate(self.findings, 1))


@validated
def diagnose(
    model: Module,
    data: Dataset | Loader,
    *,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
    **settings: Any,
) -> Diagnosis:
    """Train a model as `fit` does, with the same arguments, and say what ails the run.

    The run is bit for bit the one without a doctor.  One that ends in a NaN or an infinity is not an error
    here: it is what the findings are then about.

    Args:
        model: what is trained.
        data: what it is trained on.
        callbacks: called with every record, as in `fit`.
        checkpoints: where to save, as in `fit`.
        settings: every other argument of `fit`.

    Raises:
        SettingError: as `fit`.

    >>> from glassgrad import doctor, nn, optim
    >>> from glassgrad.data.points import xor
    >>> model = nn.Sequential(nn.Linear(2, 16, rng=0), nn.ReLU(), nn.Linear(16, 2, rng=1))
    >>> sgd = optim.SGD(model.parameters(), lr=1e-5)
    >>> found = doctor.diagnose(model, xor(300, rng=0), optimizer=sgd, epochs=20, rng=0)
    >>> [f.rule for f in found.findings][0], str(found.findings[0].change)
    ('learning rate too low', 'lr: 1e-05 → 0.01')
    """
    return watched(Setup.of(model, data, **settings), callbacks, checkpoints)


def watched(
    setup: Setup,
    callbacks: Sequence[Callback] = (),
    checkpoints: Checkpoints | None = None,
) -> Diagnosis:
    """Train what `setup` says, look on, and apply every rule."""
    begin, error = setup.copied(), None
    monitor = Monitor(setup, begin)
    try:
        history = setup.train([monitor, *callbacks], checkpoints)
    except (Diverged, DataError) as stopped:
        history, error = History(), stopped
        for record in monitor.records:
            history.add(record)
    monitor.finish()
    return examine(Case(history, begin, monitor.looks, error))


@validated
def examine_numbers(
    losses: Sequence[float],
    classes: int,
    accuracies: Sequence[float | None] = (),
    lr: float = 0.0,
) -> Diagnosis:
    """What can be said about losses that somebody else printed, without the run behind them.

    Args:
        losses: mean cross-entropy of some batches or epochs, in order.
        classes: number of classes, K.
        accuracies: as many shares of right answers, if they are known.
        lr: the rate that is named beside them.

    Raises:
        SettingError: no losses, fewer than two classes, or another number of accuracies.

    >>> found = examine_numbers([7.6e-5], 10, accuracies=[0.1428])
    >>> [finding.rule for finding in found.findings]
    ['loss and accuracy contradict each other']
    """
    shares = list(accuracies) or [None] * len(losses)
    if not len(losses) or classes < 2 or len(shares) != len(losses):
        raise SettingError(
            f"expected losses, at least two classes and one accuracy per loss or none, got {len(losses)} "
            f"losses, {classes} classes and {len(shares)} accuracies."
        )
    steps = [
        Step(i, 1, i, 1, float(loss), share, 0.0, lr, 0.0)
        for i, (loss, share) in enumerate(zip(losses, shares, strict=True), 1)
    ]
    return examine(Case(History(steps=steps), class_count=classes))


@validated
def examine(case: Case) -> Diagnosis:
    """Every rule on a case: causes first, in the order of the registry, then consequences."""
    found: list[Finding] = []
    for rule in RULES:
        if not (rule.alone and any(not f.consequence for f in found)):
            found.extend(rule.look(case))
    ordered = sorted(found, key=lambda f: f.consequence)
    return Diagnosis(tuple(ordered), case.history, case.error, case.setup)
