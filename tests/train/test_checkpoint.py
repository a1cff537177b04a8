"""Checkpoints: exact resume from every step, other models refused, full disks survived."""

from __future__ import annotations

import errno
import json

import numpy as np
import pytest
from small_runs import DATA, HELD, parts, same_bits, timeless

from glassgrad import nn, optim
from glassgrad.data import Loader, points
from glassgrad.errors import CheckpointError
from glassgrad.files import atomic, container
from glassgrad.train import (
    BestWeights,
    Checkpoints,
    EarlyStopping,
    History,
    Step,
    checkpoint,
    fit,
    load_weights,
    save_weights,
)
from glassgrad.train.checkpoint import State

SCHEDULE = optim.OneCycleLR()


class Killed(BaseException):
    """Ends a run at once, like a signal."""


def killer(at):
    def callback(record):
        if isinstance(record, Step) and record.step == at:
            raise Killed

    return callback


def run(folder=None, kill=None, every=1, method=optim.Adam, epochs=3):
    """Three epochs of seven batches with everything that has a memory."""
    model, optimizer, loader = parts(method=method)
    callbacks = [BestWeights(model), EarlyStopping(patience=9), killer(kill)]
    history = fit(
        model,
        loader,
        optimizer=optimizer,
        epochs=epochs,
        schedule=SCHEDULE,
        validation=HELD,
        callbacks=callbacks,
        checkpoints=Checkpoints(folder, every) if folder else None,
    )
    return model, history, callbacks[0]


@pytest.mark.parametrize(
    ("method", "every", "kills"),
    [(optim.Adam, 1, range(1, 22)), (optim.SGD, 4, (3, 4, 13)), (optim.Adam, 1000, (6, 7, 20))],
    ids=["every step", "every 4", "every epoch"],
)
def test_killed_anywhere_and_resumed_it_is_the_undisturbed_run(tmp_path, method, every, kills):
    whole, history, best = run(method=method)
    for at in kills:
        folder = tmp_path / str(at)
        folder.mkdir()
        with pytest.raises(Killed):
            run(folder, at, every, method)
        model, resumed, kept = run(folder, None, every, method)
        assert timeless(resumed) == timeless(history), f"killed at {at}"
        assert same_bits(model, whole)
        assert same_bits(kept.weights, best.weights)


def test_a_finished_run_is_not_trained_again_and_may_be_made_longer(tmp_path):
    model, history, _ = run(tmp_path)
    again, same, _ = run(tmp_path)
    assert same_bits(again, model)
    assert same == history
    _, longer, _ = run(tmp_path, epochs=4)
    assert len(longer.steps) == 28
    assert longer.steps[:21] == history.steps
    assert [e.step for e in longer.epochs] == [7, 14, 21, 28]


def test_a_run_that_ended_within_an_epoch_goes_on_within_it(tmp_path):
    def some(steps):
        model, optimizer, loader = parts()
        fit(model, loader, optimizer=optimizer, steps=steps, checkpoints=Checkpoints(tmp_path))
        return model

    for steps in (3, 7, 8, 14, 20):
        model = some(steps)
    whole, optimizer, loader = parts()
    fit(whole, loader, optimizer=optimizer, steps=20)
    assert same_bits(model, whole)


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64"])
def test_every_kind_of_generator_is_kept_to_the_last_bit(tmp_path, kind):
    def state():
        model, optimizer, loader = parts()
        model[3].rng = np.random.Generator(getattr(np.random, kind)(7))
        return State(model, optimizer, loader, History())

    old = state()
    old.model[3].rng.random(5, dtype=np.float32)
    checkpoint.save(tmp_path / "c", old)
    new = state()
    checkpoint.load(tmp_path / "c", new)
    draws = [s.model[3].rng.integers(0, 2**31, 9, dtype=np.int32) for s in (old, new)]
    np.testing.assert_array_equal(*draws)


def states():
    """Runs that are not the one that was saved, and what the error must say."""
    model, optimizer, loader = parts(seed=1)
    yield State(nn.Linear(2, 2, rng=0), optimizer, loader, History()), "its model is"
    wide = nn.Sequential(nn.Linear(2, 9, rng=0), *list(model)[1:])
    yield State(wide, optimizer, loader, History()), r"\[8, 2\].*expected.*\[9, 2\]"
    sgd = optim.SGD(model.parameters())
    yield State(model, sgd, loader, History()), "its optimizer is Adam, expected SGD"
    other = Loader(points.circle(101, rng=9), 16, rng=0)
    yield State(model, optimizer, other, History()), "its data is"
    yield State(model, optimizer, Loader(DATA, 8, rng=0), History()), "batch_size"
    early = (EarlyStopping(),)
    yield State(model, optimizer, loader, History(), early), r"its callbacks is \[\], expected"
    odd = parts(seed=1)[0]
    odd[3].rng = np.random.Generator(np.random.Philox(0))
    yield State(odd, optimizer, loader, History()), "its generators is"


