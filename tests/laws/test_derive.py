"""Every op derives; every step is checked; what is printed comes to the number beside it."""

import xml.etree.ElementTree as ET

import expressions
import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser
from textual import worked_out

import glassgrad as gg
import laws
from glassgrad import ops
from glassgrad.derivation import derive
from glassgrad.derivation.index import at
from glassgrad.derivation.index_notation import indexed_term, indexer, with_fresh_letters
from glassgrad.notation.latex import latex
from glassgrad.notation.names import symbol
from glassgrad.notation.plain import plain
from glassgrad.terms.terms import Apply, Symbol, evaluate, formula, size

USES = [(kind, n, use) for kind in ops.registry() for n, use in enumerate(laws.samples(kind))]
each = pytest.mark.parametrize(
    ("op", "xs"),
    [
        pytest.param(op, xs, id=f"{k.__name__}-{n}")
        for k, n, (op, *xs) in USES
        if laws.has_gradient(op, xs) and k is not ops.Equal
    ],
)
WITHOUT_INDEX_FORM = (
    ops.Index,
    ops.ScatterAdd,
    ops.Take,
    ops.IndexAdd,
    ops.IndexPut,
    ops.AvgPool2d,
    ops.AvgPool2dInput,
)
"""Some uses of these have none: places given by arrays, windows that count differently at the rim."""
OF_NAMES_ONLY = (ops.MaxPool2d, ops.MaxPool2dScatter, ops.MaxPool2dGather)
"""These ask which element is the largest, so they need an array that has a name, with its values."""


def derived(op, xs):
    leaves = [gg.tensor(x, name) for x, name in zip(xs, "abcdefgh", strict=False)]
    y = op(*leaves)
    wrt = [t for t in leaves if t.requires_grad]
    return derive(y, wrt, seed=np.random.default_rng(1).normal(size=y.shape))


def assert_is_gradient(d, y, wrt, seed=None):
    """To ten digits; a gradient that is 0 in exact numbers is rounding noise of the others."""
    gradients = gg.grad(y, wrt, seed=seed)
    scale = max(np.max(np.abs(g), initial=1e-300) for g in gradients)
    for x, expected in zip(wrt, gradients, strict=True):
        np.testing.assert_allclose(d.gradient(x), expected, rtol=1e-10, atol=1e-13 * scale)


@each
def test_every_step_is_right_and_checked(op, xs):
    leaves = [gg.tensor(x, name) for x, name in zip(xs, "abcdefgh", strict=False)]
    y, wrt = op(*leaves), [t for t in leaves if t.requires_grad]
    g = np.random.default_rng(1).normal(size=y.shape)
    d = derive(y, wrt, seed=g)
    assert_is_gradient(d, y, wrt, g)
    for step in d.steps:
        assert step.check.ok, f"{step.equation}: {step.check}"
        assert step.check.compared > 0 or step.value.size == 0


@each
def test_the_index_form_worked_out_by_loops_is_the_gradient(op, xs):
    if any(x.dtype.kind == "f" and np.max(np.abs(x), initial=0) > 500 for x in xs):
        pytest.skip("the textbook's formula overflows, the op does not")
    for step in derived(op, xs).steps:
        ix = indexer(step.left, step.term)
        found = indexed_term(step.term, step.left.shape, ix)
        if found is None:
            assert isinstance(op, WITHOUT_INDEX_FORM)
            continue
        places, body = found
        if step.value.size * _loops(body) > 20_000:
            continue
        looped = by_loops(places, with_fresh_letters(body, *places), step.left.shape)
        scale = np.max(np.abs(step.value), initial=1e-300)
        np.testing.assert_allclose(looped, step.value, rtol=1e-10, atol=1e-12 * scale)


@pytest.mark.parametrize(
    ("op", "xs"),
    [
        pytest.param(op, xs, id=f"{k.__name__}-{n}")
        for k, n, (op, *xs) in USES
        if k.index_form is not None
    ],
)
@pytest.mark.parametrize("of", ["names", "expressions"])
def test_the_index_form_worked_out_by_loops_is_the_value(op, xs, of):
    """Forwards too, where the gradient's law sees the adjoint's form only; of x, and of tanh x."""
    if any(x.dtype.kind == "f" and np.max(np.abs(x), initial=0) > 500 for x in xs):
        pytest.skip("the textbook's formula overflows, the op does not")
    inputs = [Symbol(f"x{i}", symbol("x"), x, shape=x.shape) for i, x in enumerate(xs)]
    if of == "expressions":
        real = [x.dtype.kind == "f" for x in xs]
        xs = [np.tanh(x) if r else x for x, r in zip(xs, real, strict=True)]
        inputs = [
            Apply(ops.tanh, args=(s,), shape=s.shape) if r else s
            for s, r in zip(inputs, real, strict=True)
        ]
    value = np.asarray(op(*xs))
    term = Apply(op, args=tuple(inputs), shape=value.shape)
    found = indexed_term(term, value.shape, indexer(term))
    if found is None:
        of_names = () if of == "names" else OF_NAMES_ONLY
        assert isinstance(op, (*WITHOUT_INDEX_FORM, *of_names))
        return
    looped = by_loops(*found, value.shape)
    scale = np.max(np.abs(value), initial=1e-300)
    np.testing.assert_allclose(looped, value, rtol=1e-10, atol=1e-12 * scale)


