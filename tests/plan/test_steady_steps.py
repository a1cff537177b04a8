"""Steps of library layers are not traced while nothing has changed: here everything changes in turn."""

import inspect

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import kernels, nn, ops, optim
from glassgrad.errors import LabelError, SettingError
from glassgrad.train import steady
from glassgrad.train.step import TrainStep

pytestmark = pytest.mark.skipif(not kernels.available(), reason="no kernels on this machine")
STEPS, AT = 12, 7
CHANGES = {}


def change(f):
    CHANGES[f.__name__] = f
    return f


def images(n=10, k=4, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 2, 4, 4)).astype("f4"), rng.integers(0, k, n)


def network(seed=0):
    return nn.Sequential(
        nn.Conv2d(2, 3, 3, padding=1, rng=seed),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(12, 12, rng=seed + 1),
        nn.Tanh(),
        nn.Linear(12, 12, rng=seed + 2),
        nn.LeakyReLU(0.1),
        nn.Linear(12, 4, rng=seed + 3),
    )


class Twice(nn.Module):
    """A layer of a user."""

    def __init__(self):
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * (1 + self.calls)


@change
def nothing(step, patch):
    pass


@change
def a_setting_of_a_layer(step, patch):
    step.model[7].negative_slope = 0.5


@change
def a_setting_behind_setattr(step, patch):
    vars(step.model[7])["negative_slope"] = 1


@change
def all_fields_are_exchanged(step, patch):
    step.model[7].__dict__ = {"negative_slope": 0.7}


@change
def a_field_gets_another_name(step, patch):
    layer = step.model[7]
    layer.slope = layer.negative_slope
    del layer.negative_slope
    patch.setattr(nn.LeakyReLU, "negative_slope", 0.9, raising=False)


@change
def a_layer_is_replaced(step, patch):
    vars(step.model)["5"] = nn.Sigmoid()


@change
def a_layer_is_taken_out(step, patch):
    del vars(step.model)["5"]


@change
def layers_change_places(step, patch):
    fields = vars(step.model)
    items = list(fields.items())
    fields.clear()
    fields.update([*items[:5], items[7], items[6], items[5], items[8]])


@change
def a_layer_of_the_user_comes(step, patch):
    vars(step.model)["9"] = Twice()


@change
def dropout_comes(step, patch):
    vars(step.model)["5"] = nn.Dropout(0.5, rng=3)


@change
def batch_norm_comes(step, patch):
    vars(step.model)["3"] = nn.Sequential(nn.Flatten(), nn.BatchNorm(12))


@change
def a_class_gets_another_forward(step, patch):
    patch.setattr(nn.Tanh, "forward", lambda self, x: ops.sigmoid(x) * 2)


@change
def an_instance_gets_another_forward(step, patch):
    step.model[5].forward = lambda x: ops.sigmoid(x) * 2


@change
def the_code_of_a_method_is_exchanged(step, patch):
    def forward(self, x):
        return ops.sigmoid(x)

    patch.setattr(nn.Tanh.forward, "__code__", forward.__code__)


@change
def a_default_of_the_loss_is_exchanged(step, patch):
    patch.setattr(inspect.unwrap(ops.cross_entropy), "__defaults__", ("sum",))


@change
def the_code_of_the_loss_is_exchanged(step, patch):
    def cross_entropy(logits, labels, reduction="mean"):
        return reduced(SoftmaxCrossEntropy()(logits, labels), "sum")  # noqa: F821

    patch.setattr(inspect.unwrap(ops.cross_entropy), "__code__", cross_entropy.__code__)


@change
def a_part_of_the_loss_is_exchanged(step, patch):
    home = inspect.unwrap(ops.cross_entropy).__globals__
    patch.setitem(home, "reduced", lambda losses, reduction: losses.sum())


@change
def an_op_gets_another_name(step, patch):
    patch.setattr(ops, "tanh", ops.sigmoid)


@change
def a_class_changes(step, patch):
    step.model[5].__class__ = nn.Sigmoid


