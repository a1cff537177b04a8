"""Records and history: immutable, in order, exact through JSON and through arrays."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from glassgrad.errors import SettingError
from glassgrad.optim import ReduceLROnPlateau, StepLR
from glassgrad.train import loop_arithmetic, records
from glassgrad.train.records import Epoch, History, Step, Stop

rng = np.random.default_rng(0)


def step(n, epoch=1, loss=None, accuracy=0.5, size=4):
    loss = float(rng.normal()) if loss is None else loss
    return Step(n, epoch, n, size, loss, accuracy, float(rng.random()), 0.1, 0.01)


def history(accuracy=0.5):
    """Two epochs of three steps and two steps more."""
    result = History()
    for n in range(1, 9):
        result.add(step(n, -(-n // 3), accuracy=accuracy))
        if n % 3 == 0:
            result.add(Epoch(n // 3, n, 1 / n, accuracy, 1 / 3, None, 0.1, 1.0))
    return result


def test_records_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        step(1).loss = 0.0


def test_json_lines_come_in_order_and_back_to_the_last_bit():
    text = history().to_json_lines()
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds == ["step", "step", "step", "epoch"] * 2 + ["step", "step"]
    assert History.from_json_lines(text) == history_like(text)
    assert History.from_json_lines(text).to_json_lines() == text


def history_like(text):
    """The same history, built by hand from the parsed lines."""
    result = History()
    for line in map(json.loads, text.splitlines()):
        kind = line.pop("kind")
        (result.steps if kind == "step" else result.epochs).append(
            (Step if kind == "step" else Epoch)(**line)
        )
    return result


@pytest.mark.parametrize("accuracy", [0.25, None])
def test_steps_survive_arrays_exactly(accuracy):
    steps = history(accuracy).steps
    arrays = records.steps_to_arrays(steps)
    assert {a.dtype for a in arrays.values()} == {np.dtype(np.int64), np.dtype(np.float64)}
    assert records.steps_from_arrays(arrays) == steps
    assert records.steps_from_arrays(records.steps_to_arrays([])) == []


def test_columns():
    columns = history().columns("steps")
    assert columns["step"] == list(range(1, 9))
    assert history().columns()["validation_accuracy"] == [None, None]


def test_an_epoch_is_the_mean_over_examples():
    h = History(steps=[step(1, loss=1.0, size=3), step(2, loss=5.0, accuracy=1.0, size=1)])
    epoch = loop_arithmetic.sum_up(h, None, seconds=0.5)
    assert (epoch.loss, epoch.accuracy) == (2.0, 0.625)
    assert (epoch.validation_loss, epoch.step, epoch.seconds) == (None, 2, 0.52)


def test_the_first_stop_is_remembered_and_all_callbacks_are_called():
    seen, h = [], History()
    callbacks = [seen.append, lambda r: Stop("first"), lambda r: Stop("second"), seen.append]
    h.tell(step(1), callbacks)
    assert h.stopped == Stop("first")
    assert seen == [h.steps[0]] * 2


def test_a_callback_may_not_answer_anything_else():
    with pytest.raises(SettingError, match=r"None or Stop\(reason\), got True"):
        History().tell(step(1), [lambda r: True])


@pytest.mark.parametrize(
    ("epochs", "steps", "text"),
    [
        (None, None, "either epochs or steps"),
        (2, 3, "epochs=2, steps=3"),
        (0, None, "1 or more, got 0"),
        (None, -1, "1 or more, got -1"),
        (1.5, None, "got 1.5"),
    ],
)
def test_length_of_a_run(epochs, steps, text):
    with pytest.raises(SettingError, match=text):
        loop_arithmetic.total_steps(epochs, steps, 10)
    assert loop_arithmetic.total_steps(None, 7, 10) == 7


def test_factors_follow_the_step_or_the_metric():
    h = history()
    assert loop_arithmetic.factor(None, h, 100) == 1.0
    assert loop_arithmetic.factor(StepLR(4), h, 100) == pytest.approx(0.01)
    flat = History(epochs=[Epoch(i, i, 1.0, 0.5, None, None, 0.1, 1.0) for i in range(1, 6)])
    assert loop_arithmetic.factor(ReduceLROnPlateau(patience=2, factor=0.5), flat, 9) == 0.5
    assert loop_arithmetic.factor(ReduceLROnPlateau("max", patience=2, factor=0.5), flat, 9) == 0.5
