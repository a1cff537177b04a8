"""Clipping, against PyTorch and at what cannot be clipped."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import optim
from glassgrad.errors import Diverged, SettingError


def gradients():
    rng = np.random.default_rng(0)
    return [rng.normal(size=s).astype(np.float32) for s in ((3, 4), (2, 1, 2, 2), ())]


def tensors():
    found = [gg.tensor(np.zeros_like(g)) for g in gradients()]
    for p, g in zip(found, gradients(), strict=True):
        p.grad = g
    return [*found, gg.tensor([1.0])]  # one without a gradient


@pytest.mark.oracle
@pytest.mark.parametrize("bound", [0.1, 1.0, 100.0])
def test_as_in_pytorch(bound):
    torch = pytest.importorskip("torch")
    for ours, theirs in (
        (optim.clip_grad_norm, torch.nn.utils.clip_grad_norm_),
        (optim.clip_grad_value, torch.nn.utils.clip_grad_value_),
    ):
        ps, qs = tensors(), [torch.nn.Parameter(torch.zeros(g.shape)) for g in gradients()]
        for q, g in zip(qs, gradients(), strict=True):
            q.grad = torch.tensor(g)
        a, b = ours(ps, bound), theirs(qs, bound)
        assert (a is None and b is None) or a == pytest.approx(float(b), rel=1e-6)
        for p, q in zip(ps, qs, strict=False):
            assert p.grad.dtype == np.float32
            np.testing.assert_allclose(p.grad, q.grad.numpy(), rtol=1e-5)  # theirs adds 1e-6


def test_a_gradient_that_is_not_finite_is_named():
    w = gg.tensor([1.0, 2.0], name="w")
    w.grad = np.array([1.0, np.inf])
    with pytest.raises(Diverged, match="the gradient of 'w' is not finite"):
        optim.clip_grad_norm([w], 1.0)
    assert w.grad[0] == 1.0


def test_a_huge_gradient_in_float32_does_not_overflow_on_the_way():
    w = gg.tensor(np.zeros(2, np.float32))
    w.grad = np.full(2, 3e38, np.float32)
    assert optim.clip_grad_norm([w], 1.0) == pytest.approx(3e38 * np.sqrt(2), rel=1e-6)
    np.testing.assert_allclose(w.grad, np.sqrt(0.5), rtol=1e-6)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan")])
def test_a_bound_is_above_zero(bound):
    with pytest.raises(SettingError, match="must be above 0"):
        optim.clip_grad_norm([], bound)
    with pytest.raises(SettingError, match="must be above 0"):
        optim.clip_grad_value([], bound)
