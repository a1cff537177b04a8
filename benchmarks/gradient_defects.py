"""Defects planted in the rule of a sigmoid, and who sees them: `check.gradient`, PyTorch's gradcheck,
JAX's check_grads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import check, ops
from glassgrad.ops.base import Elementwise

Array = NDArray[Any]
Bend = Callable[[Any], Any]


@dataclass(frozen=True)
class BentSigmoid(Elementwise):
    """A sigmoid whose derivative is multiplied by `bend`, one number per element."""

    bend: Any

    def forward(self, x: Array) -> Array:
        return np.asarray(ops.sigmoid(x))

    def vjp(self, g: Any, y: Any, _x: Any) -> Any:
        return g * (y * (1 - y) * self.bend)


def _all(factor: float) -> Bend:
    return lambda n: np.full(n, factor)


def _one(at: int, factor: float) -> Bend:
    def bend(n: int) -> Array:
        factors = np.ones(n)
        factors[at] = factor
        return factors

    return bend


WIDE, FAR = np.linspace(-4, 4, 64), np.linspace(12, 20, 64)
MANY = np.linspace(-4, 4, 1024)
DEFECTS: list[tuple[str, Array, Bend]] = [
    ("none (must pass)", WIDE, _all(1.0)),
    *((f"all × (1 + {e:g})", WIDE, _all(1 + e)) for e in (1e-2, 2e-3, 9e-4, 1e-4, 1e-5, 1e-6)),
    ("one of 64 × 1.1, gradient 0.25", WIDE, _one(31, 1.1)),
    ("one of 64 × 1.05, gradient 0.25", WIDE, _one(31, 1.05)),
    ("one of 64 × 2, gradient 0.018", WIDE, _one(0, 2.0)),
    ("one of 64 × (1 + 1e-2), gradient 0.25", WIDE, _one(31, 1.01)),
    ("one of 64 × (1 + 1e-4), gradient 0.25", WIDE, _one(31, 1 + 1e-4)),
    ("one of 64 × (1 + 1e-6), gradient 0.018", WIDE, _one(0, 1 + 1e-6)),
    ("one of 1,024 × 2", MANY, _one(17, 2.0)),
    ("one of 1,024 × (1 + 1e-6)", MANY, _one(17, 1 + 1e-6)),
    ("identically 0 on [12, 20]", FAR, _all(0.0)),
]


def gradient_table() -> str:
    """One row for each defect."""
    asked = [("glassgrad", _ours), *_of_torch(), *_of_jax()]
    head = ["defect in the rule of a sigmoid", *(who for who, _ in asked)]
    lines = [head, ["---"] * len(head)]
    for what, x, bend in DEFECTS:
        seen = ["seen" if not ask(x, bend(len(x))) else "passes" for _, ask in asked]
        lines.append(
            [what, *(f"**{s}**" if s == "passes" and "none" not in what else s for s in seen)]
        )
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _ours(x: Array, bend: Array) -> bool:
    return bool(check.gradient(BentSigmoid(bend), x))


def _of_torch() -> list[tuple[str, Callable[[Array, Array], bool]]]:
    """PyTorch's two modes with their defaults, if it is there."""
    try:
        import torch
    except ImportError:
        return []

    class Bent(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, x: Any, bend: Any) -> Any:
            y = torch.sigmoid(x)
            ctx.save_for_backward(y, bend)
            return y

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            y, bend = ctx.saved_tensors
            return g * y * (1 - y) * bend, None

    def asker(fast: bool) -> Callable[[Array, Array], bool]:
        def ask(x: Array, bend: Array) -> bool:
            leaf = torch.tensor(x, requires_grad=True)
            inputs = (leaf, torch.tensor(bend))
            return bool(
                torch.autograd.gradcheck(Bent.apply, inputs, fast_mode=fast, raise_exception=False)
            )

        return ask

    return [("gradcheck, slow", asker(False)), ("gradcheck, fast", asker(True))]


def _of_jax() -> list[tuple[str, Callable[[Array, Array], bool]]]:
    """JAX's check_grads in reverse mode with its defaults, in float64, if it is there."""
    try:
        import jax
        from jax.test_util import check_grads
    except ImportError:
        return []
    jax.config.update("jax_enable_x64", True)

    def ask(x: Array, bend: Array) -> bool:
        sigmoid = jax.custom_vjp(jax.nn.sigmoid)

        def forward(x: Any) -> tuple[Any, Any]:
            y = jax.nn.sigmoid(x)
            return y, y

        sigmoid.defvjp(forward, lambda y, g: (g * y * (1 - y) * bend,))
        try:
            check_grads(sigmoid, (jax.numpy.asarray(x),), order=1, modes=["rev"])
        except AssertionError:
            return False
        return True

    return [("JAX check_grads", ask)]