def by_loops(places, body, shape):
    """The array whose elements an expression gives."""
    looped = np.zeros(shape)
    for index in np.ndindex(shape):
        env = {n: i for p, i in zip(places, index, strict=True) for n in p.letters()}
        looped[index] = at(body, env)
    return looped


def _loops(term):
    from glassgrad.derivation.index import Reduction
    from glassgrad.terms.terms import postorder

    sizes = [
        np.prod([n for _, n in t.letters]) for t in postorder(term) if isinstance(t, Reduction)
    ]
    return int(np.prod(sizes)) if sizes else 1


@each
def test_it_is_written_in_text_latex_and_mathml(op, xs):
    d = derived(op, xs)
    assert "checked" in d.to_text()
    assert r"\begin{align*}" in d.to_latex()
    ET.fromstring(f"<page>{d.to_html().partition('</style>')[2]}</page>".replace("&#x2061;", ""))
    step = d.steps[0]
    for equation in (step.equation, step.by_index):
        source = latex(equation.formula) if equation is not None else ""
        if source and r"\begin" not in source:
            MathTextParser("path").parse(f"${source}$")


@pytest.mark.parametrize("n", range(50))
def test_a_random_expression(n):
    scalar_expression_is_right(n)


@pytest.mark.parametrize("n", range(20))
def test_a_random_stack_of_layers(n):
    stack_is_right(n)


@pytest.mark.slow
@pytest.mark.parametrize("n", range(50, 1000))
def test_a_thousand_expressions(n):
    scalar_expression_is_right(n)


@pytest.mark.slow
@pytest.mark.parametrize("n", range(20, 200))
def test_two_hundred_stacks(n):
    stack_is_right(n)


def scalar_expression_is_right(n):
    """The steps, the printed lines, the expanded formula and SymPy agree with the gradient."""
    y, leaves = expressions.scalar(np.random.default_rng(n))
    d = derive(y, leaves)
    assert_is_gradient(d, y, leaves)
    assert all(s.check.ok and s.check.compared for s in d.steps), d.to_text()
    printed_lines_are_right(d)
    for x in leaves:
        term = d.term(x, known=())
        np.testing.assert_allclose(evaluate(term), d.gradient(x), rtol=1e-10, atol=1e-12)
        if size(term) < 200:
            assert plain(formula(term))
    sympy_agrees(y, leaves, d)


def printed_lines_are_right(d):
    """Each line of text, worked out with the values of the lines before, is its value."""
    values = {plain(d._backward.name(x)): x.item() for x in d._backward.order if x.op is None}
    values = {k: v for k, v in values.items() if k[0].isalpha()}
    for equation, node in zip(
        d.forward, [x for x in d._backward.order if x.op is not None], strict=True
    ):
        found = worked_out(plain(equation.right), values)
        np.testing.assert_allclose(found, node.item(), rtol=1e-5, atol=1e-9, err_msg=str(equation))
        values[plain(equation.left)] = node.item()
    loss = plain(d._backward.name(d._backward.y))
    values[f"∂{loss}/∂{loss}"] = 1.0
    for step in d.steps:
        found = worked_out(plain(step.equation.right), values)
        np.testing.assert_allclose(
            found, step.value.item(), rtol=1e-5, atol=1e-9, err_msg=str(step.equation)
        )
        values[plain(step.equation.left)] = step.value.item()


def sympy_agrees(y, leaves, d):
    sympy = pytest.importorskip("sympy")
    from glassgrad.read.sympy import expression

    formula = expression(y)
    symbols = [sympy.Symbol(x.name, real=True) for x in leaves]
    values = {s: sympy.Float(x.item(), 40) for s, x in zip(symbols, leaves, strict=True)}
    for s, x in zip(symbols, leaves, strict=True):
        expected = float(sympy.diff(formula, s).evalf(30, subs=values))
        np.testing.assert_allclose(d.gradient(x), expected, rtol=1e-10, atol=1e-12)


def stack_is_right(n):
    loss, parameters = expressions.stack(np.random.default_rng(n))
    d = derive(loss, parameters)
    assert_is_gradient(d, loss, parameters)
    for step in d.steps:
        assert step.check.ok, f"{step.equation}: {step.check}"
        assert step.check.compared
