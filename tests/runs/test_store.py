"""The run store: what goes in comes out, twice is once, and only its owner may write to a run."""

import math
import os
import sqlite3
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from glassgrad.errors import DataError, SettingError
from glassgrad.runs import Store


@dataclass(frozen=True)
class Config:
    lr: float = 0.1
    shape: tuple[int, ...] = (8, 8)
    seed: int = 7


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "runs.sqlite") as store:
        yield store


def test_a_run_from_beginning_to_end(store):
    run = store.begin(Config(), "trial")
    for step, loss in enumerate([2.5, 0.1 + 0.2, math.inf, 5e-324, math.nan], 1):
        store.log(run, step, {"loss": loss, "lr": np.float32(0.5)})
    store.log(run, 1, {"loss": 3})  # again: replaced
    store.finish(run, {"accuracy": np.float64(0.9), "classes": ("a", "b")})
    entry = store.entry(run)
    assert (entry.status, entry.seed, entry.name, entry.attempt) == ("done", 7, "trial", 1)
    assert entry.config == {"lr": 0.1, "shape": [8, 8], "seed": 7}
    assert entry.result == {"accuracy": 0.9, "classes": ["a", "b"]}
    assert {"node", "python", "numpy", "glassgrad"} <= entry.machine.keys()
    assert 0 <= entry.seconds < 60
    metrics = store.metrics(run)
    assert (
        repr(metrics["loss"])
        == "[(1, 3.0), (2, 0.30000000000000004), (3, inf), (4, 5e-324), (5, nan)]"
    )
    assert metrics["lr"] == [(step, 0.5) for step in range(1, 6)]
    store.check()


def test_the_commit_is_that_of_the_program_s_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Store("runs.sqlite") as store:
        assert store.entry(store.begin({})).commit is None
        git = "git -c user.name=a -c user.email=a@b"
        Path("f").write_text("1")
        assert os.system(f"git init -q . && git add f && {git} commit -qm x") == 0
        clean = store.entry(store.begin({"a": 1})).commit
        Path("f").write_text("2")
        assert len(clean) == 40
        assert store.entry(store.begin({"a": 2})).commit == clean + "+"


def test_equal_settings_are_one_run(store):
    run = store.begin({"lr": 1, "b": None})
    assert store.begin({"b": None, "lr": 1.0}) == run
    others = [{"lr": True, "b": None}, {"lr": "1", "b": None}, {"lr": 1}, {"lr": 1.5, "b": None}]
    assert len({run, store.begin({"lr": 1, "b": None}, "other"), *map(store.begin, others)}) == 6
    assert store.find({"b": None, "lr": 1}).id == run
    assert store.find({"b": 1}) is None
    assert [e.attempt for e in store.entries()] == [1] * 6


def test_a_run_that_is_done_stays_done(store):
    run = store.begin(Config())
    store.finish(run, {"x": 1})
    before = store.entry(run)
    assert store.begin(Config()) == run
    assert store.entry(run) == before
    for write in (
        lambda: store.log(run, 1, {"a": 1}),
        lambda: store.finish(run, {"x": 2}),
        lambda: store.fail(run, "no"),
        lambda: store.keep(run, "a", b""),
    ):
        with pytest.raises(SettingError, match="which is done: call begin"):
            write()
    assert store.entry(run) == before


def test_a_failed_run_may_be_begun_anew(store):
    run = store.begin(Config())
    store.log(run, 1, {"loss": 1})
    store.fail(run, "out of luck")
    assert (store.entry(run).status, store.entry(run).error) == ("failed", "out of luck")
    store.begin(Config())
    entry = store.entry(run)
    assert (entry.status, entry.error, entry.ended, entry.attempt) == ("running", None, None, 2)
    assert store.metrics(run) == {"loss": [(1, 1.0)]}


def test_who_was_replaced_can_write_no_more(store):
    run = store.begin(Config())
    with Store(store.path) as other:
        assert other.begin(Config()) == run  # the first one was thought dead
        with pytest.raises(SettingError, match="begun by another process"):
            store.log(run, 1, {"loss": 1})
        with pytest.raises(SettingError, match="begun by another process"):
            store.finish(run, {})
        other.log(run, 1, {"loss": 2})
        other.finish(run, {})
    assert store.metrics(run) == {"loss": [(1, 2.0)]}
    with pytest.raises(SettingError, match="which is deleted"):
        store.delete(run), store.log(run, 1, {"loss": 1})


def test_artefacts(store, tmp_path):
    run = store.begin(Config())
    small = store.keep(run, "note", b"hello")
    assert store.keep(run, "note", b"hello again") == small
    (tmp_path / "weights").write_bytes(b"\0" * 1000)
    large = store.keep(run, "../../weights", tmp_path / "weights")
    assert [(a.id, a.size, a.path) for a in store.artefacts(run)] == [
        (large, 1000, str(tmp_path / "weights")),
        (small, 11, None),
    ]
    assert store.artefact(small) == b"hello again"
    assert store.artefact(large) == b"\0" * 1000
    (tmp_path / "weights").write_bytes(b"\1" * 1000)
    with pytest.raises(DataError, match="missing or altered"):
        store.artefact(large)
    (tmp_path / "weights").unlink()
    with pytest.raises(DataError, match="missing or altered"):
        store.artefact(large)
    for opaque in ("note", "../../weights", str(tmp_path / "weights"), "%", ""):
        with pytest.raises(SettingError, match="id of an artefact"):
            store.artefact(opaque)


