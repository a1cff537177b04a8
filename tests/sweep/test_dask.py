"""Sweeps on a real Dask cluster of this machine; the store stays with the sweep."""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from glassgrad.errors import SettingError
from glassgrad.runs import list_runs, show
from glassgrad.sweep import grid, sweep

distributed = pytest.importorskip("distributed")
cloudpickle = pytest.importorskip("cloudpickle")
pytestmark = pytest.mark.filterwarnings("ignore")  # a cluster's own, when its workers are killed


@dataclass(frozen=True)
class Config:
    i: int = 0


def trial(config, run):
    for step in range(3):
        run.log(step, loss=config.i / (step + 1))
    (run.folder / "file").write_bytes(bytes(config.i))
    run.keep("file", run.folder / "file")
    if config.i == 3:
        raise ValueError("three is none of ours")
    return {"square": config.i**2, "pid": os.getpid(), "threads": os.environ["GLASSGRAD_THREADS"]}


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


@pytest.fixture
def by_value():
    """Other processes cannot import a test, so its functions are sent whole."""
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    yield
    cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def engine(cluster):
    return cluster.scheduler_address.replace("tcp://", "dask://")


def test_every_run_comes_back_to_the_store(tmp_path, engine, by_value):
    path, seen = tmp_path / "runs.sqlite", []
    table = sweep(
        trial,
        grid(Config(), i=range(6)),
        store=path,
        engine=engine,
        on_done=lambda outcome, n, of: seen.append(n),
    )
    assert seen == [1, 2, 3, 4, 5, 6]
    assert [o.entry.status for o in table] == ["done"] * 3 + ["failed"] + ["done"] * 2
    assert table.column("square") == [0, 1, 4, None, 16, 25]
    assert set(table.column("threads")) == {"1", None}
    assert os.getpid() not in table.column("pid")
    assert "ValueError: three is none of ours" in table.failed[0].entry.error
    for o in table:
        details = show(path, o.entry.id)
        assert details.metrics["loss"] == [(s, o.config.i / (s + 1)) for s in range(3)]
        assert [(a.name, a.size) for a in details.artefacts] == [("file", o.config.i)]
    before = list_runs(path, status="done")
    sweep(trial, grid(Config(), i=range(6)), store=path, engine=engine)
    assert list_runs(path, status="done") == before


def test_a_worker_that_is_killed_changes_nothing(tmp_path, engine, by_value):
    marks = str(tmp_path)

    def dies_once(config, run):
        mark = Path(marks, str(config.i))
        if config.i % 3 == 1 and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
        return {"square": config.i**2}

    table = sweep(
        dies_once,
        grid(Config(), i=range(6)),
        store=tmp_path / "r.sqlite",
        engine=engine,
        name="dies",
    )
    assert table.to_csv() == "i,status,square\n" + "".join(f"{i},done,{i * i}\n" for i in range(6))


def test_nobody_there_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("glassgrad.sweep.engines.PATIENCE", 0.5)
    with pytest.raises(SettingError, match=r"a Dask scheduler at 127\.0\.0\.1:1, got"):
        sweep(trial, [Config()], store=tmp_path / "r.sqlite", engine="dask://127.0.0.1:1")


def test_a_function_that_the_workers_do_not_have_is_an_error(tmp_path, engine):
    (outcome,) = sweep(trial, [Config()], store=tmp_path / "r.sqlite", engine=engine)
    assert outcome.entry.error.startswith(
        "it could not be unpacked by its process: ModuleNotFoundError"
    )
