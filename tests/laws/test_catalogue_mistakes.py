"""Every mistake of the catalogue, and every row of its tables, has a program that only it explains."""

import numpy as np
import pytest
from catalogues import falls_when, falls_without, without

import glassgrad as gg
from glassgrad import check
from glassgrad.check.backward import search
from glassgrad.check.backward.mistakes import (
    INSIDE,
    MISTAKES,
    known,
    layout,
    paths,
    rules,
    scale,
    special,
)

RNG = np.random.default_rng(11)
X, W, B = RNG.normal(size=(6, 4)), RNG.normal(size=(3, 4)), RNG.normal(size=3)
S = RNG.normal(size=(4, 4))
TWO = np.array([0.4, -0.9])
LABELS = RNG.integers(0, 4, 6)
IMAGES, KERNELS = RNG.normal(size=(2, 2, 5, 5)), RNG.normal(size=(3, 2, 3, 3))


def rows(x):
    e = np.exp(x - x.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def linear(x=None, w=None, b=None):
    """A backward pass of a linear layer with some gradients made otherwise."""
    return lambda g, x_, w_, b_: (
        x(g, x_, w_, b_) if x else g @ w_,
        w(g, x_, w_, b_) if w else g.T @ x_,
        b(g, x_, w_, b_) if b else g.sum(0),
    )


def conv(x, w):
    return gg.conv2d(x, w, padding=1)


def right_conv(g, x, w):
    tx, tw = gg.tensor(x), gg.tensor(w)
    return gg.grad(conv(tx, tw), [tx, tw], g)


def kernel_turned(g, x, w):
    return right_conv(g, x, w[:, :, ::-1, ::-1])[0], right_conv(g, x, w)[1]


def last_row_left_out(g, x, w):
    kept = np.ones_like(w)
    kept[:, :, -1] = 0
    dx, dw = right_conv(g, x, w * kept)[0], right_conv(g, x, w)[1]
    return dx, dw * kept


def written_with_equals(g, x, w):
    wide = np.zeros((2, 2, 7, 7))
    for i, j in np.ndindex(3, 3):
        wide[:, :, i : i + 5, j : j + 5] = np.einsum("nkhv,kc->nchv", g, w[:, :, i, j])
    return wide[:, :, 1:6, 1:6], right_conv(g, x, w)[1]


def cut_off_elsewhere(g, x, w):
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    tx = gg.tensor(wide)
    full = gg.grad(gg.conv2d(tx, w), tx, g)
    return full[:, :, 0:5, 0:5], right_conv(g, x, w)[1]


def everywhere(g, x):
    return np.repeat(np.repeat(g, 2, 2), 2, 3)


def product_of_two(x):
    a = gg.exp(x)
    a.name = "a"
    b = gg.tanh(x)
    b.name = "b"
    return a * b


def network(x, w, b, v):
    h = gg.sigmoid(x @ w + b)
    h.name = "h"
    return gg.tanh(h @ v)


def bias_from_h(g, x, w, b, v):
    """All right, but the gradient of b is that of h: its sigmoid was passed over."""
    h = 1 / (1 + np.exp(-(x @ w + b)))
    d = g * (1 - np.tanh(h @ v) ** 2)
    dh = d @ v.T
    dk = dh * h * (1 - h)
    return dk @ w.T, x.T @ dk, dh.sum(0), h.T @ d


def chained(x):
    u = gg.tanh(x)
    u.name = "u"
    v = gg.exp(u)
    v.name = "v"
    return v


def chained_right(g, x):
    return g * np.exp(np.tanh(x)) * (1 - np.tanh(x) ** 2)


def normalised(x):
    """Each row less its mean."""
    return x - gg.mean(x, axis=1, keepdims=True)


def chain_of_three(x, w):
    u = x @ w
    u.name = "u"
    v = gg.tanh(u)
    v.name = "v"
    y = gg.exp(v)
    y.name = "y"
    return y


def fed_with_another(g, x, w):
    u = x @ w
    v = np.tanh(u)
    dv = g * np.exp(v)
    return dv @ w.T, x.T @ (dv * (1 - v * v))  # dx is fed with dv, not du


def square_chain(x, w):
    return gg.tanh(x @ w)


def arrival_transposed(g, x, w):
    d = g * (1 - np.tanh(x @ w) ** 2)
    return d.T @ w.T, x.T @ d.T


def arrival_reversed(g, x, w):
    d = g * (1 - np.tanh(x @ w) ** 2)
    return d[::-1] @ w.T, x.T @ d[::-1]


def part_doubled(x):
    return gg.tanh(x) + x * x


SAMPLES = [
    (scale.not_finite, "not finite", lambda g, x: g * np.nan, gg.relu, (X,)),
    (scale.zero, "0 everywhere", lambda g, x: 0 * x, gg.relu, (X,)),
    (scale.sign, "every entry has the opposite", lambda g, x: -g * (x > 0), gg.relu, (X,)),
    (
        scale.sum_for_mean,
        "a sum where",
        lambda x, t: rows(x) - np.eye(4)[t],
        gg.cross_entropy,
        (X, LABELS),
    ),
    (
        scale.mean_for_sum,
        "do not divide by it",
        linear(w=lambda g, x, w, b: g.T @ x / len(x), b=lambda g, x, w, b: g.mean(0)),
        gg.linear,
        (X, W, B),
    ),
    (scale.factor, "the reference × 2", lambda g, x: 2 * g * (x > 0), gg.relu, (X,)),
    (
        scale.part,
        "the part of dx that comes through",
        lambda g, x: g * (1 - np.tanh(x) ** 2) + 2 * (g * 2 * x),
        part_doubled,
        (X,),
    ),
    (
        layout.swapped,
        "in another order",
        linear(w=lambda g, x, w, b: g.sum(0), b=lambda g, x, w, b: g.T @ x),
        gg.linear,
        (X, W, B),
    ),
    (
        layout.not_summed,
        "not summed over axis",
        linear(b=lambda g, x, w, b: g),
        gg.linear,
        (X, W, B),
    ),
    (
        layout.transpose,
        "right but transposed",
        linear(w=lambda g, x, w, b: x.T @ g),
        gg.linear,
        (X, W, B),
    ),
    (
        layout.summed_too_far,
        "is the sum over axis",
        linear(b=lambda g, x, w, b: g.sum()),
        gg.linear,
        (X, W, B),
    ),
    (
        layout.axis,
        "is a sum over axis 1",
        linear(b=lambda g, x, w, b: g.sum(1)),
        gg.linear,
        (X, W, B),
    ),
    (
        layout.flipped,
        "is reversed along axis",
        linear(w=lambda g, x, w, b: (g.T @ x)[:, ::-1]),
        gg.linear,
        (X, W, B),
    ),
    (
        layout.shifted,
        "is shifted by",
        lambda g, x, w: (np.roll(right_conv(g, x, w)[0], 1, 2), right_conv(g, x, w)[1]),
        conv,
        (IMAGES, KERNELS),
    ),
    (
        special.target,
        "the target is not subtracted",
        lambda x, t: rows(x) / len(x),
        gg.cross_entropy,
        (X, LABELS),
    ),
    (
        special.softmax_twice,
        "which is applied again",
        lambda x, t: (rows(x) - np.eye(4)[t]) / 6 * rows(x) * (1 - rows(x)),
        gg.cross_entropy,
        (X, LABELS),
    ),
    (
        special.softmax_axis,
        "softmax runs over the batch",
        lambda x, t: (rows(x.T).T - np.eye(4)[t]) / 6,
        gg.cross_entropy,
        (X, LABELS),
    ),
    (
        special.window,
        "goes to every element",
        everywhere,
        lambda x: gg.max_pool2d(x, 2),
        (RNG.normal(size=(2, 3, 4, 4)),),
    ),
    (special.kernel_flipped, "turned round by 180°", kernel_turned, conv, (IMAGES, KERNELS)),
    (special.taps, "row of the kernel is left out", last_row_left_out, conv, (IMAGES, KERNELS)),
    (
        special.windows_overwritten,
        "where windows overlap",
        written_with_equals,
        conv,
        (IMAGES, KERNELS),
    ),
    (special.padding, "the padding of dx is cut off", cut_off_elsewhere, conv, (IMAGES, KERNELS)),
    (rules.upstream_forgotten, "stands alone", lambda g, x: 1.0 * (x > 0), gg.relu, (X,)),
    (rules.derivative_forgotten, "its derivative is missing", lambda g, x: g, gg.tanh, (X,)),
    (rules.mask, "its mask is taken of g", lambda g, x: g * (g > 0), gg.relu, (X,)),
    (
        rules.diagonal,
        "as if each output depended",
        lambda g, x: g * rows(x) * (1 - rows(x)),
        gg.softmax,
        (X,),
    ),
    (
        rules.wrong_place,
        "its derivative is evaluated at",
        lambda g, x: g * (1 - x**2),
        gg.tanh,
        (X,),
    ),
    (
        rules.derivative_twice,
        "its derivative is applied twice",
        lambda g, x: g * np.cosh(x) ** -4,
        gg.tanh,
        (X,),
    ),
    (
        rules.other_axis,
        "the sum in its rule runs over axis 0",
        lambda g, x: rows(x) * (g - (g * rows(x)).sum(0)),
        gg.softmax,
        (X,),
    ),
    (
        rules.inner_sign,
        "the sign of what goes to",
        lambda g, x: -g * (1 - np.tanh(x) ** 2) + g * 2 * x,
        part_doubled,
        (TWO,),
    ),
    (
        rules.half_a_derivative,
        "its derivative lacks the factor",
        lambda g, x: g / (1 + np.exp(-x)),
        gg.sigmoid,
        (X,),
    ),
    (
        rules.more_than_a_derivative,
        "its derivative has the factor",
        lambda g, x: g * (s := 1 / (1 + np.exp(-x))) * s * (1 - s),
        gg.sigmoid,
        (X,),
    ),
    (
        rules.transposed_arrival,
        "what arrives is taken transposed",
        arrival_transposed,
        square_chain,
        (S, S[::-1] + 0.3),
    ),
    (
        rules.flipped_arrival,
        "g is taken in reverse order",
        arrival_reversed,
        square_chain,
        (X, S),
    ),
    (paths.wrong_value, "is used where", lambda g, a, b: (g * a, g * a), gg.multiply, (X, X[::-1])),
    (
        paths.path_missing,
        "the way from",
        lambda g, x: g * np.tanh(x) * np.exp(x),
        product_of_two,
        (TWO,),
    ),
    (
        paths.wrong_node,
        "is the gradient of h, another node",
        bias_from_h,
        network,
        (X, S, RNG.normal(size=4), S + 0.2),
    ),
    (
        paths.one_sample_only,
        "only the last of 6",
        linear(w=lambda g, x, w, b: np.outer(g[-1], x[-1])),
        gg.linear,
        (X, W, B),
    ),
    (
        paths.off_by_one,
        "the first of 6 along axis 0 is left out",
        linear(w=lambda g, x, w, b: g[1:].T @ x[1:]),
        gg.linear,
        (X, W, B),
    ),
    (
        paths.overwritten,
        "was already updated",
        linear(x=lambda g, x, w, b: g @ (w - 0.3 * g.T @ x)),
        gg.linear,
        (X, W, B),
    ),
    (
        paths.statistics,
        "sums and means over x are treated as constants",
        lambda g, x: g,
        normalised,
        (X,),
    ),
    (paths.other_arrival, "is fed with the gradient of", fed_with_another, chain_of_three, (X, S)),
    (
        known.missing_factor,
        "lacks the factor (1 − x)",
        lambda g, x: chained_right(g, x) / (1 - x),
        chained,
        (X,),
    ),
    (
        known.extra_factor,
        "has the factor (1 − x) too much",
        lambda g, x: chained_right(g, x) * (1 - x),
        chained,
        (X,),
    ),
    (
        known.extra_term,
        "a weight decay?",
        linear(w=lambda g, x, w, b: g.T @ x + 0.01 * w),
        gg.linear,
        (X, W, B),
    ),
]


def sentences(theirs, reference, inputs):
    verdict = check.backward(theirs, reference, *inputs, seconds=20)
    return [m.sentence for m in verdict.mistakes]


def test_every_mistake_has_its_sample():
    held = {id(mistake) for mistake, *_ in SAMPLES}
    assert [m.name for m in (*MISTAKES, *INSIDE) if id(m) not in held] == []
    assert len(held) == len({id(m) for m in MISTAKES})
    assert set(KINKS) == rules._PIECEWISE
    assert set(BY_OUTPUT) == set(rules._BY_OUTPUT)


@pytest.mark.parametrize("sample", SAMPLES, ids=[f"{s[0].guesses.__name__}" for s in SAMPLES])
def test_a_mistake_that_is_struck_out_is_missed(monkeypatch, sample):
    mistake, phrase, theirs, reference, inputs = sample

    def named():
        return any(phrase in s for s in sentences(theirs, reference, inputs))

    assert named(), sentences(theirs, reference, inputs)
    for name in ("MISTAKES", "INSIDE"):
        catalogue = getattr(search, name)
        if mistake in catalogue:
            monkeypatch.setattr(search, name, without(catalogue, mistake))
    assert not named()


def less_a_half(x):
    """|x − ½|, whose mask might be taken of x."""
    u = x - 0.5
    u.name = "u"
    return gg.abs(u)


OF_MINUS_X = "its mask is taken of −x"
KINKS = {
    "ReLU": (gg.relu, lambda x: x < 0, OF_MINUS_X),
    "LeakyReLU": (gg.leaky_relu, lambda x: np.where(x < 0, 1, 0.01), OF_MINUS_X),
    "ELU": (gg.elu, lambda x: np.where(x < 0, 1, np.exp(-x)), OF_MINUS_X),
    "Clip": (
        lambda x: gg.clip(x, -0.5, 0.7),
        lambda x: (x < 0.5) & (x > -0.7),
        OF_MINUS_X,
    ),
    "Abs": (less_a_half, np.sign, "its mask is taken of x"),
}


@pytest.mark.parametrize("kind", KINKS)
def test_each_op_with_a_kink_may_have_a_wrong_mask(monkeypatch, kind):
    reference, slope, phrase = KINKS[kind]

    def sample():
        wrong = lambda g, x: g * slope(x)  # noqa: E731
        return any(phrase in s for s in sentences(wrong, reference, (X,)))

    falls_without(monkeypatch, rules, "_PIECEWISE", kind, sample)


BY_OUTPUT = {
    "Tanh": (gg.tanh, lambda x: 1 - x * x),
    "Sigmoid": (gg.sigmoid, lambda x: x * (1 - x)),
    "Softplus": (gg.softplus, lambda x: 1 - np.exp(-x)),
    "ELU": (gg.elu, lambda x: np.where(x > 0, 1, x + 1)),
}


@pytest.mark.parametrize("kind", BY_OUTPUT)
def test_each_derivative_by_the_output_may_be_fed_the_input(monkeypatch, kind):
    reference, by_output = BY_OUTPUT[kind]

    def sample():
        wrong = lambda g, x: g * by_output(x)  # noqa: E731
        said = "the input, but the formula used takes the output y"
        return any(said in s for s in sentences(wrong, reference, (X,)))

    falls_without(monkeypatch, rules, "_BY_OUTPUT", kind, sample)
    other = {**rules._BY_OUTPUT, kind: lambda v: v * v * v}
    falls_when(monkeypatch, rules, "_BY_OUTPUT", other, sample)
