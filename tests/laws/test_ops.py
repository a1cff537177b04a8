"""Every law on every sample of every op.  A new op is tested because it exists."""

import dataclasses
import inspect
import re
from pathlib import Path

import numpy as np
import pytest

import laws
from glassgrad import ops
from glassgrad.errors import GlassgradError

OPS = ops.registry()
USES = [(kind, n, use) for kind in OPS for n, use in enumerate(laws.samples(kind))]


def every(*, where=lambda op, xs: True):
    """Parametrize a law by the samples that it is about; the id names the op."""
    chosen = [
        pytest.param(op, xs, id=f"{kind.__name__}-{n}")
        for kind, n, (op, *xs) in USES
        if where(op, xs)
    ]
    return pytest.mark.parametrize(("op", "xs"), chosen)


each = pytest.mark.parametrize("kind", OPS, ids=lambda kind: kind.__name__)
differentiable = every(where=laws.has_gradient)


@differentiable
def test_the_rule_is_the_adjoint_of_the_derivative(op, xs):
    laws.adjoint(op, *xs)


@differentiable
def test_every_element_of_the_jacobian_is_right(op, xs):
    laws.jacobian(op, *xs)


@differentiable
def test_the_gradient_has_the_right_gradient(op, xs):
    laws.second_order(op, *xs)


@every(where=laws.elementwise_of_one)
def test_the_third_derivative_is_right(op, xs):
    laws.third_order(op, *xs)


@every(where=lambda op, xs: op.definition is not None)
def test_the_definition_says_what_the_op_does(op, xs):
    laws.definition(op, *xs)


@every(where=lambda op, xs: op.fast is not None or op.fast_vjp is not None)
def test_the_fast_twin_does_the_same(op, xs):
    laws.twin(op, *xs)


@every()
def test_an_independent_witness_agrees(op, xs):
    laws.witness(op, *xs)


@every()
def test_recording_changes_no_bit(op, xs):
    laws.recorded(op, *xs)


@differentiable
def test_what_the_rule_promises_not_to_read_may_be_anything(op, xs):
    laws.unread(op, *xs)


@every()
def test_float32_stays_float32(op, xs):
    laws.float32(op, *xs)


@differentiable
def test_the_rule_is_linear_in_the_cotangent(op, xs):
    laws.linear(op, *xs)


@every(where=lambda op, xs: isinstance(op, ops.Elementwise))
def test_elements_do_not_see_each_other(op, xs):
    laws.alone(op, *xs)


@every()
def test_it_prints(op, xs):
    names = [f"x_{i}" for i in range(len(xs))]
    settings = {f.name: getattr(op, f.name) for f in dataclasses.fields(op)}
    text = op.latex.format(*names, **settings, **{"*": ", ".join(names)})
    assert text.count("{") == text.count("}")
    assert "x_0" in text


@every()
def test_its_settings_are_its_identity(op, xs):
    twin = dataclasses.replace(op)
    assert twin == op
    assert hash(twin) == hash(op)
    assert repr(twin) == repr(op)
    assert repr(op).startswith(f"{type(op).__name__}(")
    for field in dataclasses.fields(op):
        assert f"{field.name}=" in repr(op)
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(op, field.name, None)


@each
def test_its_docstring_gives_the_shapes(kind):
    assert re.search(r"\b[a-z]\w*(, \w+)* : ", kind.__doc__ or "")


@each
def test_it_names_its_source(kind):
    assert kind.source


@every(where=lambda op, xs: op.by_sign is not None)
def test_what_it_is_by_sign_is_what_it_computes(op, xs):
    """Where the first input has a sign and the others are 0; if they are not, nothing is decided."""
    others = [0.0] * (len(xs) - 1)
    for sign in (1, -1, 0):
        said = op.by_sign(sign, 0.7 * sign, *others)
        assert said == op(*map(np.array, (0.7 * sign, *others)))
        assert not others or op.by_sign(sign, 0.7 * sign, 0.3) is None


@every(where=lambda op, xs: op.repeats or op.reshapes or op.adds_up)
def test_what_it_says_of_itself_is_so(op, xs):
    """That it only repeats, only reshapes, or only sums elements."""
    (x,) = xs
    y = np.asarray(op(x))
    if op.repeats:
        assert np.array_equal(y, np.broadcast_to(x, y.shape))
    if op.reshapes:
        assert np.array_equal(np.ravel(y), np.ravel(x))
        assert y.shape == np.empty(x.shape).reshape(op.shape).shape
    if op.adds_up:
        ones = np.ones_like(x)
        assert np.all(np.asarray(op(ones)) * y.size == ones.size)
        laws.near(np.sum(y), np.sum(x), 1e-13)


def test_what_only_rearranges_says_so():
    """The other way round: what repeats, reshapes or sums on all its samples is known to the readers."""
    for kind in OPS:
        uses = [use for made, _, use in USES if made is kind and len(use) == 2 and use[1].size > 1]
        pairs = [(x, np.asarray(op(x))) for op, x in uses if x.dtype.kind == "f"]
        same = [np.array_equal(np.ravel(x), np.ravel(y)) for x, y in pairs]
        changed = any(x.shape != y.shape for x, y in pairs)
        assert kind.reshapes == bool(changed and all(same)), kind


def test_no_name_is_defined_by_two_families():
    """The later file would hide the earlier one."""
    folder = Path(ops.__file__).parent
    texts = [p.read_text(encoding="utf-8") for p in folder.glob("*.py") if p.name != "__init__.py"]
    names = re.findall(
        r"^(?:class|def) ([A-Za-z]\w*)|^([a-z]\w*) = (?:as_numpy\(.*\)\()?[A-Z]\w*\(",
        "\n".join(texts),
        re.M,
    )
    assert len(names) == len({a or b for a, b in names})
    assert set(ops.FUNCTIONS) <= {a or b for a, b in names}


def is_spelled(kind):
    """Whether a public name calls the op; one that has none occurs only in gradients."""
    names = [v for n, v in vars(ops).items() if not n.startswith("_") and not isinstance(v, type)]
    codes = [getattr(inspect.unwrap(v), "__code__", None) for v in names]
    return any(isinstance(v, kind) for v in names) or any(
        kind.__name__ in code.co_names for code in codes if code is not None
    )


@pytest.mark.parametrize("kind", list(filter(is_spelled, OPS)), ids=lambda kind: kind.__name__)
def test_what_can_be_written_can_be_exported(kind):
    """By an operator of the ONNX standard, or by a definition in ops that have one."""
    assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", kind.onnx) or kind.definition is not None


@each
def test_misuse_is_refused_with_the_promised_words(kind):
    misuses = list(kind.errors())
    assert misuses
    for misuse, words in misuses:
        with pytest.raises(GlassgradError) as caught:
            misuse()
        assert words in str(caught.value)


@each
def test_each_setting_is_sampled(kind):
    """Every setting is used at another value than its default, so that every law sees it."""
    for field in dataclasses.fields(kind):
        seen = {getattr(op, field.name) for made, _, (op, *_) in USES if made is kind}
        assert seen - {field.default}, f"no sample sets {field.name}"


def test_every_family_is_found():
    assert {"Tanh", "Multiply", "Sum", "Index", "Where"} <= {op.__name__ for op in OPS}
    assert np.unique([op.__name__ for op in OPS]).size == len(OPS)
