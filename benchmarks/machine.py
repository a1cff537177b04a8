"""What is measured on: processor, versions, commit, and the most arithmetic that it can do."""

from __future__ import annotations

import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple


def describe(threads: int, busy: bool) -> str:
    """One paragraph that a table needs above it."""
    names = [n for n in ("glassgrad", "numpy", "numba", "torch", "jax") if _has(n)]
    versions = ", ".join(f"{n} {version(n)}" for n in names)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    beside = ", beside one busy process" if busy else ""
    return f"{_cpu()}, {threads} thread{'s' * (threads > 1)}{beside}; {versions}; commit {commit}."


class Rounds(NamedTuple):
    """What the kernel that is measured takes: how often it does its 16 multiply-adds."""

    rounds: int


def peak_flops(threads: int) -> float:
    """Multiplications and additions per second, measured with multiply-adds that wait for nothing."""
    from glassgrad.kernels import launch
    from glassgrad.kernels import threads as use
    from glassgrad.kernels.loading import Kernel

    before, rounds, tasks = use(), 20_000, 16
    kernel = Kernel("peak", "multiply_adds", Rounds)
    use(threads)
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        launch.launch(kernel, tasks, Rounds(rounds=rounds), 1e4, scratch=64)
        best = min(best, time.perf_counter() - start)
    use(before)
    return tasks * rounds * 16 * 16 * 2 / best


def _cpu() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    name = next((s.split(":")[1].strip() for s in lines if s.startswith("model name")), "")
    wide = "AVX-512" if any("avx512f" in s for s in lines) else "no AVX-512"
    return f"{name or platform.processor()} ({wide})"


def _has(name: str) -> bool:
    try:
        return bool(version(name))
    except ModuleNotFoundError:
        return False


if __name__ == "__main__":
    print(describe(1, False))
    print(f"peak: {peak_flops(1) / 1e9:.0f} GFLOP/s on one core, {peak_flops(2) / 1e9:.0f} on two")
