"""Whole programs, traced and as they are written: the same numbers, whatever Python does in between."""

import copy
import random
import threading
import warnings
from dataclasses import dataclass

import numpy as np
import pytest

import glassgrad as gg
from glassgrad import kernels, nn, ops, optim
from glassgrad.errors import GraphError, LabelError, SettingError

pytestmark = pytest.mark.skipif(not kernels.available(), reason="no kernels on this machine")
STEPS = 9


def data(n=10, d=6, k=4, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)).astype("f4"), rng.integers(0, k, n)


def mlp(seed=0, d=6, k=4):
    layers = [nn.Linear(d, 8, rng=seed), nn.Tanh(), nn.Linear(8, k, rng=seed + 1)]
    return nn.Sequential(*layers)


def weights(*models):
    return [p.numpy() for m in models for p in m.parameters()]


PROGRAMS = {}


def program(f):
    PROGRAMS[f.__name__] = f
    return f


def same(a, b):
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    a, b = (x.numpy() if isinstance(x, gg.Tensor) else np.asarray(x) for x in (a, b))
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


@program
def the_four_lines(jit):
    m, (x, y) = mlp(), data()
    o = optim.SGD(m.parameters(), lr=0.1, momentum=0.9)

    @jit
    def step(x, y):
        o.zero_grad()
        loss = gg.cross_entropy(m(x), y)
        loss.backward()
        o.step()
        return loss

    return [step(x * i, y) for i in range(STEPS)], weights(m)


@program
def loss_is_looked_at_before_backward(jit):
    m, (x, y) = mlp(), data()
    o, seen = optim.Adam(m.parameters(), lr=0.01), []

    @jit
    def step(x, y):
        o.zero_grad()
        loss = gg.cross_entropy(m(x), y)
        seen.append(loss.item())
        loss.backward()
        seen.append(float(np.abs(m.parameters()[0].grad).sum()))
        o.step()

    for i in range(STEPS):
        step(x * i, y)
    return seen, weights(m)


@program
def penalty_from_the_sixth_step(jit):
    m, (x, y) = mlp(), data()
    o, n = optim.SGD(m.parameters(), lr=0.1), [0]

    @jit
    def step():
        n[0] += 1
        o.zero_grad()
        loss = gg.cross_entropy(m(x), y)
        if n[0] > 5:
            loss = loss + 0.1 * n[0] * (m.parameters()[0] ** 2).sum()
        loss.backward()
        o.step()
        return loss

    return [step() for _ in range(STEPS)], weights(m)


@program
def gradients_of_two_batches_add_up(jit):
    m, (x, y) = mlp(), data()
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        gg.cross_entropy(m(x * i), y).backward()
        gg.cross_entropy(m(x), (y + i) % 4).backward()
        o.step()

    for i in range(STEPS):
        step(i)
    return weights(m)


@program
def gradients_add_up_over_calls(jit):
    m, (x, y) = mlp(), data()
    o, held = optim.SGD(m.parameters(), lr=0.1), []

    @jit
    def part(i):
        gg.cross_entropy(m(x * i), y).backward()

    for i in range(STEPS):
        part(i)
        if i % 3 == 2:
            held.append([p.grad for p in m.parameters()])
            o.step()
            o.zero_grad()
    return held, weights(m)


@program
def held_gradients_and_values_keep_their_numbers(jit):
    m, (x, y) = mlp(), data()
    o, held = optim.SGD(m.parameters(), lr=0.3), []

    @jit
    def step(i):
        o.zero_grad()
        out = m(x * i)
        loss = gg.cross_entropy(out, y)
        loss.backward()
        held.append(m.parameters()[0].grad)
        o.step()
        held.append(m.parameters()[2].value)
        return out, loss

    results = [step(i) for i in range(STEPS)]
    return held, results, weights(m)


@program
def two_models_in_one_function(jit):
    a, b, (x, y) = mlp(), mlp(5, d=4), data()
    o = optim.Adam([*a.parameters(), *b.parameters()], lr=0.01)

    @jit
    def step(i):
        o.zero_grad()
        h = a(x * i)
        loss = gg.cross_entropy(b(gg.tanh(h)), y) + gg.cross_entropy(h, y)
        loss.backward()
        o.step()
        return loss

    return [step(i) for i in range(STEPS)], weights(a, b)


