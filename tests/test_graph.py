"""The engine: order, accumulation, sharing, hooks, no_grad, and refusing what would be wrong."""

import threading

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.errors import DtypeError, GraphError, ShapeError
from glassgrad.graph import topological


def test_a_chain_of_twenty_thousand_additions():
    x = gg.tensor(1.0)
    y = x
    for _ in range(20_000):
        y = y + x
    y.backward()
    assert x.grad == 20_001
    assert len(topological(y)) == 20_001


def test_a_wide_sum_of_twenty_thousand_nodes():
    x = gg.tensor(2.0)
    parts = [x * float(i) for i in range(20_000)]
    while len(parts) > 1:
        parts = [sum(parts[i : i + 2][1:], parts[i]) for i in range(0, len(parts), 2)]
    parts[0].backward()
    assert x.grad == sum(range(20_000))


def test_a_diamond_waits_for_all_users():
    x = gg.tensor(3.0)
    y = x * x
    z = y + y * y
    z.backward()
    assert x.grad == 2 * 3 + 4 * 3**3


def test_stacked_diamonds_are_walked_once():
    x = gg.tensor(1.0)
    y = x
    for _ in range(60):  # 2⁶⁰ paths
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_a_tensor_used_twice_by_one_op():
    x = gg.tensor([1.0, 2.0])
    (x * x).sum().backward()
    assert x.grad.tolist() == [2, 4]


def test_gradients_add_up_until_zero_grad():
    x = gg.tensor(2.0)
    y = x * x
    y.backward()
    y.backward()
    assert x.grad == 8  # interior gradients start anew: 4 + 4, not 4 + 8
    x.zero_grad()
    assert x.grad is None


def test_third_derivative():
    x = gg.tensor(2.0)
    y = x * x * x * x
    for expected in (32, 48, 48, 24):
        y = gg.grad(y, x, create_graph=True)
        assert y.item() == expected


def test_grad_of_what_does_not_depend_is_zero():
    x, z = gg.tensor([1.0, 2.0]), gg.tensor(1.0)
    assert gg.grad(z * z, x).tolist() == [0, 0]


def test_grad_of_an_interior_node_and_of_itself():
    x = gg.tensor(3.0)
    y = x * x
    z = y * y
    assert gg.grad(z, [y, x, z]) == [18, 108, 1]


def test_grads_of_one_sum_do_not_share_memory():
    a, b = gg.tensor([1.0, 2.0]), gg.tensor([3.0, 4.0])
    ga, gb = gg.grad((a + b).sum(), [a, b])
    ga[0] = 99
    assert gb.tolist() == [1, 1]


def test_retain_grad_and_hooks():
    x = gg.tensor(3.0)
    y = x * x
    y.retain_grad()
    seen = []
    remove = y.register_hook(lambda g: seen.append(float(g)))
    x.register_hook(lambda g: 10 * g)
    (y * 2.0).backward()
    assert (seen, y.grad, x.grad) == ([2.0], 2, 120)
    remove()
    (y * 2.0).backward()
    assert len(seen) == 1


def test_a_hook_needs_a_gradient():
    with pytest.raises(GraphError, match="requires_grad=True"):
        gg.tensor([1, 2]).register_hook(print)


def test_no_grad_records_nothing_and_ends():
    x = gg.tensor(2.0)
    with gg.no_grad():
        y = x * x
    assert y.op is None
    assert y.inputs == ()
    assert (x * x).op is not None


def test_no_grad_of_one_thread_does_not_reach_another():
    x, result = gg.tensor(2.0), []
    with gg.no_grad():
        thread = threading.Thread(target=lambda: result.append((x * x).op is not None))
        thread.start()
        thread.join()
    assert result == [True]


def test_constants_get_no_gradient_and_cost_none():
    x = gg.tensor([1.0, 2.0], requires_grad=False)
    w = gg.tensor([3.0, 4.0])
    (x * w).sum().backward()
    assert x.grad is None
    assert w.grad.tolist() == [1, 2]


def test_float32_stays_float32_beside_python_numbers():
    x = gg.tensor(np.ones(3, np.float32))
    y = (2.0 * x + 1) / 3
    y.sum().backward()
    assert y.dtype == x.grad.dtype == np.float32


def test_numpy_on_the_left_records():
    x = gg.tensor([1.0, 2.0])
    y = np.array([3.0, 4.0]) * x
    assert isinstance(y, gg.Tensor)
    assert isinstance(np.exp(x), gg.Tensor)
    with pytest.raises(
        TypeError, match=r"np\.arctan2 of a tensor that needs a gradient is not recorded"
    ):
        np.arctan2(x, x)


