"""How much memory a training step takes, beside PyTorch: each network and peer in a process of its own.

    python benchmarks/memory.py                 the convolutional networks
    python benchmarks/memory.py cnn32 --steps 50

Growth is the peak of the resident set during the steps, less what was resident when model and batch were
there: activations, gradients, momenta, whatever a library keeps.  Total is the peak of the process,
interpreter and libraries included.  Linux only (the peak is reset through /proc).  Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

PEERS = ("glassgrad", "PyTorch", "PyTorch channels-last")


def resident(field: str) -> int:
    """A line of /proc/self/status, in bytes: VmRSS is now, VmHWM the peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * int(next(s.split()[1] for s in lines if s.startswith(field)))


def measure(name: str, peer: str, steps: int) -> None:
    """What one process does: build, forget the peak, take the steps, say what they took."""
    import numpy as np
    import peers
    from nets import NETS
    from step import batch_of

    net, rng = NETS[name], np.random.default_rng(0)
    x, y = batch_of(net, rng)
    weights = peers.parameters(net.layers, rng)
    if peer == "glassgrad":
        step = peers.glassgrad_step(net.layers, weights)
    else:
        step = peers.torch_step(net.layers, weights, peer.endswith("last"))
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    for _ in range(steps):
        step(x, y)
    print(json.dumps([resident("VmHWM") - before, resident("VmHWM")]))


def apart(name: str, peer: str, steps: int) -> tuple[float, float]:
    """Growth and total in MB, by a process of its own; the second one, whose kernels are compiled."""
    command = [sys.executable, __file__, name, "--peer", peer, "--steps", str(steps)]
    for _ in range(2):
        run = subprocess.run(command, capture_output=True, text=True, check=True)
    growth, total = json.loads(run.stdout.splitlines()[-1])
    return growth / 1e6, total / 1e6


HEAD = """| network | batch | glassgrad MB | PyTorch MB | ratio | glassgrad, process | PyTorch, process |
|---|--:|--:|--:|--:|--:|--:|"""


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("nets", nargs="*", default=["cnn16", "cnn32", "cifar"])
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--peer", choices=PEERS, help="measure this one, here and now")
    options = parser.parse_args()
    if options.peer:
        measure(options.nets[0], options.peer, options.steps)
        return
    from machine import describe
    from nets import NETS

    print(describe(2, False), HEAD, sep="\n\n")
    for name in options.nets:
        (ours, whole), *theirs = (apart(name, peer, options.steps) for peer in PEERS)
        growth, total = min(theirs)
        sizes = f"{ours:,.1f} | {growth:,.1f} | {growth / ours:.2f} | {whole:,.0f} | {total:,.0f}"
        print(f"| {NETS[name].title} | {NETS[name].batch} | {sizes} |", flush=True)


if __name__ == "__main__":
    main()
