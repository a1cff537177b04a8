"""Every instruction of the elementwise machine does what its name says; both sides mean the same."""

import numpy as np
import pytest

from glassgrad import ops
from glassgrad.kernels import elementwise
from glassgrad.kernels.instructions import LONG, OF_ONE, OF_TWO, Opcode
from glassgrad.plan.fuse import WITH_PRODUCT

SETTING = 0.25


def one(function):
    return lambda a, _: function(a)


MEANS = {  # in float64, on the operands that it reads
    "multiply_add": lambda a, b, c: np.float32(a) * np.float32(b) + c,
    "multiply_subtract": lambda a, b, c: np.float32(a) * np.float32(b) - c,
    "subtract_product": lambda a, b, c: c - np.float32(a) * np.float32(b),
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "leaky_relu": lambda a, b: np.where(a < 0, a * b, a),
    "step": lambda a, b: np.where(a == 0, b, np.heaviside(a, 0)),
    "fill": None,
    "negative": one(np.negative),
    "abs": one(np.abs),
    "sqrt": one(np.sqrt),
    "relu": one(lambda a: np.maximum(a, 0)),
    "exp": one(np.exp),
    "log": one(np.log),
    "sigmoid": one(ops.sigmoid.forward),
    "sigmoid_derivative": one(ops.sigmoid_derivative.forward),
    "tanh": one(np.tanh),
    "tanh_derivative": one(ops.tanh_derivative.forward),
    "softplus": one(ops.softplus.forward),
    "silu": one(ops.silu.forward),
    "silu_derivative": one(ops.silu_derivative.forward),
    "gelu": one(ops.gelu.forward),
    "gelu_derivative": one(ops.gelu_derivative.forward),
    "elu": lambda a, s: ops.ELU(s).forward(a),
    "elu_derivative": lambda a, s: ops.ELUDerivative(s).forward(a),
}


def operands():
    """Three arrays of 1,100 numbers: more than a block, with a tail; both zeros among them."""
    rng = np.random.default_rng(0)
    a, b, c = (rng.normal(size=1100).astype(np.float32) for _ in range(3))
    a[:4], b[:4] = [0.0, -0.0, 0.0, 1.0], [0.5, 2.0, -3.0, 1.0]
    return a, b, c


@np.errstate(all="ignore")
def check(name):
    """Run one instruction alone, and compare."""
    (a, b, c), y = operands(), np.empty(1100, np.float32)
    code, number = Opcode[name], np.full((), SETTING, np.float32)
    if name == "fill":
        elementwise.run([("fill", 1, 2, 2, 2), ("negative", 0, 1, 1, 1)], [y, None, number])
        np.testing.assert_array_equal(y, -SETTING)
        return
    if code >= OF_ONE:
        elementwise.run([("fill", 2, 3, 3, 3), (name, 1, 0, 2, 2)], [a, y, None, number])
        exact = MEANS[name](a.astype(np.float64), SETTING)
    else:
        elementwise.run([(name, 3, 0, 1, 2)], [a, b, c, y])
        read = (a, b, c) if code < OF_TWO else (a, b)
        exact = MEANS[name](*(v.astype(np.float64) for v in read))
    np.testing.assert_allclose(y, exact, rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", [code.name for code in Opcode])
def test_it_does_what_its_name_says(name):
    check(name)


def test_an_op_names_an_instruction_of_as_many_operands():
    """And each instruction is named by an op, or by what puts two ops together."""
    named = {kind.instruction: kind for kind in ops.registry() if kind.instruction}
    for name, kind in named.items():
        inputs = len(next(iter(kind.samples(np.random.default_rng(0))))) - 1
        assert (Opcode[name] < OF_ONE) == (inputs == 2 or name in ("leaky_relu", "step"))
    fused = {name for names in WITH_PRODUCT.values() for name in names}
    assert all(Opcode[name] < OF_TWO for name in fused)
    assert set(named) | fused | {"fill"} == {code.name for code in Opcode}


def test_the_tables_have_the_same_rows():
    assert list(MEANS) == [code.name for code in Opcode]
    assert OF_TWO < OF_ONE < LONG < len(Opcode)


@pytest.mark.parametrize("code", list(Opcode)[:-1], ids=lambda code: code.name)
def test_an_opcode_that_is_another_on_one_side_is_found(code, monkeypatch):
    """Planted: two neighbours exchange their numbers on the side that writes programs."""
    names = [c.name for c in Opcode]
    i = names.index(code.name)
    names[i : i + 2] = reversed(names[i : i + 2])
    numbers = {name: c.value for name, c in zip(names, Opcode, strict=True)}
    monkeypatch.setattr(elementwise, "Opcode", numbers)
    found = []
    for name in names[i : i + 2]:
        try:
            check(name)
        except AssertionError:
            found.append(name)
    assert found


def test_an_opcode_that_is_gone_is_found(monkeypatch):
    monkeypatch.setattr(elementwise, "Opcode", {c.name: c for c in Opcode if c.name != "exp"})
    with pytest.raises(KeyError, match="exp"):
        check("exp")
