"""The laws of ops.  Each is a function of one sample, `law(op, *inputs)`, that fails where it is broken.

`test_ops.py` runs every law on every sample of every op; `test_mutants.py` plants mistakes in rules and
demands that a law notices each of them.

Tolerances are relative, with a floor at the rounding noise of the differences; a fixed absolute tolerance
would let a wrong small gradient through.
"""

from unittest import mock

import numpy as np

import glassgrad as gg
from glassgrad import kernels, ops

STEP = 2.0**-9  # a power of two, so that x + STEP loses nothing
STENCIL = ((1, 45 / 60), (2, -9 / 60), (3, 1 / 60))  # sixth order: Σ c (f(x + kh) - f(x - kh)) / h
RTOL = 1e-8
NOISE = 64 * np.finfo(float).eps / STEP  # of a difference quotient, relative to the values


def samples(op):
    """The samples of an op class, always the same."""
    return [(made, *map(np.asarray, xs)) for made, *xs in op.samples(np.random.default_rng(0))]


def real(xs):
    """The places of the inputs that can have a gradient."""
    return [i for i, x in enumerate(xs) if x.dtype.kind == "f"]


def has_gradient(op, xs):
    """Whether there is a gradient to speak of: labels, masks and conditions have none."""
    return bool(real(xs)) and np.asarray(op(*xs)).dtype.kind == "f"


def gradients(op, xs, g, create_graph=False):
    """The gradients of <g, op(xs)> for the real inputs, through the engine."""
    tensors = [gg.tensor(x) for x in xs]
    y = op(*tensors)
    return gg.grad(y, [tensors[i] for i in real(xs)], seed=g, create_graph=create_graph)


def of_real_inputs(op, xs):
    """The op as a function of its real inputs only, and those."""
    moving = real(xs)

    def f(*moved):
        full = list(xs)
        for i, x in zip(moving, moved, strict=True):
            full[i] = x
        return np.asarray(op(*full))

    return f, [xs[i] for i in moving]


def flat(arrays):
    """Several arrays as one vector."""
    return np.concatenate([np.ravel(a) for a in arrays])


def numeric_jvp(f, xs, vs):
    """The derivative of the vector f(*xs) in the direction vs, and the size of the values met."""
    total, size = 0.0, 0.0
    for k, c in STENCIL:
        ahead = f(*(x + k * STEP * v for x, v in zip(xs, vs, strict=True)))
        behind = f(*(x - k * STEP * v for x, v in zip(xs, vs, strict=True)))
        total = total + c * (ahead - behind)
        size = max(size, np.max(np.abs(ahead), initial=0.0))
    return total / STEP, size


def directions(shapes, limit, rng):
    """Every unit vector if there are few, else some random directions."""
    n = sum(map(np.prod, shapes)).astype(int) if shapes else 0
    rows = np.eye(n) if n <= limit else rng.normal(size=(4, n))
    ends = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
    for row in rows:
        yield [v.reshape(s) for v, s in zip(np.split(row, ends), shapes, strict=True)]


def agree(analytic, numeric, noise):
    """Relative agreement, down to the noise of the numeric side."""
    wrong = np.abs(analytic - numeric) - RTOL * np.abs(analytic) - noise
    assert np.all(wrong <= 0), f"by the rule {analytic}, by differences {numeric}"


def adjoint(op, *xs):
    """<g, J v> = <Jᵀ g, v> for random g and v."""
    rng = np.random.default_rng(1)
    f, start = of_real_inputs(op, xs)
    for _ in range(2):
        g = rng.normal(size=np.shape(op(*xs)))
        vs = [rng.normal(size=x.shape) for x in start]
        jv, size = numeric_jvp(f, start, vs)
        bars = gradients(op, xs, g)
        right = sum(np.vdot(b, v) for b, v in zip(bars, vs, strict=True))
        agree(right, np.vdot(g, jv), NOISE * size * np.sum(np.abs(g)))


def jacobian(op, *xs):
    """Every element of the Jacobian, row by row from the rule and column by column by differences."""
    rng = np.random.default_rng(2)
    f, start = of_real_inputs(op, xs)
    gs = [g for (g,) in directions([np.shape(op(*xs))], 60, rng)]
    rows = [flat(gradients(op, xs, g)) for g in gs]
    for vs in directions([x.shape for x in start], 120, rng):
        jv, size = numeric_jvp(f, start, vs)
        for g, row in zip(gs, rows, strict=True):
            agree(row @ flat(vs), np.vdot(g, jv), NOISE * size * np.sum(np.abs(g)))


