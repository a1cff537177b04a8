"""Those who look at every call of a module for a while, such as `summary`.  Read next: `summary.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glassgrad.nn.module import Module

Hook = Callable[["Module", tuple[Any, ...], Any], None]
hooks: ContextVar[tuple[Hook, ...]] = ContextVar("hooks", default=())
"""Those that look now."""


@contextmanager
def forward_hook(hook: Hook) -> Iterator[None]:
    """Within this block `hook(module, inputs, output)` sees every call of every module.

    Args:
        hook: called with module, inputs and output.

    >>> import numpy as np
    >>> from glassgrad import nn
    >>> with nn.forward_hook(lambda module, inputs, y: print(module, y.shape)):
    ...     y = nn.Linear(3, 2, rng=0)(np.ones((5, 3), np.float32))
    Linear(3, 2) (5, 2)
    """
    token = hooks.set((*hooks.get(), hook))
    try:
        yield
    finally:
        hooks.reset(token)
