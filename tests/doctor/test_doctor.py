"""The doctor beside the run: it changes nothing, counter-experiments repeat, odd runs get clear words."""

import numpy as np
import pytest
from ailing import FAULTS, HELD, POINTS, WELL, Ailing
from small_runs import same_bits, timeless

from glassgrad import data, nn, ops, optim
from glassgrad.data import Dataset, Loader
from glassgrad.doctor import Case, Change, diagnose, examine, examine_numbers
from glassgrad.doctor.monitor import Monitor
from glassgrad.doctor.neighbours import ask, fingerprints
from glassgrad.doctor.setup import Setup
from glassgrad.errors import DataError, SettingError
from glassgrad.train import fit
from glassgrad.train.records import History


def dropping(rng=0):
    """A network with all that a look could disturb: dropout, running means, momentum."""
    layers = nn.BatchNorm(16), nn.ReLU(), nn.Dropout(0.2, rng=rng), nn.Linear(16, 2, rng=rng)
    model = nn.Sequential(nn.Linear(2, 16, rng=rng), *layers)
    return model, optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


def test_a_run_with_a_doctor_is_bit_for_bit_the_run_without():
    model, optimizer = dropping()
    alone = fit(model, POINTS, optimizer=optimizer, epochs=4, validation=HELD, rng=0)
    watched, optimizer = dropping()
    found = diagnose(watched, POINTS, optimizer=optimizer, epochs=4, validation=HELD, rng=0)
    assert timeless(found.history) == timeless(alone)
    assert same_bits(model, watched)


def test_looks_are_tied_to_steps():
    setup = Setup.of(**WELL.settings())
    monitor = Monitor(setup, setup.copied())
    setup.train([monitor])
    monitor.finish()
    assert [look.step for look in monitor.looks] == [0, 8, 64, 250]


def test_a_counter_experiment_starts_from_the_same_weights_and_repeats():
    diagnosis = diagnose(**FAULTS["learning rate too low"].settings())
    first, again = diagnosis.prove(0), diagnosis.prove(diagnosis.findings[0])
    assert first.after == again.after
    assert first.history.steps[0].loss == diagnosis.history.steps[0].loss
    assert "before: loss" in str(first)


def test_a_change_leaves_the_run_as_it_is():
    setup = Setup.of(**WELL.settings())
    changed = Change("lr", 0.03, 0.3).apply(setup)
    assert (setup.optimizer.lr, changed.optimizer.lr) == (0.03, 0.3)
    assert changed.optimizer.params[0] is changed.model[0].weight
    with pytest.raises(SettingError, match="unknown change 'rate'"):
        Change("rate", 1, 2).apply(setup)


# ---- bad input: clear words, no traceback


def test_only_numbers_of_findings_are_proved():
    with pytest.raises(SettingError, match="one of 0 findings"):
        diagnose(**WELL.settings()).prove(3)
    with pytest.raises(SettingError, match="only its records are known"):
        examine_numbers([2.30, 2.31, 2.30, 2.29], 10, lr=0.1).prove(0)


def test_numbers_that_were_printed_are_examined():
    stuck = examine_numbers([2.3197, 2.3145, 2.3316, 2.3552], 10)
    assert [f.rule for f in stuck.findings] == ["loss stuck at guessing"]
    with pytest.raises(SettingError, match="at least two classes"):
        examine_numbers([1.0], 1)


def test_nothing_at_all_is_examined_without_complaint():
    assert examine(Case(History())).findings == ()


def test_no_data_is_refused_as_in_fit():
    with pytest.raises(DataError, match="has no examples"):
        diagnose(**Ailing(ds=POINTS[:0]).settings())


def test_few_examples_and_no_validation():
    settings = Ailing(ds=POINTS[:8], epochs=2).settings() | {"validation": None}
    assert diagnose(**settings).error is None


