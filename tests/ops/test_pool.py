import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import glassgrad as gg
from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.average_pool import AvgPool2d, AvgPool2dInput
from glassgrad.ops.max_pool import MaxPool2d, MaxPool2dGather, MaxPool2dScatter

small = st.integers(1, 3)
pairs = st.tuples(small, small)


@st.composite
def poolings(draw):
    """Settings that both kinds have, a dilation, and images that are large enough."""
    kernel = draw(pairs)
    dilation = draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    setting = {
        "kernel": kernel,
        "stride": draw(pairs),
        "padding": tuple(draw(st.integers(0, k // 2)) for k in kernel),
        "ceil_mode": draw(st.booleans()),
    }
    size = [
        d * (k - 1) + 1 + draw(st.integers(0, 3)) for k, d in zip(kernel, dilation, strict=True)
    ]
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.integers(0, 4, size=(draw(st.integers(0, 2)), 2, *size)) / 4  # with many ties
    return setting, dilation, x


@settings(max_examples=60, deadline=None, derandomize=True)
@given(poolings())
def test_max_pooling_agrees_with_the_loops(case):
    setting, dilation, x = case
    op = MaxPool2d(**setting, dilation=dilation)
    y = op(x)
    assert np.array_equal(y, op.witness(x))
    g, c = np.cos(np.arange(y.size)).reshape(y.shape), np.cos(np.arange(x.size)).reshape(x.shape)
    scatter, gather = MaxPool2dScatter(**vars(op)), MaxPool2dGather(**vars(op))
    assert scatter(g, x) == pytest.approx(scatter.witness(g, x), abs=1e-12)
    assert np.array_equal(gather(c, x), gather.witness(c, x))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(poolings(), st.booleans())
def test_average_pooling_agrees_with_the_loops(case, count_include_pad):
    setting, _, x = case
    op = AvgPool2d(**setting, count_include_pad=count_include_pad)
    y = op(x)
    assert y == pytest.approx(op.witness(x), abs=1e-12)
    back = AvgPool2dInput(x.shape[2:], **vars(op))
    g = np.cos(np.arange(y.size)).reshape(y.shape)
    assert back(g) == pytest.approx(back.witness(g), abs=1e-12)


def test_of_equal_elements_the_first_gets_the_gradient():
    x = gg.tensor(np.ones((1, 1, 4, 4)))
    gg.max_pool2d(x, 2).sum().backward()
    assert np.array_equal(x.grad[0, 0], np.tile([[1.0, 0.0], [0.0, 0.0]], (2, 2)))


def test_nan_wins_and_gets_the_gradient():
    x = gg.tensor([[[[np.nan, 5.0], [np.nan, np.inf]]]])
    y = gg.max_pool2d(x, 2)
    y.backward(np.ones((1, 1, 1, 1)))
    assert np.isnan(y.item())
    assert x.grad.tolist() == [[[[1, 0], [0, 0]]]]


def test_the_padding_never_wins():
    x = np.full((1, 1, 3, 3), -1e30)
    assert np.array_equal(gg.max_pool2d(x, 3, stride=1, padding=1), x)


def test_whole_numbers_have_a_maximum_too():
    x = np.arange(-16, 0).reshape(1, 1, 4, 4)
    y = gg.max_pool2d(x, 3, stride=2, padding=1)
    assert y.dtype == x.dtype
    assert y[0, 0].tolist() == [[-11, -9], [-3, -1]]


def test_infinities_are_values_not_warnings():
    assert np.isnan(gg.avg_pool2d(np.array([[[[np.inf, -np.inf]]]]), (1, 2))).all()


@pytest.mark.parametrize("pool", [gg.max_pool2d, gg.avg_pool2d])
def test_an_empty_batch(pool):
    x = gg.tensor(np.zeros((0, 3, 4, 4)))
    y = pool(x, 2)
    y.sum().backward()
    assert y.shape == (0, 3, 2, 2)
    assert x.grad.shape == x.shape


@pytest.mark.parametrize("pool", [gg.max_pool2d, gg.avg_pool2d])
def test_what_does_not_fit_is_explained(pool):
    with pytest.raises(
        ShapeError, match=r"the width 2: .* = \(2 \+ 2·0 - 1·\(3 - 1\) - 1\) // 3 \+ 1 = 0"
    ):
        pool(np.zeros((1, 1, 5, 2)), 3)
    with pytest.raises(SettingError, match="padding of at most half the kernel"):
        pool(np.zeros((1, 1, 5, 5)), 3, padding=2)
    with pytest.raises(SettingError, match="expects stride as an integer of at least 1"):
        pool(np.zeros((1, 1, 5, 5)), 3, stride=0)
