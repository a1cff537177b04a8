"""Every reader on every op: it prints, it draws, its program runs, and SymPy says the same.

And no reader knows an op by its name: what it must know stands at the op.
"""

import ast
import xml.etree.ElementTree as ET

import expressions
import numpy as np
import pytest
from house import parts, room, sources
from matplotlib.mathtext import MathTextParser

import glassgrad as gg
import laws
from glassgrad import ops
from glassgrad.drawing.picture import picture
from glassgrad.errors import GraphError
from glassgrad.notation.latex import latex
from glassgrad.notation.names import symbol
from glassgrad.notation.plain import plain
from glassgrad.read.equations import equations
from glassgrad.read.source import source
from glassgrad.terms.simplify import EXPONENTS, NAMED, PLAIN, as_term, simplify
from glassgrad.terms.terms import Number, Symbol, evaluate, formula, substitute, term_of

USES = [(kind, n, use) for kind in ops.registry() for n, use in enumerate(laws.samples(kind))]
each = pytest.mark.parametrize(
    ("op", "xs"), [pytest.param(op, xs, id=f"{k.__name__}-{n}") for k, n, (op, *xs) in USES]
)
differentiable = pytest.mark.parametrize(
    ("op", "xs"),
    [
        pytest.param(op, xs, id=f"{k.__name__}-{n}")
        for k, n, (op, *xs) in USES
        if laws.has_gradient(op, xs)
    ],
)
TABLE = pytest.mark.parametrize("rewrite", [*PLAIN, *NAMED, *EXPONENTS])
NOT_IN_SYMPY = (ops.MaxPool2d, ops.MaxPool2dScatter, ops.MaxPool2dGather)


READERS = {"notation", "terms", "read", "drawing", "derivation"}
NAMES = {*ops.FUNCTIONS, *(kind.__name__ for kind in ops.registry())}
ARITHMETIC = {"add", "subtract", "multiply", "divide", "negative", "power", "SumTo"}
"""What a reader itself writes and takes apart: sums and products of terms, broadcasting undone."""
WRITTEN = {
    "terms/functions.py": {"tan", "sinh", "cosh", "log2", "log10", "square"},  # made of several ops
    "terms/latex_commands.py": {"sqrt", "log"},  # more than a name: the third root, log to base 2
    "terms/parser.py": {"abs", "exp"},  # |x| and eˣ are signs, not names
}
"""What is written without a function's name: the file, and what it stands for."""
TEXTS = {path: text for path, text in sources().items() if room(parts(path)) in READERS}


