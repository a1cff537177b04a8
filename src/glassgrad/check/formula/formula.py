"""A gradient worked out on paper, compared with the graph.

Both are evaluated at the given values and at random points around them; two formulas that agree to nine
digits at all of them are the same function, however they are written.  Where they differ, `explain.py`
looks for the one change that would make them agree.  Read next: `explain.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassgrad.check.formula.explain import Facts, explain
from glassgrad.check.formula.points import Paper, measure
from glassgrad.check.shared.verdict import Verdict
from glassgrad.derivation.from_text import recorded
from glassgrad.errors import SettingError
from glassgrad.notation.lines import Line
from glassgrad.notation.numbers import number_text
from glassgrad.tensor import Tensor
from glassgrad.terms.parser import parse
from glassgrad.terms.reader import Limits
from glassgrad.validate import validated

Array = NDArray[Any]


@dataclass(frozen=True, repr=False)
class FormulaVerdict(Verdict):
    """Whether a formula is the gradient; if not, a point where it differs, and what would mend it."""

    kind: str = ""
    point: dict[str, Any] = field(default_factory=dict)
    theirs: Any = None
    ours: Any = None


@validated(
    but=(
        "text",
        "wrt",
        "f",
        "at",
    )
)
def formula(
    text: str,
    f: Tensor | Callable[..., Tensor] | str,
    wrt: str | None = None,
    at: Mapping[str, ArrayLike] | None = None,
    *,
    rng: np.random.Generator | int | None = 0,
    limits: Limits | None = None,
    **definitions: Any,
) -> FormulaVerdict:
    r"""Whether `text` is $\partial f / \partial$ `wrt`.

    Args:
        text: the formula, as in `-exp(-u)*x/(1+exp(-u))**2 + w` or in LaTeX.
        f: a recorded tensor with named leaves, a function of tensors, or a formula itself.
        wrt: the name of the leaf (or named node) to differentiate by; may be left out if there is one.
        at: values for the arguments of a function or the names of a formula; of a formula, those left
            out are drawn at random; of a recorded tensor, they are its own.
        rng: where the other points are drawn from.
        definitions: names that the formula uses besides those of the graph: `u="w*x"`, or a node.
        limits: how long, how deep and how large a formula may be; generous by default.

    Raises:
        FormulaError: a formula that cannot be read, with the place and what was expected there.
        SettingError: `wrt` that is not a name of the graph; values that are missing or of no name.
        DtypeError: values that are no numbers.

    >>> import glassgrad as gg
    >>> w, x = gg.tensor(0.3, name="w"), gg.tensor(0.2, name="x")
    >>> f = 1 / (1 + gg.exp(-(w * x))) + 0.5 * w * w
    >>> print(formula("-exp(-u)*x/(1+exp(-u))**2 + w", f, wrt="w", u="w*x"))
    different: this is not df/dw.
      at w = 0.3, x = 0.2 the formula gives 0.250045, the gradient is 0.349955.
      The sign of '-exp(-u)*x/(1+exp(-u))**2' is wrong.
    >>> bool(formula("x*exp(-u)/(1+exp(-u))^2 + w", f, wrt="w", u="w*x"))
    True
    """
    if not isinstance(text, str) or not isinstance(wrt, str | None):
        raise SettingError(f"the formula and wrt must be text, got {text!r} and {wrt!r}.")
    if at is not None and not isinstance(at, Mapping):
        raise SettingError(f"at must be a dict of values, such as {{'w': 0.3}}, got {at!r}.")
    root = recorded(f, at or {}, limits, rng)
    paper = Paper.of(root, wrt, definitions, limits)
    typed = parse(text, paper.names, limits)
    facts = measure(paper, typed, np.random.default_rng(rng))
    different = facts.differs(facts.theirs)
    if different is None:
        at_all = "at the given values" if len(facts.ours) == 1 else f"at {len(facts.ours)} points"
        first = Line(f"this is {paper.title} ({at_all}, to nine digits).", "equal")
        return FormulaVerdict(True, (first,), "equal")
    return _different(paper, facts, different)


def _different(paper: Paper, facts: Facts, i: int) -> FormulaVerdict:
    kind, sentence = explain(facts)
    point = {name: facts.values[name][i].squeeze() for name in paper.leaves}
    theirs, ours = facts.theirs[i].squeeze(), facts.ours[i].squeeze()
    where = ", ".join(f"{name} = {_short(value)}" for name, value in point.items())
    said = f"at {where} the formula gives {_short(theirs)}, the gradient is {_short(ours)}."
    lines = [Line(f"this is not {paper.title}.", "different"), Line(said, indent=2)]
    if sentence:
        lines.append(Line(sentence, indent=2))
    return FormulaVerdict(False, tuple(lines), kind or "different", point, theirs, ours)


def _short(value: Array) -> str:
    if value.size == 1:
        return number_text(float(value))
    return np.array2string(value, precision=4, separator=", ", threshold=6)
