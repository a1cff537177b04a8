"""The sweep of the command line: real trainings, resumed in the middle, weights and metrics kept."""

import contextlib
import os
import signal
import threading
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from glassgrad.errors import SettingError
from glassgrad.runs import list_runs, show
from glassgrad.runs.config import TrainConfig
from glassgrad.sweep.training import sweep_training

BASE = TrainConfig(data="digits", model="logistic", epochs=2, checkpoint_every=5)


def test_a_grid_of_trainings(tmp_path):
    path = tmp_path / "runs.sqlite"
    table = sweep_training(BASE, ["lr=0.01,0.1", "momentum=0.9"], store=path, jobs=1)
    assert [row[:2] for row in table.rows()] == [["lr", "status"], [0.01, "done"], [0.1, "done"]]
    best = table.best("test_accuracy")
    assert best.result["test_accuracy"] > 0.9
    details = show(path, best.entry.id)
    assert details.entry.seed == 0
    assert len(details.metrics["loss"]) == details.entry.result["steps"]
    assert len(details.metrics["epoch_validation_accuracy"]) == 2
    assert [a.name for a in details.artefacts] == ["weights"]
    assert not list(tmp_path.rglob("*.png"))
    sweep_training(BASE, ["lr=0.2"], store=path, jobs=1, figures=True)
    assert len(list(tmp_path.rglob("*.png"))) == 4


def test_random_draws_are_those_of_the_seed(tmp_path):
    axes = ["lr=loguniform(1e-3,1)", "optimizer=sgd,adam"]
    settings = {"draws": 3, "seed": 5, "store": tmp_path / "runs.sqlite", "jobs": 1}
    table = sweep_training(BASE, axes, **settings)
    before = list_runs(tmp_path / "runs.sqlite")
    assert len(before) == 3
    again = sweep_training(BASE, axes, **settings)
    assert again.to_csv() == table.to_csv()
    assert list_runs(tmp_path / "runs.sqlite") == before


def test_settings_that_do_not_fit_train_nothing(tmp_path):
    with pytest.raises(SettingError, match="unknown optimizer"):
        sweep_training(TrainConfig(optimizer="sdg"), ["lr=1"], store=tmp_path / "runs.sqlite")
    with pytest.raises(SettingError, match="unknown model 'cn'"):
        sweep_training(BASE, ["model=cn"], store=tmp_path / "runs.sqlite")
    assert not (tmp_path / "runs.sqlite").exists()


def workers():
    """The processes of loky that belong to this one."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            if int(parent) == os.getpid() and b"popen_loky" in (folder / "cmdline").read_bytes():
                yield int(folder.name)


def kill_one(checkpoints, stop, killed):
    """Kill a worker once both have a checkpoint: then each is in the middle of a run."""
    while not stop.wait(0.01):
        if not killed and len(list(checkpoints.glob("*/checkpoint.safetensors"))) == 2:
            killed.append(next(workers()))
            os.kill(killed[0], signal.SIGKILL)


def weights(details):
    """The bits of every tensor."""
    arrays = load_file(details.artefacts[0].path)
    return {name: array.tobytes() for name, array in arrays.items()}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc").exists(), reason="finds the workers in /proc")
def test_a_killed_training_goes_on_and_ends_with_the_same_bits(tmp_path, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_KERNELS", "0")  # nothing to compile in so many processes
    base = TrainConfig(data="digits", model="mlp", epochs=6, checkpoint_every=3)
    stop, killed = threading.Event(), []
    thread = threading.Thread(target=kill_one, args=(tmp_path / "rough", stop, killed))
    thread.start()
    try:
        rough = sweep_training(base, ["seed=0,1"], store=tmp_path / "rough.sqlite")
    finally:
        stop.set()
        thread.join()
    assert killed
    assert sorted(o.entry.attempt for o in rough) == [1, 2]
    calm = sweep_training(base, ["seed=0,1"], store=tmp_path / "calm.sqlite")
    assert rough.to_csv() == calm.to_csv()
    for outcome in rough:
        run = outcome.entry.id
        first, second = show(tmp_path / "rough.sqlite", run), show(tmp_path / "calm.sqlite", run)
        assert first.metrics == second.metrics
        assert weights(first) == weights(second)
