"""A graph as a SymPy expression, to be simplified, solved or compared by a second opinion.

An op becomes SymPy's function, or its definition is read instead, or NumPy applies it to arrays of
symbols.  Arrays are arrays of symbols, so this is for small graphs.
SymPy is optional: `pip install sympy`.  Read next: `source.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad import ops
from glassgrad.arguments import package
from glassgrad.errors import GraphError
from glassgrad.graph import topological
from glassgrad.notation.names import Names
from glassgrad.notation.plain import plain
from glassgrad.ops.base import Op
from glassgrad.ops.shared.axes import positive_axes
from glassgrad.tensor import Tensor

MOST = 2_000
"""Elements up to which an array is written out in symbols."""
Array = NDArray[Any]


def expression(root: Tensor) -> Any:
    """The tensor as SymPy sees it: one expression, or an array of them; leaves by their names.

    A constant leaf becomes its numbers.

    Raises:
        GraphError: an array too large to write out, or an op that SymPy cannot express.
        SettingError: SymPy is not installed.

    >>> import glassgrad as gg
    >>> x, w = gg.tensor(2.0, name="x"), gg.tensor(0.5, name="w")
    >>> expression(gg.tanh(w * x) + w)
    w + tanh(w*x)
    """
    package("sympy")
    found: dict[int, Array] = {}
    order = topological(root)
    names = Names(order, "y")
    for node in order:
        if node.op is None:
            found[id(node)] = leaf(node, plain(names[node]))
        else:
            found[id(node)] = apply(node.op, [found[id(x)] for x in node.inputs])
    result = found[id(root)]
    return result.item() if result.ndim == 0 else result


def leaf(node: Tensor, name: str) -> Array:
    """Symbols for what has a name or takes a gradient, numbers for constants."""
    import sympy

    if node.size > MOST:
        raise GraphError(
            f"{node.label} has {node.size} elements, at most {MOST} are written out in symbols: "
            "use a smaller example."
        )
    if node.dtype.kind != "f":
        return node._array  # labels and masks are numbers, whatever they are called
    if not (node.name or node.requires_grad):
        return _objects(node._array, _exact)
    if node.ndim == 0:
        return np.array(sympy.Symbol(name, real=True), dtype=object)
    table = np.empty(node.shape, dtype=object)
    for i in np.ndindex(node.shape):
        table[i] = sympy.Symbol(f"{name}_{'_'.join(str(k + 1) for k in i)}", real=True)
    return table


def _objects(array: Any, change: Callable[[Any], Any]) -> Array:
    result = np.empty(np.shape(array), dtype=object)
    for i in np.ndindex(result.shape):
        result[i] = change(np.asarray(array)[i].item())
    return result


def apply(op: Op, args: list[Array]) -> Array:
    """An op on arrays of expressions: by SymPy's function, by its definition, or as NumPy does it."""
    if type(op) in (meanings := _meanings()):
        return _by_element(meanings[type(op)](op), args)
    if isinstance(op, ops.LogSumExp):
        return apply(ops.log, [_total(op, apply(ops.exp, args))])
    if isinstance(op, ops.Norm):
        return apply(ops.sqrt, [_total(op, args[0] ** 2)])
    if isinstance(op, ops.Max):
        return _largest(op, args[0])
    if op.definition is not None:
        return _by_definition(op, args)
    try:
        return np.asarray(op.forward(*args), dtype=object)
    except (TypeError, ValueError, AttributeError) as error:
        raise GraphError(
            f"{type(op).__name__} cannot be written in SymPy: leave it out of the expression."
        ) from error


def _total(op: Any, x: Array) -> Array:
    """The sum over the axes that an op reduces."""
    return np.asarray(ops.Sum(op.axis, op.keepdims).compute(x), dtype=object)


def _largest(op: Any, x: Array) -> Array:
    import sympy

    larger = np.frompyfunc(sympy.Max, 2, 1)
    for axis in positive_axes(op.axis, x.ndim)[::-1]:
        x = np.asarray(larger.reduce(x, axis=axis, keepdims=op.keepdims), dtype=object)
    return x


def _by_element(function: Callable[..., Any], args: list[Array]) -> Array:
    full = np.broadcast_arrays(*args)
    result = np.empty(full[0].shape, dtype=object)
    for i in np.ndindex(result.shape):
        result[i] = function(*(a[i] for a in full))
    return result


def _by_definition(op: Op, args: list[Array]) -> Array:
    """The definition is recorded on numbers of these shapes, then read in these symbols."""
    leaves = [Tensor._constant(np.full(a.shape, 0.5) if a.dtype == object else a) for a in args]
    assert op.definition is not None
    root = Context().run(op.definition, *leaves)
    found = {id(t): a for t, a in zip(leaves, args, strict=True)}
    for node in topological(root):
        if id(node) not in found:
            found[id(node)] = (
                leaf(node, "") if node.op is None
                else apply(node.op, [found[id(x)] for x in node.inputs])
            )  # fmt: skip
    return found[id(root)]


def _meanings() -> Mapping[type[Op], Callable[[Any], Callable[..., Any]]]:
    """What SymPy calls the functions of numbers, given the op with its settings."""
    import sympy as s

    return {
        ops.Exp: lambda op: s.exp,
        ops.Log: lambda op: s.log,
        ops.Sqrt: lambda op: s.sqrt,
        ops.Sin: lambda op: s.sin,
        ops.Cos: lambda op: s.cos,
        ops.Tanh: lambda op: s.tanh,
        ops.Erf: lambda op: s.erf,
        ops.Abs: lambda op: s.Abs,
        ops.Sign: lambda op: s.sign,
        ops.Maximum: lambda op: s.Max,
        ops.Minimum: lambda op: s.Min,
        ops.Equal: lambda op: s.Eq,
        ops.SafeMultiply: lambda op: lambda g, d: g * d,
        ops.Sigmoid: lambda op: lambda x: 1 / (1 + s.exp(-x)),
        ops.Softplus: lambda op: lambda x: s.log(1 + s.exp(x)),
        ops.Step: lambda op: lambda x: s.Heaviside(x, op.at_zero),
        ops.ReLU: lambda op: lambda x: s.Max(0, x),
        ops.LeakyReLU: lambda op: lambda x: s.Piecewise((x, x > 0), (_exact(op.slope) * x, True)),
        ops.ELU: lambda op: (
            lambda x: s.Piecewise((x, x > 0), (_exact(op.alpha) * (s.exp(x) - 1), True))
        ),
        ops.Clip: lambda op: lambda x: s.Min(s.Max(x, _exact(op.low)), _exact(op.high)),
        ops.Where: lambda op: lambda c, a, b: s.Piecewise((a, c), (b, True)),
    }


def _exact(value: float) -> Any:
    """0.1 as one tenth."""
    import sympy

    return sympy.nsimplify(value, rational=True)