def ops_by_name(text):
    """The ops that a program knows by name: `ops.x`, an import of one, a comparison with its class name."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("ops", "gg", "gg.ops"):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("glassgrad.ops"):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Compare):
            texts = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
            found |= {t for t in texts if isinstance(t, str) and t[:1].isupper()}
    return found & NAMES


@pytest.mark.parametrize("path", sorted(TEXTS))
def test_no_reader_knows_an_op_by_its_name(path):
    assert ops_by_name(TEXTS[path]) - ARITHMETIC == WRITTEN.get(path, set())


@pytest.mark.parametrize(
    "planted",
    [
        "from glassgrad import ops\nisinstance(op, ops.Sum)",
        "from glassgrad.ops.reduce import Sum",
        "type(op).__name__ in ('Sum', 'Max')",
        "import glassgrad as gg\ngg.ops.Sum",
    ],
)
def test_a_reader_that_knows_an_op_is_found(planted):
    assert "Sum" in ops_by_name(planted)


def recorded(op, xs):
    leaves = [gg.tensor(x, name) for x, name in zip(xs, "abcdefgh", strict=False)]
    with gg.recording():  # labels and conditions, too
        return op(*leaves), leaves


@each
def test_it_prints_as_text_latex_and_mathml(op, xs):
    y, _ = recorded(op, xs)
    lines = equations(y)
    assert len(lines) == 1
    text = lines.to_text()
    assert text.startswith("y = ")
    assert "\\" not in text
    ET.fromstring(lines.to_mathml())
    source = latex(lines[0].right)
    if r"\begin" not in source:
        MathTextParser("path").parse(f"${source}$")


@each
def test_it_is_drawn(op, xs):
    y, _ = recorded(op, xs)
    svg = ET.fromstring(picture(y, seed=np.ones(y.shape)).svg)
    boxes = svg.findall(".//{http://www.w3.org/2000/svg}title")
    assert len(boxes) == 1 + len(xs)


@differentiable
def test_the_program_gives_the_gradient(op, xs):
    y, leaves = recorded(op, xs)
    wrt = [t for t in leaves if t.requires_grad]
    g = np.random.default_rng(1).normal(size=y.shape)
    program = source(y, wrt, seed=g)
    namespace = {}
    exec(compile(program, "program", "exec"), namespace)
    found = namespace["backward"](*xs, g)
    for x, expected in zip(wrt, gg.grad(y, wrt, seed=g), strict=True):
        assert found[x.name].shape == expected.shape
        np.testing.assert_allclose(found[x.name], expected, rtol=1e-10, atol=1e-12, err_msg=program)


@each
def test_sympy_computes_the_same(op, xs):
    sympy = pytest.importorskip("sympy")
    from glassgrad.read.sympy import expression

    y, leaves = recorded(op, xs)
    if y.size > 40 or y.dtype.kind != "f" or sum(x.size for x in xs) > 60:
        pytest.skip("too large to write out")
    one_place = isinstance(op, ops.ScatterAdd) and not xs[0].ndim  # NumPy unpacks a single object
    if isinstance(op, NOT_IN_SYMPY) or one_place:
        with pytest.raises(GraphError, match="cannot be written in SymPy"):
            expression(y)
        return
    values = {
        sympy.Symbol("_".join([x.name, *(str(k + 1) for k in i)]), real=True): x.value[i].item()
        for x in leaves
        for i in np.ndindex(x.shape)
    }
    formula = np.asarray(expression(y), dtype=object)
    found = [float(sympy.sympify(e).evalf(30, subs=values)) for e in formula.ravel()]
    np.testing.assert_allclose(found, y.value.ravel(), rtol=1e-9, atol=1e-14)


@TABLE
def test_both_sides_of_a_rewrite_are_equal(rewrite):
    rng = np.random.default_rng(0)
    names = rewrite.left.__code__.co_varnames
    for _ in range(20):
        values = rng.uniform(0.5, 3, len(names))
        if not rewrite.positive:
            values *= rng.choice([-1, 1], len(names))
        values = [-abs(v) if n == "n" else v for n, v in zip(names, values, strict=True)]
        left, right = (
            rewrite.left(*map(np.float64, values)),
            rewrite.right(*map(np.float64, values)),
        )
        if np.isfinite(left):
            np.testing.assert_allclose(left, right, rtol=1e-11)


@TABLE
def test_a_rewrite_makes_its_left_side_into_its_right(rewrite):
    """Nothing in the table is dead: its own left side is rewritten, to the value that it had."""
    numbers = {"c": Number(0.7), "d": Number(1.3), "n": Number(-0.9)}
    left = substitute(as_term(rewrite.left), numbers)
    tidied = simplify(left, NAMED, EXPONENTS)
    assert tidied != left
    values = {name: 0.7 + 0.2 * i for i, name in enumerate(rewrite.left.__code__.co_varnames)}
    np.testing.assert_allclose(evaluate(tidied, values), evaluate(left, values), rtol=1e-12)


def test_tidy_ends_and_keeps_the_value():
    """On random expressions too, and a second time changes nothing."""
    rng = np.random.default_rng(3)
    for _ in range(40):
        y, leaves = expressions.scalar(rng, 6)
        known = {id(t): Symbol(t.name, symbol(t.name), t.value) for t in leaves}
        term = term_of(y, known)
        once = simplify(term)
        np.testing.assert_allclose(evaluate(once), y.value, rtol=1e-11)
        assert simplify(once) == once, plain(formula(once))
