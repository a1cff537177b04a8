"""The document's tables as they are printed, and a table of scores checked against itself.

Read next: `mnist.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from glassgrad import check
from glassgrad.course.answer import Answer

TABLE_2 = {
    "precision": (
        "0.9938",
        "0.9908",
        "0.9302",
        "0.9663",
        "0.9684",
        "0.9955",
        "0.9551",
        "0.9708",
        "0.9559",
        "0.9832",
    ),
    "recall": (
        "0.9700",
        "0.9852",
        "0.9917",
        "0.9869",
        "0.9917",
        "0.9193",
        "0.9956",
        "0.9371",
        "0.9936",
        "0.9439",
    ),
}
TABLE_3 = (
    ("Layer", "Type", "# Trainable Params"),
    ("1", "(5×5) Convolutional, 16 output channels", "5 × 5 × 3 × 16 + 16 = 1216"),
    ("2", "Max Pooling", "None"),
    ("3", "(5×5) Convolutional, 24 output channels", "5 × 5 × 16 × 24 + 24 = 9624"),
    ("3", "(5×5) Convolutional, 24 output channels", "5 × 5 × 24 × 24 + 24 = 14424"),
    ("4", "Max Pooling", "None"),
    ("5", "(3×3) Convolutional, 16 output channels", "3 × 3 × 24 × 16 + 16 = 3472"),
    ("5", "(3×3) Convolutional, 16 output channels", "3 × 3 × 16 × 16 + 16 = 2320"),
    ("6", "Fully Connected, 64 output channels", "1024 × 20 + 20 = 20500"),
    ("7", "Fully Connected, 10 output channels", "20 × 10 + 10 = 210"),
)
TABLE_4 = {
    "precision": (
        "0.7380",
        "0.8750",
        "0.4250",
        "0.2100",
        "0.1560",
        "0.1480",
        "0.2380",
        "0.4020",
        "0.2140",
        "0.1310",
    ),
    "recall": (
        "0.1915",
        "0.3486",
        "0.4691",
        "0.5541",
        "0.8966",
        "0.6789",
        "0.5231",
        "0.6045",
        "0.3927",
        "0.4441",
    ),
}


def judge_table(
    answer: Answer, key: str, printed: Mapping[str, Sequence[str]], counts: str
) -> float:
    """A printed table of precision and recall against itself; the accuracy implied once it is put right."""
    verdict = check.table(printed, counts=counts)
    right = {"precision": printed["recall"], "recall": printed["precision"]}
    turned = check.table(right, counts=counts)
    answer.output(verdict, "The printed table, checked")
    answer.output(turned, "The same with the two columns exchanged")
    swapped = any(finding.kind == "swapped" for finding in verdict.findings)
    shown = "the two rows exchanged" if swapped else "contradicts itself"
    answer.judge(key, verdict.ok, shown, proof="" if verdict.ok else str(verdict))
    return turned.accuracy or 0.0
