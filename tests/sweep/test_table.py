"""The table: settings that vary, results, and the best of them."""

import math

import pytest

from glassgrad.errors import SettingError
from glassgrad.sweep import sweep

CONFIGS = [{"lr": lr, "seed": 1, "name": n} for n, lr in enumerate([0.1, 0.1, 2.0])]


@pytest.fixture
def table(tmp_path):
    def trial(config, run):
        found = {0: {"loss": 0.3}, 1: {"loss": math.nan, "steps": 3}, 2: {"loss": 0.1 + 0.2}}
        return found[config["name"]]

    return sweep(trial, CONFIGS, store=tmp_path / "runs.sqlite", jobs=1, name="trial")


def test_it_shows_what_varies(table):
    assert table.rows() == [
        ["lr", "name", "status", "loss", "steps"],
        [0.1, 0, "done", 0.3, None],
        [0.1, 1, "done", pytest.approx(math.nan, nan_ok=True), 3],
        [2.0, 2, "done", 0.1 + 0.2, None],
    ]
    assert table.to_csv().splitlines()[3] == "2.0,2,done,0.30000000000000004,"
    assert str(table).splitlines() == [
        " lr  name  status  loss  steps",
        "0.1     0    done   0.3      -",
        "0.1     1    done   nan      3",
        "  2     2    done   0.3      -",
    ]


def test_the_best_is_never_a_nan(table):
    assert table.best("loss").config["name"] == 2
    assert table.best("loss", smallest=True).config["name"] == 0
    assert table.best("steps").config["name"] == 1
    with pytest.raises(SettingError, match="a number as result 'accuracy'; there are: loss, steps"):
        table.best("accuracy")
    assert table.failed == []
    assert len(table) == 3


def test_a_sweep_over_nothing_is_an_empty_table(tmp_path):
    table = sweep(print, [], store=tmp_path / "runs.sqlite")
    assert (len(table), table.to_csv()) == (0, "status\n")
