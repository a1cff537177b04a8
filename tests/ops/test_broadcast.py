"""Broadcasting, for every elementwise op and all shapes: forward as NumPy, backward a sum over copies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import glassgrad as gg
import laws
from glassgrad import ops

several = [
    op
    for kind in ops.registry()
    if issubclass(kind, ops.Elementwise)
    for op, *xs in laws.samples(kind)[:1]
    if len(xs) > 1
]


def inputs(op, shapes, seed):
    """Inputs of these shapes, drawn from the op's own sample, so that they lie where it is smooth."""
    _, *xs = laws.samples(type(op))[0]
    rng = np.random.default_rng(seed)
    return [rng.choice(x.ravel(), size=shape) for x, shape in zip(xs, shapes, strict=True)]


@pytest.mark.parametrize("op", several, ids=lambda op: type(op).__name__)
@given(data=st.data())
@settings(max_examples=15, deadline=None, derandomize=True)
def test_repeating_inputs_beforehand_changes_nothing(op, data):
    n = len(laws.samples(type(op))[0]) - 1
    shapes, full = data.draw(
        hnp.mutually_broadcastable_shapes(num_shapes=n, max_dims=3, max_side=3)
    )
    xs = inputs(op, shapes, data.draw(st.integers(0, 9)))
    wide = [np.broadcast_to(x, full).copy() for x in xs]
    y = op(*xs)
    assert np.shape(y) == full
    assert np.array_equal(y, op(*wide))
    if not laws.has_gradient(op, xs):
        return
    g = np.random.default_rng(0).normal(size=full)
    copies = laws.gradients(op, wide, g)
    for x, bar, spread in zip(
        (xs[i] for i in laws.real(xs)), laws.gradients(op, xs, g), copies, strict=True
    ):
        laws.near(bar, ops.sum_to(spread, x.shape), 1e-12, np.abs(spread))


@given(
    hnp.mutually_broadcastable_shapes(num_shapes=1, max_dims=4, max_side=4),
    st.integers(0, 9),
)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_summing_to_a_shape_undoes_repeating_to_one(shapes, seed):
    (shape,), full = shapes
    x = np.random.default_rng(seed).normal(size=shape)
    copies = np.prod(full) / max(np.prod(shape), 1)
    laws.near(ops.sum_to(ops.broadcast_to(x, full), shape), x * copies, 1e-13)


def test_shapes_that_do_not_broadcast_are_named():
    with pytest.raises(
        gg.errors.ShapeError, match=r"Multiply cannot broadcast .*\(2, 3\) and \(2,\)"
    ):
        gg.tensor(np.ones((2, 3))) * np.ones(2)
