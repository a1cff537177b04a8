"""A NaN is named: step, op, layer, and whether it came from the data, forward, backward or an update."""

from __future__ import annotations

import numpy as np
import pytest
from small_runs import DATA, HELD, parts

from glassgrad import nn, ops, optim
from glassgrad.data import Loader
from glassgrad.errors import DataError, Diverged
from glassgrad.train import fit


class Apply(nn.Module):
    """A layer that is one function."""

    def __init__(self, function):
        self.function = function

    def forward(self, x):
        return self.function(x)


class Spoil:
    """A transform that does something to one batch only."""

    def __init__(self, at, what):
        self.at, self.what, self.calls = at, what, 0

    def __call__(self, x, rng):
        self.calls += 1
        return self.what(x.copy()) if self.calls == self.at else x


def run(*middle, lr=0.1, data=DATA, steps=10, **options):
    """Train two dense layers with something between them."""
    model = nn.Sequential(nn.Linear(2, 4, rng=0), *middle, nn.Linear(4, 2, rng=1))
    optimizer = optim.SGD(model.parameters(), lr=lr)
    return fit(model, data, optimizer=optimizer, steps=steps, rng=0, **options)


@pytest.mark.parametrize(
    ("function", "op", "kind"),
    [
        (lambda x: ops.log(x), "Log", "NaN"),
        (lambda x: ops.exp(x * 1e4), "Exp", "infinity"),
        (lambda x: ops.sqrt(ops.negative(ops.abs(x))), "Sqrt", "NaN"),
        (lambda x: x / (x - x), "Divide", "NaN|infinity"),
    ],
)
def test_the_op_and_the_layer_where_it_was_born(function, op, kind):
    with pytest.raises(Diverged, match=rf"step 1: {op} in layer '1' produced the first ({kind})"):
        run(Apply(function))


def test_the_step_and_the_ranges_of_the_inputs():
    data = Loader(DATA, 16, rng=0, transform=Spoil(4, lambda x: x - 1e6))
    model = nn.Sequential(Apply(lambda x: ops.log(x + 100)), nn.Linear(2, 2, rng=0))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(Diverged, match=r"step 4: Log in layer '0'.*from inputs -9.*… -9"):
        fit(model, data, optimizer=optimizer, steps=9)


def test_a_gradient_that_is_not_finite_though_the_loss_is():
    def flat(x):
        return ops.sqrt(ops.relu(x - 1e6))  # 0, with an infinite slope

    text = r"step 1: the loss is finite, but the backward rule of Sqrt in layer '1'"
    with pytest.raises(Diverged, match=text):
        run(Apply(flat))


def test_a_rate_that_is_too_high():
    with pytest.raises(Diverged, match=r"(in layer|parameter|outside of the layers).*Lower the"):
        run(lr=1e30)


def test_a_weight_that_was_not_finite_before_the_first_step_is_named_by_its_path():
    model, optimizer, loader = parts()
    model[4].weight.value[1, 2] = np.nan
    with pytest.raises(Diverged, match=r"parameter '4.weight' holds NaN"):
        fit(model, loader, optimizer=optimizer, steps=1)


def test_the_last_update_is_watched_too():
    def steep(y, t):
        return 1e4 * ops.cross_entropy(y, t)

    with pytest.raises(Diverged, match="after step 1: parameter"):
        run(lr=3e38, steps=1, loss=steep)


def test_the_input_row_is_named():
    def spoil(x):
        x[3, 1] = np.nan
        return x

    for at in (1, 5):  # as it is written, and replayed
        data = Loader(DATA, 16, rng=0, transform=Spoil(at, spoil))
        text = rf"step {at}: input row 3 of the batch holds nan at \(1,\)"
        with pytest.raises(DataError, match=text):
            run(data=data)


def test_validation_is_traced_as_well():
    class Fragile(nn.Module):
        def forward(self, x):
            return x if self.training else ops.log(x)

    with pytest.raises(Diverged, match=r"example 0 of the validation set: Log in layer '1'"):
        run(Fragile(), validation=HELD)


def test_finite_training_is_not_stopped():
    assert len(run(steps=30).steps) == 30
