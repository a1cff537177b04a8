"""Each kernel beside PyTorch's: time, GFLOP/s, share of the measured arithmetic peak, ratio.

    python benchmarks/kernels.py                  GEMM, convolution, pooling, updates; 2 threads
    python benchmarks/kernels.py conv --threads 1

Ours is called as a recorded step calls it, as a `Program`; PyTorch by its functional calls, channels last
for images.  Calls alternate, the best and the median of many are shown.  Needs the extra `bench`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from machine import describe, peak_flops

from glassgrad import kernels, nn, optim
from glassgrad.kernels import conv, gemm, loss, norm, pool, sums
from glassgrad.kernels.arrays import channels_last, empty
from glassgrad.kernels.elementwise import apply
from glassgrad.kernels.launch import Program
from glassgrad.plan.update import Update

GEMM = [(100, 784, 300), (128, 784, 500), (128, 500, 10), (512, 512, 512), (1024, 1024, 1024)]
CONV = [  # N, C, K, kernel, padding, size
    (16, 1, 16, 5, 2, 28), (16, 16, 16, 5, 2, 14),
    (100, 1, 16, 5, 2, 28), (100, 16, 32, 5, 2, 14),
    (32, 3, 16, 5, 2, 32), (32, 16, 24, 5, 2, 16), (32, 24, 24, 5, 2, 16),
    (32, 24, 16, 3, 1, 8), (32, 16, 16, 3, 1, 8),
]  # fmt: skip
POOL = [(100, 16, 28), (100, 32, 14), (32, 16, 32)]


class Row(NamedTuple):
    """A kernel, its peer, and how many multiplications and additions both do (0: memory decides)."""

    title: str
    ours: Callable[[], Any]
    theirs: Callable[[], Any]
    flop: int


def filled(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Random numbers, images with their channels last."""
    a = channels_last(shape) if len(shape) == 4 else empty(shape)
    a[...] = rng.standard_normal(shape)
    return a


def gemms(rng: np.random.Generator) -> Iterator[Row]:
    import torch
    from torch.nn.functional import linear

    for n, d, k in GEMM:
        x, w, b, g = (filled(s, rng) for s in ((n, d), (k, d), (k,), (n, k)))
        tx, tw, tb, tg = map(torch.from_numpy, (x, w, b, g))
        y, dx, dw = empty((n, k)), empty((n, d)), empty((k, d))
        size, flop = f"{n} x {d} x {k}", 2 * n * d * k
        yield Row(
            f"x wᵀ + b  {size}",
            recorded(gemm.matmul, x, w.T, y, b),
            partial(linear, tx, tw, tb),
            flop,
        )
        yield Row(
            f"gᵀ x  {size}", recorded(gemm.matmul, g.T, x, dw), partial(torch.mm, tg.T, tx), flop
        )
        yield Row(f"g w  {size}", recorded(gemm.matmul, g, w, dx), partial(torch.mm, tg, tw), flop)


def convolutions(rng: np.random.Generator) -> Iterator[Row]:
    import torch
    from torch.nn.functional import conv2d

    for n, c, k, size, p, h in CONV:
        x, g = filled((n, c, h, h), rng), filled((n, k, h, h), rng)
        w, b = filled((k, c, size, size), rng), filled((k,), rng)
        tx, tw, tg = (torch.from_numpy(a).to(memory_format=torch.channels_last) for a in (x, w, g))
        tb, padding = torch.from_numpy(b), (p, p)
        y, dx, dw, db = np.empty_like(g), np.empty_like(x), np.empty_like(w), np.empty_like(b)
        flop = 2 * n * h * h * c * k * size * size
        title = f"{c} → {k}, {size} x {size}, {h} x {h}, batch {n}"
        forward = recorded(conv.conv2d, x, w, b, padding=padding, out=y)
        yield Row(f"conv {title}", forward, partial(conv2d, tx, tw, tb, padding=p), flop)
        wanted = [tx, tw, tb] if c > 3 else [tw, tb]
        for t in wanted:
            t.requires_grad_()
        ty = conv2d(tx, tw, tb, padding=p)

        def ours(
            c=c, x=x, g=g, w=w, kernel=(size, size), padding=padding, dw=dw, db=db, dx=dx, h=h
        ):
            conv.conv2d_weight(x, g, kernel, padding=padding, out=dw)
            sums.columns(g.transpose(0, 2, 3, 1).reshape(-1, g.shape[1]), db)
            if c > 3:
                conv.conv2d_input(g, w, (h, h), padding=padding, out=dx)

        theirs = partial(torch.autograd.grad, ty, wanted, tg, retain_graph=True)
        yield Row("its gradients", recorded(ours), theirs, flop * (len(wanted) - 1))


