"""glassgrad: deep learning you can see through.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor([1.0, 2.0], name="x"), gg.tensor([0.5, -0.25], name="w")
    >>> y = gg.tanh((w * x).sum())
    >>> y.backward()
    >>> w.grad
    array([1., 2.])

Reading order: `graph.py`, `ops/base.py`, `ops/activations.py`, `tensor.py`, `nn/linear.py`,
`optim/sgd.py`, `train/fit.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from glassgrad import errors as errors
from glassgrad import ops as ops
from glassgrad.graph import grad as grad
from glassgrad.graph import no_grad as no_grad
from glassgrad.numeric import numeric_grad as numeric_grad
from glassgrad.tensor import Tensor as Tensor

if TYPE_CHECKING:
    from glassgrad.ops import *  # noqa: F403

__version__ = "0.1.0"
tensor = Tensor


def __getattr__(name: str) -> Any:
    """Every spelling of an op is public here: `gg.tanh`; sub-packages load on first use."""
    spelling = getattr(ops, name, None)
    if isinstance(spelling, ops.Op) or getattr(spelling, "__module__", "").startswith(ops.__name__):
        return spelling
    raise AttributeError(f"module 'glassgrad' has no attribute {name!r}")
