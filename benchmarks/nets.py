"""The six networks of the assignments that are timed, with their batches and their arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from peers import Layers


@dataclass(frozen=True)
class Net:
    """A network, the shape of one input, the batch, and the speed-up aimed at over the best peer."""

    title: str
    layers: Layers
    shape: tuple[int, ...]
    batch: int
    classes: int
    goal: float

    def flop(self) -> float:
        """Multiplications and additions of the matrix products of one step: 6 per weight and use.

        Forward, input gradient and weight gradient cost 2 each; the first layer has no input gradient.
        """
        total, height, first = 0.0, self.shape[-1], True
        for kind, *sizes in self.layers:
            if kind == "pool":
                height //= 2
            if kind not in ("linear", "conv"):
                continue
            if kind == "conv":
                height += 2 * sizes[3] - sizes[2] + 1
                products = sizes[0] * sizes[1] * sizes[2] ** 2 * height**2
            else:
                products = prod(sizes)
            total += (4 if first else 6) * products * self.batch
            first = False
        return total


def cnn(channels: int, width: int, size: int = 28, first: int = 1) -> Layers:
    """Two 5 × 5 convolutions with padding 2, each with ReLU and pooling, and a linear layer."""
    return [
        *[("conv", first, channels, 5, 2), ("relu",), ("pool", 2)],
        *[("conv", channels, width, 5, 2), ("relu",), ("pool", 2)],
        *[("flatten",), ("linear", width * (size // 4) ** 2, 10)],
    ]


NETS = {
    "points": Net(
        "points 2-16-2 sigmoid",
        [("linear", 2, 16), ("sigmoid",), ("linear", 16, 2)],
        *((2,), 100, 2, 2.0),
    ),
    "mlp300": Net(
        "784-300-10 sigmoid",
        [("linear", 784, 300), ("sigmoid",), ("linear", 300, 10)],
        *((784,), 100, 10, 1.7),
    ),
    "mlp500": Net(
        "784-500-10 ReLU",
        [("linear", 784, 500), ("relu",), ("linear", 500, 10)],
        *((784,), 128, 10, 1.6),
    ),
    "cnn16": Net("CNN 16-16, 5×5", cnn(16, 16), (1, 28, 28), 16, 10, 3.5),
    "cnn32": Net("CNN 16-32, 5×5", cnn(16, 32), (1, 28, 28), 100, 10, 2.0),
    "cifar": Net(
        "CIFAR net of FMAN45 table 3",
        [
            *[("conv", 3, 16, 5, 2), ("relu",), ("pool", 2), ("conv", 16, 24, 5, 2), ("relu",)],
            *[("conv", 24, 24, 5, 2), ("relu",), ("pool", 2), ("conv", 24, 16, 3, 1), ("relu",)],
            *[("conv", 16, 16, 3, 1), ("relu",), ("flatten",), ("linear", 1024, 20), ("relu",)],
            ("linear", 20, 10),
        ],
        *((3, 32, 32), 32, 10, 2.0),
    ),
}
