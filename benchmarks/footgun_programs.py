"""Small programs in which Python has something to say between, or inside, two equal computations.

Each is a function of a `Library` (`jits.py`) that gives its results as a list.  The kinds follow what users
reported to PyTorch and JAX, what tinygrad tests against itself, what MLX documents, and our own programs;
all are written anew, the number of the report stands beside the title.
"""

import random
from functools import partial

import numpy as np

ROWS = []


def row(group, title):
    """Enter a program into the table."""

    def enter(program):
        ROWS.append((group, title, program))
        return program

    return enter


def net(f, w, x):
    """tanh(x w₀) w₁, summed: enough to train."""
    return (f.tanh(x * w[0]) * w[1]).sum()


OURS = "Python around a step"

# ---- what Python remembers


@row(OURS, "a factor in a closure becomes 0 at step 5")
def closure_factor(f):
    factor = {"a": 1.0}
    return f.train(
        lambda w, x: net(f, w, x) * factor["a"],
        before=lambda i, _: factor.update(a=1.0 if i < 5 else 0.0),
    )


@row(OURS, "a penalty is switched on at step 4")
def late_penalty(f):
    on = []

    def loss(w, x):
        return net(f, w, x) + (w[0] * w[0]).sum() if on else net(f, w, x)

    return f.train(loss, before=lambda i, _: on.append(i) if i == 4 else None)


@row(OURS, "a counter in the loss scales it")
def counter(f):
    calls = [0]

    def loss(w, x):
        calls[0] += 1
        return net(f, w, x) * (1 + calls[0] % 3)

    return [*f.train(loss), calls[0]]


class Object:
    """Something with attributes."""


@row(OURS, "a number in an attribute changes")
def attribute(f):
    thing = Object()
    thing.scale = 1.0
    return f.train(
        lambda w, x: net(f, w, x) * thing.scale,
        before=lambda i, _: setattr(thing, "scale", 1 + i / 4),
    )


@row(OURS, "an attribute is None, then a function")
def none_then_function(f):
    thing = Object()
    thing.act = None

    def loss(w, x):
        h = x * w[0]
        return ((h if thing.act is None else thing.act(h)) * w[1]).sum()

    return f.train(loss, before=lambda i, _: setattr(thing, "act", f.tanh if i > 4 else None))


@row(OURS, "a NumPy number in an attribute changes")
def numpy_number(f):
    thing = Object()
    thing.k = np.float32(1)
    return f.train(
        lambda w, x: net(f, w, x) * float(thing.k),
        before=lambda i, _: setattr(thing, "k", np.float32(1 + i)),
    )


@row(OURS, "a word chooses the branch")
def mode(f):
    state = {"mode": "plain"}

    def loss(w, x):
        return net(f, w, x) if state["mode"] == "plain" else net(f, w, f.exp(x * 0.1))

    return f.train(loss, before=lambda i, _: state.update(mode="plain" if i < 5 else "other"))


@row(OURS, "a mask in a field is replaced")
def mask_replaced(f):
    thing = Object()
    thing.mask = f.tensor([1, 1, 1])

    def before(i, _):
        if i == 5:
            thing.mask = f.tensor([0, 1, 1])

    return f.train(lambda w, x: net(f, w, x * thing.mask), before=before)


@row(OURS, "a NumPy mask is changed in place")
def mask_in_place(f):
    mask = np.ones(3, np.float32)

    def before(i, _):
        if i == 5:
            mask[0] = 0

    return f.train(lambda w, x: net(f, w, x * f.tensor(mask)), before=before)


@row(OURS, "a list of factors grows")
def growing_list(f):
    factors = [1.0]

    def loss(w, x):
        total = net(f, w, x)
        for factor in factors:
            total = total * factor
        return total

    return f.train(loss, before=lambda i, _: factors.append(0.9))


@row(OURS, "a default argument remembers")
def default_argument(f):
    def loss(w, x, seen=[]):  # noqa: B006 - that is the point
        seen.append(1)
        return net(f, w, x) * len(seen)

    return f.train(loss)


