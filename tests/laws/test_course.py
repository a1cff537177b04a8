"""What every exercise promises: being there it is found; it runs quickly, measures its claims, draws."""

import re

import numpy as np
import pytest

from glassgrad import course, report
from glassgrad.course import store
from glassgrad.course.claim import VERDICTS
from glassgrad.course.context import Context
from glassgrad.course.parts import Figure
from glassgrad.course.run import run_one
from glassgrad.report import prose

EXERCISES = list(course.exercises().values())
PLAN = {  # every row of the plan of the course, none left out
    "edf": ("2.1a 2.1b 2.1c 2.2", "2.3a 2.3b 2.3c 2.3d 2.3e 2.3f 2.3g 2.3h 2.3i"),
    "graph": ("1a 1b 1c 2 3a 3b 4a 4b 4c",),
    "layers": ("1 2 3 4 5 6 7",),
    "flood": ("1 2.1 2.2 3.1 3.2 4.1 4.2 5.1 5.2 5.3 5.4 5.5",),
    "mlp": ("1 2 3 4 5 6 7",),
}
SECONDS = {
    "layers/7",
    "flood/1",
    "edf/2.2",
    "mlp/7",
    "mlp/4",
    "flood/5.1",
    "flood/5.2",
    "flood/5.3",
}
SECONDS |= {
    "flood/5.5",
    "edf/2.3g",
    "graph/3b",
    "edf/2.3f",
    "edf/2.3h",
    "graph/4c",
    "flood/5.4",
    "layers/6",
}


def quick(e, folder, seeds=1):
    return run_one(e, Context("quick", seeds, folder / e.id.replace("/", "-")))


def exercise_id(e):
    return e.id


def test_no_exercise_is_left_out():
    planned = [f"{doc}/{n}" for doc, rows in PLAN.items() for row in rows for n in row.split()]
    assert sorted(planned) == sorted(course.exercises())
    assert set(course.documents()) == set(PLAN)


@pytest.mark.parametrize("e", EXERCISES, ids=exercise_id)
def test_says_where_it_comes_from_and_what_it_asks(e):
    assert re.match(r"Source: .*\d", e.source)
    assert e.title
    assert e.question.rstrip()[-1] in ".?"
    assert e.claims, "at least one claim or question answered"
    assert len({c.key for c in e.claims}) == len(e.claims)
    for text in (e.question, *(c.text for c in e.claims)):
        prose.html(text)
        prose.latex(text)


@pytest.mark.parametrize(
    "e",
    [pytest.param(e, marks=[pytest.mark.slow] if e.id in SECONDS else []) for e in EXERCISES],
    ids=exercise_id,
)
def test_runs_quickly(e, tmp_path):
    result = quick(e, tmp_path)
    assert len(result.claims) == len(e.claims)
    for row, claim in zip(result.claims, e.claims, strict=True):
        assert row.verdict in VERDICTS
        assert row.measured
        assert row.verdict != "document wrong" or row.why, "a document is wrong only with a proof"
        if claim.truth is not None and row.verdict != "not judged" and not claim.needs:
            assert row.as_expected, f"{row.text}: {row.measured}, expected {row.truth}"
    drawn = [part for part in result.parts if isinstance(part, Figure)]
    assert not e.has_figure or drawn
    assert result.parts, "an answer"
    store.save(result, tmp_path)
    assert store.load(e.id, tmp_path) == result
    text = report.page([result])
    assert result.command in text
    assert text.count("<figure ") == len(drawn)
    assert report.notebook([result])
    assert report.tex([result])[0].rstrip().endswith(r"\end{document}")


@pytest.mark.parametrize("name", ["graph/1c", "layers/5", "edf/2.3b"])
def test_the_same_seed_gives_the_same_result(name, tmp_path):
    (e,) = course.select(name)
    first, second = (quick(e, tmp_path / str(i), seeds=2) for i in range(2))
    assert first.claims == second.claims
    assert first.parts == second.parts


def test_nothing_is_written_down_as_a_result():
    """The measured value changes when the computation does: a claim does not measure itself."""
    (e,) = course.select("graph/1c")
    from glassgrad.course.graph import gradient

    old = dict(gradient.START)
    try:
        gradient.START["w_1"] = 0.4
        moved = e(Context("quick"))
    finally:
        gradient.START.update(old)
    assert not np.allclose(moved.measured["w"].values, e(Context("quick")).measured["w"].values)
