"""A run and its folder: complete, refused where it would overwrite, resumable after any kill."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
from small_runs import same_bits, timeless

from glassgrad.errors import Diverged, SettingError
from glassgrad.files import container
from glassgrad.nn.models import MODELS
from glassgrad.runs import TrainConfig, environment, train_run
from glassgrad.runs.folder import read_config
from glassgrad.train import History

QUICK = TrainConfig(model="logistic", epochs=2, seed=3)


def names(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run to look at, not to change."""
    return train_run(QUICK, tmp_path_factory.mktemp("finished") / "run")


def test_a_run_leaves_everything(finished):
    run = finished
    assert names(run.folder) == {
        ".lock",
        "config.json",
        "metrics.jsonl",
        "checkpoint.safetensors",
        "checkpoint-previous.safetensors",
        "weights.safetensors",
        "summary.json",
        "figures/learning_curves.png",
        "figures/confusion.png",
        "figures/kernels.png",
        "figures/mistakes.png",
    }
    assert read_config(run.folder) == run.config
    text = (run.folder / "metrics.jsonl").read_text()
    assert History.from_json_lines(text) == run.history
    weights, _ = container.read(run.folder / "weights.safetensors")
    assert same_bits(run.model, weights)
    summary = json.loads((run.folder / "summary.json").read_text())
    assert summary["status"] == "finished"
    assert summary["test"]["accuracy"] == run.test.accuracy > 0.9
    assert summary["steps"] == len(run.history.steps) == 82
    config = json.loads((run.folder / "config.json").read_text())
    assert config["environment"] == environment.machine()


def test_a_folder_of_an_earlier_version_is_read(tmp_path):
    """It says less of the machine that it was made on."""
    run = train_run(QUICK, tmp_path)
    file = tmp_path / "config.json"
    before = {"glassgrad": "0.1.0", "python": "3.11.2", "numpy": "2.0.0", "platform": "Linux"}
    file.write_text(json.dumps(json.loads(file.read_text()) | {"environment": before}))
    assert read_config(tmp_path) == run.config
    again = train_run(replace(run.config, epochs=3), tmp_path, resume=True)
    assert len(again.history.steps) == 123


def test_two_at_a_time_in_one_folder_are_refused(tmp_path):
    refused = []

    def second(record):
        if not refused:
            with pytest.raises(SettingError, match="in which nobody else is training") as error:
                train_run(QUICK, tmp_path / "run", resume=True)
            refused.append(error.value)

    train_run(QUICK, tmp_path / "run", callbacks=[second], figures=False)
    assert refused
    assert not (tmp_path / "run" / "figures").exists()


def test_the_same_settings_give_the_same_bytes(tmp_path, finished):
    again = train_run(QUICK, tmp_path / "again")
    assert_equal_runs(again.folder, finished.folder)
    pictures = [path for path in names(again.folder) if path.endswith(".png")]
    for path in {*pictures, "config.json"} - {"figures/learning_curves.png"}:
        assert (again.folder / path).read_bytes() == (finished.folder / path).read_bytes(), path


def test_point_sets_have_no_pictures(tmp_path):
    run = train_run(TrainConfig(data="moons", model="mlp", epochs=1), tmp_path / "run")
    assert names(run.folder / "figures") == {"learning_curves.png", "confusion.png"}


def test_best_weights_patience_and_augmentation(tmp_path):
    settings = TrainConfig(model="mlp", epochs=40, patience=1, keep_best=True, shift=1, flip=True)
    run = train_run(settings, tmp_path / "run")
    losses = [e.validation_loss for e in run.history.epochs]
    summary = json.loads((run.folder / "summary.json").read_text())
    assert "has not improved" in summary["stopped"]
    assert summary["weights_of_epoch"] == losses.index(min(losses)) + 1


def test_what_is_there_is_never_overwritten(tmp_path, finished):
    out = finished.folder
    before = {name: (out / name).read_bytes() for name in names(out)}
    with pytest.raises(SettingError, match="holds a run: go on with it"):
        train_run(QUICK, out)
    other = TrainConfig(model="logistic", epochs=2, seed=4, lr=0.2)
    with pytest.raises(SettingError, match=r"lr is 0\.1 there, 0\.2 here; seed is 3 "):
        train_run(other, out, resume=True)
    assert {name: (out / name).read_bytes() for name in names(out)} == before
    for place in (out.parent, out / "config.json"):
        with pytest.raises(SettingError, match="not the folder of a run"):
            train_run(QUICK, place, resume=True)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"model": "ccn"}, "did you mean 'cnn'"),
        ({"data": "digit"}, "did you mean 'digits'"),
        ({"optimizer": "sgdd"}, "unknown optimizer 'sgdd'"),
        ({"schedule": "cosin"}, "unknown schedule 'cosin'"),
        ({"normalize": "yes"}, "unknown normalize 'yes'"),
        ({"init": "xavier"}, "unknown initialiser 'xavier'"),
        ({"epochs": 0}, "epochs must be a whole number from 1 up, got 0"),
        ({"epochs": 1, "steps": 1}, "either epochs or steps"),
        ({"validation": 1.0}, "validation=1.0"),
        ({"validation": 0.0, "keep_best": True}, "need a validation set"),
        ({"lr": -1.0}, "lr of at least 0"),
        ({"clip": 0.0}, "clip above 0"),
        ({"model": "cifar", "data": "moons"}, "expects images"),
    ],
)
def test_bad_settings_leave_nothing(tmp_path, settings, text):
    with pytest.raises(SettingError, match=text):
        train_run(TrainConfig(**settings), tmp_path / "run")
    assert not list(tmp_path.iterdir())