@change
def a_call_is_patched(step, patch):
    inner = nn.Module.__call__
    patch.setattr(nn.Linear, "__call__", lambda self, x: inner(self, x) * 0.5, raising=False)


@change
def the_arithmetic_of_tensors_is_patched(step, patch):
    patch.setattr(gg.Tensor, "__truediv__", lambda self, other: ops.divide(self, 2 * other))


@change
def the_backward_of_tensors_is_patched(step, patch):
    inner = gg.Tensor.backward
    patch.setattr(gg.Tensor, "backward", lambda self: inner(2 * self))


@change
def a_parameter_is_replaced(step, patch):
    step.model[6].weight = nn.Parameter(np.eye(12), "w")


@change
def a_weight_is_tied(step, patch):
    step.model[6].weight = step.model[4].weight


@change
def a_bias_is_dropped(step, patch):
    step.model[6].bias = None


@change
def a_weight_is_frozen(step, patch):
    step.model[6].weight.requires_grad = False


@change
def a_value_is_given(step, patch):
    step.model[6].weight.value = np.eye(12, dtype="f4")


@change
def a_value_is_written_into(step, patch):
    step.model[6].weight.value[2] *= 3


@change
def a_value_is_updated_by_hand(step, patch):
    with gg.no_grad():
        p = step.model[6].weight
        p -= 0.5 * p


@change
def weights_are_loaded(step, patch):
    step.model.load_state_dict(network(9).state_dict())


@change
def float64(step, patch):
    step.model.to(np.float64)


@change
def a_hook_halves_a_gradient(step, patch):
    step.model[6].weight.register_hook(lambda g: g / 2)


@change
def the_rate_changes(step, patch):
    step.optimizer.lr = 0.3


@change
def the_momentum_changes(step, patch):
    step.optimizer.momentum = 0.1


@change
def the_optimizer_changes(step, patch):
    step.optimizer = optim.Adam(step.model.parameters(), lr=0.01)


@change
def the_optimizer_steps_otherwise(step, patch):
    inner = step.optimizer.step
    step.optimizer.step = lambda: (inner(), inner())


@change
def the_loss_changes(step, patch):
    step.loss = lambda x, y: ops.cross_entropy(x, y, reduction="sum")


@change
def a_penalty_comes(step, patch):
    step.penalty = lambda model: 0.1 * (model[4].weight ** 2).sum()


@change
def the_model_is_exchanged(step, patch):
    step.model = nn.Sequential(*list(step.model)[:5], *list(step.model)[6:])


@change
def an_old_gradient_is_left(step, patch):
    for p in step.model.parameters():
        p.grad = np.ones(p.shape, "f4")


@change
def kernels_run_on_other_threads(step, patch):
    patch.setattr("glassgrad.kernels.thread_count._size", [2 if gg.threads() == 1 else 1])


def ways(f):
    """What a program gives with the arithmetic replayed, and as it is written."""
    with pytest.MonkeyPatch.context() as patch:
        first = f(True, patch)
    with pytest.MonkeyPatch.context() as patch:
        second = f(False, patch)
    for a, b in zip(first, second, strict=True):
        assert np.asarray(a).dtype == np.asarray(b).dtype
        np.testing.assert_array_equal(a, b)


@pytest.fixture
def runs(monkeypatch):
    """The number of steps that were not traced."""
    count, inner = [], steady._Known.run
    monkeypatch.setattr(steady._Known, "run", lambda *a: count.append(1) or inner(*a))
    return count


@pytest.mark.parametrize("halves", [False, True])
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_between_two_steps_is_seen(name, halves, runs):
    def program(jit, patch):
        model, (x, y) = network(), images()
        step = TrainStep(model, optim.SGD(model.parameters(), lr=0.05, momentum=0.9), jit=jit)
        seen = []
        for i in range(STEPS):
            if i == AT:
                CHANGES[name](step, patch)
            if halves:
                done = step.gradients(x * (1 + i), y)
                step.update(0.1)
                seen += [done.total, done.loss, done.outputs]
            else:
                seen.append(step(x * (1 + i), y))
            seen += [p.numpy() for p in model.parameters()]
            seen += [np.asarray(p.grad) for p in model.parameters() if p.grad is not None]
        return seen

    ways(program)
    assert len(runs) >= 2  # before the change, at least


