"""Writing into a tensor is recorded, or refused with what to write: never lost."""

import numpy as np
import pytest

import glassgrad as gg
from glassgrad.errors import GraphError, RangeError, ShapeError


def test_a_written_place_sends_nothing_back_and_its_number_gets_the_gradient():
    x, z = gg.tensor([1.0, 2.0, 3.0]), gg.tensor(4.0)
    y = x * x
    y[1] = 2 * z
    y[2] *= 3
    gx, gz = gg.grad((y * y).sum(), [x, z])
    assert y.numpy().tolist() == [1, 8, 27]
    assert gx.tolist() == [4 * 1, 0, 2 * 27 * 3 * 6]
    assert gz == 2 * 8 * 2


@pytest.mark.parametrize(
    "index", [0, -1, slice(1, None), [0, 2], np.array([True, False, True]), (slice(None), 1), ...]
)
@pytest.mark.parametrize("scalar", [True, False])
def test_writing_is_what_numpy_writes_and_differences_agree(index, scalar):
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 2)), rng.normal(size=() if scalar else np.empty((3, 2))[index].shape)

    def by_numpy(a, b):
        y = np.sin(a)
        y[index] = b * b
        return (y * y * [[1.0, 2.0]]).sum()

    x, v = gg.tensor(a), gg.tensor(b)
    y = gg.sin(x)
    y[index] = v * v
    total = (y * y * np.array([[1.0, 2.0]])).sum()
    assert total.item() == pytest.approx(by_numpy(a, b))
    for found, wanted in zip(gg.grad(total, [x, v]), gg.numeric_grad(by_numpy, a, b), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-9)


def test_places_that_read_each_other():
    x = gg.tensor([1.0, 2.0, 3.0])
    y = x * 1
    for i in range(1, 3):
        y[i] = y[i] + y[i - 1]  # running sums
    assert y.numpy().tolist() == [1, 3, 6]
    assert gg.grad(y[2], x).tolist() == [1, 1, 1]


def test_a_buffer_of_constants_collects_what_is_computed():
    x = gg.tensor([1.0, 2.0])
    out = gg.tensor(np.zeros(2), requires_grad=False)
    for i in range(2):
        out[i] = x[i] ** 3
    assert gg.grad(out.sum(), x).tolist() == [3, 12]


def test_a_second_derivative_through_a_write():
    x = gg.tensor([2.0, 5.0])
    y = x * x * x
    y[1] = y[0] * x[1]
    d = gg.grad(y.sum(), x, create_graph=True)
    assert d.numpy().tolist() == [3 * 4 * 6, 8]
    assert gg.grad(d.sum(), x).tolist() == [6 * 2 * 6 + 12, 12]


def test_who_used_it_before_may_not_go_back_through_it():
    x = gg.tensor([1.0, 2.0])
    y = x * 3
    before = y.sum()
    y[0] = 0
    with pytest.raises(GraphError, match="changed in place after Sum recorded it"):
        before.backward()
    assert gg.grad(y.sum(), x).tolist() == [0, 3]


@pytest.mark.parametrize(
    "write",
    [
        lambda y: y.value.__setitem__(0, 9.0),
        lambda y: np.fill_diagonal(y.value, 0),
        lambda y: y.value.sort(),
        lambda y: y.value.fill(1.0),
        lambda y: np.add(y.value, 1, out=y.value),
        lambda y: setattr(y, "value", np.zeros((2, 2))),
        lambda y: y.reshape(4).value.__setitem__(0, 9.0),
    ],
    ids=["item", "diagonal", "sort", "fill", "out=", "new value", "by a view"],
)
@pytest.mark.parametrize(
    "use", [lambda y: y.sum(), lambda y: (y * 2).reshape(4)[0], lambda y: y.T @ y]
)
def test_a_write_past_the_tensor_is_refused_before_and_after_use(write, use):
    x = gg.tensor([[1.0, 4.0], [3.0, 2.0]])
    y = x * x + 1
    write(y)
    with pytest.raises(GraphError, match=r"write into the tensor \(x\[index\] = 0\)"):
        use(y).sum().backward()


def test_the_gradient_for_a_value_that_was_changed_itself_is_right():
    """An experiment: without this unit, what would the rest send to the layer?"""
    x = gg.tensor([1.0, 2.0])
    h = x * 2
    h.value[0] = 0
    assert gg.grad((h * h).sum(), h).tolist() == [0, 8]


