"""A sweep in a process of its own, to be killed: `sweep_process.py STORE PIDS` prints the table.

The last runs go on until there is a file called `go` beside the store, so that the sweep is never over
before it is killed, however slow its killer is.
"""

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from glassgrad.sweep import grid, sweep


@dataclass(frozen=True)
class Config:
    i: int = 0
    pids: str = ""
    go: str = ""


def trial(config, run):
    Path(config.pids, str(os.getpid())).touch()
    for step in range(4):
        run.log(step, loss=config.i / (step + 1))
        time.sleep(0.05)
    while config.i >= 4 and not Path(config.go).exists():
        time.sleep(0.05)
    return {"square": config.i**2}


if __name__ == "__main__":
    # a shell lets its background jobs, and all that they start, ignore SIGINT: here it is to be heard
    signal.signal(signal.SIGINT, signal.default_int_handler)
    go = str(Path(sys.argv[1]).with_name("go"))
    configs = grid(Config(pids=sys.argv[2], go=go), i=range(8))
    print(sweep(trial, configs, store=sys.argv[1], name="trial").to_csv(), end="")