@pytest.mark.parametrize("i", range(7))
def test_a_checkpoint_of_another_run_is_refused_and_nothing_changes(tmp_path, i):
    checkpoint.save(tmp_path / "c", State(*parts(), History(steps=[])))
    state, text = list(states())[i]
    before, position = state.model.state_dict(), state.loader.state_dict()
    with pytest.raises(CheckpointError, match=text):
        checkpoint.load(tmp_path / "c", state)
    assert same_bits(state.model, before)
    assert state.loader.state_dict() == position


def test_weights_are_not_a_checkpoint_but_load_by_name(tmp_path):
    model, optimizer, loader = parts()
    save_weights(tmp_path / "w", model)
    with pytest.raises(CheckpointError, match="holds weights only"):
        checkpoint.load(tmp_path / "w", State(model, optimizer, loader, History()))
    other = parts(seed=1)[0]
    load_weights(tmp_path / "w", other)
    assert same_bits(other, model)
    with pytest.raises(CheckpointError, match="another model"):
        load_weights(tmp_path / "w", nn.Linear(2, 2, rng=0))


@pytest.mark.oracle
def test_pytorch_reads_the_weights_under_the_same_names(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Tanh(), nn.Linear(3, 2, rng=1))
    save_weights(tmp_path / "w", model)
    theirs = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 2))
    theirs.load_state_dict(load_file(tmp_path / "w"))
    y = theirs(torch.from_numpy(DATA.x)).detach().numpy()
    np.testing.assert_allclose(model(DATA.x).numpy(), y, rtol=1e-5, atol=1e-6)


def test_the_last_two_are_kept_and_the_older_one_serves_if_the_newer_is_damaged(tmp_path):
    whole, history, _ = run()
    with pytest.raises(Killed):
        run(tmp_path, 12)
    names = {"checkpoint.safetensors", "checkpoint-previous.safetensors"}
    assert {p.name for p in tmp_path.iterdir()} == names
    path = Checkpoints(tmp_path).path
    path.write_bytes(path.read_bytes()[:-1])
    assert len(Checkpoints(tmp_path).history().steps) == 10
    with pytest.warns(UserWarning, match=r"altered or cut short.*Going on from .*previous"):
        model, resumed, _ = run(tmp_path)
    assert same_bits(model, whole)
    assert timeless(resumed) == timeless(history)


def test_two_damaged_checkpoints_are_an_error(tmp_path):
    with pytest.raises(Killed):
        run(tmp_path, 12)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:-1])
    text = "altered or cut short"
    with pytest.warns(UserWarning, match=text), pytest.raises(CheckpointError, match=text):
        run(tmp_path)


def test_a_full_disk_is_said_once_training_goes_on_and_tries_again(tmp_path, monkeypatch):
    whole, history, _ = run()
    write, calls = atomic.write_all, []

    def sometimes_full(file, data):
        calls.append(len(data))
        if 3 <= len(calls) <= 6:
            file.write(data[:100])
            raise OSError(errno.ENOSPC, "No space left on device")
        write(file, data)

    monkeypatch.setattr(atomic, "write_all", sometimes_full)
    with pytest.warns(UserWarning, match="No space left on device") as caught:
        model, after, _ = run(tmp_path)
    assert len(caught) == 1
    assert same_bits(model, whole)
    assert timeless(after) == timeless(history)
    assert Checkpoints(tmp_path).history().steps == after.steps


def test_a_disk_that_stays_full_is_an_error_at_the_end_and_the_old_file_is_intact(
    tmp_path, monkeypatch
):
    with pytest.raises(Killed):
        run(tmp_path, 9)
    old = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(file, data):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "write_all", full)
        text = "free some space"
        with pytest.warns(UserWarning, match=text), pytest.raises(CheckpointError, match=text):
            run(tmp_path)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == old
    whole, _, _ = run()
    assert same_bits(run(tmp_path)[0], whole)


def test_weights_that_are_not_finite_are_never_saved(tmp_path):
    from glassgrad.errors import Diverged

    model, _, loader = parts()
    optimizer = optim.SGD(model.parameters(), lr=1e37)
    with pytest.raises(Diverged):
        fit(model, loader, optimizer=optimizer, steps=9, checkpoints=Checkpoints(tmp_path, 1))
    for path in tmp_path.iterdir():
        tensors, _ = container.read(path)
        assert all(np.isfinite(t).all() for k, t in tensors.items() if k.startswith("model/"))


def test_settings_are_json_without_nan(tmp_path):
    checkpoint.save(tmp_path / "c", State(*parts(), History()))
    _, settings = container.read(tmp_path / "c")
    assert json.loads(json.dumps(settings, allow_nan=False)) == settings
