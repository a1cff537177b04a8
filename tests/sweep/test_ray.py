"""Sweeps on a real Ray of this machine, where it is installed."""

import os

import pytest

from glassgrad.runs import show
from glassgrad.sweep import sweep

pytest.importorskip("ray")
cloudpickle = pytest.importorskip("cloudpickle")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_every_run_comes_back_to_the_store(tmp_path):
    def trial(config, run):
        run.log(1, loss=config["i"])
        if config["i"] == 2:
            raise ValueError("two is none of ours")
        return {"square": config["i"] ** 2, "pid": os.getpid()}

    path = tmp_path / "runs.sqlite"
    table = sweep(trial, [{"i": i} for i in range(5)], store=path, engine="ray", name="trial")
    assert [o.entry.status for o in table] == ["done", "done", "failed", "done", "done"]
    assert table.column("square") == [0, 1, None, 9, 16]
    assert os.getpid() not in table.column("pid")
    assert show(path, table.outcomes[3].entry.id).metrics == {"loss": [(1, 3.0)]}
