"""What stands in an order, or at a limit: written out, since another order or number answers otherwise."""

import numpy as np
import pytest
from catalogues import falls_without

import glassgrad as gg
from glassgrad.check.backward.mistakes import INSIDE, MISTAKES
from glassgrad.derivation import jacobian
from glassgrad.derivation.jacobian import MOST
from glassgrad.doctor import rules
from glassgrad.doctor.rules import fitting, loss, updates
from glassgrad.errors import GraphError
from glassgrad.read import python
from glassgrad.read.source import source
from glassgrad.terms import ambiguous
from glassgrad.terms.parser import parse
from glassgrad.terms.tokens import FormulaError

STEP_BY_STEP = """
    upstream_forgotten derivative_forgotten mask diagonal wrong_place derivative_twice other_axis inner_sign
    half_a_derivative more_than_a_derivative wrong_value path_missing wrong_node one_sample_only off_by_one
    overwritten missing_factor extra_factor extra_term other_arrival
"""
ORDER = f"""
    not_finite zero sign sum_for_mean mean_for_sum factor swapped not_summed transpose summed_too_far axis
    target softmax_twice softmax_axis window kernel_flipped taps windows_overwritten padding statistics
    part
    {STEP_BY_STEP} transposed_arrival flipped_arrival flipped shifted
"""
"""Of two mistakes that fit equally well, the one that stands first is named."""


def test_mistakes_are_tried_in_this_order():
    assert [m.guesses.__name__ for m in MISTAKES] == ORDER.split()
    assert [m.guesses.__name__ for m in INSIDE] == ["statistics", "part", *STEP_BY_STEP.split()]


def test_what_is_left_when_nothing_else_is_found_is_told_last():
    assert (fitting.under, updates.ratio, loss.stuck) == rules._LAST


def test_a_jacobian_of_more_than_ten_thousand_elements_is_not_written_out():
    x = gg.tensor(np.ones(101), name="x")
    y = gg.exp(x[:100])
    with pytest.raises(GraphError, match="100"):
        jacobian(y, x)
    assert MOST == 10_000


@pytest.mark.parametrize("letter", ["f", "g", "h", "φ", "ϕ", "ψ"])
def test_letters_that_stand_for_functions_are_not_multiplied(monkeypatch, letter):
    def sample():
        try:
            parse(f"{letter}(x + 1)", ("x",), free=True)
        except FormulaError:
            return True
        return False

    falls_without(monkeypatch, ambiguous, "_CALLED", letter, sample)


def test_an_element_is_written_with_its_brackets(monkeypatch):
    x = gg.tensor([1.0, 2.0], name="x")
    y = gg.tanh(x)[1] * 3.0

    def sample():
        return "[1]" in source(y, [x])

    falls_without(monkeypatch, python, "_INFIX", "{}[{key}]", sample)