@program
def adversaries(jit):
    make, judge = nn.Linear(3, 6, rng=0), mlp(2, k=1)
    om, oj = optim.Adam(make.parameters(), lr=0.01), optim.SGD(judge.parameters(), lr=0.1)
    real, rng = data()[0], np.random.default_rng(0)

    @jit
    def step():
        fake = make(rng.normal(size=(10, 3)).astype("f4"))
        oj.zero_grad()
        loss = gg.mean(gg.softplus(judge(fake.detach()))) + gg.mean(gg.softplus(-judge(real)))
        loss.backward()
        oj.step()
        om.zero_grad()
        gg.mean(gg.softplus(-judge(fake))).backward()
        om.step()
        return loss

    return [step() for _ in range(STEPS)], weights(make, judge)


@program
def an_epoch_in_one_call(jit):
    m, (x, y) = mlp(), data(24)
    o = optim.SGD(m.parameters(), lr=0.1, momentum=0.5)

    @jit
    def epoch():
        total = 0.0
        for k in range(0, 24, 6):
            o.zero_grad()
            loss = gg.cross_entropy(m(x[k : k + 6]), y[k : k + 6])
            loss.backward()
            o.step()
            total += loss.item()
        return total

    return [epoch() for _ in range(4)], weights(m)


@program
def a_running_total_that_stays(jit):
    m, (x, y) = mlp(), data()
    o, kept = optim.SGD(m.parameters(), lr=0.1), {"total": gg.tensor(0.0, requires_grad=False)}

    @jit
    def step(i):
        o.zero_grad()
        loss = gg.cross_entropy(m(x * i), y)
        loss.backward()
        o.step()
        kept["total"] = kept["total"] * 0.9 + loss.detach()

    for i in range(STEPS):
        step(i)
    return kept["total"], weights(m)


@program
def hidden_values_are_collected(jit):
    m, (x, y), log = mlp(), data(), []
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        h = m[1](m[0](x * i))
        log.append(h)
        loss = gg.cross_entropy(m[2](h), y)
        loss.backward()
        o.step()
        return loss

    for i in range(STEPS):
        step(i)
    return log, weights(m)


@program
def coins_and_lists(jit):
    random.seed(1)
    blocks = [nn.Linear(6, 6, rng=i) for i in range(3)]
    head, (x, y) = nn.Linear(6, 4, rng=9), data()
    o = optim.SGD([p for m in (*blocks, head) for p in m.parameters()], lr=0.1, momentum=0.9)

    @jit
    def step():
        o.zero_grad()
        h = gg.tensor(x, requires_grad=False)
        for b in blocks:
            if random.random() < 0.6:
                h = h + gg.relu(b(h))
        loss = gg.cross_entropy(head(h), y)
        loss.backward()
        o.step()
        return loss

    return [step() for _ in range(30)], weights(*blocks, head)


@program
def a_batch_that_changes_at_once(jit):
    m, (x, y) = mlp(), data()
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        z = x * i
        out = m(gg.tensor(z, requires_grad=False))
        z[...] = 0
        loss = gg.cross_entropy(out, y)
        loss.backward()
        o.step()
        return loss

    return [step(i) for i in range(STEPS)], weights(m)


@program
def a_value_is_set_in_the_middle(jit):
    m, (x, y) = mlp(), data()
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        out = m(x)
        before = gg.cross_entropy(out, y).item()
        m.parameters()[1].value = np.full(8, 0.01 * i, np.float32)
        loss = gg.cross_entropy(m(x), y)
        loss.backward()
        o.step()
        return before, loss

    return [step(i) for i in range(STEPS)], weights(m)


@program
def frozen_and_thawed(jit):
    m, (x, y) = mlp(), data()
    o = optim.Adam(m.parameters(), lr=0.05)

    @jit
    def step(i):
        m.parameters()[0].requires_grad = i % 4 != 1
        o.zero_grad()
        gg.cross_entropy(m(x), y).backward()
        o.step()

    for i in range(14):
        step(i)
    return weights(m), o.steps


@program
def no_gradient_for_a_part(jit):
    m, (x, y) = mlp(), data()
    teacher = copy.deepcopy(m)
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        with gg.no_grad():
            aim = gg.softmax(teacher(x * i))
        out = m(x * i)
        loss = gg.mean((out - aim) ** 2) + 0.1 * gg.cross_entropy(out, y)
        loss.backward()
        o.step()
        with gg.no_grad():
            for p, q in zip(teacher.parameters(), m.parameters(), strict=True):
                p.value = 0.9 * p.numpy() + 0.1 * q.numpy()
        return loss

    return [step(i) for i in range(STEPS)], weights(m, teacher)