def test_deleting_takes_everything_along(store):
    run, other = store.begin(Config()), store.begin(Config(lr=1))
    store.log(run, 1, {"loss": 1})
    identity = store.keep(run, "a", b"a")
    for r in (run, other):
        store.folder(r).mkdir(parents=True)
        (store.folder(r) / "checkpoint").touch()
    store.delete(run, "..")
    assert not store.folder(run).exists()  # a checkpoint left there would be gone on from
    assert (store.folder(other) / "checkpoint").exists()
    assert [e.id for e in store.entries()] == [other]
    assert store.metrics(run) == {}
    with pytest.raises(SettingError):
        store.artefact(identity)
    store.check()


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda s, r: s.begin([1]), "settings as a dataclass or a dict, got list"),
        (
            lambda s, r: s.begin({"w": np.ones(3)}),
            "settings of numbers, texts and lists, got ndarray",
        ),
        (
            lambda s, r: s.finish(r, {"w": object()}),
            "a result of numbers, texts and lists, got object",
        ),
        (lambda s, r: s.log(r, 1, {"loss": "low"}), "a number as metric 'loss', got 'low'"),
        (
            lambda s, r: s.log("unknown", 1, {}),
            "that this Store began and that still runs, got 'unknown'",
        ),
        (lambda s, r: s.entry("unknown"), "expected the id of a run in .*, got 'unknown'"),
    ],
)
def test_bad_input(store, call, text):
    run = store.begin(Config())
    with pytest.raises(SettingError, match=text):
        call(store, run)
    assert store.metrics(run) == {}
    assert store.entry(run).status == "running"


def test_a_file_that_is_no_store_is_refused_and_left_alone(tmp_path):
    text, foreign = tmp_path / "text", tmp_path / "foreign.sqlite"
    text.write_text("dear diary " * 100)
    with sqlite3.connect(foreign) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()
    for path in (text, foreign):
        before = path.read_bytes()
        with pytest.raises(DataError, match="expected a run store"):
            Store(path)
        assert path.read_bytes() == before
    Store(tmp_path / "newer").close()
    with sqlite3.connect(tmp_path / "newer") as db:
        db.execute("PRAGMA user_version = 2")
    db.close()
    with pytest.raises(DataError, match="version 1, got version 2"):
        Store(tmp_path / "newer")
    with pytest.raises(DataError, match="expected a run store at"):
        Store(tmp_path)


def test_damage_is_noticed(tmp_path):
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        run = store.begin({})
        for step in range(500):
            store.log(run, step, {"a": 0, "b": 1})
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 600] = b"\xff" * 600
    path.write_bytes(data)
    with Store(path) as store, pytest.raises(DataError, match="run store"):
        store.check()


def test_a_full_disk_is_said_and_loses_nothing(store):
    run = store.begin({})
    store.log(run, 1, {"loss": 1})
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DataError, match="full"):
        store.keep(run, "big", bytes(1 << 20))
    store._db.execute("PRAGMA max_page_count = 1000000")
    store.log(run, 2, {"loss": 2})
    assert store.metrics(run) == {"loss": [(1, 1.0), (2, 2.0)]}


def test_threads_share_a_store(store):
    runs = [store.begin({"thread": i}) for i in range(4)]
    threads = [
        threading.Thread(target=lambda r=r: [store.log(r, s, {"s": s}) for s in range(50)])
        for r in runs
    ]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(len(store.metrics(r)["s"]) == 50 for r in runs)


def writers(mode, count, path):
    """Run `writers.py`, and give what it prints."""
    command = [sys.executable, "-W", "ignore", Path(__file__).with_name("writers.py")]
    done = subprocess.run(
        [*command, mode, str(count), path],
        capture_output=True,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_several_processes_write_at_once(tmp_path):
    workers = 8
    path = tmp_path / "runs.sqlite"
    writers("together", workers, path)
    with Store(path) as store:
        store.check()
        for w in range(workers):
            entry = store.find({"worker": w})
            assert entry.result == {"worker": w}
            assert store.metrics(entry.id)["value"] == [(s, 1000.0 * w + s) for s in range(100)]
        assert len(store.entries()) == workers + 1
        assert store.find({"shared": True}).attempt == workers


@pytest.mark.parametrize("kills", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_while_writing_no_acknowledged_row_is_lost(tmp_path, kills):
    promised, cut_off = map(int, writers("killed", kills, tmp_path / "runs.sqlite"))
    assert promised > kills * 5
    assert cut_off > 0