def test_a_run_that_diverges_in_its_first_step_is_a_finding_with_op_and_layer():
    diagnosis = diagnose(**FAULTS["not finite"].settings())
    assert type(diagnosis.error).__name__ == "Diverged"
    assert not diagnosis.history.steps
    finding = diagnosis.findings[0]
    assert (finding.rule, finding.layer) == ("not finite", "3")
    assert "born in Log of layer 3 after 0 updates" in finding.sentence


def test_one_class_only():
    ds = POINTS[POINTS.y == 1]
    diagnosis = diagnose(**Ailing(ds=ds, epochs=2).settings() | {"validation": None})
    assert "every training example has the label 1" in diagnosis.findings[0].sentence


class Numbers:
    """Examples with real labels."""

    def __init__(self, n, seed, noise=0.02):
        rng = np.random.default_rng(seed)
        self.x = rng.uniform(-2, 2, (n, 1)).astype(np.float32)
        self.y = (np.sin(2 * self.x[:, 0]) + noise * rng.normal(size=n)).astype(np.float32)
        self.classes, self.name = (), "wave"

    def __len__(self):
        return len(self.y)


def wave(**changes):
    """A regression, without a ReLU in the network."""
    rng = np.random.default_rng(0)
    model = nn.Sequential(nn.Linear(1, 32, rng=rng), nn.Tanh(), nn.Linear(32, 1, rng=rng))
    settings = {
        "model": model,
        "data": Loader(Numbers(300, 0), 30, rng=0),
        "validation": Numbers(100, 1),
        "optimizer": optim.Adam(model.parameters(), lr=0.02),
        "epochs": 40,
        "loss": lambda y, t: ops.mse_loss(ops.reshape(y, (-1,)), t),
    }
    return settings | changes


def test_regression():
    assert diagnose(**wave()).findings == ()
    settings = wave()
    settings["optimizer"].lr = 1e-6
    found = diagnose(**settings)
    assert found.findings[0].rule == "learning rate too low"
    assert found.prove(0).is_better


def test_regression_with_labels_of_other_rows():
    ds = Numbers(300, 0)
    ds.y = ds.y[np.random.default_rng(3).permutation(300)]
    found = diagnose(**wave(data=Loader(ds, 30, rng=0)))
    assert found.findings[0].rule == "labels not aligned"


def test_labels_that_are_a_row_late_are_moved_back():
    order = np.argsort(POINTS.x[:, 0] ** 2 + POINTS.y % 2, kind="stable")[::-1]
    mixed = POINTS[np.random.default_rng(5).permutation(len(order))]
    late = Dataset(mixed.x, np.roll(mixed.y, 2), mixed.classes, "late")
    found = diagnose(**Ailing(ds=late).settings())
    assert found.findings[0].change == Change("labels", "as given", "moved by -2")
    assert found.prove(0).confirmed


# ---- neighbours


def test_neighbours_know_labels_and_nothing_of_shuffled_ones():
    assert ask(POINTS.x, POINTS.y).score > 0.95
    assert ask(POINTS.x, POINTS.y).know
    y = POINTS.y[np.random.default_rng(0).permutation(len(POINTS))]
    assert not ask(POINTS.x, y).know
    assert ask(POINTS.x, POINTS.y, HELD.x, HELD.y).score > 0.95


def test_fingerprints_are_equal_for_equal_rows_only():
    x = np.random.default_rng(0).normal(size=(5000, 3)).astype(np.float32)
    twice = np.concatenate([x, x[::-1]])
    marks = fingerprints(twice)
    assert len(np.unique(marks)) == 5000
    assert np.array_equal(marks[:5000], marks[:4999:-1])


def test_a_short_run_with_a_good_rate_is_told_to_go_on():
    """With momentum a step may lead up a little while the loss falls: no reason to lower the rate."""
    model = nn.models.build("mlp", (1, 8, 8), 10, 0)
    momentum = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    digits = data.load("digits").train
    found = diagnose(model, digits, optimizer=momentum, epochs=3, rng=0)
    assert [(f.rule, f.change.setting) for f in found.findings] == [("under-fitting", "steps")]
    assert found.prove(0).confirmed
