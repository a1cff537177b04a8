"""`check.table` on the tables of document 002 (FMAN45, assignment 3) and on tables of one's own."""

from __future__ import annotations

import pytest

from glassgrad import check
from glassgrad.errors import SettingError

TABLE_1 = r"""
Layer	Type	# Trainable Params
1	(5×5) Convolutional, 16 output channels	$5 \times 5 \times 16 + 16 = 416$
2	Max Pooling	None
3	(5×5) Convolutional, 16 output channels	$5 \times 5 \times 16 \times 16 + 16 = 6416$
4	Max Pooling	None
5	Fully Connected, 10 output channels	$784 \times 10 + 10 = 7850$
"""
TABLE_2 = """
Digit	0	1	2	3	4	5	6	7	8	9
Precision	0.9938	0.9908	0.9302	0.9663	0.9684	0.9955	0.9551	0.9708	0.9559	0.9832
Recall	0.9700	0.9852	0.9917	0.9869	0.9917	0.9193	0.9956	0.9371	0.9936	0.9439
"""
TABLE_3 = r"""
Layer	Type	# Trainable Params
1	(5×5) Convolutional, 16 output channels	$5 \times 5 \times 3 \times 16 + 16 = 1216$
2	Max Pooling	None
3	(5×5) Convolutional, 24 output channels	$5 \times 5 \times 16 \times 24 + 24 = 9624$
3	(5×5) Convolutional, 24 output channels	$5 \times 5 \times 24 \times 24 + 24 = 14424$
4	Max Pooling	None
5	(3×3) Convolutional, 16 output channels	$3 \times 3 \times 24 \times 16 + 16 = 3472$
5	(3×3) Convolutional, 16 output channels	$3 \times 3 \times 16 \times 16 + 16 = 2320$
6	Fully Connected, 64 output channels	$1024 \times 20 + 20 = 20500$
7	Fully Connected, 10 output channels	$20 \times 10 + 10 = 210$
"""
TABLE_4 = """
Class	Airplane	Automobile	Bird	Cat	Deer	Dog	Frog	Horse	Ship	Truck
Precision	0.7380	0.8750	0.4250	0.2100	0.1560	0.1480	0.2380	0.4020	0.2140	0.1310
Recall	0.1915	0.3486	0.4691	0.5541	0.8966	0.6789	0.5231	0.6045	0.3927	0.4441
"""


def kinds(verdict):
    return [f.kind for f in verdict.findings]


def test_table_1_is_consistent():
    assert check.table(TABLE_1, channels=1)


def test_table_2_is_swapped():
    verdict = check.table(TABLE_2, counts="mnist", accuracy=0.971)
    assert kinds(verdict)[0] == "swapped"
    assert "10,018 predictions for 10,000 images" in verdict.text
    assert "9,999" in verdict.text
    assert verdict.accuracy == pytest.approx(0.971, abs=1e-3)


def test_table_3_contradicts_itself():
    verdict = check.table(TABLE_3, channels=3)
    assert kinds(verdict) == ["outputs"]
    assert "20,500 parameters are those of 20 outputs" in verdict.text
    assert "65,600" in verdict.text
    assert "count 20 inputs as well" in verdict.text


def test_table_4_is_swapped_and_implies_another_accuracy():
    verdict = check.table(TABLE_4, counts="cifar-10", accuracy=0.58)
    assert kinds(verdict) == ["swapped", "accuracy"]
    assert "23,662" in verdict.text
    assert "10,001" in verdict.text
    assert verdict.accuracy == pytest.approx(0.354, abs=5e-4)


RIGHT = """
| class | precision | recall | f1-score | support |
|-------|-----------|--------|----------|---------|
| 0     | 0.7907    | 0.8870 | 0.8361   | 115     |
| 1     | 0.8246    | 0.8545 | 0.8393   | 110     |
| 2     | 0.9024    | 0.8346 | 0.8672   | 133     |
| 3     | 0.9104    | 0.8592 | 0.8841   | 142     |
"""


def test_a_right_table_is_not_slandered():
    verdict = check.table(RIGHT)
    assert verdict
    assert verdict.accuracy == pytest.approx(0.858, abs=5e-4)


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("0.7907    | 0.8870", "0.8870    | 0.7907", "total"),
        ("0.8393", "0.8493", "f1"),
        ("0.8346", "0.8340", "fraction"),
        ("115 ", "151 ", "total"),
        ("0.9104", "1.9104", "range"),
    ],
)
def test_one_wrong_number_is_found(old, new, kind):
    assert kind in kinds(check.table(RIGHT.replace(old, new)))


def test_other_forms_of_the_same_table():
    lines = [row.strip("|\n").split("|") for row in RIGHT.strip().splitlines() if "--" not in row]
    cells = [[c.strip() for c in row] for row in lines]
    assert check.table(cells)
    assert check.table("\n".join(",".join(row) for row in cells))
    assert check.table("\n".join(" & ".join(row) + r" \\ \hline" for row in cells))
    assert check.table("\n".join("   ".join(row) for row in cells))
    columns = {row[0]: list(row[1:]) for row in zip(*cells, strict=True)}
    assert check.table({k: v for k, v in columns.items() if k != "class"})


def test_the_last_rows_of_a_report_are_read():
    rows = (
        RIGHT + "| accuracy | | | 0.9580 | 500 |\n| weighted avg | 0.8619 | 0.8580 | 0.8587 | 500 |"
    )
    verdict = check.table(rows)
    assert kinds(verdict) == ["accuracy"]
    assert "85.8%" in verdict.text


def test_without_counts_only_the_impossible_is_said():
    assert check.table({"precision": [0.5, 0.9], "recall": [0.9, 0.5]})
    verdict = check.table({"precision": [0.5, 0.6], "recall": [0.9, 0.8]})
    assert "whatever the counts are" in verdict.text


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("Conv2d(3, 16, kernel_size=5) | 1,216", None),
        ("Conv2d(3, 16, kernel_size=5) | 1,200", None),  # without a bias
        ("Conv2d(3, 16, kernel_size=5) | 1,210", "count"),
        ("Conv2d(4, 16, kernel_size=5) | 1,216", "inputs"),
        ("Linear(784, 10) | 7850", None),
        ("Linear(784, 10) | 7840 + 10 = 7851", "arithmetic"),
        ("Dense(64) | 65,601", "count"),
        ("Max pooling, 2 × 2 | 0", None),
    ],
)
def test_rows_of_layers(row, kind):
    verdict = check.table("layer | params | \n" + row + " |")
    assert (kind in kinds(verdict)) if kind else verdict


def test_totals_of_layers():
    rows = "layer | params |\nLinear(4, 3) | 15 |\nLinear(3, 2) | 8 |\nTotal | 24 |"
    assert kinds(check.table(rows)) == ["total"]
    assert check.table(rows.replace("24", "23"))


def test_misuse_is_said():
    with pytest.raises(SettingError, match="the table needs columns"):
        check.table("a b c\n1 2 3")
    with pytest.raises(SettingError, match="counts must be numbers or one of mnist"):
        check.table(TABLE_2, counts="imagenet")
    with pytest.raises(SettingError, match="2 class counts were given for a table of 10"):
        check.table(TABLE_2, counts=[1, 2])
    with pytest.raises(SettingError, match="one of each per class"):
        check.table({"precision": [0.5], "recall": [0.5, 0.6]})
