"""Points for the check of separability, from a table as it stands in a report."""

import pytest

from glassgrad.check import student

MARKDOWN = "| a | b | class |\n|---|---|---|\n| 0 | 0 | no |\n| 0 | 1.5 | no |\n| 1 | 1 | yes |\n"


@pytest.mark.parametrize(
    "text",
    [
        MARKDOWN,
        "\n\n" + MARKDOWN,
        MARKDOWN.replace("| a", "a").replace("class |", "class"),
        "\\begin{tabular}{ccc}\n\\hline\na & b & class \\\\\n0 & 0 & no \\\\\n0 & 1.5 & no \\\\\n"
        "1 & 1 & yes \\\\\n\\end{tabular}\n",
        "| 0 | 0 | no |\n| 0 | 1.5 | no |\n| 1 | 1 | yes |\n",
    ],
    ids=["Markdown", "blank lines", "without edges", "LaTeX", "no names"],
)
def test_points_stand_in_a_table_as_in_a_report(tmp_path, text):
    points = tmp_path / "points.md"
    points.write_text(text)
    report = student.separable(points)
    assert report.ok
    assert "3 points" in report.text
    points.write_text(text.replace("1.5", "x"))
    line = text[: text.index("1.5")].count("\n") + 1
    assert f"line {line}, column" in student.separable(points).text


def test_points_of_too_large_a_file_are_not_read(tmp_path):
    points = tmp_path / "points.csv"
    with points.open("wb") as file:
        file.truncate(50_000_001)  # a hole, which takes no room on the disk
    assert "is larger than 50 MB" in student.separable(points).text
