"""Each program of `benchmarks/footguns.py`, jitted, gives what it gives as written."""

import pytest
from footgun_programs import ROWS
from jits import verdict

ESCAPING = {"leaked", "growing_total"}
"""A tensor leaves the call by another door than its result: it may say so, and must name the cure."""


@pytest.mark.parametrize("program", [pytest.param(p, id=p.__name__) for _, _, p in ROWS])
def test_jitted_is_written(program):
    end, why = verdict("glassgrad", program)
    if end == "says so" and program.__name__ in ESCAPING:
        assert "return it" in why
    else:
        assert (end, why) == ("right", "")


def test_every_row_has_a_title_of_its_own():
    titles = [title for _, title, _ in ROWS]
    assert len(set(titles)) == len(titles) >= 80