@program
def hooks(jit):
    m, (x, y), seen = mlp(), data(), []
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        if i == 4:
            m.parameters()[2].register_hook(lambda g: seen.append(g.copy()) or g * 2)
        o.zero_grad()
        h = m[0](x * i)
        if i % 3 == 1:
            h.register_hook(lambda g: -g)
        loss = gg.cross_entropy(m[2](m[1](h)), y)
        loss.backward()
        o.step()

    for i in range(STEPS):
        step(i)
    return seen, weights(m)


@program
def retained_gradients(jit):
    m, (x, y), seen = mlp(), data(), []
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        h = m[0](x * i)
        h.retain_grad()
        gg.cross_entropy(m[2](m[1](h)), y).backward()
        seen.append(h.grad)
        o.step()

    for i in range(STEPS):
        step(i)
    return seen, weights(m)


@program
def second_derivatives(jit):
    m, (x, y) = mlp(), data()
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        z = gg.tensor(x * i, name="z")
        out = m(z)
        slope = gg.grad(gg.sum(out), z, create_graph=True)
        loss = gg.cross_entropy(out, y) + gg.mean(slope * slope)
        loss.backward()
        o.step()
        return loss

    return [step(i) for i in range(STEPS)], weights(m)


@dataclass(frozen=True)
class Wave(ops.Op):
    """An op of somebody else, with a rule in NumPy and a memory of its own."""

    calls: object = None

    def forward(self, x):
        self.calls.append(1)
        return np.sin(x) * (1 if len(self.calls) < 6 else 2)

    def vjp(self, g, _y, x):
        return g * np.cos(np.asarray(getattr(x, "_array", x)))


@program
def an_op_of_ones_own(jit):
    m, (x, y), calls = mlp(), data(), []
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        loss = gg.cross_entropy(m[2](Wave(calls)(m[0](x * i))), y)
        loss.backward()
        o.step()
        return loss

    return [step(i) for i in range(STEPS)], weights(m), len(calls)


@dataclass(eq=False)
class Jumpy(optim.Optimizer):
    """A method of somebody else, that does as it likes."""

    def init(self, p):
        return (np.zeros_like(p),)

    def update(self, p, g, state, t, lr):
        state[0][...] += np.sign(g)
        return (p - lr * state[0] if t % 3 else p - lr * g * float(np.abs(g).max())), state


@program
def a_method_of_ones_own(jit):
    m, (x, y) = mlp(), data()
    o = Jumpy(m.parameters(), lr=0.01)

    @jit
    def step():
        o.zero_grad()
        gg.cross_entropy(m(x), y).backward()
        o.step()

    for _ in range(STEPS):
        step()
    return weights(m)


@program
def other_shapes_each_time(jit):
    m, (x, y) = mlp(), data(60)
    o = optim.SGD(m.parameters(), lr=0.05)

    @jit
    def step(n):
        o.zero_grad()
        loss = gg.cross_entropy(m(x[:n]), y[:n])
        loss.backward()
        o.step()
        return loss

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [step(n) for n in range(2, 60)], weights(m)


@program
def numbers_of_every_kind(jit):
    w = gg.tensor(np.arange(4, dtype="f4"), name="w")

    @jit
    def step(c):
        w.zero_grad()
        y = gg.sum(w * c) + gg.sum(w**2 * 0.5)
        y.backward()
        return y, w.grad

    return [step(c) for c in (1, 1.0, True, np.float32(1), np.float64(2), -0.0, 0.0, 2, np.nan)]


@program
def strides_of_every_kind(jit):
    m, rng = mlp(), np.random.default_rng(0)
    o = optim.SGD(m.parameters(), lr=0.05)
    big, y = rng.normal(size=(20, 12)).astype("f4"), rng.integers(0, 4, 10)
    views = [big[::2, ::2], big[::-2, :6], big[:10, ::-2], big[:10, :6].T.copy().T, big[10:, 6:]]

    @jit
    def step(x):
        o.zero_grad()
        loss = gg.cross_entropy(m(x), y) + gg.mean(gg.exp(gg.tensor(x, requires_grad=False)))
        loss.backward()
        o.step()
        return loss

    return [step(x) for x in views * 4], weights(m)


