"""The loop: it learns, it tells, it stops, and it does the same every time."""

from __future__ import annotations

import math

import numpy as np
import pytest
from small_runs import DATA, HELD, network, parts, same_bits, timeless

from glassgrad import nn, ops, optim
from glassgrad.data import Loader, points
from glassgrad.errors import SettingError
from glassgrad.train import Epoch, Step, Stop, evaluate, fit
from glassgrad.train.step import TrainStep


def test_it_learns():
    model = nn.Sequential(nn.Linear(2, 16, rng=0), nn.Tanh(), nn.Linear(16, 2, rng=1))
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    history = fit(model, points.circle(300, rng=0), optimizer=optimizer, epochs=15, rng=0)
    assert evaluate(model, points.circle(200, rng=1)).accuracy >= 0.97
    assert history.epochs[-1].loss < history.epochs[0].loss / 4


def test_a_step_is_forward_backward_update_written_out():
    """Five steps of `fit` against the same five steps by hand."""
    model, optimizer, loader = parts(method=optim.SGD, momentum=0.9)
    by_hand, other, batches = parts(method=optim.SGD, momentum=0.9)
    history = fit(model, loader, optimizer=optimizer, steps=5)
    for record, (x, y) in zip(history.steps, batches, strict=False):
        loss = ops.cross_entropy(by_hand(x), y)
        other.zero_grad()
        loss.backward()
        length = math.sqrt(sum(np.square(p.grad, dtype=float).sum() for p in other.params))
        other.step()
        assert record.loss == pytest.approx(loss.item(), rel=1e-6)
        assert record.gradient_norm == pytest.approx(length, rel=1e-5)
    for ours, theirs in zip(model.parameters(), by_hand.parameters(), strict=True):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6)


def test_records_count_steps_batches_and_epochs():
    told = []
    model, optimizer, loader = parts()
    history = fit(
        model, loader, optimizer=optimizer, steps=10, validation=HELD, callbacks=[told.append]
    )
    assert told == list(history.records())
    assert [s.step for s in history.steps] == list(range(1, 11))
    assert [(s.epoch, s.batch) for s in history.steps] == [
        *((1, b) for b in range(1, 8)),
        *((2, b) for b in range(1, 4)),
    ]
    assert [s.size for s in history.steps[:7]] == [16] * 6 + [5]
    assert [(e.epoch, e.step) for e in history.epochs] == [(1, 7), (2, 10)]
    last, judged = history.epochs[-1], evaluate(model, HELD)
    assert (last.validation_loss, last.validation_accuracy) == (judged.loss, judged.accuracy)
    assert all(s.seconds > 0 and s.accuracy is not None for s in history.steps)


def test_same_seed_same_bits():
    a, b = network(), network()
    histories = []
    for model in (a, b):
        optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        histories.append(timeless(fit(model, DATA, optimizer=optimizer, epochs=4, rng=3)))
    assert histories[0] == histories[1]
    assert same_bits(a, b)
    c = network()
    fit(c, DATA, optimizer=optim.SGD(c.parameters(), lr=0.1, momentum=0.9), epochs=4, rng=4)
    assert not same_bits(a, c)


def test_looking_on_changes_nothing():
    """Validation and callbacks leave the weights as they would be without them."""
    a, optimizer, loader = parts()
    fit(a, loader, optimizer=optimizer, epochs=3)
    b, optimizer, loader = parts()
    fit(
        b,
        loader,
        optimizer=optimizer,
        epochs=3,
        validation=HELD,
        callbacks=[lambda record: evaluate(b, HELD) and None],
    )
    assert {k: v.tobytes() for k, v in a.state_dict().items()} == {
        k: v.tobytes() for k, v in b.state_dict().items()
    }


@pytest.mark.parametrize("at", [1, 6, 7, 9])
def test_stop_ends_the_run_after_the_step_and_still_sums_up(at):
    model, optimizer, loader = parts()

    def enough(record):
        return Stop("enough") if isinstance(record, Step) and record.step == at else None

    history = fit(model, loader, optimizer=optimizer, epochs=5, callbacks=[enough])
    assert history.stopped == Stop("enough")
    assert len(history.steps) == at
    assert history.epochs[-1].step == at


def test_schedules_set_the_rate_of_each_step_and_give_the_base_rate_back():
    model, optimizer, loader = parts()
    history = fit(model, loader, optimizer=optimizer, steps=6, schedule=optim.StepLR(2, gamma=0.5))
    assert [s.lr for s in history.steps] == [0.05, 0.05, 0.025, 0.025, 0.0125, 0.0125]
    assert optimizer.lr == 0.05


def test_a_rate_of_zero_changes_no_weight():
    model, optimizer, loader = parts(method=optim.SGD)
    before = [p.numpy() for p in model.parameters()]
    fit(model, loader, optimizer=optimizer, steps=4, schedule=lambda step, total: 0.0)
    for p, old in zip(model.parameters(), before, strict=True):
        np.testing.assert_array_equal(p.numpy(), old)


