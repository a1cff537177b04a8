"""Does a row computed alone have the bits that it has in its batch?  Counted, for us and for PyTorch.

    python benchmarks/rows.py              1,000 rows at each of 16 batch sizes

A linear layer 784-300 and a convolution 16 → 32, batches of 2 … 1,000 rows.  Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
from machine import describe


def different(layer: Callable[[Any], Any], x: Any, batch: int) -> int:
    """How many rows differ in at least one bit, alone and in batches of that size."""
    together = np.concatenate([layer(x[i : i + batch]) for i in range(0, len(x), batch)])
    alone = np.concatenate([layer(x[i : i + 1]) for i in range(len(x))])
    return int((together != alone).reshape(len(x), -1).any(1).sum())


def layers(rng: np.random.Generator) -> dict[str, tuple[Any, tuple[int, ...]]]:
    """For each layer, both ways to compute it, and the shape of a row."""
    import torch
    from torch.nn import functional

    import glassgrad as gg

    w, b = (rng.normal(size=s).astype("f4") for s in ((300, 784), (300,)))
    v, c = (rng.normal(size=s).astype("f4") for s in ((32, 16, 5, 5), (32,)))
    tw, tb, tv, tc = map(torch.from_numpy, (w, b, v, c))

    def linear(x: Any) -> Any:
        return functional.linear(torch.from_numpy(x), tw, tb).numpy()

    def conv(x: Any) -> Any:
        return functional.conv2d(torch.from_numpy(x), tv, tc, padding=2).numpy()

    return {
        "linear 784-300": ((lambda x: gg.linear(x, w, b), linear), (784,)),
        "convolution 16 → 32, 5 × 5": ((lambda x: gg.conv2d(x, v, c, padding=2), conv), (16, 7, 7)),
    }


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rows", type=int, default=1000, help="rows for each batch size")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    sizes = np.unique(np.geomspace(2, 1000, 16).astype(int)).tolist()
    print(
        describe(2, False), "\n| layer | rows | glassgrad | PyTorch |\n|---|--:|--:|--:|", sep="\n"
    )
    for name, (both, shape) in layers(rng).items():
        counts = [0, 0]
        for batch in sizes:
            x = rng.normal(size=(options.rows, *shape)).astype("f4")
            for i, layer in enumerate(both):
                counts[i] += different(layer, x, batch)
        total = options.rows * len(sizes)
        print(f"| {name} | {total:,} | {counts[0]:,} | {counts[1]:,} |", flush=True)


if __name__ == "__main__":
    main()
