"""What a network consists of: a line per layer with its shapes and its costs.

Nothing is computed from formulas per layer: one sample of zeros is sent through, and each call of a
layer is watched.  Parameters that no call came by have lines of their own, at the end.
Read next: `nn/module.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from glassgrad.engine.modes import no_grad
from glassgrad.errors import SettingError
from glassgrad.nn.hooks import forward_hook
from glassgrad.nn.module import Module, Parameter, fields
from glassgrad.nn.settings import settings_of
from glassgrad.text_table import in_columns
from glassgrad.validate import validated

_BYTES = 4  # of a float32


@dataclass(frozen=True)
class Row:
    """One call of a layer, for one sample; or a layer with parameters that was never called."""

    path: str
    layer: str
    output_shape: tuple[int, ...] | None
    """Shape of the output without the batch: (K,) or (C, H, W); None if the layer was not called."""
    parameters: int
    multiply_adds: int
    """Products that are summed; additions, comparisons and activation functions are not counted."""
    memory: int
    """Bytes of the output and of the parameters."""


@dataclass(frozen=True)
class Summary:
    """The rows of a network and their totals; `print` shows a table."""

    rows: tuple[Row, ...]
    parameters: int
    multiply_adds: int
    memory: int

    def to_dict(self) -> dict[str, Any]:
        """Rows and totals as plain dictionaries, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        head = ("path", "layer", "output", "parameters", "multiply-adds", "memory")
        shapes = [str(r.output_shape or "not used") for r in self.rows]
        rows = [(r.path, r.layer, s, *_costs(r)) for r, s in zip(self.rows, shapes, strict=True)]
        total = ("", "total", "", *_costs(self))
        first, *lines, last = in_columns([head, *rows, total], left=3).splitlines()
        rule = "-" * len(first)
        return "\n".join([first, rule, *lines, rule, last])


@validated
def summary(model: Module, input_shape: tuple[int, ...]) -> Summary:
    """Layer by layer: path, output shape, parameters, multiply-adds and memory for one sample.

    Args:
        model: any module; its parameters, running means and modes are as before afterwards.
        input_shape: shape of one sample, without the batch: (D,) or (C, H, W).

    Raises:
        ShapeError: the network cannot take this input; the message is the layer's.
        SettingError: lengths that are no whole numbers from 1 up.

    >>> from glassgrad import nn
    >>> print(summary(nn.Sequential(nn.Linear(784, 300, rng=0), nn.Sigmoid()), (784,)))
    path  layer             output  parameters  multiply-adds     memory
    --------------------------------------------------------------------
    0     Linear(784, 300)  (300,)     235,500        235,200  943,200 B
    1     Sigmoid()         (300,)           0              0    1,200 B
    --------------------------------------------------------------------
          total                        235,500        235,200  944,400 B
    """
    if not all(isinstance(n, int | np.integer) and n >= 1 for n in input_shape):
        raise SettingError(
            f"input_shape is the shape of one sample, such as (1, 28, 28), got {input_shape!r}."
        )
    paths = {id(module): path for path, module in model.named_modules()}
    rows: list[Row] = []

    def see(module: Module, _: tuple[Any, ...], y: Any) -> None:
        own = _parameters(module)
        if own or not any(isinstance(value, Module) for _, value in fields(module)):
            rows.append(_row(module, paths[id(module)], own, y))

    modes = [(module, module.training) for module in model.modules()]
    try:
        with no_grad(), forward_hook(see):
            model.eval()(np.zeros((1, *input_shape), np.float32))
    finally:
        for module, mode in modes:
            module.training = mode
    called = {row.path for row in rows}
    for path, module in model.named_modules():
        if path not in called and (own := _parameters(module)):
            rows.append(_row(module, path, own, None))
    total = sum(p.size for p in model.parameters())  # a layer called twice has its parameters once
    outputs = sum(row.memory - _BYTES * row.parameters for row in rows)
    multiply_adds = sum(row.multiply_adds for row in rows)
    return Summary(tuple(rows), total, multiply_adds, outputs + _BYTES * total)


def _parameters(module: Module) -> list[Parameter]:
    return [value for _, value in fields(module) if isinstance(value, Parameter)]


def _row(module: Module, path: str, own: list[Parameter], y: Any) -> Row:
    """Of a call that gave y; of a layer that was not called if y is None."""
    outputs = 0 if y is None else y.size
    # A weight (K, ...) is used once for each number of the output, a K-th of it each time.
    products = sum(p.size // p.shape[0] * outputs for p in own if p.ndim >= 2)
    parameters = sum(p.size for p in own)
    return Row(
        path=path,
        layer=f"{type(module).__name__}({settings_of(module)})",
        output_shape=None if y is None else tuple(y.shape[1:]),
        parameters=parameters,
        multiply_adds=products,
        memory=_BYTES * (outputs + parameters),
    )


def _costs(of: Row | Summary) -> tuple[str, str, str]:
    return f"{of.parameters:,}", f"{of.multiply_adds:,}", f"{of.memory:,} B"
