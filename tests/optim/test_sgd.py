"""Conventions in which courses differ, against their own recursions."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import optim
from glassgrad.errors import SettingError


def test_the_momentum_of_fman45():
    """Exercise 5: m ← μm + (1 - μ)g from m = 0, then w ← w - α(m + λw)."""
    mu, alpha, decay = 0.9, 0.1, 0.005
    p = gg.tensor([1.0, -2.0])
    settings = {"momentum": mu, "dampening": mu, "weight_decay": decay}
    optimizer = optim.SGD([p], lr=alpha, damp_first=True, decoupled=True, **settings)
    w, m = p.numpy(), np.zeros(2)
    for t in range(10):
        g = np.array([np.sin(t), 1.0])
        m = mu * m + (1 - mu) * g
        w = w - alpha * (m + decay * w)
        p.grad = g
        optimizer.step()
        np.testing.assert_allclose(p.value, w, rtol=1e-14)


def test_nesterov_needs_momentum_without_dampening():
    for settings in ({}, {"momentum": 0.9, "dampening": 0.1}):
        with pytest.raises(SettingError, match="nesterov=True needs momentum above 0"):
            optim.SGD([gg.tensor([1.0])], nesterov=True, **settings)
