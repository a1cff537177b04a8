"""What the doctor says, as parts of an answer: findings, their evidence, and the counter-experiment.

Read next: `edf/sweeps.py`, where it is asked about a deep network of sigmoids.
"""

from __future__ import annotations

from glassgrad.course.answer import Answer
from glassgrad.doctor import Diagnosis

_HEAD = ("finding", "what was seen", "what to do")


def consult(answer: Answer, diagnosis: Diagnosis, about: str, *, prove: bool = False) -> None:
    """Add what the doctor says about a run.

    Args:
        about: the run, as a title calls it.
        prove: whether the first finding's counter-experiment is run, too.
    """
    title = f"What the doctor says about {about}"
    if not diagnosis.findings:
        answer.say(f"{title}: nothing.")
        return
    rows = [(f.rule, _begun(f.sentence), f"{f.remedy} ({f.change})") for f in diagnosis.findings]
    answer.table(_HEAD, rows, title)
    first = diagnosis.findings[0]
    answer.show(first.figure(), f"The evidence for the first: {first.rule}.")
    if prove:
        found = diagnosis.prove(0)
        said = "confirmed" if found.confirmed else "not confirmed"
        answer.table(
            ("", "result"),
            [("before", str(found.before)), ("after", str(found.after))],
            f"The same run, same seed, with one change, {first.change}: {said}",
        )


def _begun(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
