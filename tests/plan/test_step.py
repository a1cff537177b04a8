"""A step that is replayed computes the bits of the step as it is written."""

import copy

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import kernels, nn, optim
from glassgrad.errors import LabelError, ShapeError
from glassgrad.plan.calls import _by_numpy
from glassgrad.plan.plan import Plan
from glassgrad.plan.update import FLAT_UPDATES
from glassgrad.train.step import TrainStep

needs_kernels = pytest.mark.skipif(not kernels.available(), reason="no kernels on this machine")


def mlp():
    return nn.Sequential(nn.Linear(20, 30, rng=0), nn.Sigmoid(), nn.Linear(30, 10, rng=1)), (20,)


def dropped():
    layers = [nn.Linear(20, 30, rng=0), nn.ReLU(), nn.Dropout(0.5, rng=2), nn.BatchNorm(30)]
    return nn.Sequential(*layers, nn.Linear(30, 10, rng=1)), (20,)


def cnn():
    layers = [nn.Conv2d(1, 8, 5, padding=2, rng=0), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(8, 12, 3, stride=2, rng=1), nn.LeakyReLU(), nn.AvgPool2d(2), nn.Flatten()]
    return nn.Sequential(*layers, nn.LayerNorm(12), nn.Linear(12, 10, rng=2)), (1, 12, 12)


def images():
    """Convolutions at six points, one of them right before the images are flattened."""
    layers = [nn.Conv2d(1, 16, 3, padding=1, rng=0), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Conv2d(16, 16, 5, padding=2, rng=1), nn.ReLU(), nn.Conv2d(16, 17, 3, rng=2)]
    return nn.Sequential(*layers, nn.ReLU(), nn.Flatten(), nn.Linear(272, 10, rng=3)), (1, 12, 12)


def normed():
    layers = [nn.Conv2d(1, 8, 5, stride=2, padding=2, rng=0), nn.BatchNorm(8), nn.Softplus()]
    layers += [
        nn.Conv2d(8, 6, 3, padding=2, dilation=2, rng=1),
        nn.Dropout(0.2, rng=3),
        nn.ELU(0.5),
    ]
    layers += [nn.AvgPool2d(2), nn.Flatten(), nn.Linear(54, 12, rng=2), nn.GELU(), nn.BatchNorm(12)]
    layers += [nn.Tanh(), nn.Linear(12, 12, rng=4), nn.SiLU(), nn.Sigmoid()]
    return nn.Sequential(*layers, nn.Linear(12, 10, rng=5)), (1, 12, 12)


METHODS = {
    "SGD": lambda p: optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3),
    "Adam": lambda p: optim.Adam(p, lr=0.01, amsgrad=True),
    "AdamW": lambda p: optim.AdamW(p, lr=0.01),
    "RMSprop": lambda p: optim.RMSprop(p, lr=0.01, momentum=0.9, centered=True),
    "Adagrad": lambda p: optim.Adagrad(p, lr=0.01),
}


def batches(shape, sizes, seed=0):
    rng = np.random.default_rng(seed)
    for n in sizes:
        yield rng.normal(size=(n, *shape)).astype("f4"), rng.integers(0, 10, n)


def trained(make, method, record, sizes=(8, 8, 8, 5, 8, 5, 5, 8)):
    """Losses, weights and buffers after some steps of two batch sizes, with a moving learning rate."""
    model, shape = make()
    step = TrainStep(model.train(), METHODS[method](model.parameters()), jit=record)
    losses = []
    for i, (x, y) in enumerate(batches(shape, sizes)):
        losses.append(step.gradients(x, y).loss)
        step.clip(1.0)
        step.update(0.1 / (1 + i))
    return losses, [p.numpy() for p in model.parameters()] + model.buffers(), step


@needs_kernels
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("make", [mlp, dropped, cnn, images, normed])
def test_replay_is_eager_bit_for_bit(make, method):
    losses, state, _ = trained(make, method, record=False)
    again, state_again, step = trained(make, method, record=True)
    assert len(step.plans) == 2
    assert losses == again
    for a, b in zip(state, state_again, strict=True):
        assert np.array_equal(a, b)


@needs_kernels
@pytest.mark.parametrize("changed", ["momentum", "nesterov", "weight_decay"])
def test_settings_of_the_method_may_change_on_the_way(changed):
    def weights(record):
        model, shape = mlp()
        method = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        step = TrainStep(model.train(), method, jit=record)
        for i, (x, y) in enumerate(batches(shape, [8] * 6)):
            if i == 4:
                setattr(method, changed, 0.5)
            step(x, y)
        return [p.numpy() for p in model.parameters()]

    for eager, replayed in zip(weights(False), weights(True), strict=True):
        np.testing.assert_array_equal(eager, replayed)


@needs_kernels
@pytest.mark.parametrize("method", METHODS)
def test_a_step_is_all_kernels(method):
    """Convolution, pooling, norms, dropout, each activation and update: no NumPy line is left."""
    step = trained(normed, method, record=True)[2]
    updates = [p.plan for p in FLAT_UPDATES[step.optimizer].passes.values()]
    assert updates
    for plan in (*step.plans, *updates):
        assert not [c for c in plan.calls if getattr(c, "func", None) is _by_numpy]


