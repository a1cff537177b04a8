"""A graph as a SymPy expression, to be simplified, solved or compared by a second opinion.

An op becomes SymPy's function, or its definition is read instead, or NumPy applies it to arrays of
symbols.  Arrays are arrays of symbols, so this is for small graphs.
SymPy is optional: `pip install sympy`.  Read next: `source.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassgrad.arguments import package
from glassgrad.engine.modes import recorded
from glassgrad.engine.traversal import interpret
from glassgrad.errors import GraphError
from glassgrad.graph import topological
from glassgrad.notation.names import Names
from glassgrad.notation.plain import plain
from glassgrad.ops.base import Elementwise, Op
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
    order = topological(root)
    names = Names(order, "y")

    def meaning(node: Tensor, inputs: list[Array]) -> Array:
        return apply(node.op, inputs) if node.op is not None else leaf(node, plain(names[node]))

    result = interpret(order, meaning)[id(root)]
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
    import sympy

    if op.sympy:
        return _by_element(getattr(sympy, op.sympy), args)
    if op.sympy_form is not None:
        form = partial(op.sympy_form, sympy)
        if isinstance(op, Elementwise):
            return _by_element(form, args)
        return np.asarray(form(*args), dtype=object)
    if op.definition is not None:
        return _by_definition(op, args)
    try:
        return np.asarray(op.forward(*args), dtype=object)
    except (TypeError, ValueError, AttributeError) as error:
        raise GraphError(
            f"{type(op).__name__} cannot be written in SymPy: leave it out of the expression."
        ) from error


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
    root = recorded(op.definition, *leaves)

    def meaning(node: Tensor, inputs: list[Array]) -> Array:
        return apply(node.op, inputs) if node.op is not None else leaf(node, "")

    known = {id(t): a for t, a in zip(leaves, args, strict=True)}
    return interpret(topological(root), meaning, known)[id(root)]


def _exact(value: float) -> Any:
    """0.1 as one tenth."""
    import sympy

    return sympy.nsimplify(value, rational=True)
