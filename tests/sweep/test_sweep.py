"""Sweeps: every configuration once, in the order given, whatever is interrupted or killed meanwhile."""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import types
from dataclasses import dataclass
from pathlib import Path

import cloudpickle
import pytest

from glassgrad.errors import SettingError
from glassgrad.runs import Store, list_runs, show
from glassgrad.sweep import grid, sweep

pytestmark = pytest.mark.filterwarnings("ignore:A worker stopped:UserWarning")


@dataclass(frozen=True)
class Config:
    i: int = 0
    pids: str = ""
    seconds: float = 0.0


def trial(config, run):
    if config.pids:
        Path(config.pids, str(os.getpid())).touch()
    for step in range(4):
        run.log(step, loss=config.i / (step + 1))
        time.sleep(config.seconds / 4)
    run.keep("note", f"{config.i}".encode())
    return {"square": config.i**2, "third": config.i / 3}


def fragile(config, run):
    run.log(0, loss=1)
    return {"inverse": 1 / (config.i - 2)}


@pytest.fixture(autouse=True)
def by_value():
    """Other processes cannot import a test, so its functions are sent whole."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs.sqlite"


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_run_is_stored(path, jobs):
    seen = []
    configs = grid(Config(), i=range(5))
    table = sweep(
        trial, configs, store=path, jobs=jobs, on_done=lambda o, n, of: seen.append((o, n, of))
    )
    assert table.to_csv() == "i,status,square,third\n" + "".join(
        f"{i},done,{i * i},{i / 3}\n" for i in range(5)
    )
    assert [o.config for o in table] == configs
    assert sorted(o.config.i for o, _, _ in seen) == list(range(5))
    assert [(n, of) for _, n, of in seen] == [(n, 5) for n in range(1, 6)]
    for outcome in table:
        details = show(path, outcome.entry.id)
        assert details.metrics["loss"] == [(s, outcome.config.i / (s + 1)) for s in range(4)]
        assert [a.name for a in details.artefacts] == ["note"]
        assert outcome.entry.attempt == 1
        assert outcome.entry.name == f"{__name__}.trial"


def test_finished_runs_are_never_repeated(path):
    sweep(trial, grid(Config(), i=range(3)), store=path, jobs=1)
    before = {e.id: e for e in list_runs(path)}
    ran = []

    def noted(config, run):
        ran.append(config.i)
        return trial(config, run)

    table = sweep(
        noted, grid(Config(), i=[2, 7, 1, 7]), store=path, jobs=1, name=f"{__name__}.trial"
    )
    assert ran == [7]  # the two 7s are one run
    assert table.column("square") == [4, 49, 1, 49]
    assert {k: v for k, v in ((e.id, e) for e in list_runs(path)) if k in before} == before
    sweep(noted, grid(Config(), i=[1]), store=path, jobs=1, name="another experiment")
    assert ran == [7, 1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_function_that_fails_stops_nothing_and_is_tried_again_next_time(path, jobs):
    configs = grid(Config(), i=range(4))
    table = sweep(fragile, configs, store=path, jobs=jobs)
    assert [o.entry.status for o in table] == ["done", "done", "failed", "done"]
    (failed,) = table.failed
    assert failed.config.i == 2
    place = (
        r"\((test_sweep\.py|<dynamic-code>), line \d+\)"  # cloudpickle 3.1.3 drops the file's name
    )
    assert re.fullmatch(rf"ZeroDivisionError: division by zero {place}", failed.entry.error)
    assert table.best("inverse").config.i == 3
    again = sweep(fragile, configs, store=path, jobs=jobs)
    assert [o.entry.attempt for o in again] == [1, 1, 2, 1]
    assert again.to_csv() == table.to_csv()


def test_a_result_that_cannot_be_stored_is_a_failure(path):
    (outcome,) = sweep(
        lambda config, run: {"x": object()}, [Config()], store=path, jobs=1, name="x"
    )
    assert "SettingError: expected a result of numbers, texts and lists" in outcome.entry.error
    (outcome,) = sweep(lambda config, run: 3, [Config()], store=path, jobs=1, name="y")
    assert "TypeError" in outcome.entry.error


def test_processes_share_the_cores(path, monkeypatch):
    for name in ("GLASSGRAD_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setattr("glassgrad.sweep.engines.cores", lambda: 8)
    names = ("GLASSGRAD_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")

    def threads(config, run):
        return {name: os.environ.get(name) for name in names} | {"pid": os.getpid()}

    (outcome,) = sweep(threads, [Config()], store=path, jobs=2, name="threads")
    assert [outcome.result[name] for name in names] == ["4", "4", "1"]  # fewer stays fewer
    assert outcome.result["pid"] != os.getpid()


def test_a_run_s_folder_outlives_its_process(path):
    def dies_once(config, run):
        mark = run.folder / "mark"
        if not mark.exists():
            mark.write_text("was here")
            os.kill(os.getpid(), signal.SIGKILL)
        return {"mark": mark.read_text()}

    configs = grid(Config(), i=range(3))
    table = sweep(dies_once, configs, store=path, name="dies once")
    assert table.column("mark") == ["was here"] * 3
    assert [o.entry.attempt for o in table] == [2, 2, 2]


def test_a_run_that_always_kills_its_process_fails_alone(path):
    def deadly(config, run):
        if config.i == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return {"i": config.i}

    table = sweep(deadly, grid(Config(), i=range(4)), store=path, name="deadly", retries=1)
    assert [o.entry.status for o in table] == ["done", "failed", "done", "done"]
    assert "its process was lost 2 times" in table.failed[0].entry.error
    assert [o.entry.attempt for o in table if o.config.i != 1] == [1, 1, 1]  # never disturbed


def kill_every(seconds, most, pids, stop, rng, killed):
    """Kill one of the processes that have signed in, now and then."""
    while not stop.wait(seconds) and len(killed) < most:
        alive = [int(p.name) for p in pids.iterdir()]
        if alive:
            pid = rng.choice(alive)
            (pids / str(pid)).unlink()
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)


@pytest.mark.parametrize(
    ("trials", "seconds", "pause", "most"),
    [(8, 0.1, 0.3, 4), pytest.param(16, 1.0, 3.0, 100, marks=pytest.mark.slow)],
)
def test_workers_killed_now_and_then_change_nothing(tmp_path, path, trials, seconds, pause, most):
    pids = tmp_path / "pids"
    pids.mkdir()
    configs = grid(Config(pids=str(pids), seconds=seconds), i=range(trials))
    stop, killed = threading.Event(), []
    killer = threading.Thread(
        target=kill_every, args=(pause, most, pids, stop, random.Random(0), killed)
    )
    killer.start()
    try:
        table = sweep(trial, configs, store=path, retries=50)
    finally:
        stop.set()
        killer.join()
    assert killed
    calm = sweep(trial, grid(Config(), i=range(trials)), store=tmp_path / "calm.sqlite", jobs=1)
    assert table.to_csv() == calm.to_csv()
    with Store(path) as store:
        store.check()
        for a, b in zip(table, calm, strict=True):
            assert store.metrics(a.entry.id) == show(tmp_path / "calm.sqlite", b.entry.id).metrics


def sweep_process(path, pids):
    """The sweep of `sweep_process.py`, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, Path(__file__).with_name("sweep_process.py"), path, pids],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def done_in(path):
    return {e.id: e for e in list_runs(path) if e.status == "done"} if path.exists() else {}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_sweep_goes_on_where_it_was(tmp_path, path, how):
    pids = tmp_path / "pids"
    pids.mkdir()
    process = sweep_process(path, pids)
    while len(done_in(path)) < 3:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(how)
    process.communicate(timeout=30)
    assert process.returncode != 0
    before = done_in(path)
    assert 3 <= len(before) <= 4
    path.with_name("go").touch()
    output, _ = sweep_process(path, pids).communicate(timeout=60)
    assert output == "i,status,square\n" + "".join(f"{i},done,{i * i}\n" for i in range(8))
    after = done_in(path)
    assert len(after) == 8
    assert {k: after[k] for k in before} == before  # not touched
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{p.name}").exists() for p in pids.iterdir()):
        assert time.monotonic() < deadline, "a worker is left behind"
        time.sleep(0.05)


