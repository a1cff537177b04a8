"""An expression: a number, a name, or an op applied to expressions.

A graph has values and a history; an expression has only structure, so it can be rearranged, printed
and evaluated again.  Subexpressions are shared, never copied.  What an op looks like and computes is
asked of the op.  Read next: `simplify.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from hashlib import blake2b
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from glassgrad.engine.traversal import interpret
from glassgrad.errors import GraphError
from glassgrad.graph import topological
from glassgrad.notation.fill import fill
from glassgrad.notation.formula import Fence, Formula
from glassgrad.notation.latex_parser import template
from glassgrad.notation.names import symbol
from glassgrad.notation.numbers import number
from glassgrad.ops import Elementwise, Op
from glassgrad.tensor import Tensor
from glassgrad.terms.shapes import Shape, broadcast

T = TypeVar("T")
_PRODUCT = r"{0}\,{1}"
TOO_LONG = 1500
"""Signs beyond which a formula is not written out: nobody would read it."""


@dataclass(frozen=True, eq=False)
class Term:
    """Any expression; `shape` is that of its value, `args` are the expressions in it.

    Two terms are equal if their digests are, 128 bits made of all they contain: comparing the parts
    would take exponentially long where parts are shared.
    """

    args: tuple[Term, ...] = field(kw_only=True, default=())
    shape: Shape = field(kw_only=True, default=())
    digest: bytes = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        own = (f for f in fields(self) if f.compare and f.name != "args")
        content = "|".join([type(self).__name__, *(_token(getattr(self, f.name)) for f in own)])
        parts = b"".join(a.digest for a in self.args)
        object.__setattr__(
            self, "digest", blake2b(content.encode() + parts, digest_size=16).digest()
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.digest == other.digest

    def written(self, parts: list[Formula]) -> Formula:
        """The formula, given those of `args`."""
        raise NotImplementedError

    def computed(self, parts: list[Any], values: Mapping[str, Any]) -> Any:
        """The value, given those of `args` and of the symbols."""
        raise NotImplementedError


def _token(value: Any) -> str:
    """A text that tells a field's value from every other."""
    if isinstance(value, Term):
        return value.digest.hex()
    if isinstance(value, tuple):
        return f"({','.join(map(_token, value))})"
    if is_dataclass(value) and not isinstance(value, Op):
        found = (_token(getattr(value, f.name)) for f in fields(value) if f.compare)
        return f"{type(value).__name__}[{','.join(found)}]"
    return repr(value)


@dataclass(frozen=True, eq=False)
class Symbol(Term):
    """A named array; `key` tells it from others, `name` is printed, `value` is what it stands for."""

    key: str
    name: Formula = field(compare=False)
    value: Any = field(compare=False, default=None)

    def written(self, parts: list[Formula]) -> Formula:
        return self.name

    def computed(self, parts: list[Any], values: Mapping[str, Any]) -> Any:
        return np.asarray(values.get(self.key, self.value))


@dataclass(frozen=True, eq=False)
class Number(Term):
    """A constant; with a shape, an array that has this value everywhere."""

    value: float

    def written(self, parts: list[Formula]) -> Formula:
        return number(self.value)

    def computed(self, parts: list[Any], values: Mapping[str, Any]) -> Any:
        return np.full(self.shape, self.value)


@dataclass(frozen=True, eq=False)
class Apply(Term):
    """An op applied to terms."""

    op: Op

    def written(self, parts: list[Formula]) -> Formula:
        shapes = [() if isinstance(a, Number) else a.shape for a in self.args]
        return written(self.op, shapes, parts)

    def computed(self, parts: list[Any], values: Mapping[str, Any]) -> Any:
        return np.asarray(self.op.compute(*parts))


def apply(op: Op, *args: Term) -> Term:
    """An elementwise op applied to terms."""
    return Apply(op, args=args, shape=broadcast(*(a.shape for a in args)))


def written(op: Op, shapes: Sequence[Shape], parts: Sequence[Formula]) -> Formula:
    """What an op looks like on arguments of these shapes.

    A product of two arrays, element by element, gets its own sign, lest it be read as a matrix product;
    an axis of length 1 comes and goes in silence, as in NumPy.
    """
    arrays = [s for s in shapes if np.prod(s, dtype=int) != 1]
    if isinstance(op, Elementwise) and op.latex == _PRODUCT and len(arrays) > 1:
        return fill(template(r"{0} \odot {1}", {}), parts)
    if op.reshapes and _long_axes(vars(op)["shape"]) == _long_axes(shapes[0]):
        return parts[0]
    return fill(template(op.latex, vars(op)), parts)


