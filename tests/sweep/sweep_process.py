"""A sweep in a process of its own, to be killed: `sweep_process.py STORE PIDS` prints the table."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from glassgrad.sweep import grid, sweep


@dataclass(frozen=True)
class Config:
    i: int = 0
    pids: str = ""


def trial(config, run):
    Path(config.pids, str(os.getpid())).touch()
    for step in range(4):
        run.log(step, loss=config.i / (step + 1))
        time.sleep(0.05)
    return {"square": config.i**2}


if __name__ == "__main__":
    configs = grid(Config(pids=sys.argv[2]), i=range(8))
    print(sweep(trial, configs, store=sys.argv[1], name="trial").to_csv(), end="")
