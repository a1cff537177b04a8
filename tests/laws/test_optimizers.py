"""Laws that every optimizer obeys, at every pair of settings; a new method is tested because it exists."""

import dataclasses
import inspect
import json
from itertools import combinations

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import optim
from glassgrad.discovery import modules
from glassgrad.errors import SettingError


def moved(default):
    """Another value of a setting."""
    if isinstance(default, bool):
        return not default
    if isinstance(default, tuple):
        return tuple(map(moved, default))
    return 0.9 * default if default else 0.3


def variants():
    """Every method as it comes, with each setting moved, and with each two of them moved."""
    for method in optim.registry():
        own = {f.name: moved(f.default) for f in dataclasses.fields(method) if f.name != "params"}
        for names in ((), *combinations(own, 1), *combinations(own, 2)):
            settings = {name: own[name] for name in names}
            try:
                method([gg.tensor(0.0)], **settings)
            except SettingError:
                continue  # nesterov without momentum
            yield pytest.param(
                method, settings, id=f"{method.__name__}-{'-'.join(names) or 'default'}"
            )


def weights(dtype=np.float64):
    rng = np.random.default_rng(0)
    return [gg.tensor(rng.normal(size=shape).astype(dtype)) for shape in ((3, 2), (4,))]


def train(optimizer, steps, seed=1):
    """Steps with made-up gradients; now and then one is missing, and the learning rate moves."""
    rng = np.random.default_rng(seed)
    for t in range(steps):
        for i, p in enumerate(optimizer.params):
            g = rng.normal(size=p.shape)
            p.grad = None if t % 5 == 2 * i else g.astype(p.dtype)
        optimizer.lr *= 0.95
        optimizer.step()
    return [p.numpy() for p in optimizer.params]


each = pytest.mark.parametrize(("method", "settings"), list(variants()))
every_method = pytest.mark.parametrize("method", optim.registry())


@pytest.mark.oracle
@each
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_twenty_steps_as_in_pytorch(method, settings, dtype):
    torch = pytest.importorskip("torch")
    theirs = getattr(torch.optim, method.__name__)
    known = inspect.signature(theirs).parameters
    if not settings.keys() <= known.keys():
        pytest.skip("PyTorch has no such setting")
    ours = method(weights(dtype), **settings)
    params = [torch.nn.Parameter(torch.tensor(p.numpy())) for p in weights(dtype)]
    torch_optimizer = theirs(params, lr=ours.lr, **{k: v for k, v in settings.items() if k != "lr"})
    rng = np.random.default_rng(1)
    for t in range(20):
        for i, (p, q) in enumerate(zip(ours.params, params, strict=True)):
            g = rng.normal(size=p.shape).astype(dtype)
            p.grad, q.grad = (None, None) if t % 5 == 2 * i else (g, torch.tensor(g))
        ours.lr *= 0.95
        torch_optimizer.param_groups[0]["lr"] *= 0.95
        ours.step()
        torch_optimizer.step()
    for p, q in zip(ours.params, params, strict=True):
        np.testing.assert_allclose(p.value, q.detach().numpy(), atol=16 * np.finfo(dtype).eps)


@each
def test_resumes_bit_for_bit(method, settings):
    undisturbed = method(weights(), **settings)
    train(undisturbed, 4)
    arrays, told = undisturbed.state_dict()
    told = json.loads(json.dumps(told))
    resumed = method([gg.tensor(p.numpy()) for p in undisturbed.params])
    resumed.load_state_dict(arrays, told)
    assert resumed.lr == undisturbed.lr
    after = train(undisturbed, 5, seed=2)  # changes nothing in what was saved
    for a, b in zip(after, train(resumed, 5, seed=2), strict=True):
        np.testing.assert_array_equal(a, b)


@each
def test_float32_stays_float32(method, settings):
    wide = {k: np.float64(v) if isinstance(v, float) else v for k, v in settings.items()}
    optimizer = method(weights(np.float32), **wide)
    for p in optimizer.params:
        p.grad = np.ones(p.shape)  # float64, by somebody's hand
    optimizer.lr = np.float64(0.1)
    optimizer.step()
    arrays, _ = optimizer.state_dict()
    assert {a.dtype for a in arrays.values()} <= {np.dtype(np.float32)}
    assert {p.dtype for p in optimizer.params} == {np.dtype(np.float32)}


@each
def test_writes_neither_into_the_parameter_nor_into_its_gradient(method, settings):
    optimizer = method(weights(), **settings)
    for _ in range(2):
        for p in optimizer.params:
            p.grad = np.ones(p.shape)
        before = [p._array for p in optimizer.params]
        copies = [a.copy() for a in before]
        optimizer.step()
        for old, copy, p in zip(before, copies, optimizer.params, strict=True):
            np.testing.assert_array_equal(old, copy)
            np.testing.assert_array_equal(p.grad, 1.0)


@each
def test_the_update_can_be_read_as_a_graph(method, settings):
    """Fed with tensors, the rule records what it does: what prints, fuses or compiles it needs no other."""
    optimizer = method(weights(), **settings)
    p, g = optimizer.params[0]._array, np.full((3, 2), 0.5)
    for t in (1, 2):
        state = optimizer.state[0]
        recorded, memory = optimizer.update(
            gg.tensor(p, "w"), gg.tensor(g, "g"), tuple(map(gg.tensor, state)), t, optimizer.lr
        )
        p, optimizer.state[0] = optimizer.update(p, g, state, t, optimizer.lr)
        np.testing.assert_allclose(recorded.value, p, rtol=1e-13)
        for a, b in zip(memory, optimizer.state[0], strict=True):
            np.testing.assert_allclose(a.value, b, rtol=1e-13)


@every_method
def test_converges_on_a_quadratic(method):
    w = gg.tensor([1.0, -1.5])
    optimizer, base = method([w], lr=0.2), 0.2
    for t in range(200):
        optimizer.zero_grad()
        loss = (np.array([1.0, 5.0]) * (w - 0.5) * (w - 0.5)).sum()
        loss.backward()
        optimizer.lr = base * optim.CosineAnnealingLR()(t, 200)
        optimizer.step()
    assert loss.item() < 20.25 / 500  # Adagrad slows down, AdamW's decay keeps away from 0


@every_method
def test_says_what_it_does_and_where_it_is_from(method):
    text = inspect.getdoc(method)
    assert "$" in text
    assert "Source:" in text
    for f in dataclasses.fields(method):
        assert f.name == "params" or f"{f.name}:" in text, f"{f.name} is not explained"
    assert repr(method(weights())).startswith(f"{method.__name__}(lr=")


@every_method
def test_refuses_settings_out_of_range(method):
    for f in dataclasses.fields(method):
        if f.name == "params" or isinstance(f.default, bool):
            continue
        for bad in (-0.1, float("nan"), f.metadata["below"]):
            value = tuple(bad for _ in f.default) if isinstance(f.default, tuple) else bad
            with pytest.raises(SettingError, match=f"expects {f.name} of at least 0"):
                method(weights(), **{f.name: value})


def test_every_method_that_lies_there_is_public():
    """The line in `optim/__init__.py` is easily forgotten."""
    for module in modules("glassgrad.optim"):
        for name, found in vars(module).items():
            ours = isinstance(found, type) and found.__module__ == module.__name__
            if ours and issubclass(found, optim.Optimizer):
                assert getattr(optim, name, None) is found, name
