"""A session: the steps of `fit`, one at a time; back again, another way, and a look inside."""

import math
import random

import numpy as np
import pytest
from small_runs import DATA, HELD, network, parts, same_bits, timeless

from glassgrad import nn, ops, optim
from glassgrad.data import Loader
from glassgrad.errors import SettingError
from glassgrad.train import Session, Stop, checkpoint, fit

METHODS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9),
    "Adam": lambda p: optim.Adam(p, lr=0.05, amsgrad=True),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, centered=True),
}


def started(seed=0, method="Adam", **settings):
    model = network(seed)
    return Session(
        model,
        DATA,
        optimizer=METHODS[method](model.parameters()),
        batch_size=16,
        rng=seed,
        **settings,
    )


def state(session):
    """Everything that a run is: weights, the optimizer's arrays, chance, place, records."""
    arrays, settings = session.optimizer.state_dict()
    chance = [str(g.bit_generator.state) for g in session.model.generators().values()]
    place = session.loader.state_dict()
    return session.model.state_dict() | arrays, settings, chance, place, timeless(session.history)


def assert_same(a, b):
    (arrays, *rest), (others, *others_rest) = state(a), state(b)
    assert same_bits(arrays, others)
    assert rest == others_rest


@pytest.mark.parametrize("jit", [True, False])
@pytest.mark.parametrize("how", [{"epochs": 3}, {"steps": 17}])
def test_a_session_is_fit_bit_for_bit(how, jit):
    settings = {"clip": 0.5, "schedule": optim.CosineAnnealingLR(), "validation": HELD, **how}
    settings["penalty"] = lambda model: ops.l2_penalty(model.parameters(), 0.01)
    model, optimizer, loader = parts()
    history = fit(model, loader, optimizer=optimizer, **settings)
    other, optimizer, loader = parts()
    session = Session(other, loader, optimizer=optimizer, jit=jit, **settings)
    while not session.is_over:
        session.step()
    assert timeless(session.history) == timeless(history)
    assert same_bits(model, other)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("before", [0, 3, 6, 7, 9])
def test_going_back_and_on_again_gives_the_same_bits(method, before):
    """Seven batches are an epoch: the place may be its beginning, its middle or its end."""
    session, other = started(method=method), started(method=method)
    session.steps(before)
    saved = session.snapshot()
    assert saved.step == before
    for _ in range(2):
        done = [(s.loss, s.gradient_norm) for s in session.steps(9)]
        after = state(session)
        session.restore(saved)
        assert done == [(s.loss, s.gradient_norm) for s in session.steps(9)]
        assert same_bits(after[0], state(session)[0])
        session.restore(saved)
    other.steps(before + 9)
    session.steps(9)
    assert_same(session, other)


def test_a_snapshot_holds_what_a_file_cannot():
    """Counters, lists, dicts, Python's own chance, a layer added later, modes, frozen parameters."""

    class Odd(nn.Module):
        def __init__(self):
            self.a, self.b = nn.Linear(2, 4, rng=0), nn.Linear(4, 2, rng=1)
            self.calls, self.log, self.coin = 0, {"seen": []}, random.Random(3)

        def forward(self, x):
            self.calls += 1
            self.log["seen"].append(self.calls)
            x = ops.tanh(self.a(x)) * (1.0 if self.coin.random() < 0.5 else 0.5)
            return self.b(x) * (1 + self.calls % 3)

    model = Odd()
    layer, weight = model.a, model.a.weight
    session = Session(model, DATA, optimizer=optim.SGD(model.parameters(), lr=0.1), rng=0)
    session.steps(3)
    saved = session.snapshot()
    losses = [s.loss for s in session.steps(5)]
    model.c, model.a.weight.requires_grad, model.b.training = nn.Linear(2, 2), False, False
    session.restore(saved)
    assert session.model is model
    assert model.a is layer
    assert model.a.weight is weight
    assert (model.calls, len(model.log["seen"]), hasattr(model, "c")) == (3, 3, False)
    assert model.a.weight.requires_grad
    assert model.b.training
    assert losses == [s.loss for s in session.steps(5)]


