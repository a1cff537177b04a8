"""What a person sees of a store: lists, one run, several side by side, and deletion by a short id."""

import re

import pytest

from glassgrad.errors import DataError, SettingError
from glassgrad.runs import Store, compare, delete, list_runs, show


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        for lr in (0.1, 0.5):
            run = store.begin({"lr": lr, "seed": 3}, "trial")
            for step in (1, 2):
                store.log(run, step, {"loss": lr * step})
            store.finish(run, {"accuracy": 1 - lr})
            store.keep(store.begin({"lr": lr, "wide": True}, "other"), "note", b"x")
        store.fail(run := store.begin({}, "third"), "ZeroDivisionError: 1 / 0")
    return path


def ids(path, **wanted):
    return [run.id for run in list_runs(path, **wanted)]


def test_lists(path):
    assert [r.name for r in list_runs(path)] == ["trial", "other", "trial", "other", "third"]
    assert [r.status for r in list_runs(path, name="trial")] == ["done", "done"]
    assert [r.error for r in list_runs(path, status="failed")] == ["ZeroDivisionError: 1 / 0"]
    assert list_runs(path, name="trial", status="running") == []


def test_one_run_by_the_beginning_of_its_id(path):
    run = ids(path, name="trial")[1]
    details = show(path, run[:6])
    assert details.entry.id == run
    assert details.metrics == {"loss": [(1, 0.5), (2, 1.0)]}
    assert details.last() == {"loss": 1.0}
    other = show(path, ids(path, name="other")[0])
    assert [(a.name, a.size) for a in other.artefacts] == [("note", 1)]


def test_several_side_by_side(path):
    a, b = ids(path, name="trial")
    both = compare(path, [b, a, b])
    assert both.rows() == [
        ["", b, a],
        ["status", "done", "done"],
        ["lr", 0.5, 0.1],
        ["accuracy", 0.5, 0.9],
        ["loss", 1.0, 0.2],
    ]
    other = ids(path, name="other")[0]
    assert compare(path, [a, other]).settings == {"seed": [3, None], "wide": [None, True]}


def test_what_is_printed(path):
    run = show(path, ids(path, name="trial")[0])
    head = rf"{run.entry.id}  \d{{4}}-\d\d-\d\d \d\d:\d\d  done +0\.\d s  trial  accuracy 0\.9"
    assert re.fullmatch(head, run.entry.line())
    text = str(run)
    for line in ("settings\n  lr                   0.1\n", "result\n  accuracy ", "0.2 at step 2"):
        assert line in text
    assert "artefacts\n  note                 1 bytes, in the store" in str(
        show(path, ids(path, name="other")[0])
    )
    assert list_runs(path, status="failed")[0].line().endswith("third  ZeroDivisionError: 1 / 0")
    lines = str(compare(path, ids(path, name="trial"))).splitlines()
    assert lines[2].split() == ["lr", "0.1", "0.5"]
    assert len({len(line) for line in lines}) == 1


def test_deletes_all_or_nothing(path):
    before = ids(path)
    with pytest.raises(SettingError, match="there is none"):
        delete(path, [before[0], "nothing"])
    assert ids(path) == before
    assert [e.id for e in delete(path, before[:2])] == before[:2]
    assert ids(path) == before[2:]


def test_what_is_not_there_is_said(path, tmp_path):
    a = ids(path, name="trial")[0]
    with pytest.raises(SettingError, match=f"did you mean '{a}'"):
        show(path, a[:-1] + "x")
    with pytest.raises(SettingError, match="there is none; glassgrad runs list"):
        show(path, "")
    with pytest.raises(SettingError, match="at least two runs to compare, got 1"):
        compare(path, [a, a[:8]])
    with pytest.raises(SettingError, match="expected status in running, done, failed, got 'dead'"):
        list_runs(path, status="dead")
    with pytest.raises(SettingError, match="where there is no file"):
        list_runs(tmp_path / "nowhere.sqlite")
    assert not (tmp_path / "nowhere.sqlite").exists()
    (tmp_path / "text").write_text("no database")
    with pytest.raises(DataError, match="expected a run store"):
        list_runs(tmp_path / "text")


def test_an_id_that_fits_several_runs_is_refused(tmp_path):
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        runs = [store.begin({"i": i}) for i in range(17)]  # two of 17 share their first digit
    first = next(r[0] for i, r in enumerate(runs) if any(r[0] == s[0] for s in runs[:i]))
    with pytest.raises(SettingError, match=rf"got '{first}', with which \d+ begin"):
        show(path, first)