def test_a_diverged_run_says_so_in_its_folder(tmp_path):
    with pytest.raises(Diverged):
        train_run(TrainConfig(model="mlp", lr=3e38), tmp_path / "run")
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["status"] == "Diverged"
    assert "step" in summary["error"]


@pytest.mark.parametrize("model", MODELS)
def test_every_recipe_is_complete_and_survives_json(model):
    config = TrainConfig(model=model).complete()
    assert TrainConfig.from_json(json.loads(json.dumps(vars(config)))) == config
    assert config.complete() == config
    assert (config.epochs is None) != (config.steps is None)


def test_another_optimizer_brings_its_own_rate():
    config = TrainConfig(model="fman45", optimizer="adam").complete()
    assert (config.lr, config.momentum, config.weight_decay) == (1e-3, 0.0, 0.0)
    assert (config.batch_size, config.steps) == (16, 3000)
    assert TrainConfig(model="fman45", epochs=2).complete().steps is None


def test_a_log_with_lost_and_repeated_lines_is_put_right(tmp_path, finished):
    whole = finished
    log = tmp_path / "run" / "metrics.jsonl"

    def die(record):
        if record.step == 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_run(QUICK, tmp_path / "run", callbacks=[die])
    assert len(log.read_text().splitlines()) == 61
    log.write_text(log.read_text()[:777])  # the page cache was lost
    run = train_run(QUICK, tmp_path / "run", resume=True)
    assert timeless(History.from_json_lines(log.read_text())) == timeless(whole.history)
    assert timeless(run.history) == timeless(whole.history)
    assert same_bits(run.model, whole.model)


# ---- real kills and real full disks

KILLED = TrainConfig(model="cnn", epochs=3, shift=1, keep_best=True, checkpoint_every=5)
SCRIPT = """
import json, sys, time
from glassgrad.runs import TrainConfig
from glassgrad.runs import train_run
settings= TrainConfig(**json.loads(sys.argv[2]))
train_run(settings, sys.argv[1], resume=True, callbacks=[lambda record: time.sleep(0.004)])
"""
RECORDS = 3 * 41 + 3


def killed_and_resumed(folder, kills, rng):
    """Kill -9 the run after random numbers of records, then let it finish; gives the exit codes."""
    codes = []
    for at in sorted(rng.integers(1, RECORDS - 10, size=kills).tolist()):
        process = subprocess.Popen(
            [sys.executable, "-c", SCRIPT, str(folder), json.dumps(vars(KILLED))]
        )
        log = folder / "metrics.jsonl"
        while process.poll() is None:
            if log.exists() and log.read_bytes().count(b"\n") >= at:
                break
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.005))
        process.send_signal(signal.SIGKILL)
        codes.append(process.wait())
    train_run(KILLED, folder, resume=True)
    return codes


def assert_equal_runs(a, b):
    """Weights, records, summary and figures: equal but for the seconds."""
    assert (a / "weights.safetensors").read_bytes() == (b / "weights.safetensors").read_bytes()
    logs = [History.from_json_lines((x / "metrics.jsonl").read_text()) for x in (a, b)]
    assert timeless(logs[0]) == timeless(logs[1])
    summaries = [json.loads((x / "summary.json").read_text()) for x in (a, b)]
    assert [s.pop("seconds") > 0 for s in summaries] == [True, True]
    assert summaries[0] == summaries[1]
    assert names(a) == names(b)


@pytest.mark.parametrize(
    ("runs", "kills"), [(1, 3), pytest.param(25, 8, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_kill_9_at_random_moments_and_resume_is_the_undisturbed_run(tmp_path, runs, kills):
    train_run(KILLED, tmp_path / "whole")
    rng = np.random.default_rng(0)
    for i in range(runs):
        codes = killed_and_resumed(tmp_path / str(i), kills, rng)
        assert codes == [-signal.SIGKILL] * kills
        assert_equal_runs(tmp_path / "whole", tmp_path / str(i))


FULL = """
import sys, warnings
from glassgrad.errors import GlassgradError
from glassgrad.runs import TrainConfig
from glassgrad.runs import train_run
settings= TrainConfig(model="logistic", epochs=9, seed=3)
try:
    train_run(settings, sys.argv[1] + "/run", resume=True)
except (GlassgradError, OSError) as error:
    sys.exit(f"refused: {error}")
"""


def test_a_disk_that_is_really_full_loses_nothing(tmp_path):
    """In a file system of 64 KB: the run refuses with one message, and can be finished elsewhere."""
    inside = f'mount -t tmpfs -o size=96k tmpfs {tmp_path} && "$0" -W always -c "$1" {tmp_path}; '
    inside += f"code=$?; cp -r {tmp_path}/run $2; ls -A {tmp_path}/run >&2; exit $code"
    saved = tmp_path.parent / f"{tmp_path.name}-saved"
    command = ["unshare", "-Urm", "sh", "-c", inside, sys.executable, FULL, str(saved)]
    try:
        probe = subprocess.run(["unshare", "-Urm", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if probe.returncode:
        pytest.skip("no user namespaces here")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    assert "No space left on device" in done.stderr
    assert "refused:" in done.stderr
    assert ".tmp" not in done.stderr
    container.read(saved / "checkpoint.safetensors")  # whole
    settings = TrainConfig(model="logistic", epochs=9, seed=3)
    finished = train_run(settings, saved, resume=True)
    whole = train_run(settings, tmp_path / "whole")
    assert same_bits(finished.model, whole.model)
