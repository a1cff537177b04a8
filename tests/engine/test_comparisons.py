"""Comparisons, and what Python asks of a tensor: numbers, truth, text, places in lists and dictionaries."""

import math
import operator

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.errors import DtypeError, GlassgradError, ShapeError

RELATIONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize(
    "other", [2.0, 2, np.float32(2), np.array([2.0, 0.0]), [2.0, 0.0], gg.tensor([[2.0], [0.0]])]
)
def test_every_relation_is_elementwise_on_both_sides(relation, other):
    a = np.array([1.0, 2.0])
    x, plain = gg.tensor(a), other.numpy() if isinstance(other, gg.Tensor) else other
    for found, wanted in (
        (relation(x, other), relation(a, plain)),
        (relation(other, x), relation(np.asarray(plain), a)),
    ):
        assert isinstance(found, gg.Tensor)
        assert not found.requires_grad
        assert found.dtype == bool
        assert found.numpy().tolist() == wanted.tolist()


def test_a_mask_follows_its_tensor_when_the_graph_is_computed_again():
    x = gg.tensor([-1.0, 2.0])
    y = gg.where(x > 0, x, 0.1 * x)
    assert y.inputs[0].op == gg.greater
    assert gg.grad(y.sum(), x).tolist() == [0.1, 1]


def test_masks_combine():
    x = gg.tensor([-1.0, 0.5, 2.0])
    inside = (x > 0) & (x < 1)
    assert inside.numpy().tolist() == [False, True, False]
    assert (~inside | (x == 0.5) ^ inside).numpy().tolist() == [True, False, True]
    assert (inside.sum().item(), inside.any(), inside.all()) == (1, True, False)
    assert x[inside].numpy().tolist() == [0.5]


def test_an_accuracy():
    logits, labels = gg.tensor([[1.0, 2.0], [3.0, 0.0]]), np.array([1, 1])
    assert (logits.argmax(axis=1) == labels).mean() == 0.5
    assert (gg.tensor(labels) == [1, 0]).mean().item() == 0.5


def test_identity_is_what_dictionaries_and_sets_ask_for():
    x, y = gg.tensor([1.0, 2.0]), gg.tensor([1.0, 2.0])
    assert {x: "x", y: "y"}[y] == "y"
    assert len({x, y}) == 2
    assert any(x is t for t in [y, x])
    assert 2.0 in x
    assert 5.0 not in x


def test_what_is_no_number_is_not_equal():
    x = gg.tensor([1.0])
    assert (x == None) is False  # noqa: E711
    assert (x != "a") is True
    with pytest.raises(TypeError):
        x < "a"  # noqa: B015


def test_shapes_that_do_not_fit_are_not_just_unequal():
    with pytest.raises(ShapeError, match="Equal cannot broadcast"):
        gg.tensor([1.0, 2.0]) == np.ones(3)  # noqa: B015


def test_truth_of_many_numbers():
    with pytest.raises(ShapeError, match=r"write x\.any\(\) or x\.all\(\)"):
        bool(gg.tensor([1.0, 2.0]) == 1.0)
    assert gg.tensor(2.0) > 1.0


# ---- one number


def test_a_number_of_python():
    x = gg.tensor(2.345)
    assert f"{x:.1f}|{x:8.2e}" == "2.3|2.35e+00"
    assert f"{x}" == str(x) == "tensor(2.345)"
    assert (int(x), float(x), complex(x)) == (2, 2.345, 2.345 + 0j)
    assert (round(x), round(x, 1), math.floor(x), math.ceil(x), math.trunc(x)) == (2, 2.3, 2, 3, 2)
    assert float(gg.tensor([[1.5]])) == 1.5
    assert [10, 20][gg.tensor(1)] == 20
    with pytest.raises(DtypeError, match=r"write int\(x\)"):
        [10, 20][gg.tensor(1.0)]


@pytest.mark.parametrize(
    "ask", [float, int, complex, round, lambda x: f"{x:.3f}", lambda x: x.item()]
)
def test_many_numbers_are_not_one(ask):
    with pytest.raises(ShapeError, match=r"x\[i\]\.item\(\) for one of them, x\.numpy\(\) for all"):
        ask(gg.tensor([1.0, 2.0]))


def test_rows():
    x = gg.tensor([[1.0, 2.0], [3.0, 4.0]])
    first, second = x
    assert gg.grad((first * second).sum(), x).tolist() == [[3, 4], [1, 2]]
    assert (len(x), x.tolist()) == (2, [[1, 2], [3, 4]])
    with pytest.raises(TypeError, match=r"write x\.item\(\)"):
        list(gg.tensor(1.0))


@pytest.mark.parametrize(
    "refused", [lambda x: x % 2, lambda x: x // 2, lambda x: divmod(x, 2), lambda x: 7 // x]
)
def test_what_has_jumps_is_refused(refused):
    with pytest.raises((GlassgradError, TypeError)):
        refused(gg.tensor([3.0]))


def test_remainders_of_whole_numbers():
    assert (gg.tensor([3, 4]) % 2).tolist() == [1, 0]
    assert (gg.tensor([3, 4]) // 2).tolist() == [1, 2]