@needs_kernels
def test_threads_do_not_change_the_bits():
    results, before = [], kernels.threads()
    try:
        for n in (1, 2):
            kernels.threads(n)
            results.append(trained(normed, "Adam", record=True)[1])
    finally:
        kernels.threads(before)
    assert all(np.array_equal(a, b) for a, b in zip(*results, strict=True))


@needs_kernels
def test_another_number_of_threads_is_another_plan():
    model, shape = mlp()
    step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1))
    before = kernels.threads()
    try:
        for n in (1, 2):
            kernels.threads(n)
            for x, y in batches(shape, [8] * 3):
                step(x, y)
    finally:
        kernels.threads(before)
    assert len(step.plans) == 2


def weights_both_ways(make, batches_of):
    """Weights after training as it is written, and traced."""
    both = []
    for jit in (False, True):
        model = make()
        step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1), jit=jit)
        for x, y in batches_of():
            step(x, y)
        both.append([p.numpy() for p in model.parameters()])
    return both


@needs_kernels
def test_a_step_that_looks_at_values_goes_where_they_point():
    class Choosy(nn.Module):
        def __init__(self):
            self.a, self.b = nn.Linear(20, 10, rng=0), nn.Linear(20, 10, rng=1)

        def forward(self, x):
            return self.a(x) if float(gg.mean(x)) > 0 else self.b(x)

    eager, traced = weights_both_ways(Choosy, lambda: batches((20,), [4] * 12))
    for a, b in zip(eager, traced, strict=True):
        np.testing.assert_array_equal(a, b)


@needs_kernels
def test_a_step_with_changing_constants_has_them_as_they_are():
    class Growing(nn.Module):
        def __init__(self):
            self.layer, self.calls = nn.Linear(20, 10, rng=0), 0.0

        def forward(self, x):
            self.calls += 1
            return self.layer(x) * self.calls

    eager, traced = weights_both_ways(Growing, lambda: batches((20,), [4] * 5))
    for a, b in zip(eager, traced, strict=True):
        np.testing.assert_array_equal(a, b)


@needs_kernels
def test_loaded_weights_are_taken_over():
    model, shape = mlp()
    step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1, momentum=0.9))
    for x, y in batches(shape, [4] * 4):
        step(x, y)
    assert step.plan is not None
    model.load_state_dict({k: np.zeros_like(v) for k, v in model.state_dict().items()})
    x, y = next(batches(shape, [4]))
    assert step(x, y) == pytest.approx(np.log(10))


@needs_kernels
def test_a_replay_refuses_bad_labels_and_leaves_the_weights():
    model, shape = mlp()
    step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1))
    for x, y in batches(shape, [4] * 4):
        step(x, y)
    before = model.state_dict()
    with pytest.raises(LabelError, match="got 12 in row 1"):
        step(x, np.array([0, 12, 1, 2]))
    assert all(np.array_equal(before[k], v) for k, v in model.state_dict().items())


@needs_kernels
def test_a_plan_needs_far_less_memory_than_its_values():
    model, shape = cnn()
    step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1))
    for x, y in batches(shape, [16] * 4):
        step(x, y)
    values = sum(4 * v.layout.size for v in step.plan.values)
    assert step.plan.memory.total < 0.6 * values


def test_a_plan_says_which_shape_it_is_for():
    x = gg.tensor([1.0, 2.0], name="x")
    with pytest.raises(ShapeError, match=r"recorded for an input of shape \(2,\), got \(3,\)"):
        Plan([(x * x).sum()], [x])(np.ones(3))


def test_without_kernels_a_step_is_as_it_is_written():
    with kernels.off():
        model, shape = mlp()
        step = TrainStep(model, optim.SGD(model.parameters(), lr=0.1))
        losses = [step(x, y) for x, y in batches(shape, [4] * 4)]
    assert step.plan is None
    assert np.isfinite(losses).all()


def test_a_copy_of_a_jitted_method_belongs_to_the_copy():
    class Net(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 2, rng=0)
            self.half = gg.jit(self._half)

        def _half(self, x):
            return self.layer(x) * 0.5

        def forward(self, x):
            return self.half(x)

    model, x = Net(), np.ones((3, 2), np.float32)
    before = [model(x).numpy() for _ in range(4)][-1]
    other = copy.deepcopy(model)
    other.layer.weight.value = other.layer.weight.numpy() * 0
    assert not np.array_equal(other(x).numpy(), before)
    assert np.array_equal(model(x).numpy(), before)


def test_a_look_between_a_forward_and_its_backward_pass():
    """The plan of the look runs again before the first graph is walked back."""

    def gradients(jit):
        w = gg.tensor(np.linspace(0.1, 0.4, 4).astype(np.float32))

        def step(x):
            for part in range(3):
                each = -gg.log_softmax(w * x[part::3])[np.arange(len(x[part::3])), 0]
                hard = each.numpy() >= np.median(each.numpy())
                ((each * hard.astype(np.float32)).sum() / hard.sum() / 3).backward()

        step, data, found = gg.jit(step) if jit else step, np.random.default_rng(0), []
        for i in range(10):
            step(data.normal(size=(4 - i % 2, 4)).astype(np.float32))
            found.append(w.grad.copy())
        return found

    assert all(map(np.array_equal, gradients(True), gradients(False)))
