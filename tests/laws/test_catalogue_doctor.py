"""The doctor's thresholds and lists: each decides a case near it, and another would not."""

from dataclasses import fields, replace

import numpy as np
import pytest
from ailing import WELL
from catalogues import falls_when, falls_without

from glassgrad import nn, ops
from glassgrad.data import Loader
from glassgrad.data.points import circle
from glassgrad.doctor import case, change, experiment, look, monitor, neighbours, plots, probe
from glassgrad.doctor.case import Case
from glassgrad.doctor.change import Change
from glassgrad.doctor.experiment import Comparison, Score
from glassgrad.doctor.finding import Finding
from glassgrad.doctor.look import FACTORS, WHOLE, Look, Units, Weights
from glassgrad.doctor.monitor import Monitor
from glassgrad.doctor.neighbours import Neighbours
from glassgrad.doctor.probe import Probe
from glassgrad.doctor.rules import data, finite, fitting, gradients, loss, rate, units, updates
from glassgrad.doctor.setup import Setup
from glassgrad.errors import Diverged
from glassgrad.runs import TrainConfig
from glassgrad.train.records import Epoch, History, Step

SETUP = Setup.of(**WELL.settings())
MANY = circle(5000, rng=0)


def weights(path="0.weight", gradient=1.0, length=1.0, step=1e-3, rms=1.0, expected=1.0):
    return Weights(path, 2, length, gradient, step, rms, expected, False)


LOOK = Look(
    8, 1.0, 0.5, None, 1.0, ops.Linear, 1.0, 1.0, 0.5,
    (), (weights(), weights("1.weight"), weights("2.weight")), (), (1.0,) * len(FACTORS),
)  # fmt: skip
STEP = Step(1, 1, 1, 100, 1.0, 0.5, 1.0, 0.1, 0.0)


def ill(*looks, lags=True, steps=(STEP,) * 20, error=None, setup=SETUP, epochs=(), **known):
    """A case made by hand; whether it lags is decided by its neighbours."""
    found = Case(History(steps=list(steps), epochs=list(epochs)), setup, looks, error, 0)
    near = {"neighbours": Neighbours(0.9, 0.1, True), "behind": 0.5 if lags else -0.5}
    found.__dict__.update(near | known)
    return found


def found(rule, *args, **kwargs):
    return list(rule.look(ill(*args, **kwargs)))


def ahead(**at):
    """The loss at some multiples of the step, given as m1 = 0.1, w = 1, p1 = 10, p2 = 100, …"""
    places = {"m3": 0, "m2": 1, "m1": 2, "w": WHOLE, "p1": 4, "p2": 5, "p3": 6}
    losses = [1.0] * len(FACTORS)
    for name, value in at.items():
        losses[places[name]] = value
    return tuple(losses)


def dead(share, lags):
    return found(
        units.dead, replace(LOOK, units=(Units("0", ops.ReLU, 10, share, 0.0),)), lags=lags
    )


def saturated(share, lags):
    shown = replace(LOOK, units=(Units("0", ops.Sigmoid, 10, 0.0, share),))
    return found(units.saturated, shown, lags=lags)


def first_gradient(share, rms=1.0):
    shown = (weights(gradient=share, rms=rms), weights("1.weight"), weights("2.weight"))
    acts = (Units("0", ops.Sigmoid, 10, 0.0, 0.0),)
    return found(gradients.vanishing, replace(LOOK, weights=shown, units=acts))


def begins_with(rms):
    """What the doctor would change where the loss begins far above guessing."""
    shown = tuple(weights(f"{i}.weight", gradient=5.0, rms=rms) for i in range(3))
    f = found(gradients.exploding, replace(LOOK, loss=50.0, weights=shown), blind_loss=1.0)
    return f[0].change.setting if f else ""


def small_batch(size, noise):
    setup = replace(SETUP, loader=Loader(SETUP.loader.ds, size, rng=0))
    return found(rate.batch, LOOK, setup=setup, noise=noise)


def too_low(moved, ten, falling=False, steps=20):
    """A run whose loss would fall to `ten` with ten times the step."""
    losses = np.linspace(2.0, 1.0, steps) if falling else np.ones(steps)
    records = [replace(STEP, loss=float(x)) for x in losses]
    shown = replace(LOOK, moved=moved, ahead=ahead(w=0.9999, p1=ten))
    return found(rate.low, shown, steps=records)


def over(rise, gap):
    best = Epoch(1, 10, 0.5, 0.9, 0.5, 0.9, 1.0, 0.1)
    last = replace(best, epoch=3, step=30, loss=0.1, accuracy=0.95, validation_loss=0.5 * rise,
                   validation_accuracy=0.95 - gap)  # fmt: skip
    return found(fitting.over, setup=replace(SETUP, validation=MANY), epochs=[best, best, last])