def _long_axes(shape: Shape) -> list[int]:
    return [n for n in shape if n != 1]


def formula(term: Term) -> Formula:
    """What is printed for a term, from the LaTeX of its ops.

    Raises:
        GraphError: a term too long to be read.
    """
    if (signs := size(term)) > TOO_LONG:
        raise GraphError(
            f"this formula would have {signs} signs: give intermediate results a name "
            "(z.name = 'z'), so that it can be written in terms of them."
        )
    whole = fold(term, lambda t, parts: t.written(parts))
    is_bracket = isinstance(whole, Fence) and (whole.left, whole.right) == ("(", ")")
    return whole.body if is_bracket else whole  # type: ignore[attr-defined]


def fold(term: Term, visit: Callable[[Term, list[T]], T]) -> T:
    """`visit(subterm, results of its args)` for every subterm, once each; the result at the top."""
    found: dict[Term, T] = {}
    for t in postorder(term):
        found[t] = visit(t, [found[a] for a in t.args])
    return found[term]


def postorder(term: Term) -> Iterator[Term]:
    """Every subterm once, arguments before what is applied to them; a loop, never a recursion."""
    seen: set[Term] = set()
    stack: list[tuple[Term, bool]] = [(term, False)]
    while stack:
        t, done = stack.pop()
        if done:
            yield t
        elif t not in seen:
            seen.add(t)
            stack.append((t, True))
            stack.extend((a, False) for a in reversed(t.args))


def rebuild(term: Term, change: Callable[[Term], Term]) -> Term:
    """The term with `change` applied to every subterm, from the leaves up; sharing is kept."""

    def visit(t: Term, args: list[Term]) -> Term:
        same = all(a is b for a, b in zip(args, t.args, strict=True))
        return change(t if same else replace(t, args=tuple(args)))

    return fold(term, visit)


def substitute(term: Term, by: Mapping[str, Term]) -> Term:
    """The term with symbols replaced, by their keys."""
    return rebuild(term, lambda t: by.get(t.key, t) if isinstance(t, Symbol) else t)


def evaluate(term: Term, values: Mapping[str, Any] | None = None) -> NDArray[Any]:
    """The value of a term: each op computes again, from the values of the symbols or from those given."""
    known = values or {}
    return np.asarray(fold(term, lambda t, parts: t.computed(parts, known)))


def recorded(term: Term, values: Mapping[str, Any]) -> Any:
    """What the ops of a term make of the values of its symbols, by key: of tensors, a graph."""

    def visit(t: Term, parts: list[Any]) -> Any:
        if isinstance(t, Apply):
            return t.op(*parts)
        return values[t.key] if isinstance(t, Symbol) else t.value  # type: ignore[attr-defined]

    return fold(term, visit)


def symbols(term: Term) -> list[Symbol]:
    """The symbols in a term, each once, in the order of reading."""
    return list(dict.fromkeys(t for t in postorder(term) if isinstance(t, Symbol)))


def size(term: Term) -> int:
    """How many signs a term has when it is written out; shared parts count each time."""
    return fold(term, lambda t, parts: 1 + sum(parts))


def term_of(root: Tensor, known: Mapping[int, Term]) -> Term:
    """The expression of a recorded tensor; `known` says, by id, where to stop and what to write."""

    def meaning(node: Tensor, inputs: list[Term]) -> Term:
        if node.op is None:
            return constant(node)
        return Apply(node.op, args=tuple(inputs), shape=node.shape)

    return interpret(topological(root, known), meaning, known)[id(root)]


def constant(node: Tensor) -> Term:
    """A leaf without a name: a number if all its elements are one, else a symbol c."""
    array = node._array
    if array.size and array.dtype.kind in "fiu" and (array == array.flat[0]).all():
        return Number(float(array.flat[0]), shape=array.shape)
    return Symbol(f"constant {id(array)}", symbol("c"), array, shape=array.shape)
