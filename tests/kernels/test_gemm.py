"""Matrix products: every shape and order of axes, and the same bits however the work is cut."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.kernels.numbers import misplaced, near, normal, transposed

from glassgrad.kernels.gemm import matmul

settings.load_profile("kernels")
SIZE = st.integers(0, 70) | st.sampled_from([1, 7, 8, 9, 31, 32, 33, 100, 300])
ORDERS = [np.ascontiguousarray, transposed, misplaced, lambda a: np.repeat(a, 2, 1)[:, ::2]]


@given(SIZE, SIZE, SIZE, st.sampled_from(ORDERS), st.sampled_from(ORDERS), st.integers(0, 7))
def test_every_shape_and_order(m, k, n, order_a, order_b, flags):
    rng = np.random.default_rng(m + 100 * k + n)
    a, b, bias, c = normal(rng, m, k), normal(rng, k, n), normal(rng, n), normal(rng, m, n)
    has_bias, relu, accumulate = (bool(flags & bit) for bit in (1, 2, 4))
    exact = a.astype(np.float64) @ b
    exact += bias if has_bias else 0
    exact += c if accumulate else 0
    given_bias = bias if has_bias else None
    got = matmul(order_a(a), order_b(b), c, given_bias, relu=relu, accumulate=accumulate)
    assert got is c
    near(got, np.maximum(exact, 0) if relu else exact, k)


def test_long_sums_are_cut_and_end_with_bias_and_relu():
    rng = np.random.default_rng(0)
    a, b, bias, c = normal(rng, 9, 2500), normal(rng, 2500, 40), normal(rng, 40), normal(rng, 9, 40)
    exact = a.astype(np.float64) @ b + bias + c
    near(matmul(a, b, c, bias, relu=True, accumulate=True), np.maximum(exact, 0), 2500)


@given(st.integers(1, 90), st.integers(0, 40), st.integers(1, 70), st.integers(0, 89))
def test_a_row_alone_is_the_row_in_its_batch(m, k, n, row):
    rng = np.random.default_rng(m * k + n)
    a, b, row = normal(rng, m, k), normal(rng, n, k).T, row % m
    np.testing.assert_array_equal(matmul(a, b)[row], matmul(a[row : row + 1], b)[0])


@pytest.mark.parametrize(("m", "k", "n"), [(100, 784, 300), (37, 500, 130), (9, 2500, 40)])
def test_one_and_two_threads_give_the_same_bits(m, k, n, on_one_and_two_threads):
    rng = np.random.default_rng(0)
    a, b = normal(rng, m, k), normal(rng, k, n)
    on_one_and_two_threads(lambda: [matmul(a, b), matmul(a, transposed(b))])


def test_nan_and_infinity_are_seen_where_they_belong():
    a, b = np.ones((20, 5), np.float32), np.ones((5, 40), np.float32)
    a[3, 2], b[1, 7] = np.nan, np.inf
    c = matmul(a, b, relu=True)
    assert np.isnan(c[3]).all()
    assert np.isinf(np.delete(c[:, 7], 3)).all()
    assert np.isfinite(np.delete(np.delete(c, 3, 0), 7, 1)).all()


def test_nothing_is_written_beyond_the_matrix():
    room = np.full((12, 50), 7, np.float32)
    matmul(np.ones((9, 3), np.float32), np.ones((3, 37), np.float32), room[:9, :37])
    assert (room[:9, :37] == 3).all()
    assert (room[9:] == 7).all()
    assert (room[:, 37:] == 7).all()
