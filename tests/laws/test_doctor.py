"""The laws of the doctor: every rule has a source, names its planted fault, and leaves a good run alone."""

import doctest
import functools
import re
from pathlib import Path

import pytest
from ailing import FAULTS, WELL

from glassgrad import doctor
from glassgrad.doctor import RULES, Finding
from glassgrad.doctor.change import CHANGES
from glassgrad.figures import style

NAMES = [rule.name for rule in RULES]
BESIDE = ("update-to-weight ratio", "loss stuck at guessing")


@functools.cache
def diagnosed(name):
    """What is said about the run with this fault."""
    return doctor.diagnose(**FAULTS[name].settings())


def test_every_rule_has_a_planted_fault_and_a_name_of_its_own():
    assert sorted(NAMES) == sorted(FAULTS)
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_a_rule_says_how_it_recognises_and_where_it_is_from(rule):
    text = rule.look.__doc__ or ""
    assert len(text.split()) > 20
    assert re.search(r"Source: \w", text)


@pytest.mark.parametrize("name", NAMES)
def test_the_planted_fault_is_named(name):
    found = [f.rule for f in diagnosed(name).findings]
    assert name in found
    assert name in BESIDE or found[0] == name


def test_a_healthy_run_is_not_slandered():
    diagnosis = doctor.diagnose(**WELL.settings())
    assert diagnosis.findings == ()
    assert str(diagnosis) == "The doctor finds nothing."


@pytest.mark.parametrize("name", NAMES)
def test_a_finding_says_all_and_survives_json(name):
    for finding in (f for f in diagnosed(name).findings if f.rule == name):
        assert re.search(r"\d", finding.sentence)
        assert finding.sentence.endswith(".")
        assert finding.remedy.endswith(".")
        assert finding.numbers
        assert finding.change.setting in CHANGES
        again = Finding.from_json(finding.to_json())
        assert (again.sentence, again.change) == (finding.sentence, finding.change)
        ax = style.new_axes()
        assert again.figure(ax) is ax
        assert ax.lines or ax.patches


LAYERED = ("layer not trained", "units all alike", "not finite", "dead units", "saturated units",
           "exploding gradients", "vanishing gradients")  # fmt: skip


@pytest.mark.parametrize("name", LAYERED)
def test_a_finding_about_a_layer_names_it(name):
    finding = diagnosed(name).findings[0]
    layers = [path for path, _ in FAULTS[name].settings()["model"].named_modules()]
    assert finding.layer
    assert finding.layer in layers


@pytest.mark.parametrize("name", [n for n in NAMES if n not in BESIDE])
def test_the_counter_experiment_runs_and_confirms(name):
    diagnosis = diagnosed(name)
    found = diagnosis.prove(0)
    assert found.finding.rule == name
    assert found.confirmed, str(found)


PAGE = Path(__file__).parents[2] / "docs" / "doctor.md"


def test_the_page_about_the_doctor_is_true_and_has_every_rule():
    options = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, optionflags=options, encoding="utf-8"
    )
    assert tried > 5
    assert not failed
    assert re.findall(r"^\| \*\*(.+?)\*\*", PAGE.read_text(encoding="utf-8"), re.M) == NAMES
