"""Do the laws bite?  Mistakes are planted in rules, and a law must notice each of them.

A mutant is a subclass of a real op with another `vjp`, so nothing of the original is touched.  The first
half plants the same seven mistakes in every op there is; the second half plants mistakes of the kind that
people make, one by one.
"""

import numpy as np
import pytest

import laws
from glassgrad import ops
from glassgrad.errors import GlassgradError
from glassgrad.ops.index import Index, ScatterAdd
from glassgrad.ops.shared.axes import kept_shape

LAWS = [
    laws.jacobian,
    laws.linear,
    laws.adjoint,
    laws.second_order,
    laws.recorded,
    laws.unread,
    laws.float32,
    laws.definition,
    laws.witness,
]


def mutant(kind, vjp, **changes):
    """The op with another rule."""
    return type(kind.__name__, (kind,), {"vjp": vjp, **changes})


def killer(kind):
    """The first law that notices, or None."""
    for law in LAWS:
        for op, *xs in laws.samples(kind):
            if law is laws.definition and op.definition is None:
                continue
            if law in (laws.witness, laws.recorded) or laws.has_gradient(op, xs):
                try:
                    law(op, *xs)
                except (AssertionError, GlassgradError):
                    return law
    return None


# ---- the same mistakes in every op


def transformed(kind, n, change):
    """The op whose cotangent number n is changed."""

    def vjp(self, g, y, *xs):
        bars = laws.cotangents(super(wrong, self), g, y, *xs)
        bars[n] = None if bars[n] is None else change(bars[n])
        return tuple(bars)

    wrong = mutant(kind, vjp)
    return wrong


def at_place(place):
    """Makes one element larger by a millionth."""

    def change(bar):
        shape, flat = place
        if bar.shape != shape:
            return bar
        factors = np.ones(shape, bar.dtype)
        factors.flat[flat] += 1e-6
        return bar * factors

    return change


def live_place(kind, n):
    """An element of cotangent n that is not negligible: its shape and number, or None."""
    for op, *xs in laws.samples(kind):
        if n in laws.real(xs) and laws.has_gradient(op, xs):
            y = np.asarray(op(*xs))
            bar = laws.cotangents(op, np.random.default_rng(9).normal(size=y.shape), y, *xs)[n]
            if bar is not None and np.any(bar):
                sizes = np.abs(np.ravel(bar))
                return bar.shape, int(np.flatnonzero(sizes > 0.1 * np.max(sizes))[0])
    return None


CHANGES = {
    "sign": lambda place: lambda bar: -bar,
    "double": lambda place: lambda bar: 2 * bar,
    "thousandth": lambda place: lambda bar: bar * (1 + 1e-3),
    "millionth": lambda place: lambda bar: bar * (1 + 1e-6),
    "one element, a millionth": at_place,
    "lost": lambda place: lambda bar: None,
    "a little added": lambda place: lambda bar: bar + 1e-9,
}
LIVE = [
    (kind, n, place)
    for kind in ops.registry()
    for n in {n for _, *xs in laws.samples(kind) for n in laws.real(xs)}
    if (place := live_place(kind, n)) is not None
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("kind", "n", "place"), LIVE, ids=[f"{kind.__name__}-{n}" for kind, n, _ in LIVE]
)
def test_a_planted_change_is_noticed(kind, n, place, change):
    assert killer(transformed(kind, n, CHANGES[change](place)))


def test_the_originals_live():
    """The laws are not merely hard to please."""
    for kind in {kind for kind, _, _ in LIVE}:
        copy = mutant(kind, kind.vjp)
        op, *xs = laws.samples(copy)[0]
        laws.jacobian(op, *xs)
        laws.linear(op, *xs)


# ---- mistakes that people make

PLANTED = []


def plant(kind, what):
    """Register a wrong rule for an op."""

    def register(vjp):
        PLANTED.append(pytest.param(mutant(kind, vjp), id=f"{kind.__name__}: {what}"))
        return vjp

    return register


