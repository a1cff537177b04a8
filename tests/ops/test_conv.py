import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate2d

import glassgrad as gg
from glassgrad.errors import SettingError, ShapeError
from glassgrad.ops.conv import Conv2d, Conv2dInput, Conv2dWeight
from glassgrad.ops.shared import columns

small = st.integers(1, 3)
pairs = st.tuples(small, small)


@st.composite
def convolutions(draw):
    """A convolution that fits, with its input and its kernels."""
    op = Conv2d(
        stride=draw(pairs),
        padding=draw(st.tuples(st.integers(0, 2), st.integers(0, 2))),
        dilation=draw(st.tuples(st.integers(1, 2), st.integers(1, 2))),
        groups=draw(st.integers(1, 2)),
    )
    kernel = draw(pairs)
    least = [
        d * (k - 1) + 1 - 2 * p for k, d, p in zip(kernel, op.dilation, op.padding, strict=True)
    ]
    size = [max(1, n) + draw(st.integers(0, 3)) for n in least]
    per_group = draw(st.integers(1, 2))
    rng = np.random.default_rng(draw(st.integers(0, 99)))
    x = rng.normal(size=(draw(st.integers(0, 2)), per_group * op.groups, *size))
    w = rng.normal(size=(draw(st.integers(1, 2)) * op.groups, per_group, *kernel))
    return op, x, w


@settings(max_examples=60, deadline=None, derandomize=True)
@given(convolutions())
def test_any_setting_agrees_with_the_loops(case):
    op, x, w = case
    y = op(x, w)
    assert y == pytest.approx(op.witness(x, w), abs=1e-12)
    g = np.cos(np.arange(y.size)).reshape(y.shape)
    into_x = Conv2dInput(x.shape[2:], **op.settings)
    into_w = Conv2dWeight(w.shape[2:], **op.settings)
    assert into_x(g, w) == pytest.approx(into_x.witness(g, w), abs=1e-12)
    assert into_w(x, g) == pytest.approx(into_w.witness(x, g), abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_is_scipys_correlation(dtype):
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(1, 1, 9, 8)).astype(dtype), rng.normal(size=(1, 1, 3, 4)).astype(dtype)
    y = gg.conv2d(x, w)
    assert y.dtype == dtype
    assert y[0, 0] == pytest.approx(correlate2d(x[0, 0], w[0, 0], "valid"), rel=1e-4)


def test_a_batch_in_many_chunks_is_the_batch_in_one(monkeypatch):
    rng = np.random.default_rng(0)
    x, w, b = (gg.tensor(rng.normal(size=s)) for s in [(5, 2, 6, 6), (3, 2, 3, 3), (3,)])

    def gradients():
        return gg.grad((gg.conv2d(x, w, b, padding=1) ** 2).sum(), [x, w, b])

    whole = gradients()
    monkeypatch.setattr(columns, "_CHUNK", 1)
    for a, c in zip(whole, gradients(), strict=True):
        assert a == pytest.approx(c, rel=1e-12)


def test_the_gradient_of_the_data_is_computed_only_if_it_is_wanted():
    x, w = np.ones((1, 1, 3, 3)), np.ones((1, 1, 2, 2))
    for op, inputs in [(Conv2d(), (x, w)), (gg.ops.BiasedConv2d(), (x, w, np.ones(1)))]:
        assert all(map(callable, op.vjp(np.ones((1, 1, 2, 2)), None, *inputs)))


def test_an_empty_batch_has_zero_gradients():
    x, w, b = (
        gg.tensor(np.zeros((0, 1, 4, 4))),
        gg.tensor(np.ones((2, 1, 3, 3))),
        gg.tensor([1.0, 1.0]),
    )
    y = gg.conv2d(x, w, b)
    y.sum().backward()
    assert y.shape == (0, 2, 2, 2)
    assert x.grad.shape == x.shape
    assert not w.grad.any()
    assert not b.grad.any()


def test_a_picture_that_is_not_in_one_piece():
    x = np.random.default_rng(0).normal(size=(6, 6, 2, 1)).T[:, :, ::-1]
    w = np.ones((1, 2, 3, 3))[..., ::-1]
    assert np.array_equal(gg.conv2d(x, w), gg.conv2d(x.copy(), w.copy()))


def test_infinities_are_values_not_warnings():
    x = np.full((1, 1, 3, 3), np.inf)
    y = gg.conv2d(x, np.array([[[[1.0, -1.0]]]]), np.array([-np.inf]))
    assert np.isnan(y).all()


def test_the_output_size_is_explained():
    with pytest.raises(ShapeError) as error:
        gg.conv2d(np.zeros((1, 1, 2, 5)), np.zeros((1, 1, 3, 3)), dilation=2)
    assert "the height 2" in str(error.value)
    assert "(2 + 2·0 - 2·(3 - 1) - 1) // 1 + 1 = -2" in str(error.value)
    assert "padding=2" in str(error.value)
    assert gg.conv2d(np.zeros((1, 1, 2, 5)), np.zeros((1, 1, 3, 3)), dilation=2, padding=2).size


@pytest.mark.parametrize(
    "bad", [{"stride": 1.5}, {"padding": -1}, {"dilation": (1, 2, 3)}, {"groups": 2.0}]
)
def test_settings_out_of_range(bad):
    with pytest.raises(SettingError, match=f"{next(iter(bad))}.*integer of at least"):
        gg.conv2d(np.zeros((1, 1, 5, 5)), np.zeros((1, 1, 3, 3)), **bad)


def test_channels_and_groups_must_fit():
    with pytest.raises(ShapeError, match=r"make w of shape \(4, 2, 3, 3\)"):
        gg.conv2d(np.zeros((1, 4, 5, 5)), np.zeros((4, 4, 3, 3)), groups=2)