def test_a_plain_step_is_traced_three_times(runs):
    model, (x, y) = network(), images()
    step = TrainStep(model, optim.Adam(model.parameters(), lr=0.05))
    for _ in range(STEPS):
        step(x, y)
    assert len(runs) >= STEPS - 4


@pytest.mark.parametrize("kind", ["BatchNorm", "Dropout"])
def test_layers_with_a_state_are_traced(kind, runs):
    def program(jit, patch):
        inner = nn.BatchNorm(12) if kind == "BatchNorm" else nn.Dropout(0.3, rng=1)
        model = nn.Sequential(
            nn.Flatten(), nn.Linear(32, 12, rng=0), inner, nn.Linear(12, 4, rng=1)
        )
        x, y = images()
        step, seen = TrainStep(model, optim.SGD(model.parameters(), lr=0.1), jit=jit), []
        for i in range(STEPS):
            seen.append(step(x, y))
            if i == 3:
                inner.eval()
            if i == 5:
                inner.train()
            if i == AT:
                setattr(inner, *(("momentum", 0.5) if kind == "BatchNorm" else ("p", 0.8)))
            if i == 9 and kind == "Dropout":
                inner.rng = np.random.default_rng(5)
        return [*seen, *model.state_dict().values()]

    ways(program)
    assert not runs


def test_modes_and_hooks_around_a_step_are_seen(runs):
    def program(jit, patch):
        model, (x, y) = network(), images()
        step, seen = TrainStep(model, optim.SGD(model.parameters(), lr=0.1), jit=jit), []
        for i in range(STEPS):
            if i == AT:
                with nn.forward_hook(lambda module, inputs, y: seen.append(len(y.shape))):
                    seen.append(step(x, y))
            elif i == AT + 1:
                with kernels.off():
                    seen.append(step(x, y))
            else:
                seen.append(step(x, y))
        with pytest.raises(gg.errors.GraphError), gg.no_grad():
            step(x, y)
        return [*seen, *[p.numpy() for p in model.parameters()]]

    ways(program)
    assert runs


def test_batches_of_other_shapes_dtypes_and_layouts_are_seen(runs):
    def program(jit, patch):
        model, (x, y) = network(), images()
        step, seen = TrainStep(model, optim.SGD(model.parameters(), lr=0.1), jit=jit), []
        batches = [(x, y), (x[:3], y[:3]), (x, y.astype("i4")), (x[::-1], y), (x.astype("f8"), y)]
        batches.append((x.transpose(0, 1, 3, 2), np.eye(4, dtype="f4")[y]))
        for _ in range(4):
            seen += [step(*batch) for batch in batches]
        return [*seen, *[p.numpy() for p in model.parameters()]]

    ways(program)
    assert runs


def test_what_is_held_keeps_its_numbers(runs):
    model, (x, y) = network(), images()
    step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1))
    for i in range(STEPS):
        done = step.gradients(x * (1 + i), y)
        held = [p.grad for p in model.parameters()], done.outputs
        kept = [g.copy() for g in held[0]], done.outputs.copy()
        step.update()
        step.gradients(-x, y)
        np.testing.assert_array_equal(held[1], kept[1])
        for g, before in zip(held[0], kept[0], strict=True):
            np.testing.assert_array_equal(g, before)
    assert runs


def test_refusals_are_those_of_the_step_as_it_is_written(runs):
    model, (x, y) = network(), images()
    step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1))
    for _ in range(STEPS):
        step(x, y)
    before = [p.numpy() for p in model.parameters()]
    with pytest.raises(LabelError, match="got 4 in row 2"):
        step(x, np.where(np.arange(10) == 2, 4, y))
    step.optimizer.lr = -1.0
    with pytest.raises(SettingError, match="lr of at least 0"):
        step(x, y)
    for p, old in zip(model.parameters(), before, strict=True):
        np.testing.assert_array_equal(p.numpy(), old)
    assert runs
