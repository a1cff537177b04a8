"""How the cost of a training step grows: with the batch, with the width, with the threads.

    python benchmarks/grow.py                    all three tables, about ten minutes
    python benchmarks/grow.py width --seconds 20

The steps are those of `step.py`, in rotation for so many seconds a row; shown is the tenth percentile.  A
thread count is a process of its own, because JAX counts cores once.  Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from nets import NETS, Net
from step import PEERS, Steps, batch_of, quiet, steps_of

REST = 0.25
BATCHES = [4**i for i in range(7)]
WIDTHS = [4**i for i in range(2, 7)]
HEAD = """| network | {} | glassgrad µs | PyTorch µs | JAX µs | best / ours | ours, per example |
|---|--:|--:|--:|--:|--:|--:|"""


def rotated(steps: Steps, x: Any, y: Any, seconds: float) -> dict[str, float]:
    """The quiet time of a step of each peer; at least three rounds, one step a turn if they are long."""
    for step in [*steps.values()] * 3:
        step(x, y)
    times: dict[str, list[float]] = {name: [] for name in steps}
    began, rounds = time.perf_counter(), 0
    while rounds < 3 or time.perf_counter() - began < seconds:
        for name, step in steps.items():
            time.sleep(REST)
            step(x, y)
            until = time.perf_counter() + 0.02
            while not times[name] or time.perf_counter() < until:
                start = time.perf_counter()
                step(x, y)
                times[name].append(time.perf_counter() - start)
        rounds += 1
    return {name: quiet(t) for name, t in times.items()}


def row(net: Net, size: int, seconds: float) -> str:
    """One line of a table."""
    found = rotated(steps_of(net), *batch_of(net, np.random.default_rng(1)), seconds)
    best = [min(t for name, t in found.items() if name.startswith(p)) for p in PEERS]
    micro = " | ".join(f"{t * 1e6:,.0f}" for t in best)
    ratio = min(best[1:]) / best[0]
    return f"| {net.title} | {size:,} | {micro} | {ratio:.2f} | {best[0] / net.batch * 1e6:,.2f} |"


def batches(seconds: float) -> Iterator[str]:
    """784-500-10 and CNN 16-16 with 1 … 4,096 examples a step."""
    for name in ("mlp500", "cnn16"):
        for n in BATCHES:
            yield row(replace(NETS[name], batch=n), n, seconds)


def widths(seconds: float) -> Iterator[str]:
    """784-W-10 with 16 … 4,096 hidden units."""
    for w in WIDTHS:
        layers = [("linear", 784, w), ("relu",), ("linear", w, 10)]
        yield row(replace(NETS["mlp500"], title="784-W-10 ReLU", layers=layers), w, seconds)


def threads(seconds: float) -> Iterator[str]:
    """The six networks on one thread and on two."""
    for name in NETS:
        for n in (1, 2):
            command = [sys.executable, __file__, "--one", name, "--threads", str(n)]
            command += ["--seconds", str(seconds)]
            run = subprocess.run(command, capture_output=True, text=True, check=True)
            yield run.stdout.splitlines()[-1]


TABLES = {"batch": batches, "width": widths, "threads": threads}


def main() -> None:
    """Print the tables that the command line asks for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("tables", nargs="*", default=list(TABLES), help="batch, width, threads")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each row")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--one", choices=list(NETS), help="only the row of this network")
    options = parser.parse_args()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: options.threads]))
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    if options.one:
        print(row(NETS[options.one], options.threads, options.seconds))
        return
    from machine import describe

    print(describe(options.threads, False))
    for name in options.tables:
        print(f"\n{HEAD.format(name)}", flush=True)
        for line in TABLES[name](options.seconds):
            print(line, flush=True)


if __name__ == "__main__":
    main()