def test_plateau_follows_the_validation_loss():
    model, optimizer, loader = parts()
    plateau = optim.ReduceLROnPlateau(patience=0, factor=0.5, threshold=0.999)
    history = fit(model, loader, optimizer=optimizer, epochs=4, schedule=plateau, validation=HELD)
    assert [e.lr for e in history.epochs] == [0.05, 0.05, 0.025, 0.0125]


def test_clipping_bounds_what_one_step_can_do():
    model, optimizer, loader = parts(method=optim.SGD)
    before = [p.numpy() for p in model.parameters()]
    history = fit(model, loader, optimizer=optimizer, steps=1, clip=1e-3)
    moved = math.sqrt(
        sum(
            np.square(p.numpy() - old, dtype=float).sum()
            for p, old in zip(model.parameters(), before, strict=True)
        )
    )
    assert history.steps[0].gradient_norm > 1e-2  # as it was before clipping
    assert moved == pytest.approx(0.05 * 1e-3, rel=1e-2)


def test_a_penalty_is_minimised_too_and_is_not_in_the_recorded_loss():
    def weights(model):
        return ops.l2_penalty([p for p in model.parameters() if p.ndim == 2], 10.0)

    free, optimizer, loader = parts(method=optim.SGD)
    first = fit(free, loader, optimizer=optimizer, epochs=3).steps[0].loss
    bound, optimizer, loader = parts(method=optim.SGD)
    history = fit(bound, loader, optimizer=optimizer, epochs=3, penalty=weights)
    assert history.steps[0].loss == first
    assert float(weights(bound)._array) < float(weights(free)._array) / 10


def test_other_losses_and_number_targets():
    """Labels as numbers: no accuracy, no confusion, the rest as always."""

    def squared(y, t):
        return ops.mse_loss(ops.reshape(y, (-1,)), ops.index(t, slice(None)))

    model = nn.Linear(2, 1, rng=0)
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    def binary(y, t):
        return ops.binary_cross_entropy_with_logits(ops.reshape(y, (-1,)), t)

    history = fit(model, DATA, optimizer=optimizer, epochs=2, loss=binary, rng=0)
    assert history.epochs[-1].loss < history.epochs[0].loss


def test_misuse():
    model, optimizer, loader = parts()
    with pytest.raises(SettingError, match="either epochs or steps"):
        fit(model, loader, optimizer=optimizer)
    with pytest.raises(SettingError, match="batch_size ≥ 1"):
        fit(model, DATA, optimizer=optimizer, epochs=1, batch_size=0)


def test_a_data_set_and_its_loader_are_the_same_run():
    a, optimizer, _ = parts()
    fit(a, DATA, optimizer=optimizer, epochs=2, batch_size=16, rng=5)
    b, optimizer, _ = parts()
    fit(b, Loader(DATA, 16, rng=5, prefetch=2), optimizer=optimizer, epochs=2)
    assert same_bits(a, b)


def test_an_epoch_record_is_made_even_for_part_of_an_epoch():
    model, optimizer, loader = parts()
    history = fit(model, loader, optimizer=optimizer, steps=3)
    assert isinstance(list(history.records())[-1], Epoch)
    assert history.epochs[0].step == 3


class Counting(nn.Module):
    """A layer that does something else from its fourth call on: nothing a graph could show."""

    def __init__(self):
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * 2 if self.calls >= 4 else x


class Tossing(nn.Module):
    """A layer that tosses a coin in Python."""

    def __init__(self):
        self.rng = np.random.default_rng(5)

    def forward(self, x):
        return x * 2 if self.rng.random() < 0.3 else x


@pytest.mark.parametrize("layer", [Counting, Tossing])
def test_a_layer_that_decides_in_python_is_asked_every_time(layer):
    losses = []
    for record in (True, False):
        model = nn.Sequential(nn.Linear(2, 4, rng=0), layer(), nn.Linear(4, 2, rng=1))
        step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1), jit=record)
        losses.append([step(DATA.x, DATA.y) for _ in range(20)])
    assert losses[0] == losses[1]


def test_a_setting_that_is_changed_during_training_counts():
    def drop_nothing(model):
        def callback(record):
            if isinstance(record, Step) and record.step == 5:
                model[3].p = 0.0

        return callback

    model, optimizer, loader = parts()
    history = fit(model, loader, optimizer=optimizer, steps=9, callbacks=[drop_nothing(model)])
    by_hand, other, batches = parts()
    for n, (x, y) in enumerate([b for _ in range(2) for b in batches][:9], 1):
        loss = ops.cross_entropy(by_hand(x), y)
        other.zero_grad()
        loss.backward()
        other.step()
        assert history.steps[n - 1].loss == pytest.approx(loss.item(), rel=1e-4), n
        if n == 5:
            by_hand[3].p = 0.0