def test_a_branch_does_not_disturb():
    session, alone = started(), started()
    session.steps(4)
    other = session.branch()
    assert_same(session, other)
    other.change(lr=0.5, batch_size=5).steps(6)
    twin = session.branch()
    session.steps(6)
    alone.steps(10)
    twin.steps(6)
    assert_same(session, alone)
    assert_same(session, twin)
    assert not same_bits(session.model, other.model)


def test_a_loss_and_a_penalty_of_the_model_are_the_branchs_own():
    class Net(nn.Module):
        def __init__(self):
            self.layer, self.scale = nn.Linear(2, 2, rng=0), 1.0

        def forward(self, x):
            return self.layer(x)

        def loss(self, out, y):
            return ops.cross_entropy(out, y) * self.scale

    model = Net()
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    session = Session(model, DATA, optimizer=optimizer, loss=model.loss, rng=0)
    other = session.branch()
    other.model.scale = 0.0
    assert other.step().loss == 0.0 < session.step().loss
    saved = session.snapshot()
    model.scale = 0.0
    assert session.step().loss == 0.0 < session.restore(saved).step().loss


def test_the_loader_of_the_user_stays_the_one():
    model, optimizer, loader = parts()
    session = Session(model, loader, optimizer=optimizer)
    session.steps(3)
    saved = session.snapshot()
    session.steps(5)
    assert session.restore(saved).loader is loader
    assert loader.state_dict()["position"] == 3


def test_a_checkpoint_of_a_session_is_one_of_fit(tmp_path):
    session = started(steps=20)
    session.steps(9)
    checkpoint.save(tmp_path / "c.safetensors", session.state)
    other = started(seed=5, steps=20)
    checkpoint.load(tmp_path / "c.safetensors", other.state)
    session.steps(11)
    other.steps(11)
    assert_same(session, other)


# ---- settings changed on the way


def test_a_changed_setting_is_that_of_a_run_by_hand():
    session, other = started(method="SGD"), started(method="SGD")
    session.steps(3)
    other.steps(3)
    session.change(lr=0.01, momentum=0.5, weight_decay=0.1)
    other.optimizer.lr, other.optimizer.momentum, other.optimizer.weight_decay = 0.01, 0.5, 0.1
    session.steps(9)
    other.steps(9)
    assert_same(session, other)


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        (lambda p: optim.SGD(p, lr=0.1), {"momentum": 0.9, "nesterov": True}),
        (lambda p: optim.RMSprop(p, lr=0.01), {"centered": True, "momentum": 0.5}),
        (lambda p: optim.Adam(p, lr=0.01), {"amsgrad": True}),
    ],
)
def test_a_setting_that_needs_new_memory_gets_it(method, settings):
    """SGD's momentum from 0, say: the new arrays begin empty, the old ones and the counts stay."""
    model = network()
    session = Session(model, DATA, optimizer=method(model.parameters()), rng=0)
    session.steps(4)
    before = [tuple(map(np.copy, state)) for state in session.optimizer.state]
    session.change(**settings)
    assert session.optimizer.steps == [4] * len(session.optimizer.params)
    for old, new in zip(before, session.optimizer.state, strict=True):
        for a, b in zip(old, new, strict=False):
            assert a.size == 0 or np.array_equal(a, b)
    assert all(math.isfinite(s.loss) for s in session.steps(20))
    session.change(**dict.fromkeys(settings, False))
    session.steps(2)


def test_loss_penalty_clip_and_schedule_can_be_changed():
    session = started(steps=40)
    session.steps(2)
    assert session.change(clip=1e-6).step().gradient_norm > 1e-6
    weights = session.model.state_dict()
    session.change(schedule=lambda step, total: 0.0).step()
    trained = {path for path, _ in session.model.named_parameters()}
    assert all(np.array_equal(weights[k], session.model.state_dict()[k]) for k in trained)
    session.change(schedule=None, clip=math.inf, loss=lambda out, y: ops.mean(out * out))
    session.change(penalty=lambda model: ops.l2_penalty(model.parameters(), 10.0))
    first, last = session.steps(2)[0], session.steps(30)[-1]
    assert last.loss < first.loss


