"""Four libraries behind one thin door, so that a program about Python is written once and run by each.

What is compiled is what its users compile: the whole step of training, with backward and update in it
(`gg.jit`, `torch.compile`, `TinyJit`; in JAX a function from weights to weights), or a plain function.
"""

import logging
import warnings

import numpy as np

WEIGHTS = [[0.5, -0.3, 0.8], [0.2, 0.7, -0.6]]


def batch(i):
    """The examples of step i; never twice the same."""
    return np.random.default_rng(i).normal(size=(4, 3)).astype(np.float32)


class Library:
    """What the programs use.

    Args:
        compiled: whether `jit` compiles, or leaves a function as it is.
    """

    name = ""
    exact = False  # whether compiled must be equal to the last bit

    def __init__(self, compiled):
        self.compiled = compiled

    Module = object

    def jit(self, function):
        return self.compile(function) if self.compiled else function

    def result(self, x):
        """What a step gives back."""
        return x

    def train(self, loss, *, before=None, steps=8, weights=WEIGHTS, data=batch, **settings):
        """Steps of gradient descent; gives all losses and the last weights.

        Args:
            loss: function of (list of weights, x).
            before: function of (step, trainer), called before each.
            settings: `lr`, `momentum`.
        """
        trainer = self.trainer(loss, weights, **{"lr": 0.1, "momentum": 0.0} | settings)
        seen = []
        for i in range(steps):
            if before is not None:
                before(i, trainer)
            seen.append(self.numbers(trainer.step(self.tensor(data(i)))))
        return [*seen, *map(self.numbers, trainer.weights)]


class NotPossible(Exception):
    """A program that this library does not have a way to write."""


class Trainer:
    """Weights, an optimizer, and one jitted step, in a library whose optimizer moves weights in place."""

    def __init__(self, library, loss, weights, lr, momentum):
        self.weights = [library.weight(w) for w in weights]
        self.optimizer = optimizer = library.optimizer(self.weights, lr, momentum)

        def step(x):
            optimizer.zero_grad()
            total = loss(self.weights, x)
            total.backward()
            optimizer.step()
            return library.result(total)

        self.step = library.jit(step)


class Glassgrad(Library):
    name = "glassgrad"
    exact = True

    def __init__(self, compiled):
        super().__init__(compiled)
        import glassgrad as gg
        from glassgrad import nn, ops, optim

        self.gg, self.optim, self.Module = gg, optim, nn.Module
        self.compile = gg.jit
        self.tanh, self.exp, self.relu, self.where = ops.tanh, ops.exp, ops.relu, ops.where
        self.no_grad = gg.no_grad

    def tensor(self, numbers):
        return self.gg.tensor(np.asarray(numbers, np.float32), requires_grad=False)

    def weight(self, numbers):
        return self.gg.tensor(np.asarray(numbers, np.float32))

    def numbers(self, x):
        return x.numpy() if isinstance(x, self.gg.Tensor) else np.asarray(x)

    def item(self, x):
        return x.item()

    def detach(self, x):
        return x.detach()

    def cat(self, parts):
        return self.gg.concatenate(parts, axis=0)

    def optimizer(self, weights, lr, momentum):
        return self.optim.SGD(weights, lr=lr, momentum=momentum)

    def trainer(self, loss, weights, lr, momentum):
        return Trainer(self, loss, weights, lr, momentum)

    def setting(self, trainer, name, value):
        setattr(trainer.optimizer, name, value)

    def assign(self, x, numbers):
        x.value = np.asarray(numbers, np.float32)

    def freeze(self, x):
        x.requires_grad = False

    def write(self, x, index, value):
        x[index] = value

    def hook(self, x, rule):
        x.register_hook(rule)

    def gradient(self, x):
        return x.grad


class Torch(Library):
    name = "torch.compile"

    def __init__(self, compiled):
        super().__init__(compiled)
        import torch

        self.torch, self.Module = torch, torch.nn.Module
        torch._logging.set_logs(all=logging.CRITICAL)
        torch._dynamo.reset()
        self.tanh, self.exp, self.relu, self.where = torch.tanh, torch.exp, torch.relu, torch.where
        self.no_grad, self.cat = torch.no_grad, torch.cat

    def compile(self, function):
        return self.torch.compile(function, backend="eager")

    def tensor(self, numbers):
        return self.torch.tensor(np.asarray(numbers, np.float32))

    def weight(self, numbers):
        return self.tensor(numbers).requires_grad_()

    def numbers(self, x):
        return x.detach().numpy().copy() if hasattr(x, "detach") else np.asarray(x)

    def item(self, x):
        return x.item()

    def detach(self, x):
        return x.detach()

    def optimizer(self, weights, lr, momentum):
        return self.torch.optim.SGD(weights, lr=lr, momentum=momentum)

    def trainer(self, loss, weights, lr, momentum):
        return Trainer(self, loss, weights, lr, momentum)

    def setting(self, trainer, name, value):
        trainer.optimizer.param_groups[0][name] = value

    def assign(self, x, numbers):
        with self.torch.no_grad():
            x.copy_(self.tensor(numbers))

    def freeze(self, x):
        x.requires_grad_(False)

    def write(self, x, index, value):
        x[index] = value

    def hook(self, x, rule):
        x.register_hook(rule)

    def gradient(self, x):
        return x.grad.numpy()


