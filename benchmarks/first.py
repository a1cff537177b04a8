"""How long one waits for the first training step: import, and a CNN 16-32 step at batch 100, wall clock.

    python benchmarks/first.py --turns 5

Every measurement is a process of its own.  Ours is started with an empty cache folder (cold) and with the
folder that this has filled (warm); PyTorch and JAX keep nothing between processes.  Wall and processor
seconds of that process, the least of the turns: on a busy machine only the second means something.  Needs
the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

PROGRAM = """
import json, resource, sys, time
def spent(who):
    return sum(resource.getrusage(who)[:2])
start = time.perf_counter()
import {module}
imported = time.perf_counter() - start
sys.path.insert(0, {here!r})
import numpy as np, peers
from nets import NETS
net, rng = NETS["cnn32"], np.random.default_rng(0)
x, y = rng.normal(size=(net.batch, *net.shape)).astype("f4"), rng.integers(0, 10, net.batch)
weights = peers.parameters(net.layers, rng)
step = peers.{step}(net.layers, weights{layout})
step(x, y)
wall = time.perf_counter() - start
print(json.dumps([imported, wall, spent(resource.RUSAGE_SELF)]))
"""
HERE = str(Path(__file__).parent)
ROWS = {
    "glassgrad, cold cache": ("glassgrad", "glassgrad_step", ""),
    "glassgrad, warm cache": ("glassgrad", "glassgrad_step", ""),
    "PyTorch": ("torch", "torch_step", ", False"),
    "JAX": ("jax", "jax_step", ", False"),
}


def once(name: str, cache: str) -> list[float]:
    """Seconds of the import, of import and first step, and of the processor, in a new process."""
    module, step, layout = ROWS[name]
    program = PROGRAM.format(module=module, step=step, layout=layout, here=HERE)
    environment = os.environ | {"GLASSGRAD_CACHE": cache}
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(run.stdout)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    from machine import describe

    found: dict[str, list[list[float]]] = {name: [] for name in ROWS}
    for _ in range(options.turns):
        with tempfile.TemporaryDirectory() as cache:
            for name in ROWS:
                found[name].append(once(name, cache))
    print(describe(2, False), "\n| | import s | import and first step s | processor s |", sep="\n")
    print("|---|--:|--:|--:|")
    for name, times in found.items():
        print(f"| {name} | " + " | ".join(f"{min(t):.2f}" for t in zip(*times, strict=True)) + " |")


if __name__ == "__main__":
    main()
