"""Early stopping and best weights: when, which, and what they remember."""

from __future__ import annotations

import pytest
from small_runs import HELD, parts, same_bits

from glassgrad.errors import SettingError
from glassgrad.train import BestWeights, EarlyStopping, Epoch, Stop, fit


def epochs(*losses, accuracies=None):
    accuracies = accuracies or [None] * len(losses)
    pairs = zip(losses, accuracies, strict=True)
    return [Epoch(i, i, 1.0, 0.5, v, a, 0.1, 1.0) for i, (v, a) in enumerate(pairs, 1)]


def test_it_stops_once_patience_is_used_up():
    stopping = EarlyStopping(patience=2)
    answers = [stopping(e) for e in epochs(1.0, 0.5, 0.6, 0.4, 0.4, 0.5)]
    assert answers[:5] == [None] * 5
    assert answers[5] == Stop("validation_loss has not improved for 2 epochs")


def test_an_accuracy_is_to_grow_and_an_improvement_must_be_large_enough():
    stopping = EarlyStopping("validation_accuracy", patience=1, by=0.05)
    records = epochs(1, 1, 1, accuracies=[0.5, 0.6, 0.64])
    assert [stopping(e) is not None for e in records] == [False, False, True]


def test_the_weights_of_the_best_epoch_come_back():
    model, optimizer, loader = parts()
    best, kept = BestWeights(model), {}

    def keep(record):
        if isinstance(record, Epoch):
            kept[record.epoch] = model.state_dict()

    history = fit(
        model, loader, optimizer=optimizer, epochs=5, validation=HELD, callbacks=[best, keep]
    )
    losses = [e.validation_loss for e in history.epochs]
    assert best.epoch == losses.index(min(losses)) + 1
    best.restore()
    assert same_bits(model, kept[best.epoch])


@pytest.mark.parametrize("callback", [EarlyStopping(patience=3), BestWeights(parts()[0])])
def test_what_they_remember_survives_json(callback):
    import json

    for record in epochs(1.0, 0.5, 0.7):
        callback(record)
    arrays, settings = callback.state_dict()
    fresh = EarlyStopping(patience=3) if not arrays else BestWeights(callback.model)
    fresh.load_state_dict(arrays, json.loads(json.dumps(settings)))
    assert fresh.state_dict()[1] == settings
    assert fresh.best == callback.best == 0.5


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: EarlyStopping("f1"), "expected monitor in loss"),
        (lambda: EarlyStopping(patience=0), "patience >= 1, got 0"),
        (lambda: EarlyStopping()(epochs(None)[0]), "pass validation="),
    ],
)
def test_misuse(call, text):
    with pytest.raises(SettingError, match=text):
        call()
