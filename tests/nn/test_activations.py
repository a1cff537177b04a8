"""The settings of activations reach their ops: values worked out by hand."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import nn

X = np.array([[-1.0, 0.5], [2.0, 0.0]])
ODDS = 1 + np.exp([[3.0, -0.5], [-3.0, 0.5]])


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (nn.ReLU(0.5), [[0, 0], [1.5, 0]]),
        (nn.LeakyReLU(0.2), [[-0.2, 0.5], [2, 0]]),
        (nn.ELU(2.0), [[2 * np.expm1(-1), 0.5], [2, 0]]),
        (nn.Softmax(0), 1 / ODDS),
        (nn.LogSoftmax(0), -np.log(ODDS)),
    ],
)
def test_values(layer, expected):
    np.testing.assert_allclose(layer(X), expected, rtol=1e-12)


def test_the_derivative_at_the_kink_is_a_setting():
    x = gg.tensor(X)
    nn.ReLU(0.5, at_zero=1.0)(x).sum().backward()
    np.testing.assert_array_equal(x.grad, [[0, 1], [1, 0]])