@program
def settings_change_on_the_way(jit):
    m, (x, y) = mlp(), data()
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        if i == 3:
            o.momentum = 0.9
        if i == 5:
            o.weight_decay = 0.01
        if i == 6:
            o.dampening, o.lr = 0.5, 0.05
        if i == 8:
            o.momentum = 0.0
        o.zero_grad()
        gg.cross_entropy(m(x), y).backward()
        o.step()

    for i in range(12):
        step(i)
    return weights(m)


@program
def a_layer_comes_later(jit):
    a, b, (x, y) = mlp(), mlp(7), data()
    o = optim.Adam([*a.parameters(), *b.parameters()], lr=0.02)

    @jit
    def step(i):
        o.zero_grad()
        out = a(x) + b(x) if i > 3 else a(x)
        gg.cross_entropy(out, y).backward()
        o.step()

    for i in range(STEPS):
        step(i)
    return weights(a, b), o.steps


@program
def norms_and_chance(jit):
    layers = [nn.Conv2d(1, 4, 3, padding=1, rng=0), nn.BatchNorm(4), nn.ReLU(), nn.MaxPool2d(2)]
    layers += [nn.Dropout(0.3, rng=1), nn.Flatten(), nn.Linear(36, 4, rng=2)]
    m, rng = nn.Sequential(*layers), np.random.default_rng(0)
    o, judged = optim.Adam(m.parameters(), lr=0.01), []
    y = data()[1]

    @jit
    def step(i):
        x = rng.normal(size=(10, 1, 6, 6)).astype("f4")
        o.zero_grad()
        loss = gg.cross_entropy(m.train()(x), y)
        loss.backward()
        o.step()
        if i % 3 == 0:
            with gg.no_grad():
                judged.append(gg.cross_entropy(m.eval()(x), y).item())
        return loss

    return [step(i) for i in range(STEPS)], judged, weights(m), m.buffers()


@program
def clipped(jit):
    m, (x, y) = mlp(), data()
    o, lengths = optim.SGD(m.parameters(), lr=0.5), []

    @jit
    def step(i):
        o.zero_grad()
        gg.cross_entropy(m(x * i), y).backward()
        lengths.append(optim.clip_grad_norm(m.parameters(), 0.4))
        o.step()

    for i in range(STEPS):
        step(i)
    return lengths, weights(m)