def test_a_part_of_another_tensor_is_not_written():
    x = gg.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = x * 1
    with pytest.raises(GraphError, match=r"x\[0, 1\] = 2 instead of x\[0\]\[1\] = 2"):
        y[0][1] = 5
    y[0, 1] = 5
    assert gg.grad(y.sum(), x).tolist() == [[1, 0], [1, 1]]


@pytest.mark.parametrize("constant", [False, True])
def test_a_part_changed_by_an_operator_does_not_leave_the_whole_unseen(constant):
    x = gg.tensor([1.0, 2.0], requires_grad=not constant)
    y = x * 1
    row = y[:1]
    row *= 2
    with pytest.raises(GraphError, match=r"Write x\[0\] \*= 2 to change both, or part = part \* 2"):
        y.sum()


def test_a_part_may_be_made_anew():
    x = gg.tensor([1.0, 2.0])
    h = (x * 1).reshape(2, 1)
    h += 1
    h *= 2
    assert gg.grad(h.sum(), x).tolist() == [2, 2]


# ---- variables: an update is not a computation


@pytest.mark.parametrize("step", ["-=", "+=", "*=", "/=", "**=", "@="])
def test_an_update_of_a_variable_belongs_into_no_grad(step):
    w = gg.tensor(np.eye(2), "w")
    same = w

    def change():
        nonlocal w
        other = np.full((2, 2), 2.0)
        match step:
            case "-=":
                w -= other
            case "+=":
                w += other
            case "*=":
                w *= other
            case "/=":
                w /= other
            case "**=":
                w **= 2.0
            case "@=":
                w @= other

    with pytest.raises(GraphError, match=r"write: with gg\.no_grad\(\): x"):
        change()
    with gg.no_grad():
        change()
    assert w is same
    assert w.requires_grad
    assert w.op is None


def test_gradient_descent_by_hand():
    w = gg.tensor([4.0], "w")
    for _ in range(60):
        loss = ((w - 1.0) ** 2).sum()
        loss.backward()
        with gg.no_grad():
            w -= 0.2 * w.grad
        w.zero_grad()
    assert w.item() == pytest.approx(1.0)


def test_an_update_after_recording_is_noticed():
    w = gg.tensor([4.0], "w")
    loss = (w * w).sum()
    with gg.no_grad():
        w -= 1.0
    with pytest.raises(GraphError, match="'w' was changed in place after Multiply"):
        loss.backward()


def test_a_computed_tensor_is_not_updated_within_no_grad():
    x = gg.tensor([1.0])
    h = x * 2
    with gg.no_grad(), pytest.raises(GraphError, match=r"or x = x\.detach\(\) before"):
        h += 1


def test_a_computed_value_is_not_written_into_a_variable():
    x, z = gg.tensor([1.0, 2.0]), gg.tensor(3.0)
    with pytest.raises(GraphError, match=r"Write y = 1 \* x, then y\[index\]"):
        x[0] = z * 2
    y = 1 * x
    y[0] = z * 2
    assert gg.grad(y.sum(), [x, z])[1] == 2


def test_constants_are_updated_where_they_are():
    c = gg.tensor([1.0, 2.0], requires_grad=False)
    alias = c
    c += 1
    c[0] = 9
    assert alias.numpy().tolist() == [9, 3]
    with pytest.raises(ShapeError, match="cannot become"):
        c += np.ones((2, 2))


def test_a_running_total_of_losses_is_differentiated():
    x = gg.tensor([1.0, 2.0])
    total = gg.tensor(0.0, requires_grad=False)
    for i in range(2):
        total += x[i] * x[i]
    assert gg.grad(total, x).tolist() == [2, 4]


def test_the_users_array_is_never_written():
    mine = np.array([1.0, 2.0])
    with gg.no_grad():
        y = gg.tensor(np.zeros(2), requires_grad=False) + mine
        y[0] = 7
        part = gg.tensor(mine)[:1]
    assert mine.tolist() == [1, 2]
    with pytest.raises(GraphError, match="is a part of"):
        part[0] = 3


def test_a_place_named_twice_is_refused():
    y = gg.tensor([1.0, 2.0]) * 1
    with pytest.raises(RangeError, match="names a place twice"):
        y[[0, 0]] = np.ones(2)