def second_order(op, *xs):
    """The gradient of the gradient, for the inputs and for the cotangent."""
    rng = np.random.default_rng(3)
    g = rng.normal(size=np.shape(op(*xs)))
    h = [rng.normal(size=xs[i].shape) for i in real(xs)]
    f, start = of_real_inputs(lambda *a: flat(h) @ flat(gradients(op, a[:-1], a[-1])), (*xs, g))
    bars = second_gradients(op, xs, g, h)
    for vs in directions([x.shape for x in start], 16, rng):
        numeric, size = numeric_jvp(f, start, vs)
        parts = flat(bars) * flat(vs)
        agree(np.sum(parts), numeric, NOISE * size + RTOL * np.sum(np.abs(parts)))


def second_gradients(op, xs, g, h):
    """The gradients of <h, Jᵀ g> for the real inputs and for g."""
    tensors, seed = [gg.tensor(x) for x in xs], gg.tensor(g)
    wrt = [tensors[i] for i in real(xs)]
    first = gg.grad(op(*tensors), wrt, seed=seed, create_graph=True)
    parts = [gg.grad(a, [*wrt, seed], seed=b) for a, b in zip(first, h, strict=True)]
    return [sum(p) for p in zip(*parts, strict=True)]


def third_order(op, x):
    """The third derivative of a function of one number."""

    def second(v):
        t = gg.tensor(v)
        dy = gg.grad(op(t).sum(), t, create_graph=True)
        return t, gg.grad(dy.sum(), t, create_graph=True)

    t, ddy = second(x)
    dddy = gg.grad(ddy.sum(), t)
    numeric, size = numeric_jvp(lambda v: second(v)[1].numpy(), [x], [np.ones_like(x)])
    agree(dddy, numeric, NOISE * size)


def definition(op, *xs):
    """The definition gives the same values and the same gradients as the hand-written pair."""
    y = np.asarray(op(*xs))
    near(op.definition(*xs), y, 1e-12)
    if has_gradient(op, xs):
        g = np.random.default_rng(4).normal(size=y.shape)
        tensors = [gg.tensor(x) for x in xs]
        wanted = gg.grad(op.definition(*tensors), [tensors[i] for i in real(xs)], seed=g)
        for a, b in zip(gradients(op, xs, g), wanted, strict=True):
            near(a, b, 1e-10)


def witness(op, *xs):
    """The witness sees the same values, without asking the accused."""
    value = op(*xs)
    with mock.patch.object(type(op), "forward", side_effect=AssertionError("asked the accused")):
        near(value, op.witness(*xs), 1e-13)


def recorded(op, *xs):
    """Recording changes no bit, neither of the value nor of the gradient."""
    y = np.asarray(op(*xs))
    same(op(*map(gg.tensor, xs)).numpy(), y)
    if has_gradient(op, xs):
        g = np.random.default_rng(5).normal(size=y.shape).astype(y.dtype)
        tracked = gradients(op, xs, g, create_graph=True)
        for a, b in zip(tracked, gradients(op, xs, g), strict=True):
            same(a.numpy(), b)


def unread(op, *xs):
    """What a rule promises not to read may hold anything."""
    y = np.asarray(op(*xs))
    g = np.random.default_rng(6).normal(size=y.shape)
    is_read = op.reads(len(xs))
    spoiled = [v if kept else spoil(v) for v, kept in zip((y, *xs), is_read, strict=True)]
    for a, b in zip(cotangents(op, g, y, *xs), cotangents(op, g, *spoiled), strict=True):
        assert (a is None) == (b is None)
        if a is not None:
            same(a, b)


def spoil(x):
    """Another array of the same shape and dtype."""
    return np.full_like(x, np.nan) if x.dtype.kind == "f" else np.zeros_like(x)


def cotangents(op, g, y, *xs):
    """What the rule returns, with its callables called."""
    out = op.vjp(g, y, *xs)
    return [v() if callable(v) else v for v in (out if isinstance(out, tuple) else (out,))]


