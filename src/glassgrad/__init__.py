"""glassgrad: deep learning you can see through.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor([1.0, 2.0], name="x"), gg.tensor([0.5, -0.25], name="w")
    >>> y = gg.tanh((w * x).sum())
    >>> y.backward()
    >>> w.grad
    array([1., 2.])

Reading order: `graph.py`, `ops/base.py`, `ops/activations.py`, `tensor.py`, `nn/linear.py`,
`optim/sgd.py`, `train/one_step.py`, `train/fit.py`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from glassgrad import errors as errors
from glassgrad import kernels as kernels
from glassgrad import ops as ops
from glassgrad.engine.finite_differences import numeric_grad as numeric_grad
from glassgrad.engine.modes import no_grad as no_grad
from glassgrad.engine.modes import recording as recording
from glassgrad.graph import grad as grad
from glassgrad.tensor import Tensor as Tensor
from glassgrad.version import __version__ as __version__

if TYPE_CHECKING:
    from glassgrad import check as check
    from glassgrad import data as data
    from glassgrad import doctor as doctor
    from glassgrad import figures as figures
    from glassgrad import nn as nn
    from glassgrad import optim as optim
    from glassgrad import runs as runs
    from glassgrad import train as train
    from glassgrad.derivation import derive as derive
    from glassgrad.ops import *  # noqa: F403
    from glassgrad.plan.jit import jit as jit

tensor = Tensor
threads = kernels.threads
_PLUMBING = (
    "Any",
    "ROOMS",
    "TYPE_CHECKING",
    "annotations",
    "importlib",
    "engine",
)
ROOMS = ("check", "data", "doctor", "figures", "nn", "optim", "runs", "train")


def __getattr__(name: str) -> Any:
    """Every op is public here, `gg.tanh`; the rooms are loaded when they are asked for."""
    if name in ROOMS:
        return importlib.import_module(f"glassgrad.{name}")
    if name == "jit":
        return importlib.import_module("glassgrad.plan.jit").jit
    if name == "derive":
        return importlib.import_module("glassgrad.derivation").derive
    if name in ops.FUNCTIONS:
        return ops.FUNCTIONS[name]
    raise AttributeError(f"module 'glassgrad' has no attribute {name!r}")


def __dir__() -> list[str]:
    ours = {n for n, v in globals().items() if not n.startswith("_") and n not in _PLUMBING}
    return sorted({*ours, *ROOMS, "derive", "jit", *ops.FUNCTIONS})