@row(OURS, "an iterator gives the next factor")
def iterator(f):
    factors = iter(np.linspace(1, 2, 100).tolist())
    return f.train(lambda w, x: net(f, w, x) * next(factors))


@row(OURS, "a cache of Python numbers by step")
def cache(f):
    state, known = {"i": 0}, {}

    def loss(w, x):
        known.setdefault(state["i"] // 3, 1 + state["i"])
        return net(f, w, x) * known[state["i"] // 3]

    return [*f.train(loss, before=lambda i, _: state.update(i=i)), len(known)]


@row(OURS, "a running mean of the loss scales the next")
def running_mean(f):
    mean = [1.0]

    def loss(w, x):
        total = net(f, w, x)
        mean[0] = 0.9 * mean[0] + 0.1 * abs(f.item(total))
        return total / mean[0]

    return [*f.train(loss), mean[0]]


# ---- chance


@row(OURS, "stochastic depth with `random`")
def stochastic_depth(f):
    coin = random.Random(0)

    def loss(w, x):
        return net(f, w, f.tanh(x)) if coin.random() < 0.5 else net(f, w, x)

    return f.train(loss, steps=20)


@row(OURS, "noise of a NumPy generator")
def noise(f):
    rng = np.random.default_rng(0)
    return f.train(lambda w, x: net(f, w, x + f.tensor(rng.normal(size=(4, 3)))))


@row(OURS, "a dropout mask drawn in the loss")
def dropout(f):
    rng = np.random.default_rng(0)
    return f.train(lambda w, x: net(f, w, x * f.tensor(rng.random((4, 3)) < 0.5)))


@row(OURS, "NumPy's global chance chooses a factor")
def global_chance(f):
    return f.train(lambda w, x: net(f, w, x) * int(np.random.randint(1, 4)), steps=12)  # noqa: NPY002


# ---- control flow


@row(OURS, "a branch on the step, with a weight never used before")
def late_branch(f):
    state = {"i": 0}

    def loss(w, x):
        total = (f.tanh(x) * w[1]).sum() + (w[0] * 0).sum()
        return total + (x * w[0]).sum() if state["i"] >= 5 else total

    return f.train(loss, before=lambda i, _: state.update(i=i), momentum=0.9)


@row(OURS, "a branch on a value of this step")
def branch_on_value(f):
    def loss(w, x):
        total = net(f, w, x)
        return total * 2 if f.item(x.sum()) > 0 else total

    return f.train(loss, steps=12)


@row(OURS, "a branch on the last loss")
def branch_on_last(f):
    last = [9.0]

    def loss(w, x):
        total = net(f, w, x)
        scaled = total * (0.5 if last[0] > 0 else 1.0)
        last[0] = f.item(total)
        return scaled

    return f.train(loss)


@row(OURS, "a loop until a value is small")
def until_small(f):
    def loss(w, x):
        rounds = 0
        while f.item((x * x).sum()) > 1 and rounds < 9:
            x, rounds = x * 0.7, rounds + 1
        return net(f, w, x)

    return f.train(loss)


@row(OURS, "a loop as long as a list")
def long_loop(f):
    layers = []

    def loss(w, x):
        for _ in layers:
            x = f.tanh(x)
        return net(f, w, x)

    return f.train(loss, before=lambda i, _: layers.append(i) if i % 3 == 2 else None)


@row(OURS, "the size of the batch alternates, and scales")
def batch_size(f):
    def loss(w, x):
        return net(f, w, x) * (1.0 if x.shape[0] > 2 else 3.0)

    return f.train(loss, data=lambda i: np.full((4 if i % 2 else 2, 3), 0.1 * i))


@row(OURS, "labels read by a Python loop")
def label_loop(f):
    state = {"y": [0]}

    def loss(w, x):
        return sum((f.tanh(x * w[0])[n] * w[1])[k] for n, k in enumerate(state["y"]))

    return f.train(loss, before=lambda i, _: state.update(y=[(i + n) % 3 for n in range(4)]))


@row(OURS, "an exception in the middle is caught")
def caught(f):
    state = {"i": 0}

    def loss(w, x):
        total = net(f, w, x)
        if state["i"] == 5:
            raise ArithmeticError
        return total

    trainer = f.trainer(loss, [[0.5, 1, 2], [1, 1, 1]], lr=0.1, momentum=0.0)
    seen = []
    for i in range(8):
        state["i"] = i
        try:
            seen.append(f.numbers(trainer.step(f.tensor(np.full((4, 3), i * 0.1)))))
        except ArithmeticError:
            seen.append("caught")
    return [*seen, *map(f.numbers, trainer.weights)]


# ---- settings, weights and gradients on the way


@row(OURS, "a schedule sets the learning rate")
def schedule(f):
    return f.train(partial(net, f), before=lambda i, t: f.setting(t, "lr", 0.1 / (1 + i)))


@row(OURS, "the momentum changes at step 5")
def momentum(f):
    return f.train(
        partial(net, f),
        before=lambda i, t: f.setting(t, "momentum", 0.5) if i == 5 else None,
        momentum=0.9,
    )


@row(OURS, "a weight is frozen at step 5")
def frozen(f):
    return f.train(partial(net, f), before=lambda i, t: f.freeze(t.weights[0]) if i == 5 else None)


@row(OURS, "weights are loaded at step 5")
def loaded(f):
    return f.train(
        partial(net, f), before=lambda i, t: f.assign(t.weights[0], [1, 2, 3]) if i == 5 else None
    )


@row(OURS, "gradients are kept by the caller")
def kept_gradients(f):
    kept = []

    def before(i, trainer):
        if i:
            kept.append(f.gradient(trainer.weights[0]))

    return [*f.train(partial(net, f), before=before), *kept]


@row(OURS, "an average of the weights is kept beside")
def average(f):
    kept = [0.0]

    def before(i, trainer):
        kept[0] = 0.9 * kept[0] + 0.1 * f.numbers(trainer.weights[0])

    return [*f.train(partial(net, f), before=before), kept[0]]


@row(OURS, "a hook turns the gradient round")
def hook(f):
    def loss(w, x):
        h = f.tanh(x * w[0])
        f.hook(h, lambda g: -g)
        return (h * w[1]).sum()

    return f.train(loss)


@row(OURS, "a hook counts")
def counting_hook(f):
    seen = []

    def loss(w, x):
        h = f.tanh(x * w[0])
        f.hook(h, lambda g: seen.append(1))
        return (h * w[1]).sum()

    return [*f.train(loss), len(seen)]


@row(OURS, "a target without gradient, and a rate of 0 at first")
def detached(f):
    def loss(w, x):
        h = f.tanh(x * w[0])
        return (h * f.detach(h) * w[1]).sum()

    return f.train(loss, before=lambda i, t: f.setting(t, "lr", 0.0 if i < 3 else 0.1))


@row(OURS, "a block without gradient")
def without_gradient(f):
    def loss(w, x):
        with f.no_grad():
            h = f.tanh(x * w[0])
        return (h * w[1]).sum() + net(f, w, x)

    return f.train(loss)


@row(OURS, "activations are collected in a list and counted")
def collected(f):
    log = []

    def loss(w, x):
        log.append(f.tanh(x * w[0]))
        return (log[-1] * w[1]).sum()

    return [*f.train(loss), len(log)]


@row(OURS, "two steps in turn move the same weights")
def two_steps(f):
    w = [[0.5, -0.3, 0.8], [0.2, 0.7, -0.6]]
    one = f.trainer(partial(net, f), w, lr=0.1, momentum=0.9)
    two = f.trainer(lambda w, x: (w[0] * w[0]).sum() + net(f, w, x), w, lr=0.05, momentum=0.0)
    seen = []
    for i in range(8):
        for here, there in ((one, two), (two, one)):
            seen.append(f.numbers(here.step(f.tensor(np.full((4, 3), 0.1 * i)))))
            for a, b in zip(here.weights, there.weights, strict=True):
                f.assign(b, f.numbers(a))
    return seen


@row(OURS, "float64 at step 5")
def wider(f):
    w = f.tensor([1, 2, 3])
    g = f.jit(lambda x: (x * w).sum())
    return [
        f.numbers(g(f.tensor(np.full(3, i, np.float64 if i == 5 else np.float32))))
        for i in range(8)
    ]


@row(OURS, "every second batch is a view with other strides")
def strides(f):
    def data(i):
        x = np.random.default_rng(i).normal(size=(8, 3))
        return x[::2] if i % 2 else x[::-2]

    return f.train(partial(net, f), data=data)


@row(OURS, "a batch with a NaN, and one after it")
def nan(f):
    w = f.tensor([1, 2, 3])
    g = f.jit(lambda x: (f.relu(x) * w).sum())
    return [f.numbers(g(f.tensor([1.0, np.nan if i == 5 else i, 2.0]))) for i in range(8)]


@row(OURS, "the function called inside is replaced")
def replaced_function(f):
    space = Object()
    space.act = f.tanh

    def loss(w, x):
        return (space.act(x * w[0]) * w[1]).sum()

    return f.train(loss, before=lambda i, _: setattr(space, "act", f.exp if i > 4 else f.tanh))


# ---- what tinygrad tests against itself (test/unit/test_jit_footguns.py)

TINYGRAD = "tinygrad's own list"


@row(TINYGRAD, "a jitted method, two instances")
def method_of_two(f):
    class Model:
        def __init__(self, scale):
            self.scale = f.tensor([scale])

        def forward(self, x):
            return (x * self.scale).sum()

    Model.forward = f.jit(Model.forward)
    models = Model(2), Model(3)
    return [f.numbers(models[i % 2 if i > 2 else 0].forward(f.tensor([5]))) for i in range(7)]


@row(TINYGRAD, "results of earlier calls are kept")
def kept_results(f):
    g = f.jit(lambda x: (x * 2).sum())
    kept = [g(f.tensor([i, i])) for i in range(6)]
    return [f.numbers(r) for r in kept]


@row(TINYGRAD, "a Python number used inside changes")
def python_number(f):
    factor = [1]
    g = f.jit(lambda x: x * factor[0])
    seen = []
    for i in range(6):
        factor[0] = i + 1
        seen.append(f.numbers(g(f.tensor([10]))))
    return seen


@row(TINYGRAD, "an argument chooses the branch")
def branch_argument(f):
    def function(x, square):
        return x * x if square else x * 2

    g = f.jit(function)
    return [f.numbers(g(f.tensor([3]), square)) for square in (True, False, True, True, False)]


@row(TINYGRAD, "a slice is written, then the whole is read")
def slice_written(f):
    cache = f.tensor(np.zeros((4, 4)))

    def write(i, x):
        f.write(cache, i, x)
        return cache.sum()

    g = f.jit(write)
    return [f.numbers(g(i % 4, f.tensor([1, 1, 1, 1]))) for i in range(6)]


@row(TINYGRAD, "a view is padded to a fixed width")
def padded(f):
    base = f.tensor(np.arange(30).reshape(3, 10))

    def pad(x):
        return f.cat([x.reshape(-1) + 1, f.tensor(np.zeros(30 - 3 * x.shape[1]))])

    g = f.jit(pad)
    return [f.numbers(g(base[:, :i])) for i in (2, 2, 3, 4, 2)]


@row(TINYGRAD, "a result that is a number")
def number_result(f):
    g = f.jit(lambda x, k: (x * 2, k * 10))
    return [v for i in range(5) for v in map(f.numbers, g(f.tensor([i]), i))]


@row(TINYGRAD, "the same tensor twice")
def same_twice(f):
    g = f.jit(lambda a, b: a + b * 2)
    x, z = f.tensor([1, 2, 3]), f.tensor([5, 5, 5])
    return [f.numbers(g(*pair)) for pair in ((x, x), (x, x), (x, z), (z, x), (x, x))]


@row(TINYGRAD, "tensors in a list")
def in_list(f):
    g = f.jit(lambda a, parts: a + parts[0] * 2)
    one = f.tensor([1, 1, 1])
    return [f.numbers(g(one, [f.tensor([i, i, i])])) for i in range(5)]


@row(TINYGRAD, "a jitted function in a jitted function")
def nested(f):
    inner = f.jit(lambda x: x + 1)
    outer = f.jit(lambda x: inner(x) * 3)
    return [f.numbers(outer(f.tensor([i]))) for i in range(5)]


@row(TINYGRAD, "a tensor of the closure is assigned")
def closure_tensor(f):
    x = f.tensor([0])
    g = f.jit(lambda: x * 2)
    seen = []
    for i in range(6):
        f.assign(x, [i])
        seen.append(f.numbers(g()))
    return seen


@row(TINYGRAD, "views with other offsets")
def offsets(f):
    base = f.tensor(np.arange(100).reshape(10, 10))
    g = f.jit(lambda x: x + 1)
    return [f.numbers(g(base[:, i : i + 2])) for i in range(1, 6)]


@row(TINYGRAD, "another shape after some calls")
def other_shape(f):
    g = f.jit(lambda a, b: a + b)
    return [f.numbers(g(f.tensor(np.ones(n)), f.tensor(np.ones(n)))) for n in (3, 3, 3, 5, 3, 5)]


@row(TINYGRAD, "numbers as arguments")
def number_argument(f):
    g = f.jit(lambda a, b: a * b)
    return [f.numbers(g(f.tensor([1, 2, 3]), float(i))) for i in range(5)]


@row(TINYGRAD, "arguments by place, then by name")
def by_name(f):
    g = f.jit(lambda a, b: a - b)
    one, two = f.tensor([1]), f.tensor([2])
    return [f.numbers(r) for r in (g(one, two), g(one, two), g(a=two, b=one), g(b=two, a=one))]


@row(TINYGRAD, "side effects happen each time")
def side_effects(f):
    calls = [0]

    def function(x):
        calls[0] += 1
        return x * 2

    g = f.jit(function)
    seen = [f.numbers(g(f.tensor([i]))) for i in range(5)]
    return [*seen, calls[0]]


@row(TINYGRAD, "a function that returns nothing")
def returns_nothing(f):
    seen = []

    def function(x):
        seen.append(f.item(x.sum()))

    g = f.jit(function)
    for i in range(5):
        g(f.tensor([i, 1]))
    return seen


@row(TINYGRAD, "a number taken out decides the shape")
def item_decides(f):
    g = f.jit(lambda x: f.tensor(np.zeros(int(f.item(x.sum())))))
    return [f.numbers(g(f.tensor([1, i]))) for i in range(5)]


@row(TINYGRAD, "elements are chosen by a mask")
def chosen(f):
    g = f.jit(lambda x, keep: x[keep])
    x = f.tensor([1, 2, 3, 4])
    return [f.numbers(g(x, np.array([True, i % 2 == 0, False, i > 2]))) for i in range(5)]


@row(TINYGRAD, "values become a list, and a tensor again")
def through_list(f):
    g = f.jit(lambda x: f.tensor([2 * v for v in f.numbers(x).tolist()]))
    return [f.numbers(g(f.tensor([i, 1]))) for i in range(5)]


@row(TINYGRAD, "the result is the next argument")
def fed_back(f):
    g = f.jit(lambda x: f.tanh(x + 1) * 2)
    x, seen = f.tensor([10]), []
    for i in range(8):
        x = f.tensor([3]) if i == 5 else g(x)
        seen.append(f.numbers(x))
    return seen


@row(TINYGRAD, "two results of one intermediate are fed back")
def two_results(f):
    def function(buffer, new):
        whole = f.cat([buffer[1:], new])
        return whole * 1, whole[:1] * 1

    g = f.jit(function)
    buffer, seen = f.tensor([0, 1, 2]), []
    for i in range(6):
        buffer, first = g(buffer, f.tensor([10 + i]))
        seen.append(f.numbers(first))
    return [*seen, f.numbers(buffer)]


@row(TINYGRAD, "the argument is written in place")
def argument_written(f):
    def function(x):
        f.write(x, 0, 7)
        return x * 1

    g = f.jit(function)
    arguments = [f.tensor([i, i]) for i in range(5)]
    results = [f.numbers(g(x)) for x in arguments]
    return [*results, *map(f.numbers, arguments)]


# ---- what users of PyTorch reported as silently wrong

PYTORCH = "reports to PyTorch"


@row(PYTORCH, "a cache is written, then replaced (#115774)")
def cache_replaced(f):
    thing = Object()
    thing.cache = f.tensor([0, 0])

    def forward(x, place):
        f.write(thing.cache, place, x)
        return thing.cache * 1

    g = f.jit(forward)
    seen = [f.numbers(g(f.tensor(2), 0))]
    for i in range(4):
        thing.cache = f.tensor([0, 0])
        seen.append(f.numbers(g(f.tensor(1 + i), 1)))
    return seen


@row(PYTORCH, "an adapter is disabled for a while (#124717)")
def adapter(f):
    thing = Object()
    thing.disabled = False

    def forward(x):
        out = x * x
        return out if thing.disabled else out + 1

    g = f.jit(forward)
    seen = []
    for i in range(6):
        thing.disabled = i in (2, 3)
        seen.append(f.numbers(g(f.tensor([i, 2]))))
    return seen


@row(PYTORCH, "an attribute of a layer is set later (#98928)")
def layer_attribute(f):
    class Layer(f.Module):
        def __init__(self):
            super().__init__()
            self.times = 1

        def forward(self, x):
            for _ in range(self.times):
                x = x * 1.5
            return x

    layer = Layer()
    g = f.jit(lambda x: layer.forward(x))
    seen = []
    for i in range(6):
        layer.times = 1 + i // 2
        seen.append(f.numbers(g(f.tensor([i, 1]))))
    return seen


@row(PYTORCH, "a field points to another view of a buffer (#111785)")
def another_view(f):
    thing = Object()
    buffer = f.tensor(np.arange(12).reshape(4, 3))

    def forward(x):
        return (x * thing.view).sum()

    g = f.jit(forward)
    seen = []
    for i in range(6):
        thing.view = buffer[i % 4]
        seen.append(f.numbers(g(f.tensor([1, 2, 3]))))
    return seen


class Global:
    factor = 1.0


@row(PYTORCH, "an attribute of a class changes (#176851)")
def class_attribute(f):
    g = f.jit(lambda x: x * Global.factor)
    seen = []
    for i in range(6):
        Global.factor = 1.0 + 9 * (i > 2)
        seen.append(f.numbers(g(f.tensor([4]))))
    return seen


@row(PYTORCH, "which of two equal objects it is decides (#196173)")
def identity(f):
    holder = Object()
    holder.left, holder.right = Object(), Object()
    holder.now = holder.left

    def forward(x):
        if holder.now is holder.left:
            holder.now = holder.right
            return x * 2
        holder.now = holder.left
        return x * 3

    g = f.jit(forward)
    return [f.numbers(g(f.tensor([i]))) for i in range(6)]


@row(PYTORCH, "an entry in `__dict__` shadows a layer (#197859)")
def shadowed(f):
    class Times(f.Module):
        def __init__(self, factor):
            super().__init__()
            self.factor = factor

        def forward(self, x):
            return x * self.factor

    class Model(f.Module):
        def __init__(self):
            super().__init__()
            self.sub = Times(2.0)

        def forward(self, x):
            return self.sub.forward(x)

    model = Model()
    g = f.jit(lambda x: model.forward(x))
    seen = []
    for i in range(6):
        if i == 3:
            object.__setattr__(model, "sub", Times(5.0))
        seen.append(f.numbers(g(f.tensor([i]))))
    return seen


@row(PYTORCH, "the code of a method is exchanged (#197860)")
def exchanged_code(f):
    def first(self, x):
        return x * 2.0

    def second(self, x):
        return x * 9.0

    class Model:
        m = first

    model = Model()
    g = f.jit(lambda x: model.m(x))
    seen = []
    for i in range(6):
        if i == 3:
            Model.m.__code__ = second.__code__
        seen.append(f.numbers(g(f.tensor([i]))))
    return seen


@row(PYTORCH, "a list of the class collects (#169253)")
def class_list(f):
    class Model:
        items = []  # noqa: RUF012 - that is the point

        def forward(self, x):
            Model.items.append(1)
            return x * len(Model.items)

    g = f.jit(Model().forward)
    return [*(f.numbers(g(f.tensor([2]))) for _ in range(5)), len(Model.items)]


@row(PYTORCH, "a local class writes into a captured dict (#197896)")
def local_class(f):
    state = {"n": 0}

    def forward(x):
        class Helper:
            def touch(self):
                state["n"] += 1

        Helper().touch()
        return x * state["n"]

    g = f.jit(forward)
    return [*(f.numbers(g(f.tensor([2]))) for _ in range(5)), state["n"]]


# ---- what MLX documents, and what users of JAX reported

OTHERS = "MLX's and JAX's pages and reports"


@row(OTHERS, "an array in a captured list is exchanged (MLX)")
def captured_list(f):
    state = [f.tensor([1])]
    g = f.jit(lambda x: x + state[0])
    seen = []
    for i in range(5):
        state[0] = f.tensor([5 * i])
        seen.append(f.numbers(g(f.tensor([1]))))
    return seen


@row(OTHERS, "a value is printed inside (MLX)")
def printed(f):
    seen = []

    def forward(x):
        z = -x
        seen.append(str(f.numbers(z)))
        return f.exp(z)

    g = f.jit(forward)
    return [*(f.numbers(g(f.tensor([i]))) for i in range(5)), *seen]


@row(OTHERS, "an intermediate is put into a list and read later (MLX)")
def leaked(f):
    state = []

    def forward(x, y):
        z = x + y
        state.append(z)
        return f.exp(z)

    g = f.jit(forward)
    seen = [f.numbers(g(f.tensor([i]), f.tensor([1]))) for i in range(4)]
    return [*seen, *map(f.numbers, state)]


@row(OTHERS, "the shape is written into a reshape (MLX)")
def reshaped(f):
    g = f.jit(lambda x: x.reshape(x.shape[0] * x.shape[1], -1).sum(0))
    return [
        f.numbers(g(f.tensor(np.ones(s)))) for s in ((2, 3, 4), (2, 3, 4), (5, 5, 3), (2, 3, 4))
    ]


@row(OTHERS, "a function made anew in each round (MLX)")
def made_anew(f):
    seen = []
    for i in range(5):
        g = f.jit(lambda x, i=i: x * i)
        seen.append(f.numbers(g(f.tensor([3]))))
    return seen


@row(OTHERS, "a loss appends to a list, and counts it (JAX's page on pure functions)")
def kept_in_step(f):
    history = []

    def loss(w, x):
        history.append(len(history))
        return net(f, w, x) * (1 + history[-1] % 2)

    return [*f.train(loss), len(history)]


@row(OTHERS, "a method changes its object, which the next call reads (JAX #12773)")
def own_calls(f):
    class Model:
        def __init__(self):
            self.calls = 0

        def forward(self, x):
            self.calls += 1
            return x * self.calls

    model = Model()
    g = f.jit(lambda x: model.forward(x))
    return [*(f.numbers(g(f.tensor([2]))) for _ in range(5)), model.calls]


@row(OTHERS, "a total in a list of the closure grows (JAX #12773)")
def growing_total(f):
    total = [f.tensor([0])]

    def forward(x):
        total[0] = total[0] + x
        return total[0] * 2

    g = f.jit(forward)
    return [f.numbers(g(f.tensor([i]))) for i in range(5)]
