"""What is refused, and what a checkpoint of another run does."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import optim
from glassgrad.errors import CheckpointError, SettingError, ShapeError


def test_needs_parameters():
    w = gg.tensor([1.0])
    for params in ([], w, "w", [w, 3.0], [gg.tensor([1])]):
        with pytest.raises(SettingError, match=r"write optim.SGD\(model.parameters\(\)"):
            optim.SGD(params, lr=0.1)
    with pytest.raises(SettingError, match="given twice"):
        optim.SGD([w, w], lr=0.1)


def test_a_wrong_learning_rate_is_found_when_it_is_used():
    w = gg.tensor([1.0])
    w.grad = np.ones(1)
    optimizer = optim.SGD([w], lr=0.1)
    optimizer.lr = float("nan")
    with pytest.raises(SettingError, match="expects lr of at least 0 and finite, got nan"):
        optimizer.step()
    assert w.value == 1.0


def test_a_gradient_of_another_shape_is_refused():
    w = gg.tensor([1.0])
    w.grad = np.ones(2)
    with pytest.raises(ShapeError, match=r"has shape \(2,\), expected \(1,\)"):
        optim.SGD([w], lr=0.1).step()


def test_an_update_between_forward_and_backward_is_noticed():
    w = gg.tensor([2.0], name="w")
    loss = (w * w).sum()
    loss.backward()
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(gg.errors.GraphError, match="'w' was changed"):
        loss.backward()


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (lambda: optim.Adam([gg.tensor([1.0])]), "expected the settings of SGD"),
        (lambda: optim.SGD([gg.tensor([1.0, 2.0])], momentum=0.9), "0.momentum_buffer"),
        (lambda: optim.SGD([gg.tensor([1.0]), gg.tensor([1.0])]), "other parameters"),
        (lambda: optim.SGD([gg.tensor(np.float32([1.0]))], momentum=0.9), "0.momentum_buffer"),
    ],
)
def test_a_state_of_another_run_is_refused_and_nothing_loaded(other, text):
    optimizer = optim.SGD([gg.tensor([1.0])], lr=0.5, momentum=0.5)
    before = optimizer.state_dict()
    with pytest.raises(CheckpointError, match=text):
        optimizer.load_state_dict(*other().state_dict())
    assert optimizer.state_dict() == before


def test_zero_grad_forgets():
    w = gg.tensor([1.0])
    (w * w).sum().backward()
    optim.SGD([w], lr=0.1).zero_grad()
    assert w.grad is None