def test_empty_batch():
    w = gg.tensor(np.ones((3, 2)))
    y = gg.tensor(np.zeros((0, 3))) @ w
    assert y.shape == (0, 2)
    y.sum().backward()
    assert w.grad.tolist() == np.zeros((3, 2)).tolist()


# ---- what is refused


def test_backward_of_many_numbers_needs_a_cotangent():
    x = gg.tensor([1.0, 2.0])
    with pytest.raises(GraphError, match=r"write y\.sum\(\)\.backward\(\)"):
        (x * x).backward()
    with pytest.raises(ShapeError, match=r"shape of y, \(2,\), got \(3,\)"):
        (x * x).backward(np.ones(3))


def test_nothing_to_differentiate():
    with pytest.raises(GraphError, match=r"outside of no_grad\(\)"):
        gg.tensor(1.0, requires_grad=False).backward()
    with pytest.raises(GraphError, match="requires_grad=False: it takes no gradient"):
        gg.grad(gg.tensor(1.0) * 2.0, gg.tensor(1.0, "c", requires_grad=False))
    with pytest.raises(GraphError, match="got ndarray"):
        gg.grad(gg.tensor(1.0) * 2.0, [np.ones(2)])


def test_dtypes_that_have_no_gradient():
    with pytest.raises(DtypeError, match=r"write 1\.0 instead of 1"):
        gg.tensor([1, 2], requires_grad=True)
    with pytest.raises(DtypeError, match="got float16"):
        gg.tensor(np.ones(2, np.float16))
    with pytest.raises(DtypeError, match="got complex128"):
        gg.tensor(1j)
    with pytest.raises(DtypeError, match="got <U1"):
        gg.tensor(1.0) + np.array("a")


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.value.__setitem__(0, 9.0),
        lambda x: setattr(x, "value", x.value + 1),
        lambda x: x.__setitem__(0, 9.0),
        lambda x: x.value.sort(),
        lambda x: np.add(x.value, 1, out=x.value),
    ],
    ids=["array item", "new value", "item", "sort", "out="],
)
def test_a_change_in_place_is_refused_with_both_names(change):
    x = gg.tensor([3.0, 1.0, 2.0], name="weights")
    y = x * x
    change(x)
    with pytest.raises(GraphError, match="'weights' was changed in place after Multiply"):
        y.sum().backward()


def test_a_change_that_nobody_needs_is_allowed():
    x = gg.tensor([1.0, 2.0])
    y = (x + 1.0).sum()
    x.value[0] = 9
    y.backward()
    assert x.grad.tolist() == [1, 1]


def test_a_change_before_recording_is_allowed():
    x = gg.tensor([1.0, 2.0])
    x.value[0] = 5
    (x * x).sum().backward()
    assert x.grad.tolist() == [10, 4]


def test_a_change_after_backward_is_allowed_and_seen_by_the_next_step():
    x = gg.tensor([1.0, 2.0])
    for expected in ([2, 4], [20, 4]):
        x.zero_grad()
        (x * x).sum().backward()
        assert x.grad.tolist() == expected
        x.value[0] = 10


def test_a_change_through_a_view_is_refused():
    x = gg.tensor(np.arange(4.0), name="x")
    y = x.reshape(2, 2)
    z = y * y
    x.value[0] = 9
    with pytest.raises(GraphError, match="changed in place after Multiply"):
        z.sum().backward()


def test_a_change_of_a_view_reaches_what_it_is_a_view_of():
    x = gg.tensor(np.arange(4.0), name="x")
    y = x.reshape(2, 2)
    z = x * x
    y.value[0, 0] = 9
    with pytest.raises(GraphError, match="'x' was changed in place after Multiply"):
        z.sum().backward()


def test_a_reused_batch_buffer_is_refused():
    batch, w = np.ones(3), gg.tensor([1.0, 2.0, 3.0])
    loss = (w * batch).sum()
    batch[:] = 7
    with pytest.raises(GraphError, match="changed in place"):
        loss.backward()


def test_the_value_keeps_its_shape():
    x = gg.tensor([1.0, 2.0], name="x")
    with pytest.raises(ShapeError, match=r"'x' has shape \(2,\), the new value has \(3,\)"):
        x.value = np.ones(3)


def test_an_unknown_name_says_how_it_is_spelled():
    with pytest.raises(AttributeError, match=r"write gg\.tanh\(x\)"):
        gg.tensor(1.0).tanh  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        gg.nonsense  # noqa: B018


def test_repr_shows_what_matters():
    x = gg.tensor([1.0, 2.0], name="x")
    assert repr(x) == "tensor([1., 2.], name='x')"
    assert repr(x * 2.0) == "tensor([2., 4.], op=Multiply)"
    assert "shape=(100,)" in repr(gg.tensor(np.zeros(100)))
