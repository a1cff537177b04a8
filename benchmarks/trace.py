"""What tracing costs: microseconds of Python in a jitted step, beside the arithmetic that it replays.

    python benchmarks/trace.py            the six networks of step.py, on one core

A step is `zero_grad`, forward, `backward`, `step`, as everybody writes it.  Measured in one process: the
whole step; the same with every plan's calls taken out, which leaves Python; that per op of the forward
pass; and the step as `TrainStep` makes it.  Shown is the fastest tenth.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

TURNS = 400


def quiet(call: Callable[[], Any]) -> float:
    """Microseconds of a call when nobody disturbs it: a tenth of the calls are quicker."""
    times = []
    for _ in range(TURNS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.percentile(times, 10)) * 1e6


def without_arithmetic(call: Callable[[], Any], plans: list[Any]) -> float:
    """The same with nothing left to compute: what tracing costs."""
    kept = [plan.calls for plan in plans]
    for plan in plans:
        plan.calls = []
    try:
        return quiet(call)
    finally:
        for plan, calls in zip(plans, kept, strict=True):
            plan.calls = calls


def row(net: Any) -> str:
    """One line of the table."""
    import peers
    from step import batch_of

    import glassgrad as gg
    from glassgrad import ops
    from glassgrad.plan.update import FLAT_UPDATES
    from glassgrad.train.step import TrainStep

    rng = np.random.default_rng(0)
    x, y = batch_of(net, rng)
    fitted = peers.glassgrad_step(net.layers, peers.parameters(net.layers, rng))
    assert isinstance(fitted, TrainStep)
    model, optimizer = fitted.model, fitted.optimizer

    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = ops.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        return loss

    jitted = gg.jit(step)
    for _ in range(5):
        fitted(x, y)
        jitted(x, y)
    noted = sum(1 for _ in jitted.plans[0].values if _.key)
    whole = quiet(lambda: jitted(x, y))
    updates = [p.plan for p in FLAT_UPDATES[optimizer].passes.values()]
    python = without_arithmetic(lambda: jitted(x, y), [*jitted.plans, *updates])
    ops_forward = len(net.layers) + 3  # and the loss: cross-entropy, sum, division
    return (
        f"| {net.title} | {whole:,.1f} | {python:,.1f} | {ops_forward} | {python / ops_forward:.2f} "
        f"| {noted} | {quiet(lambda: fitted(x, y)):,.1f} |"
    )


HEAD = """| network | gg.jit µs | of it Python µs | ops forward | µs an op | ops planned | TrainStep µs |
|---|--:|--:|--:|--:|--:|--:|"""


def main() -> None:
    """Print a Markdown table."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    from machine import describe
    from nets import NETS

    print(describe(1, False), HEAD, sep="\n\n")
    for net in NETS.values():
        print(row(net), flush=True)


if __name__ == "__main__":
    main()
