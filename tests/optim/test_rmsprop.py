"""A variance that rounding would make negative."""

import numpy as np

import glassgrad as gg
from glassgrad import optim


def test_centred_with_a_constant_gradient_is_never_the_root_of_a_negative_number():
    w = gg.tensor(np.zeros(50, np.float32))
    optimizer = optim.RMSprop([w], centered=True, alpha=0.5, lr=1e-9)
    w.grad = np.linspace(0.1, 1, 50, dtype=np.float32)
    for _ in range(60):
        optimizer.step()
    assert np.isfinite(w.value).all()