def comparison(before, after, expect="same"):
    finding = Finding("a rule", "A sentence.", "A remedy.", Change("lr", 1, 2), expect=expect)
    scores = (Score(loss, None, None, None) for loss in (before, after))
    return Comparison(finding, *scores, History(), ()).confirmed


def lagging(behind):
    known = ill(LOOK, setup=None, steps=(), behind=behind)
    return known.lags


THRESHOLDS = [
    (case, "BEHIND", 2, lambda: not lagging(0.055) and lagging(0.065)),
    (units, "DEAD", 1.3, lambda: not dead(0.55, True) and dead(0.65, True)),
    (units, "SATURATED", 1.3, lambda: not saturated(0.55, True) and saturated(0.65, True)),
    (units, "_DEAD_OF_A_GOOD_RUN", 1.2, lambda: not dead(0.8, False) and dead(0.9, False)),
    (
        units,
        "_SATURATED_OF_A_GOOD_RUN",
        1.2,
        lambda: not saturated(0.7, False) and saturated(0.8, False),
    ),
    (gradients, "VANISHES", 1.5, lambda: not first_gradient(0.022) and first_gradient(0.018)),
    (
        gradients,
        "SMALL",
        1.5,
        lambda: (
            [first_gradient(0.001, rms)[0].change.setting for rms in (0.25, 0.35)]
            == ["init", "activation"]
        ),
    ),
    (
        gradients,
        "TOO_LARGE",
        1.5,
        lambda: [begins_with(2.7), begins_with(3.3)] == ["clip", "init"],
    ),
    (rate, "SMALL", 2, lambda: small_batch(8, 9.0) and not small_batch(9, 9.0)),
    (rate, "NOISY", 1.5, lambda: small_batch(4, 4.4) and not small_batch(4, 3.6)),
    (rate, "IDLE", 1.5, lambda: too_low(0.09, 0.99) and not too_low(0.11, 0.99)),
    (
        rate,
        "WORTH",
        1.5,
        lambda: too_low(0.5, 0.989, falling=True) and not too_low(0.5, 0.991, falling=True),
    ),
    (fitting, "RISE", 1.3, lambda: over(1.35, 0.5) and not over(1.25, 0.5)),
    (fitting, "GAP", 2, lambda: over(2.0, 0.09) and not over(2.0, 0.07)),
    (
        experiment,
        "UNMOVED",
        1.5,
        lambda: comparison(1.0, 1.045) and not comparison(1.0, 1.055),
    ),
]


@pytest.mark.parametrize(
    ("module", "name", "by", "sample"), THRESHOLDS, ids=[t[1] for t in THRESHOLDS]
)
def test_a_threshold_decides_cases_on_both_of_its_sides(monkeypatch, module, name, by, sample):
    value = getattr(module, name)
    up, down = (
        (round(value * by), round(value / by))
        if isinstance(value, int)
        else (value * by, value / by)
    )
    falls_when(monkeypatch, module, name, up, sample)
    falls_when(monkeypatch, module, name, down, sample)


def squashed_by(op):
    return found(loss.squashed, replace(LOOK, last_op=op))


@pytest.mark.parametrize("op", [ops.Softmax, ops.Sigmoid, ops.Tanh, ops.ReLU])
def test_each_op_that_squashes_scores_is_one(monkeypatch, op):
    falls_without(monkeypatch, loss, "SQUASHING", op, lambda: squashed_by(op))


def test_an_op_that_does_not_squash_is_none():
    assert not squashed_by(ops.Linear)


def born(op, layer, **changes):
    """The remedy for a NaN that was born there."""
    error = Diverged("a NaN.")
    error.op, error.layer = op, layer
    setup = replace(SETUP, **changes)
    return found(finite.not_finite, LOOK, error=error, setup=setup)[0].remedy


REMEDIES = {
    "lr": lambda: born("", "").startswith("Lower the learning rate"),
    "last_layer": lambda: born("Log", "2").startswith("Let the network end"),
    "loss": lambda: born("Log", "", loss=ops.nll_loss).startswith("Take ops.cross_entropy"),
    "clip": lambda: born("Exp", "0").startswith("Keep the argument away"),
}


@pytest.mark.parametrize("setting", REMEDIES)
def test_each_remedy_for_a_nan_is_given(monkeypatch, setting):
    falls_without(monkeypatch, finite, "_REMEDY", setting, REMEDIES[setting])
    words = {**finite._REMEDY, setting: "Do nothing."}
    falls_when(monkeypatch, finite, "_REMEDY", words, REMEDIES[setting])


def option_exists(setting):
    """Whether the option that is advised is one of `glassgrad train`."""
    name, after = Change(setting, 1, 2).option.removeprefix("--").split(" ")
    return after == "2" and name.replace("-", "_") in {f.name for f in fields(TrainConfig)}


OPTIONS = ["lr", "clip", "init", "normalize", "batch_size", "steps", "weight_decay"]


