"""A claim against a measurement: what the verdict is, and that it follows from the numbers."""

import numpy as np
import pytest

from glassgrad.course.claim import Claim, Measured, compare, number
from glassgrad.errors import SettingError


def verdict(claim, values, is_real=True, **more):
    return compare(
        claim, Measured(np.asarray(values, float), **more), is_real, "something else"
    ).verdict


def test_a_number_within_the_tolerance_is_reproduced():
    claim = Claim(key="x", text="", printed=2.0, tolerance=0.1)
    assert verdict(claim, [2.09]) == "reproduced"
    assert verdict(claim, [2.11]) == "differs"
    assert verdict(claim, [2.11], proof="2.11 by hand") == "document wrong"


def test_where_chance_plays_one_deviation_is_allowed():
    claim = Claim(key="x", text="", printed=2.0, tolerance=0.1)
    assert verdict(claim, [2.0, 2.6]) == "reproduced"
    assert verdict(claim, [2.3, 2.31, 2.32]) == "differs"


def test_every_element_counts():
    claim = Claim(key="x", text="", printed=(1.0, 2.0), tolerance=0.01)
    assert verdict(claim, [[1.0, 2.0]]) == "reproduced"
    assert verdict(claim, [[1.0, 2.02]]) == "differs"
    with pytest.raises(SettingError, match=r"shape \(2,\) was measured with shape \(3,\)"):
        verdict(claim, [[1.0, 2.0, 3.0]])


BOUNDS = [("≤", 1.9, True), ("≤", 2.2, False), ("≥", 2.1, True), ("≥", 1.8, False)]


@pytest.mark.parametrize(("relation", "value", "expected"), BOUNDS)
def test_bounds(relation, value, expected):
    claim = Claim(key="x", text="", printed=2.0, tolerance=0.1, relation=relation)
    assert (verdict(claim, [value]) == "reproduced") == expected


def test_what_we_expect_is_no_claim_of_the_document():
    claim = Claim(key="x", text="", truth=2.0, slack=0.1, relation="≥", unit="%")
    row = compare(claim, Measured(np.array([2.5])), True, "")
    assert (row.printed, row.truth, row.verdict, row.as_expected) == (
        "–",
        "≥ 2 %",
        "no claim",
        True,
    )
    assert compare(claim, Measured(np.array([1.5])), True, "").as_expected is False
    claim = Claim(key="x", text="", printed=2.0, truth=3.0, relation="≤")
    row = compare(claim, Measured(np.array([3.0])), True, "")
    assert (row.printed, row.truth, row.verdict, row.as_expected) == ("≤ 2", "3", "differs", True)


def test_a_claim_about_other_data_is_not_judged():
    claim = Claim(key="x", text="", printed=2.0, needs="mnist", truth=2.0)
    row = compare(claim, Measured(np.array([2.0])), False, "the digits")
    assert row.verdict == "not judged"
    assert row.as_expected is None
    assert "the digits" in row.why


def test_a_nan_is_never_reproduced():
    claim = Claim(key="x", text="", printed=2.0, tolerance=1e9)
    assert verdict(claim, [np.nan]) == "differs"
    assert verdict(Claim(key="x", text="", printed=2.0, relation="≥"), [np.nan]) == "differs"


def test_numbers_as_text():
    assert number(np.array([-0.5])) == "−0.5"
    assert number(np.array([[1.0, 2.0]])) == "(1, 2)"
    assert number(np.array([[[1.0, 2.0], [3.0, 4.0]]])) == "((1, 2), (3, 4))"
    assert number(np.array([2.6, 2.8, 3.0]), "%") == "2.80 ± 0.20 %"
    assert number(np.array([2.0, 2.0])) == "2"
    assert number(np.array([0.1 + 0.2, 0.3])) == "0.3"  # rounding is no deviation
