"""Laws that every layer obeys, on each of its samples; a new layer is tested because it exists."""

import inspect

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import nn
from glassgrad.discovery import modules
from glassgrad.graph import layer_path


def plain(y):
    """The numbers of what a layer gives, a tensor or an array."""
    return y.numpy() if isinstance(y, gg.Tensor) else np.asarray(y)


def build(layer, number, seed=0):
    """A fresh `(layer, x)`, drawn from this seed."""
    return list(layer.samples(np.random.default_rng(seed)))[number]


CASES = [
    pytest.param(layer, i, id=f"{layer.__name__}{i}")
    for layer in nn.registry()
    for i, _ in enumerate(layer.samples(np.random.default_rng(0)))
]
each = pytest.mark.parametrize(("layer", "number"), CASES)
every_layer = pytest.mark.parametrize("layer", nn.registry())


@each
@pytest.mark.parametrize("training", [True, False])
def test_gradients_are_those_of_differences(layer, number, training):
    model, x = build(layer, number)
    model.to(np.float64).train(training)
    draws = {path: g.bit_generator.state for path, g in model.generators().items()}
    names, params = zip(*model.named_parameters(), strict=True) if model.parameters() else ((), ())

    def forward(x, *values):
        for p, value in zip(params, values, strict=True):
            p.value = value
        for path, g in model.generators().items():
            g.bit_generator.state = draws[path]  # the same masks each time
        return model(x)

    values = [p.numpy() for p in params]
    leaf = gg.tensor(x)
    y = forward(leaf, *values)
    g = np.random.default_rng(1).normal(size=y.shape)
    found = gg.grad(y, [leaf, *params], g) if y is not leaf else [g]
    expected = gg.numeric_grad(lambda *a: (plain(forward(*a)) * g).sum(), x, *values)
    for name, a, b in zip(("x", *names), found, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-8, err_msg=name)


@each
def test_a_state_dict_carries_everything_over(layer, number):
    (a, x), (b, _) = build(layer, number, seed=0), build(layer, number, seed=1)
    a(x.astype(np.float32))  # a step of training moves running means
    b.load_state_dict(a.state_dict())
    for name, value in b.state_dict().items():
        np.testing.assert_array_equal(value, a.state_dict()[name])
    x = x.astype(np.float32)
    np.testing.assert_array_equal(plain(a.eval()(x)), plain(b.eval()(x)))


@each
def test_prediction_changes_nothing_and_repeats(layer, number):
    model, x = build(layer, number)
    assert all(m.training for m in model.modules())
    model.eval()
    assert not any(m.training for m in model.modules())
    before = model.state_dict()
    x = x.astype(np.float32)
    np.testing.assert_array_equal(plain(model(x)), plain(model(x)))
    for name, value in model.state_dict().items():
        np.testing.assert_array_equal(value, before[name])


@each
def test_the_same_seed_gives_the_same_bits(layer, number):
    (a, x), (b, _) = build(layer, number, seed=7), build(layer, number, seed=7)
    for _ in range(2):
        np.testing.assert_array_equal(plain(a(x)), plain(b(x)))
    for name, value in a.state_dict().items():
        np.testing.assert_array_equal(value, b.state_dict()[name])


@each
def test_float32_stays_float32(layer, number):
    model, x = build(layer, number)
    for mode in (True, False):
        y = model.train(mode)(gg.tensor(x.astype(np.float32)))
        assert y.dtype == np.float32
    (y * y).sum().backward()
    assert all(p.grad.dtype == np.float32 for p in model.parameters())


@each
def test_an_empty_batch_gives_an_empty_prediction(layer, number):
    model, x = build(layer, number)
    x = x.astype(np.float32)
    with gg.no_grad():
        y, empty = model.eval()(x), model(x[:0])
    assert empty.shape == (0, *y.shape[1:])


@each
def test_a_node_knows_its_layer(layer, number):
    model, x = build(layer, number)
    root = nn.Sequential(nn.Sequential(model))
    y = root(gg.tensor(x))
    if y.op is not None:
        assert layer_path(y).startswith("0.0")


@each
def test_prints_as_it_is_written(layer, number):
    model, _ = build(layer, number)
    if layer is not nn.Sequential:
        assert repr(eval(repr(model), vars(nn))) == repr(model)


@every_layer
def test_says_its_formula_and_its_shapes(layer):
    text = inspect.getdoc(layer)
    assert "$" in text
    assert "y : (" in text or "y : as" in text


@pytest.mark.oracle
@each
@pytest.mark.parametrize("training", [True, False])
def test_computes_what_pytorch_computes_from_its_state_dict(layer, number, training):
    torch = pytest.importorskip("torch")
    model, x = build(layer, number)
    theirs = in_pytorch(torch.nn, model, x).double().train(training)
    if training and any(model.generators()):
        pytest.skip("two libraries, two streams of random numbers")
    rng = np.random.default_rng(1)
    with torch.no_grad():
        for value in theirs.state_dict().values():  # other than the ones and zeros they begin as
            if value.is_floating_point():
                value.copy_(torch.tensor(rng.uniform(0.5, 1.5, tuple(value.shape))))
    model.to(np.float64).load_state_dict(theirs.state_dict())
    y = model.train(training)(x)
    expected = theirs(torch.tensor(x)).detach().numpy()
    np.testing.assert_allclose(plain(y), expected, rtol=1e-10, atol=1e-12)
    theirs.load_state_dict({k: torch.tensor(v) for k, v in model.state_dict().items()})


def in_pytorch(module, model, x):
    """The layer of PyTorch with the same name and settings."""
    if isinstance(model, nn.Sequential):
        return module.Sequential(*(in_pytorch(module, layer, x) for layer in model))
    name = type(model).__name__
    if name == "BatchNorm":
        name = f"BatchNorm{1 if x.ndim == 2 else 2}d"
    theirs = getattr(module, name)
    settings = {
        key: getattr(model, key)
        for key in inspect.signature(theirs).parameters
        if key in vars(model)
    }
    if "bias" in settings:
        settings["bias"] = settings["bias"] is not None
    return theirs(**settings)


def test_every_layer_that_lies_there_is_public():
    """The line in `nn/__init__.py` is easily forgotten."""
    for module in modules("glassgrad.nn"):
        for name, found in vars(module).items():
            ours = isinstance(found, type) and found.__module__ == module.__name__
            if ours and issubclass(found, nn.Module) and "forward" in vars(found):
                assert name.startswith("_") or getattr(nn, name, None) is found, name
