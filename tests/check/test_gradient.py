"""`check.gradient`: finds one element in 1,024 by 1e-6, passes kinks, slanders no op."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import check, ops
from glassgrad.errors import DataError, GraphError, SettingError
from glassgrad.ops.base import Elementwise


@dataclass(frozen=True)
class Bent(Elementwise):
    """A sigmoid whose rule is multiplied by `bend`."""

    bend: Any

    def forward(self, x):
        return np.asarray(ops.sigmoid(x))

    def vjp(self, g, y, _x):
        return g * (y * (1 - y) * self.bend)


def one(n, at, factor):
    bend = np.ones(n)
    bend[at] = factor
    return bend


@pytest.mark.parametrize("factor", [1.01, 1.0009, 1 + 1e-4, 1 + 1e-5, 1 + 1e-6])
def test_every_element_wrong(factor):
    verdict = check.gradient(Bent(factor), np.linspace(-4, 4, 16))
    assert verdict.wrong == 16
    assert "times the right value" in verdict.text


def test_one_element_of_many_wrong_by_a_millionth():
    n = 256  # 1,024 in benchmarks/truth_check.py
    assert check.gradient(Bent(np.ones(n)), np.linspace(-4, 4, n))
    verdict = check.gradient(Bent(one(n, 3, 1 + 1e-6)), np.linspace(-4, 4, n))
    assert verdict.wrong == 1
    assert verdict.worst.element == verdict.worst.output == (3,)
    assert verdict.worst.rule / verdict.worst.differences == pytest.approx(1 + 1e-6, abs=1e-9)


def test_small_gradients_do_not_hide():
    verdict = check.gradient(Bent(0.0), np.linspace(12, 20, 16))
    assert verdict.wrong == 16
    assert "the rule gives 0" in verdict.text


def test_entries_outside_of_the_diagonal_are_compared():
    @dataclass(frozen=True)
    class Diagonal(type(gg.ops.Softmax())):
        def vjp(self, g, y, _x):
            return g * y * (1 - y)

    verdict = check.gradient(Diagonal(), np.array([0.1, 0.5, -0.3]))
    assert verdict.wrong == 6
    assert verdict.worst.element != verdict.worst.output


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [(gg.relu, 0.0, 0.0), (lambda x: gg.relu(x, at_zero=1.0), 0.0, 1.0), (gg.abs, 0.0, 0.0)],
)
def test_kinks_are_reported_and_pass(f, x, slope):
    verdict = check.gradient(f, np.array([x, 1.0]))
    assert verdict
    assert len(verdict.kinks) == 1
    assert verdict.kinks[0].rule == slope
    assert "kink" in verdict.text


def test_a_slope_outside_of_the_two_is_wrong_even_at_a_kink():
    verdict = check.gradient(lambda x: gg.relu(x, at_zero=1.5), np.array([0.0]))
    assert not verdict


def test_near_a_kink_the_slope_is_the_one_of_that_side():
    verdict = check.gradient(gg.relu, np.array([1e-4, -1e-4]))
    assert verdict
    assert not verdict.kinks


def test_jumps_and_ends_of_the_domain_are_said():
    assert "jump" in check.gradient(gg.step, np.array([0.0])).text
    assert check.gradient(gg.log, np.array([1e-9, 1e9]))
    assert check.gradient(gg.sqrt, np.array([0.0])).unmeasured == 1


def test_integer_inputs_are_passed_on():
    verdict = check.gradient(gg.cross_entropy, np.eye(3) * 0.3, np.array([0, 2, 1]))
    assert verdict
    assert verdict.entries == 9


def test_second_derivatives_are_checked_the_same_way():
    slope = lambda x: gg.grad(gg.tanh(x).sum(), x, create_graph=True)  # noqa: E731
    assert check.gradient(slope, np.array([0.3, -1.2]))


def samples():
    """One sample of each differentiable op that is not large."""
    for op in ops.registry():
        for sample, *xs in op.samples(np.random.default_rng(0)):
            real = [np.asarray(x).dtype.kind == "f" for x in xs]
            out = np.asarray(sample(*xs))
            if any(real) and 0 < out.size < 200 and out.dtype.kind == "f":
                yield pytest.param(sample, xs, id=op.__name__)
                break


@pytest.mark.parametrize(("op", "xs"), list(samples()))
def test_no_op_is_slandered(op, xs):
    assert check.gradient(op, *xs)


@pytest.mark.parametrize(
    ("f", "x", "error", "said"),
    [
        (lambda x: 3.0, [1.0], GraphError, "must give a Tensor"),
        (lambda x: x > 0, [1.0], GraphError, "must give a Tensor"),
        (gg.tanh, [1], SettingError, "write 1.0 for 1"),
        (gg.log, [0.0], DataError, "not finite"),
        (lambda x: x * np.random.default_rng().normal(), [1.0], SettingError, "two values"),
        (lambda x: x.reshape(-1, 1) * x, np.ones(200), SettingError, "smaller inputs"),
    ],
)
def test_misuse_is_said(f, x, error, said):
    with pytest.raises(error, match=said):
        check.gradient(f, x)
