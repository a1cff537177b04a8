"""With the real data, every figure that an earlier careful measurement found comes out again."""

import os

import pytest

from glassgrad import course

LONG = {
    "edf/2.3f",
    "edf/2.3g",
    "edf/2.3h",
    "flood/1",
    "flood/5.2",
    "flood/5.3",
    "flood/5.4",
    "flood/5.5",
}
LONG |= {"layers/7", "mlp/7"}  # minutes each; `docs/course.md` has their numbers
REAL = [
    e for e in course.exercises().values() if e.id not in LONG and any(c.needs for c in e.claims)
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.data,
    pytest.mark.skipif("GLASSGRAD_DATA" not in os.environ, reason="needs GLASSGRAD_DATA"),
]


@pytest.mark.parametrize("e", REAL, ids=lambda e: e.id)
def test_truth(e, tmp_path):
    (result,) = course.run(e.id, out=tmp_path, seeds=2)
    for row in result.claims:
        assert row.as_expected is not False, f"{row.text}: {row.measured}, expected {row.truth}"
