"""Verdicts and reports are lines until they are shown: as text, in colour, or as data."""

import json

import numpy as np
import pytest
from rich.console import Console

import glassgrad as gg
from glassgrad import check
from glassgrad.check.shared.report import Report
from glassgrad.cli import verdict
from glassgrad.derivation import derive
from glassgrad.errors import SettingError
from glassgrad.notation.lines import Line, written
from glassgrad.terms.tokens import FormulaError


def test_a_line_is_written_with_its_label():
    assert str(Line("every entry is 0.", "dw", indent=2)) == "  dw: every entry is 0."
    assert str(Line("∂L/∂w = x", "here", indent=2, column=10)) == "  here      ∂L/∂w = x"
    assert str(Line("with t₁ = 2", indent=2, column=10)) == "            with t₁ = 2"
    assert written([Line("a"), Line(""), Line("b", indent=1)]) == "a\n\n b"


@pytest.mark.parametrize(
    ("found", "labels"),
    [
        (check.formula("sin(x)", "cos(x)"), ["different", "", ""]),
        (check.gradient(gg.relu, [0.0, 1.0]), ["right", "1 at a kink"]),
        (check.separable([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]),
         ["not separable", "class 0", "class 1", ""]),
        (check.table({"precision": ["0.500", "1.000"], "recall": ["1.000", "0.200"]}, counts=[10, 10]),
         ["contradictory", "total"]),
        (check.backward(lambda g, x: 2 * g * np.cos(x), gg.sin, np.ones(3)), ["wrong", "dx"]),
    ],
)  # fmt: skip
def test_every_check_says_what_each_line_is_about(found, labels):
    assert [line.label for line in found.lines][: len(labels)] == labels
    assert found.text == written(found.lines) == str(found)


def test_a_report_goes_through_json_unchanged():
    lines = (Line("dw.", "wrong"), Line("x +", indent=2, role="exact"), Line("^", indent=5))
    report = Report("wrong", lines)
    fields = json.loads(json.dumps(report.to_json()))
    assert Report.from_json(fields, "") == report
    assert (fields["outcome"], fields["text"]) == ("wrong", report.text)


def test_a_formula_that_cannot_be_read_keeps_its_place():
    error = FormulaError("2 + (x", 6, "')'")
    report = Report.not_run(error)
    assert report.text == str(error)
    assert [line.label for line in report.lines] == ["at character 7", "", ""]
    assert [line.role for line in report.lines] == ["", "exact", "caret"]
    plain = Report.not_run(SettingError("no such thing: 'x'.\n  write y"))
    assert [line.role for line in plain.lines] == ["", "exact"]


def shown(report, page=False):
    console = Console(force_terminal=True, width=60, color_system="standard", legacy_windows=False)
    with console.capture() as capture:
        (verdict._show_page if page else verdict._show_verdict)(report, console)
    return capture.get()


def test_labels_stand_out_and_text_does_not():
    """A colon in what is said, and a word that looks like a label, stay what they are."""
    lines = (Line("dw.", "wrong"), Line("as in 'a: b'", indent=2), Line("sure: no", "dw", indent=2))
    text = shown(Report("wrong", lines))
    red, off = "\x1b[1;31m", "\x1b[0m"
    assert f"{red}wrong: {off}dw." in text
    assert f"{red}dw: {off}sure: no" in text
    assert "  as in 'a: b'" in text


def test_code_is_not_broken_and_its_caret_stays_under_it():
    long = "x + " * 30
    report = Report("not run", (Line("a."), Line(long, indent=2, role="exact"),
                                Line("^", indent=90, role="caret")))  # fmt: skip
    lines = shown(report).splitlines()
    assert lines[1].startswith(f"  {long[:100]}")
    assert " " * 90 in lines[2]


def test_a_check_that_fails_is_red_on_the_page_of_a_derivation():
    x = gg.tensor(0.5, "x")
    lines = derive(gg.sin(x), x).lines()
    assert {line.label for line in lines} >= {"rule", "here", "numbers", "checked"}
    good = shown(Report("right", lines), page=True)
    assert "\x1b[32mchecked   " in good
    assert "\x1b[36mhere      " in good
    assert "\x1b[1mStep 1: " in good
    bad = shown(Report("wrong", (Line("1 element", "checked", 2, 10, "bad"),)), page=True)
    assert "\x1b[1;31mchecked   " in bad
