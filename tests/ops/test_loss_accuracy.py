"""How many units in the last place (ULP) softmax and the losses are off, against 60 digits of mpmath.

float32 is computed in float64 and rounded once, so it must be within half a unit: also at the rows
where PyTorch and JAX return 0 for a loss of 4e-11, or are 37 units off.
"""

from functools import cache
from typing import NamedTuple

import mpmath
import numpy as np
import pytest

import glassgrad as gg
from glassgrad import kernels


@pytest.fixture(autouse=True)
def _the_reference():
    """What is measured here is NumPy's lines; the kernels may be four units off (`tests/kernels`)."""
    with kernels.off():
        yield


DTYPES = pytest.mark.parametrize(("dtype", "limit"), [("float32", 0.501), ("float64", 3.01)])


class Exact(NamedTuple):
    """A row of logits in 60 digits."""

    p: list  # softmax
    rest: list  # 1 - p, summed from the others
    log_p: list


@cache
def rows(dtype):
    """Rows of 10 logits, small and large, and the corners where formulas break."""
    rng = np.random.default_rng(7)
    spread = [scale * rng.normal(size=(12, 10)) for scale in (1, 10, 100, 1000)]
    corners = np.zeros((8, 10))
    corners[0, 3], corners[1, 3] = 1e4, -1e4
    corners[2, 3], corners[3, 3] = 88.8, -88.8
    corners[4] = [1e4] * 5 + [-1e4] * 5
    corners[5] = [88.8] * 5 + [-88.8] * 5
    corners[6, 0], corners[6, 1] = 17.0, -17.0
    corners[7] = 30 * np.arange(10)
    return np.concatenate([*spread, corners]).astype(dtype)


@cache
def labels(dtype):
    """Every other row is labelled with its largest logit: there the loss is nearly 0."""
    x = rows(dtype)
    by_chance = np.random.default_rng(3).integers(0, 10, len(x))
    return np.where(np.arange(len(x)) % 2, x.argmax(1), by_chance)


@cache
def exact(dtype):
    with mpmath.workdps(60):
        return [exact_row([mpmath.mpf(float(v)) for v in row]) for row in rows(dtype)]


def exact_row(numbers):
    top = numbers.index(max(numbers))
    d = [v - numbers[top] for v in numbers]
    e = [mpmath.exp(v) for v in d]
    whole = mpmath.fsum(e)
    rest = [mpmath.fsum(e[:k] + e[k + 1 :]) / whole for k in range(len(e))]
    others = mpmath.fsum(e[:top] + e[top + 1 :])
    return Exact([v / whole for v in e], rest, [v - mpmath.log1p(others) for v in d])


def ulps(values, references):
    """The largest distance to the true value, in units of the last place of its rounding."""
    worst = 0.0
    with mpmath.workdps(60):
        for value, reference in zip(values.ravel(), references, strict=True):
            unit = np.spacing(np.abs(values.dtype.type(float(reference))))
            distance = abs(mpmath.mpf(float(value)) - reference) / mpmath.mpf(float(unit))
            worst = max(worst, float(distance))
    return worst


@DTYPES
def test_softmax(dtype, limit):
    assert ulps(gg.softmax(rows(dtype)), [v for r in exact(dtype) for v in r.p]) <= limit


@DTYPES
def test_log_softmax(dtype, limit):
    assert ulps(gg.log_softmax(rows(dtype)), [v for r in exact(dtype) for v in r.log_p]) <= limit


@DTYPES
def test_cross_entropy_and_its_gradient(dtype, limit):
    x, t = gg.tensor(rows(dtype)), labels(dtype)
    loss = gg.cross_entropy(x, t, reduction="none")
    true = exact(dtype)
    assert ulps(loss.value, [-r.log_p[k] for r, k in zip(true, t, strict=True)]) <= limit
    gradient = gg.grad(loss, x, np.ones(len(t)))
    columns = [
        -r.rest[k] if k == label else r.p[k]
        for r, label in zip(true, t, strict=True)
        for k in range(10)
    ]
    assert ulps(gradient, columns) <= limit


def test_cross_entropy_of_probabilities():
    """In float32; in float64 a gradient p - t close to 0 is as uncertain as p itself."""
    x = gg.tensor(rows("float32"))
    t = np.random.default_rng(5).dirichlet(np.ones(10), x.shape[0]).astype(np.float32)
    loss = gg.cross_entropy(x, t, reduction="none")
    gradient = gg.grad(loss, x, np.ones(len(t)))
    with mpmath.workdps(60):
        losses, columns = [], []
        for r, weights in zip(exact("float32"), t.tolist(), strict=True):
            losses.append(-mpmath.fsum(w * v for w, v in zip(weights, r.log_p, strict=True)))
            columns += [p * mpmath.fsum(weights) - w for p, w in zip(r.p, weights, strict=True)]
    assert ulps(loss.value, losses) <= 0.501
    assert ulps(gradient, columns) <= 0.501


@DTYPES
def test_logsumexp(dtype, limit):
    x = rows(dtype)
    with mpmath.workdps(60):
        true = [
            max(map(mpmath.mpf, z.tolist())) - max(r.log_p)
            for z, r in zip(x, exact(dtype), strict=True)
        ]
    assert ulps(gg.logsumexp(x, axis=1), true) <= limit


@DTYPES
def test_binary_cross_entropy_with_logits_and_its_gradient(dtype, limit):
    numbers = rows(dtype).ravel()
    x, t = gg.tensor(numbers), (np.arange(numbers.size) % 2).astype(dtype)
    loss = gg.binary_cross_entropy_with_logits(x, t, reduction="none")
    gradient = gg.grad(loss, x, np.ones(numbers.size))
    with mpmath.workdps(60):
        signed = [
            mpmath.mpf(v) * (1 - 2 * int(k)) for v, k in zip(numbers.tolist(), t, strict=True)
        ]
        losses = [mpmath.log1p(mpmath.exp(v)) for v in signed]
        slopes = [(1 - 2 * int(k)) / (1 + mpmath.exp(-v)) for v, k in zip(signed, t, strict=True)]
    assert ulps(loss.value, losses) <= limit
    assert ulps(gradient, slopes) <= limit


@DTYPES
def test_binary_cross_entropy_of_probabilities(dtype, limit):
    p = np.concatenate([np.geomspace(1e-30, 0.5, 60), 1 - np.geomspace(1e-7, 0.5, 60)]).astype(
        dtype
    )
    t = (np.arange(p.size) % 2).astype(dtype)
    loss = gg.binary_cross_entropy(p, t, reduction="none")
    with mpmath.workdps(60):
        true = [
            -mpmath.log(v) if k else -mpmath.log1p(-v)
            for v, k in zip(map(mpmath.mpf, p.tolist()), t, strict=True)
        ]
    assert ulps(loss, true) <= limit


@pytest.mark.parametrize("gap", [20.0, 50.0, 80.0])
def test_a_sure_and_right_answer_has_a_loss_and_a_gradient(gap):
    """The loss is about exp(-gap), far below the 6e-8 at which 1 - p is 0 in float32."""
    x = gg.tensor(np.array([[gap, 0.0]], np.float32))
    loss = gg.cross_entropy(x, [0])
    loss.backward()
    assert loss.item() == pytest.approx(np.exp(-gap), rel=1e-6)
    assert x.grad == pytest.approx(np.array([[-np.exp(-gap), np.exp(-gap)]]), rel=1e-6)
