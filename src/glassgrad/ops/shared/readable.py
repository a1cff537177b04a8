"""What readers ask of an op: formulas, NumPy, SymPy, ONNX, one element by its indices.

Each part is optional, and stands at the op, so that no reader knows an op by its name: a new op is read
like the others.  Where a part is missing, the readers take the op's `definition`, or say that they cannot.
Read next: `ops/base.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal, NamedTuple


class Rewrite(NamedTuple):
    """`left` may be written as `right`: both are functions in ops, of numbers.

    The names of the parameters say what they stand for: c and d numbers, n a negative number, u and v
    anything but a number, every other name anything.  `positive` marks what holds for positive values
    only.  `when` says who asks for it: "always", "functions" brings a function in by its name, and
    "exponents" splits the exponent of a power.
    """

    left: Callable[..., Any]
    right: Callable[..., Any]
    positive: bool = False
    when: Literal["always", "functions", "exponents"] = "always"


class Readable:
    """The part of an op that readers ask for."""

    latex: ClassVar[str] = ""
    """Formula, with {0}, {1}, … for the inputs, {*} for all of them, and the fields by their names."""
    python: ClassVar[str] = ""
    """Python's operator, as in "{} + {}"; empty where NumPy, or `gg`, has a function of the op's name."""
    typed: ClassVar[tuple[str, ...]] = ()
    """Other names that people type for it in a formula: ln for log."""
    onnx: ClassVar[str] = ""
    """Operator of the ONNX standard; empty where `definition` is what gets exported."""
    sympy: ClassVar[str] = ""
    """SymPy's function of the same numbers, as in "exp"."""
    sympy_form: Callable[..., Any] | None = None
    """`sympy_form(sympy, *x)`, where SymPy has no function: of the elements of an elementwise op, of arrays
    of expressions for any other."""
    index_form: Callable[..., Any] | None = None
    r"""`index_form(ix, at, *x)`: one element of the result, at the places `at`, by elements of the inputs,
    as in $y_{ij} = x_{ji}$.  `ix` has the words for it: `derivation.elements.Indexer`.  An elementwise op
    needs none, nor does one with a definition."""
    by_sign: Callable[..., Any] | None = None
    """`by_sign(sign, *x)`: what is left where the first input is above zero (1), below (-1) or zero (0);
    None if that decides nothing.  A piecewise rule is written in cases with it."""
    repeats: ClassVar[bool] = False
    """Each element again and again along axes, as broadcasting does by itself."""
    reshapes: ClassVar[bool] = False
    """The same elements in the same order: only the `shape` is another."""
    adds_up: ClassVar[bool] = False
    """A plain sum of elements: divided by how many there were it is a mean."""

    @classmethod
    def rewrites(cls) -> Iterator[Rewrite]:
        """Identities of this op, such as log(eˣ) = x: formulas are simplified by them."""
        return iter(())
