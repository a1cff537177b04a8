import numpy as np
import pytest

import glassgrad as gg
from glassgrad.errors import ShapeError


def test_the_gradient_of_the_data_is_computed_only_if_it_is_wanted():
    x, w, b = np.ones((2, 3)), np.ones((4, 3)), np.ones(4)
    cotangents = gg.ops.Linear().vjp(np.ones((2, 4)), None, x, w, b)
    assert all(map(callable, cotangents))


def test_without_a_bias_it_is_a_matrix_product():
    x, w = np.random.default_rng(0).normal(size=(2, 5, 3)), np.ones((4, 3))
    assert np.array_equal(gg.linear(x, w), gg.linear(x, w, np.zeros(4)))


def test_infix_spelling_on_either_side():
    a = gg.tensor([[1.0, 2.0]])
    assert (a @ np.array([[3.0], [4.0]])).item() == 11
    assert (np.array([[3.0], [4.0]]) @ a).value.tolist() == [[3, 6], [4, 8]]


def test_stacks_of_matrices_sum_over_repeated_axes():
    a, b = gg.tensor(np.ones((5, 2, 3))), gg.tensor(np.ones((3, 4)))
    (a @ b).sum().backward()
    assert np.array_equal(b.grad, np.full((3, 4), 10.0))


def test_an_empty_batch_has_zero_gradients():
    x, w, b = gg.tensor(np.zeros((0, 3))), gg.tensor(np.ones((4, 3))), gg.tensor(np.ones(4))
    gg.linear(x, w, b).sum().backward()
    assert x.grad.shape == (0, 3)
    assert not w.grad.any()
    assert not b.grad.any()


def test_no_features_leave_the_bias():
    x, w, b = gg.tensor(np.zeros((2, 0))), gg.tensor(np.zeros((4, 0))), gg.tensor(np.ones(4))
    y = gg.linear(x, w, b)
    y.sum().backward()
    assert np.array_equal(y.value, np.ones((2, 4)))
    assert x.grad.shape == (2, 0)


def test_infinities_are_values_not_warnings():
    assert np.isnan(gg.matmul(np.array([[np.inf, np.inf]]), np.array([[1.0], [-1.0]]))).all()


@pytest.mark.parametrize(
    ("x", "w", "said"),
    [
        ((64, 1, 28, 28), (300, 784), "write x.reshape(64, 784)"),
        ((64, 784), (784, 300), "write w.T"),
        ((64, 10), (300, 784), "make w of shape (300, 10)"),
        ((), (300, 784), "expects x of shape (..., 784)"),
    ],
)
def test_the_error_says_what_to_write(x, w, said):
    with pytest.raises(ShapeError) as error:
        gg.linear(np.zeros(x), np.zeros(w), np.zeros(w[0]))
    assert said in str(error.value)