def float32(op, *xs):
    """float32 in, float32 out, forward and backward, recorded or not; and close to float64."""
    low = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in xs]
    high = [x.astype(np.float64) if x.dtype.kind == "f" else x for x in low]
    y = np.asarray(op(*low))
    assert y.dtype == (np.float32 if real(xs) and y.dtype.kind == "f" else y.dtype)
    near(y, op(*high), 1e-5)
    if has_gradient(op, xs):
        g = np.random.default_rng(7).normal(size=y.shape).astype(np.float32)
        wanted = gradients(op, high, g.astype(np.float64))
        for create_graph in (False, True):
            for a, b in zip(gradients(op, low, g, create_graph), wanted, strict=True):
                assert a.dtype == np.float32
                near(a.numpy() if create_graph else a, b, 1e-5)


def twin(op, *xs):
    """The kernels give what the NumPy lines give, however the inputs lie in memory, on any threads."""
    low = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in xs]
    with kernels.off():
        y = np.asarray(op(*low))
        g = np.random.default_rng(9).normal(size=y.shape).astype(np.float32)
        wanted = gradients(op, low, g) if has_gradient(op, xs) else []
    for lie in (np.asarray, fortran, spaced):
        laid = [lie(x) for x in low]
        near(op(*laid), y, 4e-6)
        if wanted:
            for a, b in zip(gradients(op, laid, g), wanted, strict=True):
                near(a, b, 4e-6)
    threads = kernels.threads()
    try:
        both = [kernels.threads(n) and np.asarray(op(*low)) for n in (1, 2)]
    finally:
        kernels.threads(threads)
    assert np.array_equal(*both, equal_nan=True), "the number of threads changes the result"


def fortran(x):
    """The same numbers, the first axis fastest in memory."""
    return np.array(x, order="F")


def spaced(x):
    """The same numbers with gaps between them in memory."""
    room = np.zeros([2 * n for n in x.shape], x.dtype)
    room[tuple(slice(None, None, 2) for _ in x.shape)] = x
    return room[tuple(slice(None, None, 2) for _ in x.shape)]


def linear(op, *xs):
    """A rule is linear in the cotangent: nothing sends nothing back, and sums add up."""
    rng, shape = np.random.default_rng(8), np.shape(op(*xs))
    for bar in gradients(op, xs, np.zeros(shape)):
        assert not np.any(bar), f"a cotangent of zeros sends back {bar}"
    a, b = rng.normal(size=shape), rng.normal(size=shape)
    parts = zip(gradients(op, xs, a), gradients(op, xs, b), strict=True)
    for both, (one, other) in zip(gradients(op, xs, 2 * a - 3 * b), parts, strict=True):
        near(both, 2 * one - 3 * other, 1e-12, np.abs(one) + np.abs(other))
    h = [rng.normal(size=xs[i].shape) for i in real(xs)]
    at_zero = second_gradients(op, xs, np.zeros(shape), h)[-1]
    near(at_zero, second_gradients(op, xs, a, h)[-1], 1e-12)


def alone(op, *xs):
    """An elementwise op gives an element alone, a number, what it gives it among others."""
    full = np.broadcast_arrays(*xs)
    y = np.broadcast_to(op(*xs), full[0].shape)
    for place in list(np.ndindex(y.shape))[:4]:
        ones = [gg.tensor(x[place]) for x in full]
        single = op(*ones)
        assert single.shape == ()
        near(single.numpy(), y[place], 1e-15)
        if single.requires_grad:
            bars = gg.grad(single, [t for t in ones if t.requires_grad])
            assert all(b.shape == () for b in bars)


def near(a, b, rtol, scale=None):
    """Equal but for rounding; the floor is relative to the largest value."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    assert a.shape == b.shape, f"shapes {a.shape} and {b.shape}"
    size = np.max(np.abs(b if scale is None else scale), initial=0.0)
    np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * size)


def same(a, b):
    """Equal bit for bit, type and shape included."""
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    assert a.tobytes() == b.tobytes()


def elementwise_of_one(op, xs):
    """Whether the op is a function of one number."""
    return isinstance(op, ops.Elementwise) and len(xs) == 1 and has_gradient(op, xs)
