"""The callback that looks on: after 8, 64, 512, … steps and at the end.

Between two looks it does nothing, so it costs little; and as looks are tied to steps, not to the clock,
the same run gives the same findings.  Read next: `neighbours.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.doctor.look import EXAMPLES, Look
from glassgrad.doctor.probe import Probe
from glassgrad.doctor.setup import Setup
from glassgrad.train.records import Record, Step

GROWTH = 8
MOST_STEPS = 4096
"""The greatest distance between two looks."""


class Monitor:
    """Collects looks and records while `fit` runs.

    Args:
        setup: the run.
        begin: a copy of it from before; looked at last: arrays that are made before the
            training lie in the way of its steps, which were 3 % slower.
    """

    def __init__(self, setup: Setup, begin: Setup) -> None:
        self.setup, self.begin = setup, begin
        self.looks: list[Look] = []
        self.records: list[Record] = []
        self._next = GROWTH
        self._before: dict[str, NDArray[Any]] = {}

    def __call__(self, record: Record) -> None:
        self.records.append(record)
        if isinstance(record, Step) and record.step >= self._next:
            while self._next <= record.step:
                self._next += min((GROWTH - 1) * self._next, MOST_STEPS)
            self._look(record.step, record.lr)

    def finish(self) -> None:
        """Look once more at the end, and at the beginning."""
        steps = [record for record in self.records if isinstance(record, Step)]
        if steps and (not self.looks or self.looks[-1].step < steps[-1].step):
            self._look(steps[-1].step, steps[-1].lr)
        probe = Probe(self.begin, *examples(self.begin, EXAMPLES))
        self.looks.insert(0, probe.look(0, self.begin.optimizer.lr))

    def _look(self, step: int, lr: float) -> None:
        if not self._before:
            parameters = self.begin.model.named_parameters()
            self._before = {path: p._array for path, p in parameters}
        probe = Probe(self.setup, *examples(self.setup, EXAMPLES))
        self.looks.append(probe.look(step, lr, self._before))


def examples(setup: Setup, count: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Some training examples, as the model gets them."""
    ds, rng = setup.loader.ds, np.random.default_rng(0)
    rows = np.sort(rng.permutation(len(ds.y))[:count])
    x, y = ds.x[rows], ds.y[rows]
    if setup.loader.transform:
        x = np.ascontiguousarray(setup.loader.transform(x, rng))
    return x, y