@program
def the_error_is_caught_and_training_goes_on(jit):
    m, (x, y), caught = mlp(), data(), []
    o = optim.SGD(m.parameters(), lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        try:
            labels = y + (100 if i % 4 == 3 else 0)
            loss = gg.cross_entropy(m(x), labels)
        except LabelError as error:
            caught.append(str(error))
            loss = gg.mean(m(x) ** 2)
        loss.backward()
        o.step()

    for i in range(STEPS):
        step(i)
    return np.array(len(caught)), weights(m)


@program
def rows_that_do_not_exist_are_caught_where_they_are_asked_for(jit):
    table, rng, caught = nn.module.Parameter(data()[0]), np.random.default_rng(0), []
    o = optim.SGD([table], lr=0.1)

    @jit
    def step(i):
        o.zero_grad()
        rows = rng.integers(0, 10 + 3 * (i % 4 == 3), 12)
        try:
            loss = gg.sum(gg.take(table, rows) ** 2)
        except IndexError:
            caught.append(i)
            loss = gg.sum(table)
        loss.backward()
        o.step()

    for i in range(16):
        step(i)
    return np.array(caught), table


@program
def float64(jit):
    m, (x, y) = mlp().to(np.float64), data()
    o = optim.Adam(m.parameters(), lr=0.01)

    @jit
    def step(i):
        o.zero_grad()
        loss = gg.cross_entropy(m(x.astype(float) * i), y)
        loss.backward()
        o.step()
        return loss

    return [step(i) for i in range(STEPS)], weights(m)


@program
def a_model_is_copied_and_loaded(jit):
    m, (x, y) = mlp(), data()
    o, copies = optim.Adam(m.parameters(), lr=0.01), []

    @jit
    def step():
        o.zero_grad()
        loss = gg.cross_entropy(m(x), y)
        loss.backward()
        o.step()
        return loss

    for i in range(STEPS):
        step()
        copies.append(copy.deepcopy(m))
        if i == 5:
            m.load_state_dict(copies[1].state_dict())
    return weights(m, *copies)


@program
def one_function_two_objects(jit):
    class Worker:
        def __init__(self, seed):
            self.m = mlp(seed)
            self.o = optim.SGD(self.m.parameters(), lr=0.1, momentum=0.9)

        @jit
        def step(self, x, y):
            self.o.zero_grad()
            loss = gg.cross_entropy(self.m(x), y)
            loss.backward()
            self.o.step()
            return loss

    a, b, (x, y) = Worker(0), Worker(4), data()
    return [(a.step(x, y), b.step(x * 2, y)) for _ in range(STEPS)], weights(a.m, b.m)


@program
def the_same_value_read_twice(jit):
    m, x = mlp(), data()[0]
    tied = m.parameters()[0]

    @jit
    def step(i):
        m.zero_grad()
        loss = gg.sum(gg.tanh(x @ tied.T)) * i + gg.sum(tied * tied) + gg.sum(gg.tanh(x @ tied.T))
        loss.backward()
        return loss, tied.grad

    return [step(i) for i in range(STEPS)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_the_same_numbers_traced(name):
    assert same(PROGRAMS[name](gg.jit), PROGRAMS[name](lambda f: f))


def test_the_programs_are_planned():
    """Otherwise there would be nothing to compare."""
    made = []

    def jit(f):
        made.append(gg.jit(f))
        return made[-1]

    PROGRAMS["the_four_lines"](jit)
    PROGRAMS["norms_and_chance"](jit)
    assert [len(f.plans) > 0 for f in made] == [True, True]


def test_an_error_in_the_middle_leaves_what_was_done():
    m, (x, y) = mlp(), data()

    def step(fails):
        m.zero_grad()
        gg.cross_entropy(m(x), y).backward()
        if fails:
            raise KeyError("in the middle")

    traced = gg.jit(step)
    for fails in (False, False, False, True):
        found = []
        for f in (step, traced):
            try:
                f(fails)
            except KeyError:
                assert fails
            found.append([p.grad for p in m.parameters()])
        assert same(*found)


def test_two_threads_take_turns():
    m, (x, y) = mlp(), data()
    o = optim.SGD(m.parameters(), lr=0.0)

    @gg.jit
    def step(i):
        o.zero_grad()
        loss = gg.cross_entropy(m(x * i), y)
        loss.backward()
        o.step()
        return loss.item()

    expected, found = {i: step(i) for i in range(4)}, {}

    def many(i):
        found[i] = {step(i) for _ in range(50)}

    threads = [threading.Thread(target=many, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert found == {i: {loss} for i, loss in expected.items()}


def test_a_jit_within_a_jit_is_part_of_it():
    m, (x, y) = mlp(), data()

    @gg.jit
    def loss_of(i):
        return gg.cross_entropy(m(x * i), y)

    @gg.jit
    def step(i):
        m.zero_grad()
        loss_of(i).backward()
        return [p.grad for p in m.parameters()]

    for i in range(5):
        traced = step(i)
        m.zero_grad()
        gg.cross_entropy(m(x * i), y).backward()
        assert same(traced, [p.grad for p in m.parameters()])
    assert loss_of.plans == []


@pytest.mark.parametrize("wrong", [3, "step", None])
def test_jit_wants_a_function(wrong):
    with pytest.raises(SettingError, match="jit expects a function"):
        gg.jit(wrong)


def test_a_generator_is_refused():
    def steps():
        yield 1

    with pytest.raises(SettingError, match="a generator or a coroutine, which stops in the middle"):
        gg.jit(steps)


def test_a_function_that_never_repeats_is_left_alone_and_that_is_said_once():
    w = gg.tensor([1.0, 2.0])

    @gg.jit
    def step(n):
        return gg.sum(w * np.ones((n, 2), np.float32))

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert [step(n).item() for n in range(1, 80)] == [3.0 * n for n in range(1, 80)]
    assert [str(w.message)[:9] for w in said if "jit saves nothing" in str(w.message)] == [
        "test_a_fu"
    ]


def test_what_is_lost_says_so():
    """The value between is reached through the graph of the result, when the next call has come."""
    m, (x, y) = mlp(), data()

    @gg.jit
    def step(i):
        m.zero_grad()
        loss = gg.cross_entropy(m(x * i), y)
        loss.backward()
        return loss

    losses = [step(i) for i in range(4)]
    assert np.isfinite([loss.item() for loss in losses]).all()
    with pytest.raises(
        GraphError,
        match=r"\(test_traced_programs.py:\d+\) was computed inside a jitted step and not kept",
    ):
        losses[2].inputs[0].numpy()