def rest(rng: np.random.Generator) -> Iterator[Row]:
    import torch
    from torch.nn.functional import cross_entropy, max_pool2d

    halves = ((2, 2), (2, 2))
    for n, c, h in POOL:
        x = filled((n, c, h, h), rng)
        y, g, dx = (filled((n, c, *size), rng) for size in ((h // 2,) * 2, (h // 2,) * 2, (h, h)))
        tx, tg = (torch.from_numpy(a) for a in (x, g))
        forward = recorded(pool.max_pool, x, y.shape[2:], *halves, out=y)
        yield Row(f"max-pool {c} x {h} x {h}, batch {n}", forward, partial(max_pool2d, tx, 2), 0)
        ty = max_pool2d(tx.requires_grad_(), 2)
        backward = recorded(pool.max_pool_input, g, x, *halves, out=dx)
        yield Row(
            "its gradient", backward, partial(torch.autograd.grad, ty, tx, tg, retain_graph=True), 0
        )
    tensors = [
        torch.zeros(shape, requires_grad=True) for shape in ((500, 784), (500,), (10, 500), (10,))
    ]
    for t in tensors:
        t.grad = torch.ones_like(t)
    for name, ours, theirs in (
        (
            "SGD with momentum",
            partial(optim.SGD, lr=0.1, momentum=0.9),
            partial(torch.optim.SGD, momentum=0.9),
        ),
        ("Adam", partial(optim.Adam, lr=0.1), torch.optim.Adam),
    ):
        update = Update(ours([nn.Parameter(t.detach().numpy()) for t in tensors]))
        step = partial(update.run, 0.1)
        yield Row(f"{name}, 784-500-10", step, theirs(tensors, lr=0.1).step, 0)
    x, labels = filled((128, 10), rng), rng.integers(0, 10, 128)
    tx, tl = torch.from_numpy(x).requires_grad_(), torch.from_numpy(labels)
    both = recorded(loss.cross_entropy, x, labels, empty((128,)), empty((128, 10)))
    yield Row("cross-entropy, both ways", both, lambda: cross_entropy(tx, tl).backward(), 0)


def normed(rng: np.random.Generator) -> Iterator[Row]:
    """Batch normalisation, average pooling and the activations: all bound by memory."""
    import torch
    from torch.nn import functional

    n, c, h = 100, 16, 28
    x, g, y = (filled((n, c, h, h), rng) for _ in range(3))
    w, b = np.ones(c, np.float32), np.zeros(c, np.float32)
    tx, tg, tw, tb = (torch.from_numpy(a) for a in (x, g, w, b))
    small, to_small = filled((n, c, h // 2, h // 2), rng), filled((n, c, h // 2, h // 2), rng)
    halves = ((2, 2), (2, 2))

    def forward() -> None:
        norm.normalise(x, norm.moments(x), w, b, 1e-5, y)

    def backward() -> None:
        s = norm.sums(g, x, norm.moments(x), 1e-5)
        norm.input_gradient(g, x, norm.moments(x), w, s, 1e-5, y)

    title = f"{c} x {h} x {h}, batch {n}"
    theirs = partial(functional.batch_norm, tx, None, None, tw, tb, True)
    yield Row(f"batch norm {title}", recorded(forward), theirs, 0)
    pool_forward = recorded(pool.average_pool, x, (h // 2, h // 2), *halves, out=small)
    yield Row(f"average pool {title}", pool_forward, partial(functional.avg_pool2d, tx, 2), 0)
    for name in ("sigmoid", "tanh", "leaky_relu", "elu", "softplus", "silu", "gelu"):
        theirs = getattr(torch, name, None) or getattr(functional, name)
        yield Row(f"{name} {title}", recorded(apply, name, y, x, 0.01), partial(theirs, tx), 0)
    for t in (tx, tw, tb):
        t.requires_grad_()
    ty = functional.batch_norm(tx, None, None, tw, tb, True)
    theirs = partial(torch.autograd.grad, ty, (tx, tw, tb), tg, retain_graph=True)
    yield Row("batch norm's gradients", recorded(backward), theirs, 0)
    pool_backward = recorded(pool.average_pool_input, to_small, (h, h), *halves, out=y)
    ty, tg = functional.avg_pool2d(tx, 2), torch.from_numpy(to_small)
    theirs = partial(torch.autograd.grad, ty, tx, tg, retain_graph=True)
    yield Row("average pool's gradient", pool_backward, theirs, 0)


def recorded(function: Callable[..., Any], *args: Any, **settings: Any) -> Callable[[], None]:
    """The kernels that a call launches, to be run again without Python."""
    with Program() as program:
        function(*args, **settings)
    return program.run


def line(row: Row, peak: float, turns: int) -> str:
    """One line of the table."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(turns):
        for call, found in zip((row.ours, row.theirs), times, strict=True):
            call()
            start = time.perf_counter()
            call()
            found.append(time.perf_counter() - start)
    (ours, theirs), middle = map(min, times), [median(t) for t in times]
    rate = f"{row.flop / ours / 1e9:.0f} | {row.flop / ours / peak:.0%}" if row.flop else "– | –"
    ratio = f"{theirs / ours:.2f} | {middle[1] / middle[0]:.2f}"
    return f"| {row.title} | {ours * 1e6:,.0f} | {rate} | {theirs * 1e6:,.0f} | {ratio} |"


HEAD = """| kernel | ours µs | GFLOP/s | of peak | PyTorch µs | ratio, best | ratio, median |
| --- | --: | --: | --: | --: | --: | --: |"""


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    families = {"gemm": gemms, "conv": convolutions, "rest": rest, "norm": normed}
    parser.add_argument("family", nargs="*", default=list(families), help="gemm, conv, rest, norm")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--turns", type=int, default=40)
    options = parser.parse_args()
    import torch

    torch.set_num_threads(kernels.threads(options.threads))
    peak = peak_flops(options.threads)
    print(f"{describe(options.threads, False)}\nPeak: {peak / 1e9:.0f} GFLOP/s.\n\n{HEAD}")
    rng = np.random.default_rng(0)
    for name in options.family:
        for row in families[name](rng):
            print(line(row, peak, options.turns), flush=True)


if __name__ == "__main__":
    main()