def test_another_batch_size_begins_a_new_pass():
    session = started()
    session.steps(9)
    assert [e.step for e in session.history.epochs] == [7]
    session.change(batch_size=51)
    assert [e.step for e in session.history.epochs] == [7, 9]
    assert [(s.epoch, s.batch, s.size) for s in session.steps(3)] == [
        (3, 1, 51),
        (3, 2, 50),
        (4, 1, 51),
    ]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rate": 0.1}, "unknown setting of a session 'learning_rate'"),
        ({"momentun": 0.1}, "did you mean 'momentum'"),
        ({"lr": -1.0}, "expects lr of at least 0"),
        ({"momentum": 1.5}, "momentum of at least 0 and less than 1"),
        ({"clip": 0}, "expected clip above 0, got 0: write clip=1.0"),
        ({"clip": math.nan}, "expected clip above 0"),
        ({"batch_size": 0}, "batch_size must be a whole number from 1 up"),
        ({"loss": None}, "expected loss to be a function, got None: write loss=ops.mse_loss"),
        ({"penalty": 0.1}, "expected penalty to be a function, or None, got 0.1"),
        ({"schedule": optim.StepLR(3)}, "expected either epochs or steps"),
    ],
)
def test_a_setting_that_is_refused_changes_nothing(settings, message):
    session, other = started(method="SGD"), started(method="SGD")
    session.steps(2)
    other.steps(2)
    with pytest.raises(SettingError, match=message):
        session.change(**({"lr": 0.5} | settings))
    session.steps(3)
    other.steps(3)
    assert_same(session, other)


# ---- the end


def test_a_run_has_an_end_and_says_so():
    session = started(steps=3)
    assert len(session.steps(10)) == 3
    with pytest.raises(SettingError, match="has ended after 3 steps: restore"):
        session.step()
    assert [e.step for e in session.history.epochs] == [3]


def test_a_callback_may_stop_it():
    session = started(callbacks=[lambda r: Stop("enough") if r.step == 2 else None])
    assert len(session.steps(10)) == 2
    assert session.history.stopped == Stop("enough")


def test_a_schedule_needs_an_end():
    with pytest.raises(SettingError, match="expected either epochs or steps"):
        started(schedule=optim.CosineAnnealingLR())


# ---- one step, opened


@pytest.mark.parametrize("before", [0, 4, 7])
def test_the_intermediates_are_those_of_the_next_step(before):
    session, other = started(), started()
    session.steps(before)
    other.steps(before)
    seen = session.intermediates()
    record = session.step()
    other.step()
    assert_same(session, other)
    assert seen["loss"].value == np.float32(record.loss)
    for path, p in session.model.named_parameters():
        np.testing.assert_array_equal(seen[path].gradient, p.grad)


def test_intermediates_are_named_and_connected():
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 2, rng=1))
    loader, optimizer = Loader(DATA, 4, rng=0), optim.SGD(model.parameters(), lr=0.1)
    session = Session(model, loader, optimizer=optimizer)
    session.change(penalty=lambda model: ops.l2_penalty(model.parameters(), 0.1))
    seen = session.intermediates()
    assert {"x", "y", "0.weight", "0.bias", "0.linear", "1.tanh", "2.linear", "loss", "total"} <= {
        *seen
    }
    assert seen["1.tanh"].inputs == ("0.linear",)
    np.testing.assert_allclose(seen["1.tanh"].value, np.tanh(seen["0.linear"].value), rtol=1e-5)
    slope = (1 - seen["1.tanh"].value ** 2) * seen["1.tanh"].gradient
    np.testing.assert_allclose(seen["0.linear"].gradient, slope, rtol=1e-4, atol=1e-7)
    assert (seen["0.linear"].layer, seen["0.linear"].op) == ("0", "Linear")
    assert seen["x"].gradient is None
    for one in seen.values():
        assert all(name in seen for name in one.inputs)
