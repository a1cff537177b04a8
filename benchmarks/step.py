"""One training step in glassgrad, PyTorch and JAX, interleaved in one run: ratios, not seconds, count.

    python benchmarks/step.py                     all six networks, 2 threads
    python benchmarks/step.py cnn16 --busy        beside one busy process
    python benchmarks/step.py mlp300 --threads 1  on one core

Short turns in rotation, so that a disturbance hits all three.  Shown is the tenth percentile, which is the
quiet machine, and the ratio of means, which is the disturbed one.  The arithmetic peak is measured by
independent multiply-adds in the same run.  Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import time
from collections.abc import Callable
from statistics import mean
from typing import Any

import numpy as np

REST = 0.25
"""Seconds of rest before a turn: a peer's threads go on spinning for a while when their work is done."""
Steps = dict[str, Callable[[Any, Any], float]]


def batch_of(net: Any, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Random numbers of the right shape: the time of a step does not depend on them."""
    x = rng.normal(size=(net.batch, *net.shape)).astype("f4")
    return x, rng.integers(0, net.classes, net.batch)


def steps_of(net: Any) -> Steps:
    """The same network, with the same weights, in every peer."""
    import peers

    weights = peers.parameters(net.layers, np.random.default_rng(0))
    steps: Steps = {"glassgrad": peers.glassgrad_step(net.layers, weights)}
    layouts = (False, True) if len(net.shape) == 3 else (False,)
    for last in layouts:
        name = " channels-last" if last else ""
        steps[f"PyTorch{name}"] = peers.torch_step(net.layers, weights, last)
        steps[f"JAX{name}"] = peers.jax_step(net.layers, weights, last)
    return steps


def interleaved(steps: Steps, x: Any, y: Any, turns: int) -> dict[str, list[float]]:
    """Seconds per step, one list per peer: a few steps of each in rotation."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    losses = {name: step(x, y) for name, step in steps.items()}
    for step in [*steps.values()] * 3:  # ours is recorded in the second step
        step(x, y)
    spread = max(losses.values()) - min(losses.values())
    assert spread < 1e-3 * (1 + max(losses.values())), f"the peers disagree: {losses}"
    each = max(4, int(0.01 / max(_once(steps["glassgrad"], x, y), 1e-6)))
    for _ in range(turns):
        for name, step in steps.items():
            time.sleep(REST)
            for _ in range(3):
                step(x, y)
            for _ in range(each):
                times[name].append(_once(step, x, y))
    return times


def _once(step: Callable[[Any, Any], float], x: Any, y: Any) -> float:
    start = time.perf_counter()
    step(x, y)
    return time.perf_counter() - start


def quiet(times: list[float]) -> float:
    """The time of a step when nobody disturbs it: a tenth of the steps are quicker."""
    return float(np.percentile(times, 10))


def row(net: Any, times: dict[str, list[float]], peak: float) -> str:
    """One line of the table."""
    best = {p: min(quiet(t) for n, t in times.items() if n.startswith(p)) for p in PEERS}
    ours = best["glassgrad"]
    ratio = min(best["PyTorch"], best["JAX"]) / ours
    average = min(mean(t) for n, t in times.items() if n != "glassgrad") / mean(times["glassgrad"])
    share = net.flop() / ours / peak
    micro = " | ".join(f"{best[p] * 1e6:,.0f}" for p in PEERS)
    ratios = f"{ratio:.2f} | {net.goal} | {average:.2f} | {share:.0%}"
    return f"| {net.title} | {net.batch} | {micro} | {ratios} |"


PEERS = ("glassgrad", "PyTorch", "JAX")
HEAD = """| network | batch | glassgrad µs | PyTorch µs | JAX µs | best / ours | goal | means | of peak |
|---|--:|--:|--:|--:|--:|--:|--:|--:|"""


def _spin() -> None:
    while True:
        pass


def main() -> None:
    """Measure what the command line asks for and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nets", nargs="*")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--busy", action="store_true", help="beside one busy process")
    options = parser.parse_args()
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: options.threads]))
    os.environ["OMP_NUM_THREADS"] = str(options.threads)

    from machine import describe, peak_flops
    from nets import NETS

    print(describe(options.threads, options.busy), HEAD, sep="\n\n")
    peak = peak_flops(options.threads)
    busy = multiprocessing.Process(target=_spin, daemon=True)
    if options.busy:
        busy.start()
    for name in options.nets or NETS:
        net = NETS[name]
        x, y = batch_of(net, np.random.default_rng(1))
        print(row(net, interleaved(steps_of(net), x, y, options.turns), peak), flush=True)
    if options.busy:
        busy.kill()


if __name__ == "__main__":
    main()