@pytest.mark.parametrize("setting", OPTIONS)
def test_each_option_that_is_advised_exists(monkeypatch, setting):
    falls_without(monkeypatch, change, "ON_COMMAND_LINE", setting, lambda: option_exists(setting))
    wrong = {**change.ON_COMMAND_LINE, setting: "no-such-option"}
    falls_when(monkeypatch, change, "ON_COMMAND_LINE", wrong, lambda: option_exists(setting))


def looked_at(activation, z):
    """The units of a network whose first layer gives z for every example."""
    settings = replace(WELL, activation=activation).settings()
    first = settings["model"][0]
    first.weight.value = np.zeros(first.weight.shape)
    first.bias.value = np.full(first.bias.shape, z)
    setup = Setup.of(**settings)
    x, y = setup.loader.ds.x[:64], setup.loader.ds.y[:64]
    units = Probe(setup, x, y).look(0, 0.1).units
    return units[0] if units else Units("", ops.Linear, 0, 0.0, 0.0)


FLAT = {ops.Sigmoid: (4.2, 4.6), ops.Tanh: (2.0, 2.2)}
"""Where the slope is just above, and just below, a twentieth of the steepest: σ'(4.36) = 1/80."""


@pytest.mark.parametrize("op", FLAT)
def test_each_activation_that_saturates_is_seen_to(monkeypatch, op):
    def sample():
        return [looked_at(getattr(nn, op.__name__), z).saturated for z in FLAT[op]] == [0.0, 1.0]

    falls_without(monkeypatch, probe, "_STEEPEST", op, sample)
    for by in (1.5, 1 / 1.5):
        other = {**probe._STEEPEST, op: probe._STEEPEST[op] * by}
        falls_when(monkeypatch, probe, "_STEEPEST", other, sample)


def test_each_rectifier_is_seen_to_die(monkeypatch):
    falls_without(
        monkeypatch, probe, "_RECTIFIERS", ops.ReLU, lambda: looked_at(nn.ReLU, -1.0).dead == 1.0
    )


class Counting(Monitor):
    """A monitor that only notes when it would look."""

    def _look(self, step, lr):
        self.looks.append(step)


def looks_at():
    watching = Counting(SETUP, SETUP)
    for n in range(1, 17_001):
        watching(replace(STEP, step=n))
    return watching.looks


def scaled(features):
    """Whether neighbours are asked in units of the deviation, with so many features."""
    x = np.random.default_rng(0).normal(size=(40, features))
    far = x * np.where(np.arange(features) == 0, 1e4, 1.0)
    by_deviation = (far - far.mean(0)) / far.std(0)
    near = [np.sort(neighbours.nearest(v)) for v in (far, by_deviation)]
    return np.array_equal(*near)


MEASURES = [
    (look, "FACTORS", look.FACTORS[1:], lambda: look.FACTORS == (1e-3, 0.01, 0.1, 1, 10, 100, 1e3)),
    (monitor, "EXAMPLES", 96, lambda: len(monitor.examples(SETUP, monitor.EXAMPLES)[0]) == 64),
    (monitor, "GROWTH", 9, lambda: looks_at() == [8, 64, 512, 4096, 8192, 12288, 16384]),
    (monitor, "MOST_STEPS", 6144, lambda: looks_at() == [8, 64, 512, 4096, 8192, 12288, 16384]),
    (neighbours, "NEAREST", 7, lambda: neighbours.nearest(MANY.x[:100]).shape == (100, 5)),
    (neighbours, "_MANY_FEATURES", 75, lambda: scaled(50) and not scaled(51)),
    (plots, "MOST_POINTS", 180, lambda: len(plots.losses(ill(steps=[STEP] * 1000)).x) == 120),
    (updates, "USUAL", 1.5e-3, lambda: updates.USUAL == 1 / 1000),
    (data, "FEW_FEATURES", 75, lambda: data.FEW_FEATURES == neighbours._MANY_FEATURES),
]


@pytest.mark.parametrize(
    ("module", "name", "other", "sample"), MEASURES, ids=[m[1] for m in MEASURES]
)
def test_a_measure_is_the_one_that_the_page_names(monkeypatch, module, name, other, sample):
    falls_when(monkeypatch, module, name, other, sample)


def test_at_most_500_examples_are_asked():
    assert len(neighbours.sample(MANY.x, MANY.y)[1]) == neighbours.MOST == 500
    assert look.EXAMPLES == 64


def test_every_row_has_its_sample():
    """A row that is added needs a sample here; the lists are written out, so that none is lost unseen."""
    assert set(REMEDIES) == set(finite._REMEDY)
    assert set(OPTIONS) == set(change.ON_COMMAND_LINE)
    assert {ops.Softmax, ops.Sigmoid, ops.Tanh, ops.ReLU} == look.SQUASHING
    assert probe._STEEPEST.keys() | probe._RECTIFIERS == {ops.Sigmoid, ops.Tanh, ops.ReLU}
