"""The fused updates give the bits of the optimizers' own NumPy lines, step after step."""

import numpy as np
import pytest
from tests.kernels.numbers import normal

import glassgrad as gg
from glassgrad import optim
from glassgrad.kernels import update

SHAPES = [(3, 5), (7,), (100, 101), (1,), (0, 4)]
LR, B1, B2 = 0.1, 0.9, 0.999

SGD = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "dampening": 0.9, "weight_decay": 0.1, "damp_first": True, "decoupled": True},
    {"momentum": 0.9, "weight_decay": 0.01, "nesterov": True},
    {"weight_decay": 0.1, "decoupled": True},
]


def numbers(*values):
    return np.array(values, np.float32)


def run_sgd(parameters, t, momentum=0.0, dampening=0.0, weight_decay=0.0, **flags):
    rest = 1 if t == 1 and not flags.get("damp_first") else 1 - dampening
    given = numbers(LR, momentum, rest, weight_decay, 1 - LR * weight_decay)
    nesterov, decoupled = flags.get("nesterov", False), flags.get("decoupled", False)
    update.sgd(parameters, given, momentum > 0, nesterov, weight_decay > 0, decoupled)


def run_adam(parameters, t, weight_decay=0.0, amsgrad=False, decoupled=False):
    given = numbers(
        *(LR, B1, 1 - B1, B2, 1 - B2, 1 - B1**t, 1 - B2**t, 1e-8, weight_decay),
        1 - LR * weight_decay,
    )
    update.adam(parameters, given, weight_decay > 0 or decoupled, decoupled, amsgrad)


def run_adamw(parameters, t, weight_decay=0.01, amsgrad=False):
    run_adam(parameters, t, weight_decay, amsgrad, decoupled=True)


def run_rmsprop(parameters, t, weight_decay=0.0, momentum=0.0, centered=False):
    given = numbers(LR, 0.99, 1 - 0.99, 1e-8, weight_decay, momentum)
    update.rmsprop(parameters, given, weight_decay > 0, momentum > 0, centered)


def run_adagrad(parameters, t, weight_decay=0.0, lr_decay=0.0):
    given = numbers(LR / (1 + (t - 1) * lr_decay), 1e-10, weight_decay)
    update.adagrad(parameters, given, weight_decay > 0)


CASES = [
    *((optim.SGD, run_sgd, how) for how in SGD),
    *((optim.Adam, run_adam, how) for how in ({}, {"weight_decay": 0.1, "amsgrad": True})),
    *((optim.AdamW, run_adamw, how) for how in ({}, {"weight_decay": 0.1, "amsgrad": True})),
    (optim.RMSprop, run_rmsprop, {}),
    (optim.RMSprop, run_rmsprop, {"weight_decay": 0.1, "momentum": 0.9, "centered": True}),
    (optim.Adagrad, run_adagrad, {"weight_decay": 0.1, "lr_decay": 0.5}),
]


@pytest.mark.parametrize(("method", "run", "how"), CASES)
def test_the_same_bits_as_the_optimizer(method, run, how):
    rng = np.random.default_rng(0)
    params = [gg.tensor(normal(rng, *shape)) for shape in SHAPES]
    ours = [p.value.copy() for p in params]
    optimizer = method(params, lr=LR, **how)
    state = [
        [a.copy() if a.shape == p.shape else None for a in s]
        for s, p in zip(optimizer.state, params, strict=True)
    ]
    for t in range(1, 4):
        grads = [normal(rng, *shape) for shape in SHAPES]
        for p, g in zip(params, grads, strict=True):
            p.grad = g.copy()
        optimizer.step()
        rows = [(w, w, g, *s) for w, g, s in zip(ours, grads, state, strict=True)]
        run(update.Parameters(rows), t, **how)
        for p, w in zip(params, ours, strict=True):
            np.testing.assert_array_equal(p.value, w)


def test_arrays_of_different_order_are_refused():
    w = np.zeros((4, 5), np.float32)
    with pytest.raises(ValueError, match="parameter 0 are not of one shape and order"):
        update.Parameters([(w, w, np.zeros((5, 4), np.float32).T)])