class Jax(Library):
    name = "jax.jit"

    def __init__(self, compiled):
        super().__init__(compiled)
        import jax
        import jax.numpy as jnp

        self.jax, self.jnp = jax, jnp
        self.tanh, self.exp, self.where = jnp.tanh, jnp.exp, jnp.where
        self.relu, self.detach, self.item = jax.nn.relu, jax.lax.stop_gradient, float
        self.compile = jax.jit

    def tensor(self, numbers):
        return self.jnp.asarray(np.asarray(numbers, np.float32))

    weight = tensor

    def numbers(self, x):
        return np.asarray(x)

    def cat(self, parts):
        return self.jnp.concatenate(parts)

    def trainer(self, loss, weights, lr, momentum):
        return _JaxTrainer(self, loss, weights, lr, momentum)

    def setting(self, trainer, name, value):
        setattr(trainer, name, value)

    def impossible(self, *_):
        raise NotPossible("arrays do not change")

    assign = freeze = write = hook = gradient = no_grad = impossible


class _JaxTrainer:
    """Weights go in and come out; settings are attributes that the step reads."""

    def __init__(self, library, loss, weights, lr, momentum):
        self.weights = [library.tensor(w) for w in weights]
        self.velocity = [w * 0 for w in self.weights]
        self.lr, self.momentum = lr, momentum

        def step(weights, velocity, x):
            total, slopes = library.jax.value_and_grad(loss)(weights, x)
            velocity = [self.momentum * v + g for v, g in zip(velocity, slopes, strict=True)]
            weights = [w - self.lr * v for w, v in zip(weights, velocity, strict=True)]
            return total, weights, velocity

        self._step = library.jit(step)

    def step(self, x):
        total, self.weights, self.velocity = self._step(self.weights, self.velocity, x)
        return total


class Tinygrad(Library):
    name = "TinyJit"

    def __init__(self, compiled):
        super().__init__(compiled)
        import tinygrad
        from tinygrad.helpers import Context

        self.tg = tinygrad
        Context(TRAINING=1).__enter__()
        self.compile = tinygrad.TinyJit

    def tensor(self, numbers):
        return self.tg.Tensor(np.asarray(numbers, np.float32)).realize()

    def weight(self, numbers):
        return self.tensor(numbers).contiguous().realize().is_param_()

    def numbers(self, x):
        return x.numpy() if isinstance(x, self.tg.Tensor) else np.asarray(x)

    def item(self, x):
        return x.item()

    def tanh(self, x):
        return x.tanh()

    def exp(self, x):
        return x.exp()

    def relu(self, x):
        return x.relu()

    def where(self, test, a, b):
        return test.where(a, b)

    def detach(self, x):
        return x.detach()

    def cat(self, parts):
        return parts[0].cat(*parts[1:], dim=0)

    def optimizer(self, weights, lr, momentum):
        return self.tg.nn.optim.SGD(weights, lr=lr, momentum=momentum)

    def trainer(self, loss, weights, lr, momentum):
        return Trainer(self, loss, weights, lr, momentum)

    def result(self, x):
        return x.realize()

    def setting(self, trainer, name, value):
        if name == "lr":
            trainer.optimizer.lr.assign(self.tg.Tensor([value])).realize()
        else:
            setattr(trainer.optimizer, name, value)

    def assign(self, x, numbers):
        x.assign(self.tensor(numbers)).realize()

    def freeze(self, x):
        x.is_param_(False)

    def write(self, x, index, value):
        x[index] = value

    def hook(self, *_):
        raise NotPossible("no hooks")

    def no_grad(self):
        raise NotPossible("no such block")

    def gradient(self, x):
        return x.grad.numpy()


LIBRARIES = {cls.name: cls for cls in (Glassgrad, Torch, Jax, Tinygrad)}


def missing(name):
    """Why a library cannot be run here; empty if it can."""
    try:
        LIBRARIES[name](False)
    except (ImportError, AttributeError) as error:
        return str(error)
    return ""


def differs(a, b, exact):
    """Whether two results are not the same."""
    if len(a) != len(b):
        return True
    for p, q in zip(a, b, strict=True):
        if isinstance(p, str) or isinstance(q, str):
            same = p == q
        else:
            p, q = np.asarray(p), np.asarray(q)
            close = (
                np.array_equal
                if exact
                else lambda *x, **k: np.allclose(*x, rtol=1e-4, atol=1e-5, **k)
            )
            same = p.shape == q.shape and close(p, q, equal_nan=p.dtype.kind == "f")
        if not same:
            return True
    return False


def verdict(name, program):
    """ "right", "says so", "wrong", or "–" where the library has no way to write it.

    A program is a function of a library that gives a list of results.
    """
    cls = LIBRARIES[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.random.seed(0)  # noqa: NPY002 - the programs draw from it, as users do
        try:
            written = program(cls(False))
        except Exception as error:
            return "–", f"{type(error).__name__}: {error}"
    np.random.seed(0)  # noqa: NPY002
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            compiled = program(cls(True))
        except Exception as error:
            return "says so", f"{type(error).__name__}: {error}"
    if not differs(written, compiled, cls.exact):
        return "right", ""
    said = [w for w in told if issubclass(w.category, UserWarning | RuntimeWarning)]
    if said:
        return "says so", str(said[0].message)
    return "wrong", f"{_short(written)} written, {_short(compiled)} compiled"


def _short(values):
    return ", ".join(
        np.array2string(np.asarray(v), precision=4).replace("\n", "") for v in values[-2:]
    )
