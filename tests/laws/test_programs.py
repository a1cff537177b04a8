"""Traced is written, bit for bit: random programs, and programs in which a lie is planted."""

import itertools
import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import habits
import more_habits
import pytest
from programs import is_different, judged, run, shrink

from glassgrad import kernels
from glassgrad.plan.plan import Plan

FAMILIES = {"habits": habits.program, "more_habits": more_habits.program}
MANY = 10_000
BLOCK = 250


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("block", range(5))
def test_a_hundred_programs(family, block):
    ends, reports = judged(family, range(10 * block, 10 * block + 10))
    assert not reports, "\n\n".join(reports)
    assert ends["same"] >= 7, ends


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_ten_thousand_programs(family):
    """Half by each family, in two processes."""
    blocks = [range(1000 + k, 1000 + k + BLOCK) for k in range(0, MANY // 2, BLOCK)]
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        found = list(pool.map(judged, [family] * len(blocks), blocks))
    reports = [text for _, texts in found for text in texts]
    ends = sum((ends for ends, _ in found), Counter())
    assert not reports, "\n\n".join(reports[:5])
    assert ends["same"] >= 0.9 * MANY / 2, ends


# ---- the harness: it must find what is planted, and show it short


CALL = "state['loss'] = step(x, y)\n"


def with_rate(source, rate):
    return source.replace(CALL, f"optimizer.lr = {rate}\n        {CALL}")


@pytest.mark.parametrize("seed", range(3))
def test_a_planted_lie_is_found_and_shown_in_few_lines(seed):
    """A learning rate that is frozen from step 3 on, in a program where the rate matters."""
    honest, frozen = "0.1 / (1 + i)", "0.1 / (1 + min(i, 2))"
    for number in itertools.count(100 * seed):
        source = habits.program(number)
        a, b = (run(with_rate(source, rate), False) for rate in (honest, frozen))
        if CALL in source and not a.raised and not a.same_as(b):
            break
    lied = with_rate(source, f"{frozen} if jit else {honest}")
    assert is_different(lied)
    short = shrink(lied)
    assert is_different(short)
    assert "min(i, 2)" in short
    assert len(short.splitlines()) < 0.8 * len(lied.splitlines())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_seed_is_a_program(family):
    """The same text and the same numbers each time, and another seed is another program."""
    texts = [FAMILIES[family](seed) for seed in range(60)]
    assert texts == [FAMILIES[family](seed) for seed in range(60)]
    assert len(set(texts)) == 60
    for text in texts[:10]:
        assert run(text, False).same_as(run(text, False))


def test_the_habits_all_occur():
    """Every statement of the catalogues is in some program of the quick hundred or the next nine."""
    text = "".join(habits.program(seed) for seed in range(1000))
    wanted = [line for lines in [*habits.LOSSES, *habits.AFTERWARDS] for line in lines]
    wanted += [m.split("(")[0] for m in habits.METHODS]
    wanted += [line for lines in habits.RULES for line in lines if "memory" not in line]
    missing = [
        line for line in wanted if "{" not in line and line.replace("state0", "memory") not in text
    ]
    assert not missing


@pytest.mark.skipif(not kernels.available(), reason="no kernels on this machine")
@pytest.mark.parametrize("family", FAMILIES)
def test_most_programs_are_replayed(family, monkeypatch):
    """A law about replays that are none would hold of itself."""
    ran, run_plan = [], Plan.run
    monkeypatch.setattr(Plan, "run", lambda *parts: (ran.append(1), run_plan(*parts))[1])
    replayed = 0
    for seed in range(30):
        ran.clear()
        run(FAMILIES[family](seed), True)
        replayed += bool(ran)
    assert replayed >= 15
