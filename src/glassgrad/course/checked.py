"""A printed formula against the graph: the check that decides a claim, and what we derive instead.

Read next: `graph/gradient.py`.
"""

from __future__ import annotations

from typing import Any

from glassgrad.check.formula.formula import formula
from glassgrad.course.answer import Answer
from glassgrad.course.claim import Claim
from glassgrad.notation.latex import latex
from glassgrad.read.equations import Equation
from glassgrad.tensor import Tensor


def judge_formula(
    answer: Answer, claim: Claim, root: Tensor, wrt: str, ours: Equation | str, **names: Any
) -> None:
    """Judge the claim that its printed formula is the derivative of `root` by the node called `wrt`.

    Args:
        ours: the formula that was derived, or words.
        names: what the printed formula mentions besides the names of the graph.
    """
    assert isinstance(claim.printed, str)
    found = formula(claim.printed.strip("$"), root, wrt=wrt, **names)
    shown = f"${latex(ours.right)}$" if isinstance(ours, Equation) else ours
    answer.judge(claim.key, bool(found), shown, proof="" if found else str(found))
