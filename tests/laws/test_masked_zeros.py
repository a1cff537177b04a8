"""0 · ∞: a zero that was chosen wins, a zero that was computed makes NaN; eager and traced, in every order.

A singular function of bad numbers is put under each way to choose others: what comes back for the bad is
0, for the good what the function alone gives.  With a computed zero in between, it is NaN.
"""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import ops

BAD, GOOD = 0, 1
SINGULAR = {
    "sqrt": (gg.sqrt, 0.0),
    "log": (gg.log, 0.0),
    "quotient": (lambda x: 1 / x, 0.0),
    "power": (lambda x: x**0.5, 0.0),
    "power below zero": (lambda x: x**0.5, -1.0),
    "exp": (gg.exp, 1000.0),
    "cos": (gg.cos, np.inf),
    "after more": (lambda x: gg.exp(gg.sqrt(x) * 2 + x), 0.0),
    "under a kink": (lambda x: gg.log(gg.abs(x)) * 3, 0.0),
    "twice": (lambda x: gg.sqrt(gg.sqrt(x)), 0.0),
    "quotient of roots": (lambda x: (x + 1) / gg.sqrt(x), 0.0),
}


def _written_over(y):
    y = y * 1.0
    y[BAD] = 1.0
    return y


CHOICES = {
    "where": lambda y: gg.where(np.array([False, True]), y, 0.0),
    "where, the other way": lambda y: gg.where(np.array([True, False]), 7.0, y),
    "slice": lambda y: y[GOOD:],
    "places": lambda y: y[[GOOD, GOOD]] / 2,
    "truth values": lambda y: y[np.array([False, True])],
    "take": lambda y: gg.take(y, np.array([GOOD]), axis=0),
    "written over": _written_over,
    "reshaped": lambda y: gg.where(np.array([[False], [True]]), y.reshape(2, 1), 0.0).T,
    "stacked": lambda y: gg.stack([y, y * 0.0 + y])[0][GOOD:],
    "summed, then chosen": lambda y: gg.stack([y, y], axis=1).sum(axis=1)[GOOD] * 0.5,
    "among others": lambda y: gg.concatenate([y, y])[GOOD:2],
    "broadcast": lambda y: gg.where(np.array([[False, True], [False, True]]), y, 0.0) / 2,
}


def first(f, x):
    t = gg.tensor(x)
    return gg.grad(f(t).sum(), t)


def traced(f, x):
    t = gg.tensor(x)

    @gg.jit
    def step():
        t.grad = None
        f(t).sum().backward()

    for _ in range(4):
        step()
    return t.grad


def second(f, x):
    t = gg.tensor(x)
    return gg.grad(gg.grad(f(t).sum(), t, create_graph=True).sum(), t)


def third(f, x):
    t = gg.tensor(x)
    d = gg.grad(f(t).sum(), t, create_graph=True)
    return gg.grad(gg.grad(d.sum(), t, create_graph=True).sum(), t)


@pytest.mark.parametrize("derivative", [first, traced, second, third])
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("name", SINGULAR)
def test_a_zero_that_was_chosen_wins(name, choice, derivative):
    f, bad = SINGULAR[name]
    found = derivative(lambda x: CHOICES[choice](f(x)), np.array([bad, 2.0]))
    alone = derivative(f, np.array([2.0]))
    assert found[BAD] == 0
    assert found[GOOD] == pytest.approx(alone[0], rel=1e-14)


@pytest.mark.parametrize("derivative", [first, traced])
@pytest.mark.parametrize("choose", [gg.max, gg.min, gg.relu, lambda y: gg.maximum(y, 0.1)])
def test_extremes_choose(choose, derivative):
    worse = gg.log if choose is not gg.min else lambda x: -gg.log(x)
    found = derivative(lambda x: choose(worse(x)), np.array([0.0, 2.0]))
    assert np.array_equal(found, [0, 0.5 if choose is not gg.min else -0.5])


@pytest.mark.parametrize("derivative", [first, traced])
def test_a_maximum_of_windows_chooses(derivative):
    x = np.array([0.0, 4.0, 0.0, 9.0]).reshape(1, 1, 2, 2)
    found = derivative(lambda x: gg.max_pool2d(gg.sqrt(x), 2), x)
    assert np.array_equal(found.ravel(), [0, 0, 0, 1 / 6])


@pytest.mark.parametrize("derivative", [first, traced])
@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (lambda x: gg.sqrt(x) ** 2, [0.0, 4.0], [np.nan, 1]),
        (lambda x: gg.sqrt(x) * gg.sqrt(x), [0.0, 4.0], [np.nan, 1]),
        (lambda x: gg.log(gg.exp(x).sum()), [1000.0, 0.0], [np.nan, 0]),
        (lambda x: gg.sqrt(x) * np.array([0.0, 1.0]), [0.0, 4.0], [np.nan, 0.25]),
        (lambda x: gg.sqrt(x)[0:] + gg.sqrt(x) * 0, [0.0, 4.0], [np.nan, 0.25]),
        (lambda x: gg.where(np.array([True, False]), gg.sqrt(x) ** 2, 0), [0.0, 4.0], [np.nan, 0]),
    ],
)
def test_a_zero_that_was_computed_makes_nan(f, x, expected, derivative):
    assert np.array_equal(derivative(f, np.array(x)), expected, equal_nan=True)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: gg.norm(x) ** 2,
        lambda x: gg.norm(x) * gg.norm(x),
        lambda x: gg.sqrt((x * x).sum()) ** 2,
    ],
)
def test_the_second_derivative_of_a_squared_length_is_no_zero_at_the_origin(f):
    """It is 2; rules that pass through 1/0 cannot know, and say NaN."""
    assert np.isnan(second(f, np.zeros(2))).all()
    at = np.array([3.0, 4.0])
    assert second(f, at) == pytest.approx([2.0, 2.0])


def test_rows_without_length_may_be_left_out():
    rows, keep = np.array([[0.0, 0.0], [3.0, 4.0]]), np.array([False, True])

    def kept(x):
        return gg.where(keep, gg.norm(x, axis=1) ** 2, 0.0)

    assert np.array_equal(first(kept, rows), [[0, 0], [6, 8]])
    assert second(kept, rows) == pytest.approx(np.array([[0, 0], [2, 2]]))


def test_a_seed_of_constants_chooses():
    t = gg.tensor([0.0, 4.0])
    assert np.array_equal(gg.grad(gg.sqrt(t), t, seed=[0.0, 1.0]), [0, 0.25])


def test_an_op_says_at_most_one_thing_about_its_zeros():
    for kind in ops.registry():
        assert not (kind.moves and kind.selects)
        assert not (kind.moves and kind.asks)
