"""Arrays for the tests: random, in odd places and orders, and how far results may be off."""

import numpy as np


def normal(rng, *shape):
    return rng.standard_normal(shape).astype(np.float32)


def misplaced(a):
    """The same numbers at an address that is a multiple of 4 and of nothing more."""
    room = np.empty(a.size + 1, np.float32)[1:]
    copy = room.reshape(a.shape)
    copy[...] = a
    return copy


def transposed(a):
    """The same matrix with the columns contiguous."""
    return np.ascontiguousarray(a.T).T


def channels_last(a):
    return np.ascontiguousarray(a.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)


def ulps(got, exact):
    """Errors in units in the last place of the exact float64 values, rounded to float32."""
    exact = np.asarray(exact, np.float64)
    with np.errstate(all="ignore"):
        unit = np.spacing(np.abs(exact).astype(np.float32)).astype(np.float64)
        same = (got == exact.astype(np.float32)) | (np.isnan(got) & np.isnan(exact))
        return np.where(same, 0, np.abs(got.astype(np.float64) - exact) / unit)


def near(got, exact, terms):
    """Within the error that a sum of so many products may have, at the scale of the largest result."""
    scale = np.abs(exact).max(initial=1)
    np.testing.assert_allclose(got, exact, rtol=0, atol=scale * 6e-8 * (4 + 2 * terms**0.5))