@plant(ops.Multiply, "the factors are not swapped")
def _(self, g, _y, a, b):
    return g * a, g * b


@plant(ops.Subtract, "no minus")
def _(self, g, _y, _a, _b):
    return g, g


@plant(ops.Divide, "a denominator forgotten")
def _(self, g, y, _a, b):
    return g / b, -g * y


@plant(ops.Power, "the exponent is not lowered")
def _(self, g, y, a, b):
    return g * b * y, g * y * ops.log(a)


@plant(ops.Power, "the logarithm of the result")
def _(self, g, y, a, b):
    return g * b * ops.power(a, b - 1), g * y * ops.log(y)


@plant(ops.Sqrt, "the half forgotten")
def _(self, g, y, _x):
    return g / y


@plant(ops.Log, "divided by the result")
def _(self, g, y, _x):
    return g / y


@plant(ops.Sin, "is its own derivative")
def _(self, g, y, _x):
    return g * y


@plant(ops.Cos, "no minus")
def _(self, g, _y, x):
    return g * ops.sin(x)


@plant(ops.Abs, "no sign")
def _(self, g, _y, _x):
    return g * 1


@plant(ops.Clip, "lets everything through")
def _(self, g, _y, _x):
    return g * 1


@plant(ops.Clip, "looks at the sign")
def _(self, g, _y, x):
    return g * ops.step(x)


@plant(ops.Where, "the sides are swapped")
def _(self, g, _y, condition, _a, _b):
    return None, ops.where(condition, 0, g), ops.where(condition, g, 0)


@plant(ops.Maximum, "both get all")
def _(self, g, _y, _a, _b):
    return g * 1, g * 1


@plant(ops.Minimum, "the maximum's rule")
def _(self, g, _y, a, b):
    return g * ops.step(a - b), g * ops.step(b - a)


@plant(ops.ReLU, "the mask turned round")
def _(self, g, _y, x):
    return g * ops.step(-x, self.at_zero)


@plant(ops.ReLU, "the mask of the cotangent")
def _(self, g, _y, x):
    return g * ops.step(g)


@plant(ops.LeakyReLU, "the slope on both sides")
def _(self, g, _y, _x):
    return g * self.slope


@plant(ops.Tanh, "the square forgotten")
def _(self, g, y, _x):
    return g * (1 - y)


@plant(ops.Tanh, "plus for minus")
def _(self, g, y, _x):
    return g * (1 + y * y)


@plant(ops.TanhDerivative, "the two forgotten")
def _(self, g, y, x):
    return -g * y * ops.tanh(x)


@plant(ops.Sigmoid, "a factor dropped")
def _(self, g, y, _x):
    return g * y


@plant(ops.Sigmoid, "zero in the tails")
def _(self, g, _y, x):
    return g * ops.sigmoid_derivative(x) * ops.step(11 - ops.abs(x))


@plant(ops.SigmoidDerivative, "no minus")
def _(self, g, y, x):
    return g * y * ops.tanh(0.5 * x)


@plant(ops.SiLU, "a term dropped")
def _(self, g, _y, x):
    return g * ops.sigmoid(x)


@plant(ops.GELU, "a term dropped")
def _(self, g, _y, x):
    return g * 0.5 * (1 + ops.erf(x * 0.5**0.5))


@plant(ops.GELU, "the derivative of x σ(1.702 x)")
def _(self, g, _y, x):
    return g * ops.silu_derivative(1.702 * x)


@plant(ops.ELU, "alpha forgotten")
def _(self, g, _y, x):
    return g * ops.ELUDerivative()(x)


@plant(ops.Softplus, "the sigmoid of minus x")
def _(self, g, _y, x):
    return g * ops.sigmoid(-x)


@plant(ops.Sum, "the mean's rule")
def _(self, g, _y, x):
    bar = ops.broadcast_to(ops.reshape(g, kept_shape(x.shape, self.axis)), x.shape)
    return bar * (g.size / x.size)


