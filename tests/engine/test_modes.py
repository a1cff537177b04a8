"""What is recorded, and what is not kept."""

import gc
import tracemalloc

import pytest

import glassgrad as gg
from glassgrad.derivation import derive


def kept(step, start):
    """How many bytes 20,000 steps keep."""
    gc.collect()
    tracemalloc.start()
    value = start
    for _ in range(20_000):
        value = step(value)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size


def test_constants_keep_nothing():
    c = gg.tensor(1.0, requires_grad=False)
    assert kept(lambda t: t + c, c) < 10_000


def test_a_running_total_of_detached_losses_keeps_nothing():
    w = gg.tensor([1.0, 2.0])
    assert kept(lambda t: t + (w * w).sum().detach(), 0.0) < 10_000


def test_a_count_of_right_answers_keeps_nothing():
    w = gg.tensor([1.0, 2.0])
    assert kept(lambda t: t + (w > 1).sum(), 0) < 10_000


def test_parts_of_parts_keep_nothing():
    c = gg.tensor([[1.0]], requires_grad=False)
    assert kept(lambda t: t.reshape(1, 1).T, c) < 10_000


def test_recording_records_constants_and_ends():
    c = gg.tensor(2.0, requires_grad=False)
    with gg.recording():
        y = c * c
        with gg.no_grad():
            assert (c * c).op is None
        assert (c * c).op is not None
    assert y.op == gg.multiply
    assert not y.requires_grad
    assert (c * c).op is None


def test_a_constant_with_a_name_is_seen_in_a_derivation():
    lam, w = gg.tensor(0.5, "lambda", requires_grad=False), gg.tensor([1.0, 2.0], "w")
    f = -lam * (w * w).sum()
    f.name = "f"
    assert "λ" in str(derive(f, w).formula())


@pytest.mark.parametrize("create_graph", [False, True])
def test_gradients_do_not_depend_on_the_mode(create_graph):
    def slope():
        x = gg.tensor([1.0, 3.0, 2.0])
        y = gg.max(x * gg.where(x > 1, 2.0, 0.5))
        d = gg.grad(y, x, create_graph=create_graph)
        return d.numpy() if create_graph else d

    with gg.recording():
        inside = slope()
    assert inside.tolist() == slope().tolist()