def test_one_sweep_at_a_time_uses_a_store(path):
    def nested(config, run):
        with pytest.raises(SettingError, match="no other sweep is using"):
            sweep(trial, [Config()], store=path, jobs=1)
        return {"refused": True}

    (outcome,) = sweep(nested, [Config()], store=path, jobs=1, name="nested")
    assert outcome.result == {"refused": True}


def test_an_open_store_may_be_given(path):
    with Store(path) as store:
        table = sweep(trial, grid(Config(), i=[2]), store=store)
        assert store.entry(table.outcomes[0].entry.id).status == "done"


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"jobs": 0}, "expected jobs >= 1 and retries >= 0, got 0 and 5"),
        ({"retries": -1}, "got 2 and -1"),
        ({"engine": "slurm"}, "expected engine local, dask://HOST:PORT, ray, .*, got 'slurm'"),
        ({"engine": "dask://"}, "got 'dask://'"),
        ({"function": lambda config, run: {}}, "a function with a name"),
        ({"configs": [3]}, "expected settings as a dataclass or a dict, got int"),
    ],
)
def test_bad_input(path, settings, text):
    arguments = {"function": trial, "configs": [Config()], "store": path, **settings}
    with pytest.raises(SettingError, match=text):
        sweep(**arguments)
    assert not path.exists() or list_runs(path) == []


def test_what_cannot_travel_to_another_process_is_said(path):
    lock = threading.Lock()

    def locked(config, run):
        return {"locked": lock.locked()}

    with pytest.raises(SettingError, match="can be sent to another process, got TypeError"):
        sweep(locked, [Config()], store=path, name="locked")
    assert sweep(locked, [Config()], store=path, name="locked", jobs=1).column("locked") == [False]


@pytest.mark.parametrize(
    ("engine", "missing", "install"),
    [
        ("ray", "ray", "ray joblib"),
        ("dask://localhost:1", "distributed", "distributed joblib"),
        ("dask://localhost:1", "joblib", "joblib"),
    ],
)
def test_an_engine_that_is_not_installed_says_what_to_install(
    path, monkeypatch, engine, missing, install
):
    for module in ("ray", "distributed"):
        monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(SettingError, match=rf"Write pip install {install}\.$"):
        sweep(trial, [Config()], store=path, engine=engine)