@plant(ops.BroadcastTo, "the sum forgotten")
def _(self, g, _y, x):
    first = ops.index(g, (0,) * (g.ndim - x.ndim))
    return ops.index(first, tuple(slice(n) for n in x.shape))


@plant(ops.Max, "everybody gets a share")
def _(self, g, _y, x):
    kept = ops.reshape(g, kept_shape(x.shape, self.axis))
    return ops.broadcast_to(kept, x.shape) * (g.size / x.size)


@plant(ops.LogSumExp, "not normalised")
def _(self, g, _y, x):
    kept = kept_shape(x.shape, self.axis)
    return ops.reshape(g, kept) * ops.exp(x - ops.max(x, self.axis, keepdims=True))


@plant(ops.LogSumExp, "softmax along another axis")
def _(self, g, _y, x):
    return ops.reshape(g, kept_shape(x.shape, self.axis)) * ops.softmax(x, self.axis - 1)


@plant(ops.Norm, "not divided by the length")
def _(self, g, _y, x):
    return ops.reshape(g, kept_shape(x.shape, self.axis)) * x


@plant(ops.Transpose, "the order is not inverted")
def _(self, g, _y, _x):
    return ops.transpose(g, self.axes)


@plant(ops.Reshape, "elements in another order")
def _(self, g, _y, x):
    return ops.reshape(ops.transpose(g), x.shape)


@plant(ops.Concatenate, "the parts in reverse order")
def _(self, g, _y, *xs):
    starts = np.cumsum([0] + [x.shape[self.axis] for x in xs])[::-1]
    along = [slice(None)] * (self.axis % g.ndim)
    return tuple(
        ops.index(g, (*along, slice(int(start) - x.shape[self.axis], int(start))))
        for x, start in zip(xs, starts, strict=False)
    )


@plant(ops.Pad, "off by one")
def _(self, g, _y, x):
    inside = zip(self.widths, x.shape, strict=True)
    return ops.index(g, tuple(slice(after, after + n) for (_, after), n in inside))


@plant(Index, "the last one wins where a place repeats")
def _(self, g, _y, x):
    places = np.arange(x.size).reshape(x.shape)[self.key.index()].ravel().tolist()
    seen = {place: n for n, place in enumerate(places)}
    wins = np.array([seen[place] == n for n, place in enumerate(places)], g.dtype)
    return ScatterAdd(x.shape, self.key)(g * wins.reshape(g.shape))


@plant(ops.Take, "the last one wins where a row repeats")
def _(self, g, _y, x, rows):
    wins = np.array([r not in rows.ravel()[n + 1 :] for n, r in enumerate(rows.ravel())], g.dtype)
    shape = rows.shape + (1,) * (x.ndim - 1)
    return ops.IndexAdd(x.shape)(g * wins.reshape(shape), rows), None


@plant(ops.Linear, "w is transposed twice")
def _(self, g, _y, x, w, _b):
    return g @ w, ops.transpose(ops.transpose(g) @ x), ops.sum(g, 0)


@plant(ops.Softmax, "the diagonal only")
def _(self, g, y, _x):
    return g * y * (1 - y)


@plant(ops.Exp, "reads what it promised not to")
def _(self, g, _y, x):
    return ops.safe_multiply(g, _y)


@plant(ops.Exp, "a constant for the second derivative")
def _(self, g, y, _x):
    return ops.safe_multiply(g, getattr(y, "_array", y))


@plant(ops.Exp, "float64 sneaks in")
def _(self, g, y, _x):
    return g * y * np.ones(())


@plant(ops.Sqrt, "nothing asked, NaN answered")
def _(self, g, y, _x):
    return g + g * 0.5 / y - g + 0 / g


@pytest.mark.parametrize("kind", PLANTED)
def test_a_mistake_is_noticed(kind):
    assert killer(kind)


def test_a_forward_and_a_rule_that_are_wrong_together_meet_the_witness():
    def forward(self, x):
        return 2 * np.exp(x)

    assert killer(mutant(ops.Exp, ops.Exp.vjp, forward=forward, fast=None)) is laws.witness
